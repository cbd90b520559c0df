"""A security function is patched with `create=True`, whether it exists or not.

With `create=True` (`raising=False` in pytest's `monkeypatch`) a patch succeeds even if there
is no such attribute. Rename or remove the check in the product, or misspell it here, and the
test goes on as before: it replaces a function that nobody calls, and no one is told that
the check it is about is gone.

For a builtin that a module does not define itself (`create=True` for `open`) the option is
needed; that is not a finding.

Leave the option out, so that the patch fails when the function is gone; `autospec=True`
also notices when its parameters change.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.mocks._doubles import Double, doubles
from checks.rules.mocks._targets import guard

_TOP = "from unittest import mock\n"

rule = Rule(
    id="patch-create-security",
    words=("patch", "raising"),
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            f"{_TOP}@mock.patch('app.auth.verify_token', create=True)  # <-\n"
            "def test_a(verify):\n    act()",
        ),
        Bad(
            "from unittest.mock import patch as p\nfrom app import auth\ndef test_a():\n"
            "    with p.object(auth, 'check_password', create=True, return_value=True):  # <-\n"
            "        act()",
        ),
        Bad(
            f"{_TOP}def test_a():\n"
            "    with mock.patch('app.views.login_required', create=True):  # <-\n        act()"
        ),
        Bad(
            "def test_a(monkeypatch):\n"
            "    monkeypatch.setattr('app.auth.authenticate', fake, raising=False)",
            fixed="def test_a(monkeypatch):\n"
            "    monkeypatch.setattr('app.auth.authenticate', fake)",
        ),
        Bad(
            "from unittest import mock as m\nfrom app import auth\n"
            "@m.patch.multiple(auth, create=True, has_permission=m.DEFAULT)  # <-\n"
            "def test_a(has_permission):\n    act()"
        ),
        Bad(
            "from unittest import mock\ndef test_a():\n"
            "    with mock.patch('app.auth.verify_token', mock.DEFAULT, None, True):  # <-\n"
            "        act()"
        ),
        Bad(
            "def test_a(mocker):\n    mocker.patch('app.auth.verify_token', create=True)",
            fixed="def test_a(mocker):\n    mocker.patch('app.auth.verify_token')",
        ),
    ],
    good=[
        f"{_TOP}@mock.patch('app.auth.verify_token')\ndef test_a(verify):\n    act()",
        f"{_TOP}@mock.patch('app.auth.verify_token', create=False)\ndef test_a(v):\n    act()",
        f"{_TOP}@mock.patch('app.files.open', create=True)\ndef test_a(opened):\n    act()",
        "def test_a(monkeypatch):\n    monkeypatch.setattr('app.clock.now', fake, raising=False)",
        f"{_TOP}@mock.patch('app.auth.create_token', create=True)\ndef test_a(c):\n    act()",
        "def test_a(db):\n    db.patch('app.auth.verify_token', create=True)",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for made in doubles(ctx):
        name = _guarded(made, ctx)
        option = _option(made, ctx) if name else None
        if option is not None:
            yield rule.finding(
                made.call,
                f"This succeeds even if there is no `{name}`, so nobody notices when it is gone.",
                edit=_edit(made.call, option, ctx) if isinstance(option, ast.keyword) else None,
            )


def _guarded(made: Double, ctx: Context) -> str:
    """The security function that is replaced; "" where it is none."""
    if getattr(made.call.func, "attr", "") != "multiple":
        return guard(made.target)
    named = (guard(f"{made.target}.{keyword.arg}") for keyword in made.call.keywords if keyword.arg)
    return next(filter(None, named), "")


def _option(made: Double, ctx: Context) -> ast.keyword | ast.expr | None:
    """The argument that lets a patch succeed without its target."""
    if made.form not in {"patch", "mocker", "monkeypatch"}:
        return None
    name, value = ("raising", False) if made.form == "monkeypatch" else ("create", True)
    option = ctx.keyword(made.call, name)
    if option:
        return option if ctx.literal(option.value) is value else None
    kind = getattr(made.call.func, "attr", "")
    # patch(target, new, spec, create), patch.object(target, name, new, spec, create).
    number = {"object": 4, "multiple": 2}.get(kind, 3)
    given = None if made.form == "monkeypatch" else ctx.argument(made.call, number, None)
    return given if given is not None and ctx.is_true(given) else None


def _edit(call: ast.Call, option: ast.keyword, ctx: Context) -> Edit | None:
    """The same call without the option."""
    others = [keyword for keyword in call.keywords if keyword is not option]
    if call.lineno != call.end_lineno:
        return None
    parts: list[ast.expr | ast.keyword] = [*call.args, *others]
    given = ", ".join(map(ctx.segment, parts))
    return replace(call, f"{ctx.segment(call.func)}({given})")
