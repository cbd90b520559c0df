"""One rule in a terminal: what it finds, why it matters, what to write instead."""

from rich.console import Console
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.text import Text

from checks import CATEGORIES
from checks.api import Rule
from reviewer.report.comments import IGNORE, before

FACTS = "{rule}: {severity}, {category}, CWE-{cwe}"
STRICT_ONLY = "Only the profile strict reports it."
BEFORE = "Found:"
AFTER = "Instead:"
KEEP = "To keep a line, end it with: "


def explain(rule: Rule, console: Console) -> None:
    """Print the page of *rule* on *console*."""
    console.print(Text(f"{rule.title}.", style="bold"))
    category = CATEGORIES[rule.category].title
    facts = FACTS.format(rule=rule.id, severity=rule.severity, category=category, cwe=rule.cwe)
    console.print(Text(facts, style="dim"))
    if rule.profile == "strict":
        console.print(Text(STRICT_ONLY, style="dim"))
    console.print()
    console.print(Markdown(f"{rule.why}\n\n{rule.remedy}"))
    bad = next((bad for bad in rule.bad if bad.fixed), rule.bad[0])
    _example(console, BEFORE, before(bad))
    if bad.fixed:
        _example(console, AFTER, bad.fixed)
    console.print()
    console.print(Text.assemble(KEEP, (IGNORE.format(rule=rule.id), "cyan")), soft_wrap=True)


def _example(console: Console, heading: str, code: str) -> None:
    console.print()
    console.print(heading)
    console.print(
        Syntax(code, "python", theme="ansi_dark", background_color="default", padding=(0, 2))
    )
