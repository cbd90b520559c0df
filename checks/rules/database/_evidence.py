"""What a reviewer would cite about databases: whom a test talks to, and in which words."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules._wording import counted, dotted, listed
from checks.rules.database._stores import documents, emptied
from checks.rules.database._templates import pieces, values

_TARGETS = frozenset({"target_cell", "set_target_cell", "target_all_cells", "using_db"})
_OPENS = re.compile(
    r"create_(async_)?engine|(async_)?sessionmaker|scoped_session|get_(\w+_)?(session|engine)"
    r"|session_scope|(in_)?transaction|begin_nested|atomic"
)
_MENTIONS_DATABASE = re.compile(r"(?i)sqlalchemy|sqlmodel|\borm\b|\bdb\b|engine|database|\.sql\b")
_CONNECTS = frozenset({"connect", "Redis", "MongoClient"})
_DRIVERS = frozenset(
    {
        "sqlite3",
        "psycopg2",
        "psycopg",
        "asyncpg",
        "pymysql",
        "MySQLdb",
        "pymongo",
        "redis",
        "aiosqlite",
    }
)
_EXECUTES = frozenset(
    {"execute", "executemany", "executescript", "exec_driver_sql", "execute_sql", "read_sql", "raw"}
)
_SQL = re.compile(
    r"\s*(select|insert|update|delete|create|drop|alter|with|pragma|set|truncate|begin|merge)\b",
    re.IGNORECASE,
)
_RAW_SQL = re.compile(
    r"\s*\(?(select\s.+\sfrom|select\s+\d|insert\s+into|update\s+\S+\s+set|delete\s+from|pragma\s+\w"
    r"|(create|drop|alter)\s+(table|index|database|schema|view)|truncate\s+|with\s+\w+\s+as)\b",
    re.IGNORECASE | re.DOTALL,
)
_RECORDS = ("create", "save", "destroy", "delete", "refresh", "add", "commit", "flush")
_OF_SESSIONS = frozenset({"delete", "refresh", "add", "commit", "flush"})
_MODULES = re.compile(
    r"(^|[._])(objects|models?|orm|db|database|schemas?|entities|session)([._]|$)"
)
_FIXTURES = re.compile(
    r"\w*(Database|Databases|DBFixture|DbFixture|CellDatabases|SessionFixture)\w*"
)
_FIXTURE_NAMES = frozenset(
    {
        "db",
        "transactional_db",
        "django_db",
        "db_session",
        "django_db_setup",
        "database",
        "postgresql",
    }
)
_FEW = 4


def targeted_cells(ctx: Context) -> Iterator[Fact]:
    """The cell databases that are targeted, each combination of arguments once."""
    found: dict[str, list[ast.Call]] = {}
    for call in ctx.spelled_calls(*_TARGETS):
        if call.args:
            arguments = ", ".join(dotted(argument) for argument in call.args)
            found.setdefault(f"{_called(call)}({arguments})", []).append(call)
    for text, calls in list(found.items())[:_FEW]:
        more = f", in {counted(len(calls), 'place')}" if len(calls) > 1 else ""
        yield evidence(calls[0], f"A cell's database is targeted by {listed([text])}{more}.")
    rest = list(found.values())[_FEW:]
    if rest:
        count = counted(sum(len(calls) for calls in rest), "more place")
        yield evidence(
            rest[0][0], f"Cell databases are targeted in {count}, the first of them here."
        )


@lru_cache(8192)
def _opens(called: str) -> bool:
    return called in _CONNECTS or bool(_OPENS.fullmatch(called))


def connections(ctx: Context) -> Iterator[Fact]:
    """Engines, sessions and connections that are opened."""
    found: list[tuple[ast.Call, str]] = []
    for call in ctx.calls_where(_opens):
        called = _called(call)
        if called.endswith("session") and not _MENTIONS_DATABASE.search(ctx.vocabulary):
            continue  # the session of a user, or of a client
        if called in _CONNECTS:
            name = ctx.call_name(call) or ""
            if name.partition(".")[0] in _DRIVERS:
                found.append((call, name))
        else:
            found.append((call, called))
    if found:
        names = listed(name for _, name in found)
        where = f" in {len(found)} places, the first here" if len(found) > 1 else ""
        sentence = f"Engines, sessions or connections are opened{where}: {names}."
        yield evidence(found[0][0], sentence)


def fixtures(ctx: Context) -> Iterator[Fact]:
    """Fixtures, marks and parameters that give a test its database."""
    used: dict[str, list[ast.Call]] = {}
    for call in ctx.method_calls("useFixture"):
        made = call.args[0] if call.args else None
        if isinstance(made, ast.Call) and _FIXTURES.fullmatch(_called(made)):
            used.setdefault(_called(made), []).append(call)
    for name, calls in list(used.items())[:_FEW]:
        more = f" in {counted(len(calls), 'place')}" if len(calls) > 1 else ""
        yield evidence(calls[0], f"The fixture {listed([name])} provides the database{more}.")
    for mark in ctx.attributes.get("django_db", ()):
        if ctx.name(mark) == "pytest.mark.django_db":
            yield evidence(mark, "The database of the tests is Django's test database.")
            break
    parameters = [p for p in ctx.nodes(ast.arg) if p.arg in _FIXTURE_NAMES]
    if parameters:
        names, count = listed(p.arg for p in parameters), counted(len(parameters), "place")
        yield evidence(parameters[0], f"The database comes as a parameter ({names}) in {count}.")


def statements(ctx: Context) -> Iterator[Fact]:
    """SQL in the tests: with parameters, of literals alone, or put together."""
    groups: dict[str, list[ast.Call]] = {}
    for call in ctx.spelled_calls(*_EXECUTES):
        kind = _kind(call, ctx) if call.args else ""
        if kind:
            groups.setdefault(kind, []).append(call)
    for kind, calls in groups.items():
        count = counted(len(calls), "SQL statement")
        first = ", the first here" if len(calls) > 1 else ""
        yield evidence(calls[0], f"{count} {kind}{first}.")


def account(ctx: Context) -> Iterator[Fact]:
    """All of it; and where a file works with a database in no SQL of its own, that too."""
    uses = [*targeted_cells(ctx), *connections(ctx), *records(ctx), *documents(ctx)]
    uses += emptied(ctx)
    yield from uses
    yield from fixtures(ctx)
    yield from statements(ctx)
    if uses and not _has_sql(ctx):
        yield evidence(ctx.tree.module, "No raw SQL: no statement is written in this file.")


def _has_sql(ctx: Context) -> bool:
    return any(_RAW_SQL.match(text) for text in ctx.strings)


def _kind(call: ast.Call, ctx: Context) -> str:
    statement = ctx.origin(call.args[0]) or call.args[0]
    if isinstance(statement, ast.Call) and _called(statement) == "text" and statement.args:
        statement = statement.args[0]
    parts = pieces(statement, ctx)
    fixed = "".join(part if isinstance(part, str) else "?" for part in parts)
    if not _SQL.match(fixed):
        return ""
    if any(not isinstance(part, str) for part in parts):
        pasted = any(True for _ in values(parts))
        return "put together with values" if pasted else "put together of names, without values"
    has_values = len(call.args) > 1 or any(k.arg in {"params", "parameters"} for k in call.keywords)
    return "with parameters" if has_values else "of literals alone"


def records(ctx: Context) -> Iterator[Fact]:
    """Records that are written through an object-relational mapper, and database functions."""
    written: list[tuple[ast.Call, str]] = []
    functions: list[tuple[ast.Call, str]] = []
    for call in ctx.method_calls(*_RECORDS):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        model = _model(owner, _called(call), ctx) if owner else ""
        if model:
            written.append((call, f"{model}.{_called(call)}"))
    modules = _modules(ctx)
    for call in ctx.calls_where(lambda name: "_" in name) if modules else ():
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id in modules:
            called = _called(call)
            if called not in _RECORDS and ctx.call_name(call):
                functions.append((call, called))
    if written:
        count, names = counted(len(written), "place"), listed((n for _, n in written), limit=8)
        yield evidence(written[0][0], f"Records are written through the ORM in {count}: {names}.")
    if functions:
        names = listed(name for _, name in functions)
        count = counted(
            len(functions), "call of a database function", "calls of database functions"
        )
        where = ", the first here" if len(functions) > 1 else ""
        yield evidence(functions[0][0], f"{count}{where}: {names}.")


def _modules(ctx: Context) -> set[str]:
    """The names of imported modules of database functions: ``from nova.db.main import api``."""
    return {
        alias.asname or alias.name
        for node in ctx.nodes(ast.ImportFrom)
        for alias in node.names
        if ".db." in f".{node.module}.{alias.name}."
    }


def _model(node: ast.expr, called: str, ctx: Context) -> str:
    """The model that ``record`` in ``record.save()`` is made of, or the session, or ""."""
    if isinstance(node, ast.Attribute) and node.attr == "objects":
        return _short(ctx.name(node.value) or "")
    last = getattr(node, "attr", getattr(node, "id", ""))
    if isinstance(last, str) and last.lower().endswith("session"):
        return last if called in _OF_SESSIONS else ""
    made = made_by(ctx, node)
    name = ctx.call_name(made) if made else ctx.name(node)
    if not name or not _MODULES.search(name.rpartition(".")[0]):
        return ""
    return next((part for part in reversed(name.split(".")) if part[:1].isupper()), "")


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))
