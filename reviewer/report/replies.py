"""What a command is answered with in the conversation: help, or a rule in a few sentences."""

import difflib

from checks import RULES
from reviewer.report.comments import example
from reviewer.report.locations import rule_link
from reviewer.report.markdown import code, fence, link, prose
from reviewer.report.tool import cwe_url

HELP = """\
Write one of these as the first line of a comment on a pull request. People who may write to \
this repository can, and the author of the pull request.

- `/secreview` reviews the pull request again.
- `/secreview full` also comments on findings that were there before.
- `/secreview explain RULE` says what a rule is about.
- `/secreview help` shows this.

To keep a line that a finding is about, end it with `# secreview: ignore[RULE] -- reason`."""
EXPLAINED = """\
**{title}** ({rule}, {cwe}, {severity})

{why}

**To fix:** {remedy}"""
EXAMPLE = "For example:"
UNKNOWN = "There is no rule {rule}."
NEAREST = "Did you mean {rules}?"

_MARKER = "<!-- secreview:reply {comment} -->"


def reply_marker(comment: int) -> str:
    """What is hidden in the reply to the command in *comment*, to find it again."""
    return _MARKER.format(comment=comment)


def help_reply() -> str:
    """What can be commanded."""
    return HELP


def explain_reply(rule: str, pages: str = "") -> str:
    """A rule: what, why and what instead; for an unknown one, the nearest.

    *pages* is the address below which the rules' pages are; "" for none.
    """
    known = RULES.get(rule)
    if known is None:
        near = difflib.get_close_matches(rule.lower(), RULES, n=3)
        said = UNKNOWN.format(rule=code(rule, limit=80))
        meant = NEAREST.format(rules=" or ".join(rule_link(name, pages) for name in near))
        return f"{said} {meant}" if near else said
    text = EXPLAINED.format(
        title=prose(known.title),
        rule=rule_link(known.id, pages),
        cwe=link(f"CWE-{known.cwe}", cwe_url(known.cwe)),
        severity=known.severity,
        why=prose(known.why, limit=2_000),
        remedy=prose(known.remedy, limit=2_000),
    )
    bad = next((bad for bad in known.bad if bad.fixed), None)
    return f"{text}\n\n{EXAMPLE}\n\n{fence(example(bad), 'diff')}" if bad else text
