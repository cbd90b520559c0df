"""What can be typed: the parser's commands with their options and values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperGroup

from reviewer.report.markdown import clip

HELP = "Show the help"

_FILES = frozenset({"FILE", "PATH"})  # what the names of values are where they are files
_WIDTH = 72
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*|--?[A-Za-z0-9][A-Za-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Value:
    """What stands behind an option or as an argument: one of ``words``, a file, or neither."""

    words: tuple[str, ...] = ()
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """An option by all its names; ``value`` is None for a flag."""

    names: tuple[str, ...]
    help: str
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command by its words, "" for the program itself; ``below`` are the next words and help.

    ``argument`` is what stands behind it, None where nothing does.
    """

    words: str
    options: tuple[Option, ...]
    argument: Value | None = None
    below: tuple[tuple[str, str], ...] = ()


def commands(app: typer.Typer) -> tuple[Command, ...]:
    """The program and all its commands, each behind the one that it belongs to."""
    return tuple(_commands(typer.main.get_command(app), ""))


def _commands(command: Any, words: str) -> Iterator[Command]:
    context = command.make_context(words, [], resilient_parsing=True)
    options, argument = [Option(("--help", "-h"), HELP)], None
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            argument = _value(parameter, context)
        elif not parameter.hidden:
            names = (*parameter.opts, *parameter.secondary_opts)
            value = None if parameter.is_flag else _value(parameter, context)
            options.append(Option(tuple(map(_plain, names)), _line(parameter.help), value))
    inside = command.commands if isinstance(command, TyperGroup) else {}
    below = tuple((_plain(name), _line(each.help)) for name, each in inside.items())
    yield Command(words, tuple(options), argument, below)
    for name, each in inside.items():
        yield from _commands(each, f"{words} {name}".strip())


def _value(parameter: Any, context: Any) -> Value:
    known = (item.value for item in parameter.shell_complete(context, ""))
    return Value(tuple(_plain(word) for word in known if word), parameter.metavar in _FILES)


def _plain(word: str) -> str:
    """*word*, which needs no quotes in any shell."""
    assert _PLAIN.fullmatch(word), word
    return word


def _line(text: str | None) -> str:
    """The first sentence of a help text, as far as it fits beside a word."""
    return clip(" ".join((text or "").split()).partition(". ")[0].rstrip("."), _WIDTH)
