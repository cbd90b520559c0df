"""Whether an entry of a dictionary does something, or is data that a test has made up."""

import ast
import re

from checks.context import Context
from checks.rules._origins import library_call
from checks.rules.secrets import _credentials as credentials
from checks.rules.secrets._named import target_name

_CONTAINERS = (ast.Dict, ast.List, ast.Tuple)
_SETTINGS = re.compile(
    r"(\w+_)?(config|configuration|conf|settings|options|credentials?|creds|databases?|auth|login"
    r"|connection|env|environ|environment|headers)",
    re.IGNORECASE,
)
_HEADER = re.compile(r"X-[\w-]+", re.IGNORECASE)
_SENT = frozenset({"data", "json", "params"})
_ENTRANCE = re.compile("login|logon|signin|auth|token|session", re.IGNORECASE)


def is_used(entry: ast.AST, key: str, ctx: Context) -> bool:
    """Whether a dictionary with this entry sets something up, or is sent to log in.

    Most dictionaries of tests are samples: a server's answer, a body, a record. One that is
    called settings, is put into the environment, or is given to what logs in is none.
    """
    if _HEADER.fullmatch(key):
        return True
    for outer in ctx.ancestors(entry):
        if isinstance(outer, ast.keyword):
            call = ctx.parent(outer)
            return isinstance(call, ast.Call) and _is_set_up(call, outer.arg or "", ctx)
        if isinstance(outer, ast.Call):
            return _is_set_up(outer, "", ctx)
        if isinstance(outer, ast.Assign | ast.AnnAssign):
            targets = outer.targets if isinstance(outer, ast.Assign) else [outer.target]
            return any(_SETTINGS.fullmatch(target_name(target)) for target in targets)
        if not isinstance(outer, _CONTAINERS):
            return False
    return False


def _is_set_up(call: ast.Call, name: str, ctx: Context) -> bool:
    """Whether a call that is given a dictionary, by this name, acts on what stands in it."""
    if _SETTINGS.fullmatch(name) or any(ctx.name(arg) == "os.environ" for arg in call.args):
        return True
    if credentials.called(call) == "update" and ctx.name(call.func) == "os.environ.update":
        return True
    if name in _SENT and any(_ENTRANCE.search(ctx.text(arg) or "") for arg in call.args):
        return True
    if library_call(ctx, call, credentials.LIBRARIES):
        return name == "" or name in _SENT
    return name == "" and credentials.authenticates(call)
