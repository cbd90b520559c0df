"""The commands beside ``check`` that need no App: a rule's page, completion, a configuration."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

UNKNOWN_RULE = "There is no rule {rule}."
NEAREST = " Did you mean {nearest}?"
ALL_RULES = " The rules are: {rules}."


def _rules() -> list[str]:
    from checks import RULES

    return list(RULES)


def explain(
    rule: Annotated[
        str, typer.Argument(help="A rule's id, as a finding shows it.", autocompletion=_rules)
    ],
) -> None:
    """Explain a rule: what it finds, why it matters, and what to write instead."""
    from difflib import get_close_matches

    from checks import RULES
    from reviewer.local import UsageError

    if rule not in RULES:
        nearest = get_close_matches(rule, RULES, n=1)
        hint = NEAREST.format(nearest=nearest[0]) if nearest else ""
        hint = hint or ALL_RULES.format(rules=", ".join(RULES))
        raise UsageError(UNKNOWN_RULE.format(rule=rule) + hint)
    from rich.console import Console

    from reviewer.report.explain import explain as show

    show(RULES[rule], Console(width=None if sys.stdout.isatty() else 100))


def completion(shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument()]) -> None:
    """Print the script with which a shell completes what is typed behind secreview.

    For bash, for example, write into ~/.bashrc: eval "$(secreview completion bash)"
    """
    from reviewer.cli import NAME, app  # what is completed is what is being run
    from reviewer.completion import Shell, script

    typer.echo(script(app, NAME, Shell(shell)), nl=False)


def check_config(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A configuration; the project's .github/secreview.yml by default.",
            show_default=False,
        ),
    ] = None,
    *,
    organisation: Annotated[
        bool,
        typer.Option(
            "--organisation",
            help="It is that of an organisation: it may lock settings.",
        ),
    ] = False,
) -> None:
    """Say whether a configuration can be used: ok, or each problem with its line and column."""
    from reviewer.local import shown_path
    from reviewer.local_config import configuration, home_of
    from reviewer.repo_config import PATH

    here = Path.cwd()
    path = here / (file or home_of(here) / PATH)
    configuration(here, path, organisation=organisation)
    typer.echo(f"{shown_path(path, here)}: ok")
