"""The check run's title and summary: one review as Markdown for people."""

from collections.abc import Iterable, Iterator, Sequence

from checks.model import Finding, NotAssessed, Suppression
from reviewer.model import Review, Verdict
from reviewer.repo_config import PATH, Problem
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
BELOW = "None reaches {threshold}, so the check passes."
REPORT_ONLY = "The check reports them and passes."
FAILED = "Review failed: {reason}"
UNUSABLE = f"{PATH} cannot be used"
UNUSABLE_SUMMARY = """\
The configuration `{path}` on the base branch {base} cannot be used, so nothing was assessed.

{problems}

Mend it there, then press **Re-run**."""
UNUSABLE_AT = "- line {line}, column {column}: {message}"
FAILED_SUMMARY = """\
The review did not finish, so nothing is said about the changes. This is a fault on the \
side of the review, not of the pull request.

Reason: {reason}.

Press **Re-run** to try again."""

NOT_ASSESSED = """\
### Not assessed

Nothing is known about these files, so the check fails until they can be analysed."""
FINDINGS = "### Findings"
MORE_FINDINGS = "<details>\n<summary>{more}</summary>"
SUPPRESSED = "### Suppressed"
SUPPRESSED_BY = "`{rule}` at {place}: {reason}"
UNTIL = " (until {date})"
DOES_NOT_COUNT = "The ignore at {place} does not count: {problem}"

SCOPE = "Scope: {files}{commit}, profile `{profile}`; {threshold}."
AT = " at `{sha}`"
FAILING = "the check fails from `{severity}` up"
NEVER_FAILING = "no finding fails the check"
OTHERS = "Other changed Python files were looked at only for test doubles and test switches."
RULES_OFF = "Turned off by the project's configuration: {rules}."
NOT_COVERED = "Not covered, because they are not Python: {names}."

LIMIT = 65_535
_TITLE_LIMIT = 255
_OPEN_FINDINGS = 20
_NAMES = 5
_PROBLEMS = 50


def title(review: Review) -> str:
    """The title of the check run: plain text, at most 255 characters."""
    if review.verdict is Verdict.CLEAN:
        return CLEAN
    if review.verdict is Verdict.INCOMPLETE:
        return INCOMPLETE.format(missing=_missing(review)).rstrip(".")
    return tally(severities(review.findings))


def failure_title(reason: str) -> str:
    """The title where the review itself broke: plain text, at most 255 characters."""
    return clip(FAILED.format(reason=one_line(reason)), _TITLE_LIMIT)


def failure_summary(reason: str) -> str:
    """The summary where the review itself broke."""
    return FAILED_SUMMARY.format(reason=prose(reason).rstrip("."))


def unusable_summary(base: str, problems: Iterable[Problem]) -> str:
    """The summary where the project's configuration is broken: each problem with its place."""
    shown = [
        UNUSABLE_AT.format(line=each.line, column=each.column, message=prose(each.message))
        for each in problems
    ]
    rest = len(shown) - _PROBLEMS
    shown[_PROBLEMS:] = [f"- and {rest:,} more"] if rest > 0 else []
    where = code(base, limit=100)
    return UNUSABLE_SUMMARY.format(path=PATH, base=where, problems="\n".join(shown))


def summary(review: Review, *, evidence: bool = True, limit: int | None = LIMIT) -> str:
    """The whole account as Markdown, within *limit* bytes (None: everything).

    It begins with the verdict; the sentence ``CLEAN`` is said if and only if the verdict
    is clean. Evidence is shortened first, then suppressions, then findings behind the first twenty.
    """
    blocks = [Block(verdict(review)), *_not_assessed(review), *_findings(review)]
    if evidence and review.scope.selected:
        blocks += evidence_blocks(review)
    blocks += [*_suppressions(review), Block(_closing(review))]
    return page(blocks, limit)


def verdict(review: Review) -> str:
    """The first sentences: what the review comes to."""
    findings = review.findings
    if review.verdict is Verdict.CLEAN:
        nothing = NONE_CHANGED if review.scope.head_sha else NONE_FOUND
        return CLEAN if review.scope.selected else f"{CLEAN} {nothing}"
    if review.verdict is Verdict.INCOMPLETE:
        said = [INCOMPLETE.format(missing=_missing(review))]
        if findings:
            said.append(ALSO_FOUND.format(tally=tally(severities(findings))))
        return " ".join(said)
    threshold = review.scope.fail_on
    passing = BELOW.format(threshold=threshold) if threshold else REPORT_ONLY
    return f"{tally(severities(findings))}." + ("" if review.failing else f" {passing}")


def scope(review: Review) -> str:
    """One paragraph: what was looked at, and with which settings."""
    about = review.scope
    said = [
        SCOPE.format(
            files=counted(about.selected, "Python test file"),
            commit=AT.format(sha=one_line(about.head_sha)[:12]) if about.head_sha else "",
            profile=about.profile,
            threshold=FAILING.format(severity=about.fail_on) if about.fail_on else NEVER_FAILING,
        )
    ]
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
    items = tuple(_finding(review, finding) for finding in review.findings)
    yield Block(FINDINGS, items[:_OPEN_FINDINGS], noun="finding")
    folded = items[_OPEN_FINDINGS:]
    if folded:
        more = counted(len(folded), "more finding")
        yield Block(MORE_FINDINGS.format(more=more), folded, END, rank=1, noun="finding")


def _finding(review: Review, finding: Finding) -> str:
    place = finding.place
    where = location(review, place.path, place.line, place.end_line)
    heading = f"**{finding.severity.capitalize()}: {prose(finding.title)}** {where}"
    page = rule_link(finding.rule, review.scope.pages)
    return f"- {heading}  \n  {prose(finding.reason, limit=300)} ({page})"


def _suppressions(review: Review) -> Iterator[Block]:
    items = [
        *(_suppressed(review, f, f.suppressed) for f in review.suppressed if f.suppressed),
        *(_invalid(review, suppression) for suppression in review.invalid_suppressions),
    ]
    if items:
        yield Block(SUPPRESSED, tuple(f"- {item}" for item in items), rank=2, noun="suppression")


def _suppressed(review: Review, finding: Finding, by: Suppression) -> str:
    place = location(review, finding.place.path, finding.place.line, finding.place.end_line)
    until = UNTIL.format(date=prose(by.until)) if by.until else ""
    return SUPPRESSED_BY.format(rule=finding.rule, place=place, reason=prose(by.reason)) + until


def _invalid(review: Review, suppression: Suppression) -> str:
    place = location(review, suppression.path, suppression.line, suppression.line)
    return DOES_NOT_COUNT.format(place=place, problem=prose(suppression.problem))


def _closing(review: Review) -> str:
    return f"---\n\n{scope(review)}\n\n<sub>{version_line()}</sub>"
