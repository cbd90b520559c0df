"""The documentation of the rules as Markdown: a page for each, and the index of all of them.

``make pages`` writes them to ``docs/rules/``; a test holds that folder in step.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from checks import CATEGORIES
from checks.api import EXAMPLE_PATH, Bad, Good, Rule
from checks.engine import Engine
from checks.model import Category, Profile
from checks.source import SourceFile
from reviewer.report.comments import IGNORE, before
from reviewer.report.counting import counted
from reviewer.report.markdown import fence, link, visible
from reviewer.report.tool import cwe_url

CATEGORY = "category"
SEVERITY = "severity"
WEAKNESS = "weakness"
PROFILE = "profile"
SUGGESTION = "suggestion"
SINCE = "since"
PAGE = """\
<!-- Made by `make pages` from the rule's own file; do not edit. -->
<!-- fmt: off -->

# {id}

**{title}.**

| | |
|---|---|
{facts}

{why}

## What to write instead

{remedy}
"""
FACT = "| {name} | {value} |"
PROFILES = {
    Profile.TESTS: "`tests` (the default) and `strict`",
    Profile.STRICT: "`strict` only",
}
NO_SUGGESTION = "none; the change is yours to make"
SAFE = "yes, and safe: a correct test behaves the same with it"
REVIEW = "yes, to be reviewed: it changes what the test does"
REWRITTEN = "Before and after"
BECOMES = "becomes"
BETWEEN = "---"
FOUND = "Found"
FOUND_TOO = "Also found"
LEFT_ALONE = "Left alone"
IN_STRICT = "In the profile `strict`:"
IN_FILE = "In `{path}`:"
SPELLED_OUT = "Characters that cannot be seen are spelled out here:"
KEEP = """\
## To keep a line

End it with a comment that names the rule and says why. The reason is required; `until=YYYY-MM-DD`
before the dashes lets the exception end.

{ignore}

`secreview explain {id}` shows this page in a terminal.
"""

INDEX = """\
<!-- Made by `make pages` from the rules' own files; do not edit. -->

# The rules

{total} in eight categories. {default} apply in the profile `tests`, the default; the others only in
`strict`, which reports what scanners of production code would. A rule that applies in both may
report more in `strict`.
"""
SECTION = """\
## {title}

{meaning} {count}.

| rule | what it finds | severity | profile | weakness |
|---|---|---|---|---|
{rows}
"""
ROW = "| [`{id}`]({id}.md) | {title} | {severity} | {profile} | {cwe} |"

FIRST_RELEASE = "0.1.0"
_SINCE: dict[str, str] = {}
"""The release of each rule that is younger than the first one."""

_RULE_FILE = "{id}.md"
_INDEX_FILE = "README.md"


def pages(rules: Iterable[Rule]) -> dict[str, str]:
    """Every page by its file name, the index among them."""
    listed = list(rules)
    made = {_RULE_FILE.format(id=rule.id): page(rule) for rule in listed}
    return made | {_INDEX_FILE: index(listed)}


def page(rule: Rule) -> str:
    """The page of *rule*."""
    info = CATEGORIES[rule.category]
    linked = {
        CATEGORY: link(info.title, f"{_INDEX_FILE}#{_anchor(info.title)}"),
        WEAKNESS: link(f"CWE-{rule.cwe}", cwe_url(rule.cwe)),
    }
    told = facts(rule) | linked
    head = PAGE.format(
        id=rule.id,
        title=rule.title,
        facts="\n".join(FACT.format(name=name, value=value) for name, value in told.items()),
        why=rule.why,
        remedy=rule.remedy,
    )
    keep = KEEP.format(ignore=fence(IGNORE.format(rule=rule.id), "python"), id=rule.id)
    return "\n\n".join([head.rstrip(), *map(_group, groups(rule)), keep])


def facts(rule: Rule) -> dict[str, str]:
    """What is known of *rule* in a word or two each, by name, in the order to show it."""
    return {
        CATEGORY: CATEGORIES[rule.category].title,
        SEVERITY: rule.severity,
        WEAKNESS: f"CWE-{rule.cwe}",
        PROFILE: PROFILES[Profile(rule.profile)],
        SUGGESTION: _suggestion(rule),
        SINCE: _SINCE.get(rule.id, FIRST_RELEASE),
    }


@dataclass(frozen=True, slots=True)
class Example:
    """An example as it is shown: what is special about it, the code, and its fixed form."""

    labels: tuple[str, ...]
    code: str
    fixed: str | None = None


def groups(rule: Rule) -> list[tuple[str, list[Example]]]:
    """The examples of *rule* under their headings: rewritten, found, left alone."""
    rewritten = [
        _shown(bad, before(bad), before(replace(bad, code=bad.fixed)))
        for bad in rule.bad
        if bad.fixed
    ]
    found = [_shown(bad, before(bad)) for bad in rule.bad if not bad.fixed]
    good = [given if isinstance(given, Good) else Good(given) for given in rule.good]
    made = [
        (REWRITTEN, rewritten),
        (FOUND_TOO if rewritten else FOUND, found),
        (LEFT_ALONE, [_shown(example, example.code) for example in good]),
    ]
    return [(heading, examples) for heading, examples in made if examples]


def index(rules: list[Rule]) -> str:
    """The index: all rules by category."""
    default = sum(rule.profile == Profile.TESTS for rule in rules)
    head = INDEX.format(total=counted(len(rules), "rule"), default=default)
    sections = [_section(category, rules) for category in Category]
    return "\n".join([head, *sections])


def _section(category: Category, rules: list[Rule]) -> str:
    mine = [rule for rule in rules if rule.category is category]
    rows = [
        ROW.format(
            id=rule.id,
            title=rule.title.replace("|", "\\|"),
            severity=rule.severity,
            profile=rule.profile,
            cwe=link(f"CWE-{rule.cwe}", cwe_url(rule.cwe)),
        )
        for rule in mine
    ]
    info = CATEGORIES[category]
    count = counted(len(mine), "rule")
    return SECTION.format(title=info.title, meaning=info.meaning, count=count, rows="\n".join(rows))


def _shown(example: Bad | Good, code: str, fixed: str | None = None) -> Example:
    labels = []
    if example.profile == Profile.STRICT:
        labels.append(IN_STRICT)
    if example.path != EXAMPLE_PATH:
        labels.append(IN_FILE.format(path=example.path))
    if visible(code, keep="\n\t") != code:
        labels.append(SPELLED_OUT)
    return Example(tuple(labels), code.rstrip("\n"), fixed)


def _group(group: tuple[str, list[Example]]) -> str:
    heading, examples = group
    parts = [f"## {heading}"]
    for number, example in enumerate(examples):
        if number and example.fixed:
            parts.append(BETWEEN)
        parts += [*example.labels, fence(example.code, "python")]
        if example.fixed:
            parts += [BECOMES, fence(example.fixed, "python")]
    return "\n\n".join(parts)


def _suggestion(rule: Rule) -> str:
    """Whether the rule proposes a rewrite, and how sure it is of it."""
    safe = [finding for bad in rule.bad if bad.fixed for finding in _safety(rule, bad)]
    if not safe:
        return NO_SUGGESTION
    return SAFE if all(safe) else REVIEW


def _safety(rule: Rule, bad: Bad) -> Iterator[bool]:
    engine = Engine({rule.id: rule}, {}, Profile(bad.profile))
    assessment = engine.assess(SourceFile(bad.path, bad.code.encode()))
    return (finding.edit.safe for finding in assessment.findings if finding.edit)


def _anchor(title: str) -> str:
    """GitHub's anchor of a heading."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")
