"""GraphQL as far as the stand-in needs it: documents into selections, selections into data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.standin.web import Unknown

TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\.\.\.|[A-Za-z_]\w*|-?\d+|[{}()\[\]:$!=]')
IGNORED = re.compile(r"[\s,\ufeff]+|#[^\n]*")
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Selection:
    """One field with its alias, arguments and what is wanted of it; or a fragment ``on`` a type."""

    name: str
    alias: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    inner: tuple["Selection", ...] = ()
    on: str | None = None


class Document:
    """A parsed document with one operation; Unknown for anything beyond."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._tokens = tokens(text)
        self._variables = variables
        self.kind = "query"
        if self._peek() != "{":
            self.kind = self._next()
            while self._peek() != "{":
                self._next()
        self.selections = self._braces()
        if self._tokens:
            raise Unknown(f"GraphQL with more than one operation: {self._tokens[0]}")

    def _peek(self) -> str:
        if not self._tokens:
            raise Unknown("GraphQL that ends too early")
        return self._tokens[0]

    def _next(self) -> str:
        token = self._peek()
        del self._tokens[0]
        return token

    def _braces(self) -> tuple[Selection, ...]:
        self._next()
        found = []
        while self._peek() != "}":
            found.append(self._selection())
        self._next()
        return tuple(found)

    def _selection(self) -> Selection:
        name = self._next()
        if name == "...":
            if self._next() != "on":
                raise Unknown("GraphQL with a named fragment")
            kind = self._next()
            return Selection("", "", inner=self._braces(), on=kind)
        alias = name
        if self._peek() == ":":
            self._next()
            name = self._next()
        arguments = self._pairs(")") if self._peek() == "(" else {}
        inner = self._braces() if self._peek() == "{" else ()
        return Selection(name, alias, arguments, inner)

    def _pairs(self, end: str) -> dict[str, Any]:
        self._next()
        found = {}
        while self._peek() != end:
            name = self._next()
            self._next()
            found[name] = self._value()
        self._next()
        return found

    def _value(self) -> Any:
        token = self._peek()
        if token == "{":
            return self._pairs("}")
        self._next()
        if token == "$":
            return self._variables.get(self._next())
        if token.startswith('"'):
            return ESCAPE.sub(unescaped, token[1:-1])
        constants = {"true": True, "false": False, "null": None}
        return int(token) if token.lstrip("-").isdecimal() else constants.get(token, token)


def unescaped(found: re.Match[str]) -> str:
    """Return the character that an escape stands for."""
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else ESCAPED.get(code, code)


def tokens(text: str) -> list[str]:
    """Return the tokens of a document; Unknown at a character that starts none."""
    found: list[str] = []
    place = 0
    while place < len(text):
        gap = IGNORED.match(text, place)
        token = None if gap else TOKEN.match(text, place)
        matched = gap or token
        if matched is None:
            raise Unknown(f"GraphQL with {text[place : place + 20]!r}")
        if token:
            found.append(token[0])
        place = matched.end()
    return found


def selected(source: Any, selections: tuple[Selection, ...]) -> Any:
    """Return what is ``selected`` of ``source``: a mapping of fields, values or functions."""
    if source is None or not selections:
        return source
    if isinstance(source, list):
        return [selected(item, selections) for item in source]
    answer: dict[str, Any] = {}
    for each in selections:
        if each.on is not None:
            if each.on == source["__typename"]:
                answer |= selected(source, each.inner)
            continue
        if each.name not in source:
            raise Unknown(f"the GraphQL field {each.name} is not known")
        value = source[each.name]
        if callable(value):
            value = value(**each.arguments)
        elif each.arguments:
            raise Unknown(f"the GraphQL field {each.name} takes no arguments")
        if isinstance(value, dict | list) and not each.inner:
            raise Unknown(f"the GraphQL field {each.name} needs a selection")
        answer[each.alias] = selected(value, each.inner)
    return answer
