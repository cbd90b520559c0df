"""One rule in a terminal: what it finds, why it matters, what to write instead."""

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from checks.api import Rule
from reviewer.report.comments import IGNORE
from reviewer.report.markdown import visible
from reviewer.report.rule_page import BECOMES, WEAKNESS, Example, facts, groups
from reviewer.report.terminal import prose
from reviewer.report.tool import cwe_url

KEEP = "To keep a line, end it with: "


def explain(rule: Rule, console: Console) -> None:
    """Print on *console* what the page of *rule* says, in the same order."""
    console.print(Text(f"{rule.title}.", style="bold"))
    console.print(_facts(rule))
    console.print()
    console.print(Markdown(f"{rule.why}\n\n{rule.remedy}"))
    for heading, examples in groups(rule):
        console.print()
        console.rule(Text(heading, style="bold"), align="left", style="dim")
        for number, example in enumerate(examples):
            if number:
                console.print()
            _example(console, example)
    console.print()
    console.print(Text.assemble(KEEP, (IGNORE.format(rule=rule.id), "cyan")), soft_wrap=True)


def _facts(rule: Rule) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("rule", Text(rule.id))
    for name, value in facts(rule).items():
        told = f"{value}, {cwe_url(rule.cwe)}" if name == WEAKNESS else value
        table.add_row(name, prose(told))
    return table


def _example(console: Console, example: Example) -> None:
    for label in example.labels:
        console.print(prose(label))
    _code(console, example.code)
    if example.fixed:
        console.print(Padding(Text(BECOMES, style="dim"), (0, 0, 0, 2)))
        _code(console, example.fixed)


def _code(console: Console, code: str) -> None:
    shown = visible(code, keep="\n\t")
    console.print(
        Syntax(shown, "python", theme="ansi_dark", background_color="default", padding=(0, 2))
    )
