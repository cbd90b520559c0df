"""A database named by the environment is emptied without a check that it is for tests.

The test drops or empties whatever `DATABASE_URL` (or the like) points at. On the machine of a
developer who has just looked into production, or in a deployment pipeline, that is the
production database.

A variable, a comparison or the name of what is dropped that says "test", and a database with a
literal address, are not findings.

Read a variable of its own (`TEST_DATABASE_URL`), or refuse to go on unless the name says
test: `assert url.database.endswith("_test")`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules._origins import origin
from checks.tree import FUNCTIONS

_DESTROYS = ("drop_all", "flushall", "flushdb", "drop_database", "delete_database")
_EXECUTES = ("execute", "executescript", "exec_driver_sql", "execute_sql", "run_sql")
# All rows of a table are deleted where nothing follows its name.
_STATEMENT = re.compile(
    r"\s*((truncate|drop\s+(database|schema|table|owned))\b|delete\s+from\s+[\w.\"`]+\s*;?\s*$)",
    re.IGNORECASE,
)
_CONFIGURED = "SQLALCHEMY_DATABASE_URI"
_GUARD = re.compile(
    r"test|local|sqlite|memory|ephemeral|throwaway|prod|(\b|_)ci(\b|_)", re.IGNORECASE
)
# What is dropped says itself that it is for tests.
_FOR_TESTS = re.compile(r"(?<![a-z])(te?mp|test)", re.IGNORECASE)
_READS = frozenset({"os.getenv", "os.environ.get", "os.environ", "decouple.config", "environ.Env"})
_MANY = 100

rule = Rule(
    id="destructive-on-env-db",
    words=("environ", "getenv", "decouple"),
    severity="high",
    cwe=15,
    bad=[
        Bad(
            "import os\n"
            "from sqlalchemy import create_engine\n"
            "engine = create_engine(os.environ['DATABASE_URL'])\n"
            "def tearDownModule():\n"
            "    Base.metadata.drop_all(engine)"
        ),
        Bad(
            "from os import environ as env\n"
            "import redis\n"
            "def test_cache():\n"
            "    cache = redis.Redis.from_url(env.get('REDIS_URL'))\n"
            "    cache.flushall()"
        ),
        Bad(
            "import os\n"
            "import psycopg\n"
            "def clean():\n"
            "    with psycopg.connect(os.getenv('DSN')) as db, db.cursor() as cursor:\n"
            "        cursor.execute('TRUNCATE users CASCADE')"
        ),
        Bad(
            "import os, pytest\n"
            "@pytest.fixture\n"
            "def engine():\n"
            "    url = os.environ['DB_URL']\n"
            "    return create_engine(url)\n"
            "def test_a(engine):\n"
            "    Base.metadata.drop_all(bind=engine)"
        ),
        Bad(
            "import os\nimport psycopg\ndef clean():\n"
            "    with psycopg.connect(os.environ['DB_URL']) as db:\n"
            "        db.execute('DELETE FROM users')"
        ),
        Bad(
            "import os\nfrom project import app, db\n"
            "app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DB_URL']\n"
            "def tearDownModule():\n    db.drop_all()"
        ),
    ],
    good=[
        "import os\ndb = connect(os.environ['DB_URL'])\n"
        "db.execute('DELETE FROM users WHERE id = 1')",
        (
            "import os\nfrom sqlalchemy import create_engine\n"
            "engine = create_engine(os.environ['TEST_DATABASE_URL'])\n"
            "Base.metadata.drop_all(engine)"
        ),
        (
            "import os\nurl = os.environ['DATABASE_URL']\nassert 'test' in url\n"
            "engine = create_engine(url)\nBase.metadata.drop_all(engine)"
        ),
        "engine = create_engine('sqlite://')\nBase.metadata.drop_all(engine)",
        "import os\nimport pymongo\n"
        "pymongo.MongoClient(os.environ['MONGO_URL']).drop_database('test_users')",
        "import os\nimport psycopg\n"
        "psycopg.connect(os.environ['DB_URL']).execute('DROP TABLE test_users')",
        "import os\nassert os.environ['DATABASE_URL']\ncache.flushall()",
    ],
)


@rule.on_method(*_DESTROYS, *_EXECUTES)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    called = str(getattr(call.func, "attr", ""))
    text = _statement(call, ctx) if call.args else ""
    if _FOR_TESTS.search(text):
        return
    if called in _DESTROYS:
        what = f"`{called}()`"
    elif called in _EXECUTES and _STATEMENT.match(text):
        what = f"`{' '.join(text.split()[:2])}`"
    else:
        return
    read = _environment(call, ctx)
    if read is None and called == "drop_all" and not call.args and not call.keywords:
        read = ctx.once(_configured)
    if read is None or ctx.is_expectation(call):
        return
    key = _key(read, ctx)
    if not _GUARD.search(key) and not _is_guarded(ctx):
        name = (
            f"the database that `{key}` names" if key else "a database that the environment names"
        )
        yield rule.finding(
            call, f"{what} runs on {name}, and nothing checks that it is a test one."
        )


def _statement(call: ast.Call, ctx: Context) -> str:
    statement = ctx.origin(call.args[0]) or call.args[0]
    if isinstance(statement, ast.Call) and statement.args:
        statement = statement.args[0]  # text("...")
    if isinstance(statement, ast.JoinedStr) and statement.values:
        return str(getattr(statement.values[0], "value", ""))
    return ctx.text(statement) or ""


def _environment(start: ast.expr, ctx: Context) -> ast.expr | None:
    """Where the environment is read for the connection that a call works on."""
    queue: list[ast.expr] = [start]
    for node in queue:  # grows while it is walked
        if isinstance(node, ast.Subscript | ast.Call):
            read = node.value if isinstance(node, ast.Subscript) else node.func
            if ctx.name(read) in _READS:
                return node
        queue += [source for source in _sources(node, ctx) if source not in queue]
        if len(queue) > _MANY:
            return None
    return None


def _configured(ctx: Context) -> ast.expr | None:
    """Where the environment is read for the database of the application that a file sets up."""
    if _CONFIGURED not in ctx.strings:
        return None
    for assign, target in ctx.assigned(ast.Subscript):
        if ctx.text(target.slice) == _CONFIGURED:
            return _environment(assign.value, ctx)
    return None


def _sources(node: ast.expr, ctx: Context) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        yield from node.args
        yield from (keyword.value for keyword in node.keywords)
        if isinstance(node.func, ast.Attribute):
            yield node.func.value
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.Await | ast.Subscript):
        yield node.value
    elif isinstance(node, ast.Name | ast.Attribute):
        made = origin(ctx, node)
        yield from [made] if made else _fixture_values(node, ctx)


def _fixture_values(node: ast.expr, ctx: Context) -> Iterator[ast.expr]:
    """What the fixture of this file gives to the parameter that *node* is."""
    if not ctx.names.is_parameter(node):
        return
    for statement in ctx.tree.module.body:
        if not isinstance(statement, FUNCTIONS) or statement.name != getattr(node, "id", ""):
            continue
        if ctx.scopes.fixture(statement):
            for given in ctx.nodes(ast.Return, ast.Yield, inside=statement):
                if given.value:
                    yield given.value


def _key(read: ast.expr, ctx: Context) -> str:
    key = read.slice if isinstance(read, ast.Subscript) else None
    if isinstance(read, ast.Call) and read.args:
        key = read.args[0]
    return ctx.text(key) or ""


def _is_guarded(ctx: Context) -> bool:
    """Whether the file compares something with a word for "test", or refuses other databases."""
    for node in ctx.nodes(ast.Compare, ast.Call):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", "")
            words = node.args if called in {"endswith", "startswith", "replace", "search"} else []
        else:
            words = [node.left, *node.comparators]
        if any(_GUARD.search(ctx.text(word) or "") for word in words):
            return True
    return False
