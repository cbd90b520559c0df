"""An archive that the test has not made is unpacked without a filter.

A tar archive can hold absolute names, `..` and links: unpacked as it is, it writes
outside the folder it is given, over any file the tests may write. Python before 3.14
trusts it unless a filter is named.

An archive that the test makes, one in the test's own temporary folder (unless the test
downloads it), and members that the test chooses are not findings; the `strict` profile
names those too, as low.

Name the filter: `archive.extractall(folder, filter="data")`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.inputs._archives import OPENS, ZIPS, archive_origin, is_made_here, opened_by
from checks.rules.inputs._sources import MADE, NETWORK, Origin

rule = Rule(
    id="tarfile-extract",
    severity="medium",
    cwe=22,
    bad=[
        Bad(
            "import tarfile\ndef test_a(target):\n    with tarfile.open('data.tar') as tar:\n"
            "        tar.extractall(target)",
            fixed="import tarfile\ndef test_a(target):\n    with tarfile.open('data.tar') as tar:\n"
            "        tar.extractall(target, filter='data')",
        ),
        Bad(
            "import io, tarfile as t\ndef test_a(client):\n    response = client.get('/a.tar')\n"
            "    with t.open(fileobj=io.BytesIO(response.content)) as a:\n"
            "        a.extractall()",
            fixed="import io, tarfile as t\ndef test_a(client):\n"
            "    response = client.get('/a.tar')\n"
            "    with t.open(fileobj=io.BytesIO(response.content)) as a:\n"
            "        a.extractall(filter='data')",
        ),
        Bad(
            "from tarfile import open as untar\n"
            "def unpack():\n    with untar('a.tar') as bundle:\n        bundle.extract('a', 'b')"
        ),
        Bad(
            "import tarfile\nwith tarfile.open('a.tar') as bundle:\n"
            "    bundle.extractall('b', filter='fully_trusted')",
            fixed="import tarfile\nwith tarfile.open('a.tar') as bundle:\n"
            "    bundle.extractall('b', filter='data')",
        ),
        Bad("import tarfile as t\nt.TarFile.extractall(bundle, 'b')", profile="strict"),
        Bad("import tarfile\ndef a(archive):\n    archive.extractall(**b)", profile="strict"),
        Bad("import tarfile\ndef a(archive):\n    archive.extractall()", profile="strict"),
        Bad(
            "import tarfile\nwith tarfile.open('a') as b:\n    b.extractall(members=wanted())",
            profile="strict",
        ),
        Bad(
            "import tarfile, urllib.request as r\ndef test_a(tmp_path):\n"
            "    r.urlretrieve('https://files.example.org/a', tmp_path / 'a')\n"
            "    with tarfile.open(tmp_path / 'a') as bundle:\n        bundle.extractall()"
        ),
    ],
    good=[
        (
            "import tarfile\ndef test_a(target):\n    with tarfile.open('data.tar') as tar:\n"
            "        tar.extractall(target, filter='data')"
        ),
        (
            "import tarfile\ndef test_a(tmp_path):\n    with tarfile.open(tmp_path / 'a') as tar:\n"
            "        tar.extractall(tmp_path)"
        ),
        (
            "import tarfile\ndef test_a(target):\n    with tarfile.open('a.tar', 'w') as tar:\n"
            "        tar.add('x')\n    with tarfile.open('a.tar') as tar:\n"
            "        tar.extractall(target)"
        ),
        (
            "import zipfile\ndef test_a(target):\n    with zipfile.ZipFile('a.zip') as archive:\n"
            "        archive.extractall(target)"
        ),
        "import tarfile\nwith tarfile.open('a') as b:\n    b.extractall(members=wanted())",
        Good(
            "import tarfile, zipfile\nwith zipfile.ZipFile('a') as z:\n    z.extractall()",
            profile="strict",
        ),
        "import tarfile\ndef a(path):\n    with tarfile.open(path) as b:\n        b.extractall()",
        "def test_a(tarfile, target):\n    tarfile.open('data.tar').extractall(target)",
    ],
)


@rule.on_method("extractall", "extract")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    function = call.func
    if not isinstance(function, ast.Attribute) or not _is_unfiltered(call, ctx):
        return
    opened = opened_by(ctx, function.value, OPENS)
    reason = f"`{function.attr}` without a filter writes wherever the archive's member names say."
    if opened is not None:
        chosen = _argument_members(call, ctx) is not None
        data = archive_origin(ctx, opened)
        if chosen or (data is not NETWORK and is_made_here(ctx, call, opened)):
            data = MADE
        if data.origin is Origin.OUTSIDE:
            yield rule.finding(call, reason, edit=_edit(call, ctx))
        elif ctx.strict:
            yield rule.finding(call, reason, edit=_edit(call, ctx), severity="low")
        elif data.origin is Origin.UNKNOWN:
            yield evidence(call, "An archive of unknown origin is unpacked without a filter.")
    elif ctx.strict and function.attr == "extractall" and _may_be_tar(ctx, function.value):
        yield rule.finding(call, reason, severity="low")


def _is_unfiltered(call: ast.Call, ctx: Context) -> bool:
    """Whether no filter is named, or the one that lets everything through."""
    if any(keyword.arg is None for keyword in call.keywords) and not ctx.strict:
        return False
    given = ctx.keyword(call, "filter")
    if given is None:
        return True
    name = (ctx.name(given.value) or "").rpartition(".")[2]
    return ctx.text(given.value) == "fully_trusted" or name == "fully_trusted_filter"


def _argument_members(call: ast.Call, ctx: Context) -> ast.expr | None:
    """What chooses the members to unpack, where something does."""
    if getattr(call.func, "attr", "") != "extractall":
        return None
    members = ctx.argument(call, 1, "members")
    if isinstance(members, ast.Call) and getattr(members.func, "attr", "") == "getmembers":
        return None
    return None if members is None or ctx.literal(members) is None else members


def _may_be_tar(ctx: Context, archive: ast.expr) -> bool:
    """Whether an archive of unknown kind can be a tar archive: the file imports `tarfile`."""
    known = ctx.name(archive)
    if opened_by(ctx, archive, ZIPS) is not None or (known and "tar" not in known.lower()):
        return False
    imports = ctx.nodes(ast.Import, ast.ImportFrom)
    return any(
        "tarfile" in {getattr(node, "module", None), *(alias.name for alias in node.names)}
        for node in imports
    )


def _edit(call: ast.Call, ctx: Context) -> Edit | None:
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    text = ctx.segment(call)
    if "\n" in text and "#" in text:
        return None
    keywords = [keyword for keyword in call.keywords if keyword.arg != "filter"]
    given = [*(ctx.segment(a) for a in call.args), *(ctx.segment(k) for k in keywords)]
    return replace(
        call, f"{ctx.segment(call.func)}({', '.join([*given, 'filter=' + repr('data')])})"
    )
