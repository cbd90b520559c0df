"""`tempfile.mktemp` gives a name that anybody can take before the test does.

Between choosing the name and creating the file, another user of the machine can put a file or
a link there: the test then reads foreign data or overwrites a foreign file. Build servers are
often shared machines.

A name inside `tmp_path`, pytest's own `tmpdir_factory.mktemp`, and a patched `mktemp` are not
findings. The `strict` profile also reports calls whose folder is not known.

Use `tempfile.mkstemp()`, `tempfile.TemporaryDirectory()`, or pytest's `tmp_path`: they
create what they name.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import UNKNOWN, Context
from checks.rules.cleanup._rewrites import asked

rule = Rule(
    id="tempfile-mktemp",
    severity="medium",
    cwe=377,
    bad=[
        Bad("import tempfile\ndef test_a():\n    path = tempfile.mktemp()"),
        Bad("from tempfile import mktemp as name\ndef test_a():\n    save(name(suffix='.db'))"),
        Bad(
            "import tempfile\ndef test_a(tmp_path):\n    path = tempfile.mktemp()  # <-\n"
            "    save(path)",
            fixed="import tempfile\ndef test_a(tmp_path):\n"
            "    path = str(tmp_path / 'file')  # <-\n    save(path)",
        ),
        Bad("import tempfile as t\nclass TestA:\n    path = t.mktemp('x', dir='/var/share')"),
        Bad("import tempfile as t\nnames = Names(factory=t.mktemp)", profile="strict"),
    ],
    good=[
        "def test_a(tmp_path):\n    path = tmp_path / 'a'",
        "def test_a(tmpdir_factory):\n    path = tmpdir_factory.mktemp('a')",
        "import tempfile\ndef test_a(tmp_path):\n    path = tempfile.mktemp(dir=tmp_path)",
        Good(
            "import tempfile\nfrom unittest import mock\n"
            "@mock.patch('tempfile.mktemp', return_value='a')\ndef test_a(mktemp):\n"
            "    assert tempfile.mktemp() == 'a'"
        ),
    ],
)


@rule.on_call("tempfile.mktemp")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    folder = ctx.argument(call, 2, "dir")
    if folder is not None and ctx.literal(folder) is UNKNOWN and not ctx.strict:
        return  # A folder that the test has chosen: most likely its own.
    if _is_patched(ctx, call):
        return
    suffix = ctx.text(ctx.argument(call, 0, "suffix")) or ""
    named = f"tmp_path / {'file' + suffix!r}"
    yield rule.finding(
        call,
        "Another user can take this name before the test does; nothing is created here.",
        edit=replace(call, f"str({named})") if _is_simple(ctx, call) else None,
    )


def _is_simple(ctx: Context, call: ast.Call) -> bool:
    """Whether the test has ``tmp_path`` and asks for this one name, of which it says little."""
    calls = list(ctx.calls("tempfile.mktemp", inside=ctx.function(call)))
    given = [ctx.text(argument) for argument in (*call.args, *(k.value for k in call.keywords))]
    return asked(ctx, call, "tmp_path") and calls == [call] and None not in given


def _is_patched(ctx: Context, call: ast.Call) -> bool:
    """Whether the functions or classes around replace ``tempfile.mktemp`` itself."""
    for outer in ctx.ancestors(call):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for constant in ctx.nodes(ast.Constant, inside=outer):
                if isinstance(constant.value, str) and constant.value.endswith("mktemp"):
                    return True
    return False


rule.on_value("tempfile.mktemp")
