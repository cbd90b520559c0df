"""What the trends say, and what each number means: for the terminal, the page and the docs."""

TITLE = "What the reviews of {weeks} came to"
SPAN = "{first:%Y-%m-%d} to {last:%Y-%m-%d} (weeks begin on Monday, UTC)"
ONE = "Of {name} alone."

REVIEWS = "reviews"
INTRODUCED = "introduced"
FIXED = "fixed"
SUPPRESSED = "suppressed"
LEFT_OPEN = "left open"
MEDIAN = "median to verdict"
VERDICTS = {"clean": "clean", "findings": "with findings", "incomplete": "incomplete"}

DEFINITIONS = {
    "Review": (
        "One look at one head of a pull request or merge group that ended with a verdict: clean, "
        "findings, or incomplete. Reviews that failed or were superseded do not count."
    ),
    "Introduced": (
        "A finding that a review showed open on a pull request and its base does not have. It "
        "counts once for each pull request, in the week in which it was first seen, whether or "
        "not the pull request was merged. Merge groups count no findings."
    ),
    "Fixed": (
        "A finding that an earlier review of the same pull request introduced, or that its base "
        "has, and that was gone at its last review. It counts in the week in which it was first "
        "gone; one that comes back is not fixed any more."
    ),
    "Suppressed": (
        "A finding that a valid comment, added by the pull request, silences at its last review. "
        "It counts in the week in which it was first silenced."
    ),
    "Left open": (
        "A finding that was introduced and was neither fixed nor silenced at the last review of "
        "its pull request."
    ),
    "Time to verdict": (
        "From the delivery of GitHub's webhook to the completed check, waits included; the "
        "median: half of the reviews were quicker."
    ),
    "Suppressions": (
        "The findings that the last review of their file saw silenced, whenever that was, with "
        "the reason that stands in the code. A file that no pull request touches is not looked "
        "at, so the date of that review stands beside it."
    ),
}
"""Each word and what exactly it means; docs/insights.md says the same."""

EXPIRED = "expired"
SOON = "ending soon"
ENDLESS = "without end"
ENDS = "ending later"
STATES = {
    EXPIRED: "its last day is over, and the next review of the file shows the finding again",
    SOON: "within 30 days",
    ENDLESS: "no `until=` was given",
    ENDS: "in more than 30 days",
}
"""What can be said of a suppression's end, the most urgent first, and what it means."""

NO_SUPPRESSIONS = "No suppression was seen."
NO_FINDINGS = "No finding was introduced, fixed or suppressed in this time."
NO_REVIEWS = "No review ended in this time."
AND_MORE = "And {count} more; --csv has all of them."
PRIVACY = (
    "No code is kept, no comment, title or name of a person; of a finding its rule and its file, "
    "of a suppression its reason."
)


def duration(seconds: float | None) -> str:
    """*seconds* in few characters: "8.4 s", "52 s", "3 min 20 s", "2 h 5 min"; "" for None."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole, 60, "min", "s")
    return _two(round(seconds / 60), 60, "h", "min")


def _two(number: int, size: int, large: str, small: str) -> str:
    whole, rest = divmod(number, size)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"
