"""Sources: any bytes as a file, through what the sandbox's child does with a request.

Most inputs parse: they are made of our rules' own examples, cut up and put together again.
"""

import ast
import json
import random
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from typing import Any

from pydantic import TypeAdapter

from checks import CATEGORIES, RULES, SourceFile, child, engine
from checks.api import Good
from checks.engine import Engine
from checks.model import Assessment, Edit, Evidence, Finding, Place, Profile, Side
from checks.source import Source, UnreadableError, read
from checks.suggestions import patched, suggest
from checks.values import is_placeholder

LONGEST, BLIND = 3_000, 0.15
_SAMPLE, _REWRITTEN = 32, 16
"""One input in so many is assessed twice; one in so many of those with edits is rewritten."""
_ASSESSMENT = TypeAdapter(Assessment)
_TOKENS = re.compile(r"\w+|[^\w\s]|[ \t]+|\n")
_HOSTILE = [
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\0", "\x0c", "\r", "\r\n", "\u2028", "\x85", "\x1a"),
    *("\\\n", "\t", "é", "𝐞𝐯𝐚𝐥", "\udcff", "'''", '"""', "#", ";", "\\N{BULLET}"),
    *("\\ud800", "\\x00"),
    *("9" * 4_400, "0x" + "f" * 400, "1e999", "-1", "1_0", "0o7", "1j", "...", "True"),
    *("(" * 90, "[" * 150 + "]" * 150, "-" * 300 + "1", "not " * 150 + "x", "x" + ".a" * 300),
    *("lambda: " * 80 + "0", "f(" * 80 + ")" * 80, "x[0]" * 80),
    *("f'{" * 3 + "x" + "}'" * 3, "1+" * 400),
    *("# coding: latin-1\n", "# coding: utf-7\n", "# coding: \udcff\n"),
    "# vim: set fileencoding=ascii\n",
    *("# secreview: ignore[tls-verify-off] -- x", "# secreview: ignore[", "until=2027-99-99"),
    *("async ", "await ", "yield ", "*", "**", ":=", "->", "@", "match x:\n case "),
    *("global x", "del "),
    *("**{'a': 1}", "*[1]", "f'{x!r:>{y}}'", "b'\\xff'", "%s", "{}", "''", "[]", "None"),
    "__debug__",
]  # fmt: skip
_HEADS = [
    *("def test_x(self):", "class TestX(Base):", "with a as b:", "try:", "if 1:", "for x in y:"),
    *("async def f(x, /, *, y=1):", "while x:", "@patch('a.b')\ndef test_y(m):"),
    "def tearDown(self):",
    *("try:\n    pass\nexcept* E:", "try:\n    pass\nfinally:", "async def g():\n  async with a:"),
    *("@pytest.fixture\ndef x():", "match x:\n  case {'a': [*b]}:", "def setUp(self):"),
    "for a in b:",
]  # fmt: skip


@cache
def _examples() -> list[str]:
    found = []
    for rule in RULES.values():
        found += [bad.code for bad in rule.bad]
        found += [good.code if isinstance(good, Good) else good for good in rule.good]
    return found


@cache
def _expressions() -> list[str]:
    found = {
        ast.get_source_segment(code, node)
        for code in _examples()
        for node in _nodes(code, ast.expr)
    }
    return sorted(text for text in found if text)


@cache
def _answer(profile: Profile) -> Any:
    return child._assessor(profile)


def seeds() -> Iterator[bytes]:
    """Every example of every rule."""
    for code in _examples():
        yield code.encode()


def mutated(data: bytes, most: int, chance: random.Random) -> bytes:
    """Lines, examples and hostile bits, moved about as a programmer without sense would."""
    text = data.decode(errors="surrogateescape")
    for _ in range(chance.choice([1, 1, 2, 3])):
        text = chance.choices(_WAYS, _OFTEN)[0](text, chance)
    return text.encode(errors="surrogateescape")[:most]


def _line(text: str, chance: random.Random) -> str:
    """A line doubled, moved, left out, or indented otherwise."""
    lines = text.split("\n")
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    line = lines[at] if chance.random() < 0.5 else lines.pop(at)
    if chance.random() < 0.3:
        line = chance.choice(["    " + line, line.removeprefix("    ")])
    if chance.random() < 0.8:
        lines.insert(to, line)
    return "\n".join(lines)


def _token(text: str, chance: random.Random) -> str:
    """A token replaced by one of another example, or by one of its own."""
    tokens = _TOKENS.findall(text) or [""]
    others = _TOKENS.findall(chance.choice(_examples())) if chance.random() < 0.7 else tokens
    at = chance.randrange(len(tokens))
    start = chance.randrange(len(others))
    tokens[at : at + chance.randint(0, 2)] = others[start : start + chance.randint(1, 4)]
    return "".join(tokens)


def _statement(text: str, chance: random.Random) -> str:
    """A statement left out or doubled, in a block, or with another example before it."""
    statements = _nodes(text, ast.stmt)
    if not statements:
        return text
    node = chance.choice(statements)
    lines = text.split("\n")
    indent, own = " " * node.col_offset, lines[node.lineno - 1 : node.end_lineno]
    other = [indent + line for line in chance.choice(_examples()).rstrip("\n").split("\n")]
    head = [indent + line for line in chance.choice(_HEADS).split("\n")]
    framed = [*head, *(f"    {line}" for line in own)]
    if head[0].strip() == "try:":
        framed += [f"{indent}finally:", f"{indent}    pass"]
    ways = [[indent + "pass"], own + own, other, other, other + own, other + own, framed, framed]
    lines[node.lineno - 1 : node.end_lineno] = chance.choice(ways)
    return "\n".join(lines)


def _expression(text: str, chance: random.Random) -> str:
    """An expression replaced by one of an example."""
    places = [n for n in _nodes(text, ast.expr) if not isinstance(getattr(n, "ctx", 0), ast.Store)]
    if not places:
        return text
    node = chance.choice(places)
    rows = [line.encode() for line in text.split("\n")]
    before = b"\n".join([*rows[: node.lineno - 1], rows[node.lineno - 1][: node.col_offset]])
    after = b"\n".join([rows[node.end_lineno - 1][node.end_col_offset :], *rows[node.end_lineno :]])
    other = chance.choice(_expressions())
    other = f"({other})" if chance.random() < 0.3 or "\n" in other else other
    return (before + other.encode() + after).decode(errors="replace")


def _nodes(text: str, kind: type[ast.AST]) -> list[Any]:
    """The nodes of a kind, where it parses and has Python's lines alone."""
    if set("\r\x0c\ufeff") & {*text}:
        return []
    try:
        return [node for node in ast.walk(ast.parse(text)) if isinstance(node, kind)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _strange(text: str, chance: random.Random) -> str:
    """Something hostile anywhere, or other line ends everywhere."""
    if chance.random() < 0.1:
        return text.replace("\n", chance.choice(["\r\n", "\r", "\n\n", "\n\x0c"]))
    at = 0 if chance.random() < 0.1 else chance.randint(0, len(text))
    return text[:at] + chance.choice(_HOSTILE) + text[at:]


_WAYS = [_expression, _statement, _token, _line, _strange]
_OFTEN = [8, 8, 2, 1, 2]


class _Heard(engine._Writer):
    """Notes which texts the last file's rules called secrets."""

    secrets: set[str] = set()  # noqa: RUF012  # one for all, on purpose

    def __init__(self, ctx: Any, answers: Any) -> None:
        super().__init__(ctx, answers)
        _Heard.secrets = {ctx.source.segment(*span) for span in self._secrets}


def one(data: bytes) -> None:
    """One assessment, as the parent reads it: complete, in order, in the file, and no secret."""
    writer, engine._Writer = engine._Writer, _Heard  # type: ignore[misc]
    try:
        _assessed(data)
    finally:
        engine._Writer = writer  # type: ignore[misc]


def _assessed(data: bytes) -> None:
    chosen = zlib.crc32(data)
    side = Side.PRODUCTION if chosen % 8 == 0 else Side.TEST
    profile = Profile.STRICT if chosen % 3 == 0 else Profile.TESTS
    file = SourceFile("tests/test_x.py", data, side)
    _Heard.secrets = set()
    sent = BytesIO(child.request(file))
    said = _answer(profile)(*child.received(sent.readline(), sent))
    answer = json.loads(json.dumps(said, default=child._fields))
    found = _ASSESSMENT.validate_python(answer["assessment"])
    assert found.path == file.path
    assert not [gap for gap in found.not_assessed if "report this" in gap.reason]
    assert not (found.not_assessed and (found.findings or found.evidence))
    for gap in found.not_assessed:
        assert gap.reason
        assert 0 <= gap.line <= max(found.lines, 1) + 1
    _in_order(found)
    with suppress(UnreadableError):
        source = read(file)
        _in_file(found, source)
        _masked(found)
    if chosen % _SAMPLE == 0:
        assert Engine(RULES, CATEGORIES, profile).assess(file) == said["assessment"]
    if chosen % _REWRITTEN == 1 and any(finding.edit for finding in found.findings):
        _rewritten(file, found, profile)


def _in_order(found: Assessment) -> None:
    for items in (found.findings, found.evidence):
        order = [_order(item) for item in items]
        assert order == sorted(order)
    prints = [finding.fingerprint for finding in found.findings]
    assert len({*prints}) == len(prints)


def _order(item: Finding | Evidence) -> tuple[int, int, int, str]:
    return (item.place.line, item.place.column, item.place.end_line, item.category)


def _in_file(found: Assessment, source: Source) -> None:
    assert found.lines == source.length
    rows = source.text.split("\n")
    lone = source.has_lone_carriage_return
    for item in (*found.findings, *found.evidence):
        place: Place = item.place
        assert 1 <= place.line <= place.end_line <= max(found.lines, 1)
        assert place.column >= 1
        assert place.end_column >= 1
        assert lone or place.column <= len(rows[place.line - 1]) + 1
        assert lone or place.end_column <= len(rows[place.end_line - 1]) + 1
    for suppression in found.suppressions:
        assert 1 <= suppression.line <= found.lines
        assert suppression.line <= suppression.covers <= found.lines + 1
    for finding in found.findings:
        assert finding.edit is None or _is_inside(finding.edit, source)


def _is_inside(edit: Edit, source: Source) -> bool:
    return 1 <= edit.line <= edit.end_line <= len(source.lines)


def _masked(found: Assessment) -> None:
    """What a rule calls a secret is in no words of ours, wherever else it stands in the file."""
    said = [text for f in found.findings for text in (f.code, f.reason, f.edit and f.edit.text)]
    said += [evidence.sentence for evidence in found.evidence]
    for value in _secrets():
        assert not any(text and value in text for text in said), "a secret is shown"


def _secrets() -> Iterator[str]:
    """The values of the texts that are secrets, placeholders apart."""
    for written in _Heard.secrets:
        with suppress(ValueError, SyntaxError):
            value = ast.literal_eval(written)
            if isinstance(value, str) and not is_placeholder(value):
                yield value


def _rewritten(file: SourceFile, found: Assessment, profile: Profile) -> None:
    source, secrets = read(file), [*_secrets()]
    for finding in suggest(file, found.findings, profile):
        if made := finding.suggestion:
            assert 1 <= made.line <= made.end_line <= len(source.lines)
            assert not any(value in "\n".join(made.lines) for value in secrets)
            ast.parse(patched(source.text, made))
