"""Constraints or row security are switched off and not switched on again.

With foreign keys, triggers or row level security off, the tests pass with data that the
real database refuses, and show rows that a real user must not see. The setting stays with
the connection, which goes back to the pool: later tests run without protection too.

Switch it on again where the test cannot miss it (`finally`, `addCleanup`, after the `yield`
of the fixture), or limit it to the transaction with `SET LOCAL`.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.restoration import is_undone
from checks.rules._origins import made_by


class _Switch(NamedTuple):
    what: str
    off: str
    on: str


_OFF, _ON = r"\s*(=|to)?\s*\(?'?(0|off|false|no)\b", r"\s*(=|to)?\s*\(?'?(1|on|true|yes|default)\b"
_ROLE = r"session_replication_role\s*(=|to)\s*'?"
# SET LOCAL ends with the transaction, so that it is not among them.
_SWITCHES = (
    _Switch("Foreign key checks are", rf"\bforeign_key_checks{_OFF}", rf"foreign_key_checks{_ON}"),
    _Switch("Unique checks are", rf"\bunique_checks{_OFF}", rf"\bunique_checks{_ON}"),
    _Switch("Foreign keys are", rf"\bpragma\s+foreign_keys{_OFF}", rf"\bforeign_keys{_ON}"),
    _Switch(
        "Triggers and foreign keys are",
        rf"\bset\s+(session\s+)?{_ROLE}replica",
        rf"\b({_ROLE}(origin|default|local)|reset\s+session_replication_role)",
    ),
    _Switch(
        "Row level security is",
        r"\b(disable|no\s+force)\s+row\s+level\s+security",
        r"\b(enable|(?<!no )force)\s+row\s+level\s+security",
    ),
    _Switch("Row security is", rf"\bset\s+(session\s+)?row_security{_OFF}", rf"row_security{_ON}"),
    _Switch("Triggers are", r"\bdisable\s+trigger\s+\w", r"\benable\s+(\w+\s+)?trigger\s+\w"),
    _Switch(
        "Constraints are", r"\bdisable\s+constraint\s+\w", r"\benable\s+(\w+\s+)?constraint\s+\w"
    ),
    _Switch("Row security is", r"\balter\s+(role|user)\s[^;]*\sbypassrls\b", r"\bnobypassrls\b"),
    _Switch("Constraints are", r"\bnocheck\s+constraint\s+\w", r"\bcheck\s+constraint\s+\w"),
)
_DJANGO = _Switch(
    "Constraint checks are", "disable_constraint_checking", "enable_constraint_checking"
)
_EXECUTES = (
    *("execute", "executescript", "exec_driver_sql", "execute_sql", "run_sql", "raw", "scalar"),
)

rule = Rule(
    id="constraints-left-off",
    severity="medium",
    cwe=459,
    bad=[
        Bad(
            "def fill(cursor, rows):\n"
            "    cursor.execute('SET FOREIGN_KEY_CHECKS = 0')  # <-\n"
            "    cursor.executemany('INSERT INTO child VALUES (%s)', rows)"
        ),
        Bad(
            "from sqlalchemy import text as sql\n"
            "def test_rows(session):\n"
            "    session.execute(sql('ALTER TABLE accounts DISABLE ROW LEVEL SECURITY'))  # <-\n"
            "    assert session.scalars(sql('SELECT 1 FROM accounts')).all()"
        ),
        Bad("def setUp(self):\n    self.db.execute(\"SET session_replication_role = 'replica'\")"),
        Bad("def test_a(db):\n    db.execute('ALTER ROLE app BYPASSRLS')"),
        Bad("def load(connection):\n    connection.disable_constraint_checking()"),
    ],
    good=[
        (
            "def fill(db):\n    db.execute('SET FOREIGN_KEY_CHECKS=0')\n    try:\n"
            "        fill_all(db)\n    finally:\n        db.execute('SET FOREIGN_KEY_CHECKS=1')"
        ),
        (
            "def drop(db):\n    db.execute('PRAGMA foreign_keys = OFF')\n    db.drop()\n"
            "    db.execute('PRAGMA foreign_keys = ON')"
        ),
        (
            "import sqlite3\ndef test_a():\n    db = sqlite3.connect(':memory:')\n"
            "    db.execute('PRAGMA foreign_keys=OFF')"
        ),
        "def test_a(db):\n    db.execute('ALTER ROLE app BYPASSRLS')\n    db.check()\n"
        "    db.execute('ALTER ROLE app NOBYPASSRLS')",
        "assert_executed('SET FOREIGN_KEY_CHECKS = 0')\ndb.execute('SET LOCAL row_security = off')",
    ],
)


@rule.on_method(*_EXECUTES, _DJANGO.off)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    switch = _switched_off(call, ctx)
    if switch is None or ctx.is_expectation(call) or _is_private(call, ctx):
        return

    def undoes(node: ast.AST) -> bool:
        return bool(re.search(switch.on, _words(node), re.IGNORECASE))

    here = ctx.nodes(ast.Constant, ast.Attribute, inside=ctx.function(call))
    followed = any(undoes(node) and ctx.tree.precedes(call, node) for node in here)
    if followed or is_undone(ctx, call, undoes):
        return
    if any(undoes(node) for node in ctx.nodes(ast.Constant, ast.Attribute)):
        sentence = f"{switch.what} switched off here, and on again elsewhere in this file."
        yield evidence(call, sentence)
    else:
        why = f"{switch.what} switched off here, and nothing switches them on again after the test."
        yield rule.finding(call, why)


def _words(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    value = getattr(node, "value", None)
    return value if isinstance(value, str) else ""


def _switched_off(call: ast.Call, ctx: Context) -> _Switch | None:
    called = str(getattr(call.func, "attr", ""))
    if called == _DJANGO.off:
        return _DJANGO
    if called not in _EXECUTES or not call.args:
        return None
    statement = ctx.origin(call.args[0]) or call.args[0]
    if isinstance(statement, ast.Call) and statement.args:
        statement = statement.args[0]  # text("...")
    text = ctx.text(statement) or ""
    return next((s for s in _SWITCHES if re.search(s.off, text, re.IGNORECASE)), None)


def _is_private(call: ast.Call, ctx: Context) -> bool:
    """Whether the connection is the test's own SQLite in memory, which ends with the test."""
    made: ast.Call | None = call
    while made and isinstance(made.func, ast.Attribute) and ctx.name(made.func) is None:
        made = made_by(ctx, made.func.value)
    return (
        made is not None
        and ctx.call_name(made) == "sqlite3.connect"
        and (ctx.function(made) is ctx.function(call))
    )
