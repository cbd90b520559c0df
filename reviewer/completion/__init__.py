"""Completion for shells: scripts that know every command, option and value of the parser.

A script asks nothing of secreview while somebody types; a shell that evaluates it when it
starts always has that of the installed version.
"""

from collections.abc import Callable
from enum import StrEnum

import typer

from reviewer.completion import bash, fish, zsh
from reviewer.completion.tree import Command, commands


class Shell(StrEnum):
    """The shells that there is completion for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


_SCRIPTS: dict[Shell, Callable[[str, tuple[Command, ...]], str]] = {
    Shell.BASH: bash.script,
    Shell.ZSH: zsh.script,
    Shell.FISH: fish.script,
}


def script(app: typer.Typer, name: str, shell: Shell) -> str:
    """The completion of *app*, which is called *name*, as a script for *shell*."""
    return _SCRIPTS[shell](name, commands(app))
