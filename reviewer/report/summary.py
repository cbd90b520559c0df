"""The check run's title and summary: one review as Markdown for people."""

from collections.abc import Iterable, Iterator, Sequence

from checks.model import Finding, NotAssessed
from reviewer.model import Review, Verdict
from reviewer.repo_config import PATH, Problem
from reviewer.report import account
from reviewer.report.counting import counted, severities, tally
from reviewer.report.evidence_table import evidence_blocks
from reviewer.report.fitting import END, Block, page
from reviewer.report.locations import location, rule_link
from reviewer.report.markdown import clip, code, one_line, prose
from reviewer.report.tool import version_line

CLEAN = "No security defects are detected."
NONE_CHANGED = "No Python test files changed."
NONE_FOUND = "No Python test files found."
INCOMPLETE = "Review incomplete: {missing} not assessed."
ALSO_FOUND = "In what was assessed: {tally}."
ONLY_EXISTING = "No security defects introduced; {existing:,} existing"
ONLY_BASELINED = "No security defects beyond the baseline; {baselined:,} in it"
BASELINED = "{more} in the baseline."
BEFORE = "{more} there before."
FIXED = "Fixed here: {findings}. Thank you."
EXISTING = "<details>\n<summary>{findings} that the base has too</summary>"
BELOW = "None reaches {threshold}, so the check passes."
BELOW_OF_FILE = "None reaches the threshold of its file, so the check passes."
REPORT_ONLY = "The check reports them and passes."
FAILED = "Review failed: {reason}"
UNUSABLE = f"{PATH} cannot be used"
UNUSABLE_SUMMARY = """\
The configuration `{path}` {where} cannot be used, so nothing was assessed.

{problems}

Mend it there, then press **Re-run**."""
ON_BASE, OF_OWNER = "on the base branch {name}", "of {name}"
UNUSABLE_AT = "- line {line}, column {column}: {message}"
FAILED_SUMMARY = """\
The review did not finish, so nothing is said about the changes. The fault is on the side of \
the review, not of the changes.

Reason: {reason}.

Press **Re-run** to try again."""

NOT_ASSESSED = """\
### Not assessed

Nothing is known about these files, so the check fails until they can be analysed."""
FINDINGS = "### Findings"
MORE_FINDINGS = "<details>\n<summary>{more}</summary>"

SCOPE = "Scope: {assessed:,} of {files} assessed{commit}, profile `{profile}`; {threshold}."
INTRODUCED_ONLY = "Only what {target} introduces counts."
PULL, GROUP = "this pull request", "this merge group"
AT = " at `{sha}`"
FAILING = "the check fails from `{severity}` up"
NEVER_FAILING = "no finding fails the check"
OTHERS = "Other changed Python files were looked at only for test doubles and test switches."
RULES_OFF = "Turned off by the project's configuration: {rules}."
NOT_COVERED = "Not covered, because they are no Python files: {names}."

LIMIT = 65_535
_TITLE_LIMIT = 255
_OPEN_FINDINGS = 20
_NAMES = 5
_PROBLEMS = 50


def title(review: Review) -> str:
    """The title of the check run: plain text, at most 255 characters."""
    if review.verdict is Verdict.CLEAN:
        return _nothing_found(review)
    if review.verdict is Verdict.INCOMPLETE:
        return INCOMPLETE.format(missing=_missing(review)).rstrip(".")
    if not review.decisive:
        return ONLY_EXISTING.format(existing=len(review.existing_findings))
    return tally(severities(review.decisive))


def failure_title(reason: str) -> str:
    """The title where the review itself broke: plain text, at most 255 characters."""
    return clip(FAILED.format(reason=one_line(reason)), _TITLE_LIMIT)


def failure_summary(reason: str) -> str:
    """The summary where the review itself broke."""
    return FAILED_SUMMARY.format(reason=prose(reason).rstrip("."))


def unusable_summary(base: str, problems: Iterable[Problem], owners: str = "") -> str:
    """The summary where a configuration is broken: each problem with its place.

    It is that of the branch *base* or, if that is named, of the repository *owners*.
    """
    shown = [
        UNUSABLE_AT.format(line=each.line, column=each.column, message=prose(each.message))
        for each in problems
    ]
    rest = len(shown) - _PROBLEMS
    shown[_PROBLEMS:] = [f"- and {rest:,} more"] if rest > 0 else []
    where = (OF_OWNER if owners else ON_BASE).format(name=code(owners or base, limit=150))
    return UNUSABLE_SUMMARY.format(path=PATH, where=where, problems="\n".join(shown))


def summary(review: Review, *, evidence: bool = True, limit: int | None = LIMIT) -> str:
    """The whole account as Markdown, within *limit* bytes (None: everything).

    It begins with the verdict; the sentence ``CLEAN`` is said if and only if the verdict
    is clean. Evidence is shortened first, then suppressions, then what was there before, then
    findings behind the first twenty.
    """
    blocks = [Block(verdict(review)), *_not_assessed(review), *_findings(review)]
    if evidence and review.scope.selected:
        blocks += evidence_blocks(review)
    blocks += [*account.suppressions(review), Block(_closing(review))]
    return page(blocks, limit)


def verdict(review: Review) -> str:
    """The first sentences: what the review comes to."""
    return " ".join([*_verdict(review), *_beside(review)])


def _verdict(review: Review) -> Iterator[str]:
    counting = review.decisive
    if review.verdict is Verdict.CLEAN:
        yield _nothing_found(review)
        if not review.scope.selected:
            yield NONE_CHANGED if review.scope.head_sha else NONE_FOUND
    elif review.verdict is Verdict.INCOMPLETE:
        yield INCOMPLETE.format(missing=_missing(review))
        if counting:
            yield ALSO_FOUND.format(tally=tally(severities(counting)))
    elif not counting:
        yield f"{title(review)}."
    else:
        yield f"{tally(severities(counting))}."
        if not review.failing:
            yield _passing(review)


def _nothing_found(review: Review) -> str:
    """The clean sentence, unless there are findings that are left out."""
    baselined = review.scope.baselined
    return f"{ONLY_BASELINED.format(baselined=baselined)}." if baselined else CLEAN


def _passing(review: Review) -> str:
    """Why the check passes in spite of the findings that count."""
    threshold = review.scope.fail_on
    if threshold is None:
        return REPORT_ONLY
    below = not any(finding.severity.at_least(threshold) for finding in review.decisive)
    return BELOW.format(threshold=threshold) if below else BELOW_OF_FILE


def _beside(review: Review) -> Iterator[str]:
    """What does not count: what was there before, and what is there no more."""
    before = len(review.findings) - len(review.decisive)
    if before and (review.decisive or review.not_assessed):
        yield BEFORE.format(more=f"{before:,} more {'was' if before == 1 else 'were'}")
    baselined = review.scope.baselined
    if baselined and review.verdict is not Verdict.CLEAN:
        yield BASELINED.format(more=f"{baselined:,} more {'is' if baselined == 1 else 'are'}")
    if review.fixed:
        yield FIXED.format(findings=counted(len(review.fixed), "finding"))


def scope(review: Review) -> str:
    """One paragraph: what was looked at, and with which settings."""
    about = review.scope
    said = [
        SCOPE.format(
            assessed=review.assessed,
            files=counted(about.selected, "Python test file"),
            commit=AT.format(sha=one_line(about.head_sha)[:12]) if about.head_sha else "",
            profile=about.profile,
            threshold=FAILING.format(severity=about.fail_on) if about.fail_on else NEVER_FAILING,
        )
    ]
    if about.introduced_only:
        said.append(INTRODUCED_ONLY.format(target=GROUP if about.group else PULL))
    if about.head_sha:
        said.append(OTHERS)
    if about.rules_off:
        said.append(RULES_OFF.format(rules=_listed(about.rules_off, len(about.rules_off))))
    if about.not_covered:
        said.append(NOT_COVERED.format(names=_listed(about.not_covered, _NAMES)))
    return " ".join(said)


def _listed(names: Sequence[str], most: int) -> str:
    shown = [code(name, limit=100) for name in names[:most]]
    rest = len(names) - len(shown)
    return ", ".join([*shown, *([f"and {rest:,} more"] if rest else [])])


def _missing(review: Review) -> str:
    """How much is missing: "2 of 14 test files"."""
    paths = {gap.path for gap in review.not_assessed}
    missing = len(paths)
    if missing > review.scope.selected or paths.intersection(review.scope.others):
        return counted(missing, "file")
    return f"{missing:,} of {counted(review.scope.selected, 'test file')}"


def _not_assessed(review: Review) -> Iterator[Block]:
    if review.not_assessed:
        items = tuple(_gap(review, gap) for gap in review.not_assessed)
        yield Block(NOT_ASSESSED, items, noun="file")


def _gap(review: Review, gap: NotAssessed) -> str:
    return f"- {location(review, gap.path, gap.line, gap.line)}: {prose(gap.reason)}"


def _findings(review: Review) -> Iterator[Block]:
    if not review.findings:
        return
    items = tuple(_finding(review, finding) for finding in review.decisive)
    # The heading stands over those of before as well, where there are no others.
    yield Block(FINDINGS, items[:_OPEN_FINDINGS], noun="finding")
    folded = items[_OPEN_FINDINGS:]
    if folded:
        more = counted(len(folded), "more finding")
        yield Block(MORE_FINDINGS.format(more=more), folded, END, rank=1, noun="finding")
    if review.scope.introduced_only and review.existing_findings:
        before = tuple(_finding(review, finding) for finding in review.existing_findings)
        heading = EXISTING.format(findings=counted(len(before), "finding"))
        yield Block(heading, before, END, rank=2, noun="finding")


def _finding(review: Review, finding: Finding) -> str:
    place = finding.place
    where = location(review, place.path, place.line, place.end_line)
    heading = f"**{finding.severity.capitalize()}: {prose(finding.title)}** {where}"
    rule = rule_link(finding.rule, review.scope.pages)
    vain = account.ignored_in_vain(review, finding)
    return f"- {heading}  \n  {prose(finding.reason, limit=300)} ({rule}) {vain}".rstrip()


def _closing(review: Review) -> str:
    said = " ".join([scope(review), *account.asked(review)])
    parts = ["---", account.proposal(review), said, f"<sub>{version_line()}</sub>"]
    machines = account.machine_block(review) if review.scope.head_sha else ""
    return "\n\n".join(part for part in [*parts, machines] if part)
