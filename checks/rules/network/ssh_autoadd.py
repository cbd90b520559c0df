"""SSH connects to hosts whose key nobody has checked.

With `AutoAddPolicy` or `WarningPolicy`, with `StrictHostKeyChecking=no` or with
`known_hosts=None`, whoever answers at the address is taken for the host, and gets the
password and the commands.

A policy or an option that is only compared, or expected of a mock, is not a finding.

Load the keys that the hosts are known to have (`load_host_keys(path)`) and keep the
default, `RejectPolicy`. A server that the test starts has a key that the test knows.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules._wording import dotted
from checks.rules.network._commands import commands, words
from checks.rules.network._expected import is_expected

_POLICIES = ("AutoAddPolicy", "WarningPolicy")
_ARGUMENTS = frozenset({"policy", "missing_host_key_policy", "missing_key_policy"})
_OPTION = re.compile(r"(^|-o\s*)StrictHostKeyChecking\s*[= ]\s*(no|off)\b")

rule = Rule(
    id="ssh-autoadd",
    words=(*_POLICIES, "StrictHostKeyChecking", "known_hosts", "hostkeys"),
    severity="medium",
    cwe=322,
    bad=[
        Bad(
            "import paramiko\n"
            "client = paramiko.SSHClient()\n"
            "client.set_missing_host_key_policy(paramiko.AutoAddPolicy())",
            fixed="import paramiko\n"
            "client = paramiko.SSHClient()\n"
            "client.set_missing_host_key_policy(paramiko.RejectPolicy())",
        ),
        Bad(
            "import paramiko\nclient.set_missing_host_key_policy(paramiko.WarningPolicy)",
            fixed="import paramiko\nclient.set_missing_host_key_policy(paramiko.RejectPolicy)",
        ),
        Bad(
            "from paramiko import AutoAddPolicy as Trusting\n"
            "def test_run(client):\n"
            "    client.set_missing_host_key_policy(Trusting())"
        ),
        Bad("pool = SSHPool('10.0.0.2', 22, missing_key_policy='AutoAddPolicy')"),
        Bad("import asyncssh\nconnection = asyncssh.connect('10.0.0.2', known_hosts=None)"),
        Bad("import pysftp as sftp\noptions = sftp.CnOpts()\noptions.hostkeys = None"),
        Bad("import paramiko\nclient.set_missing_host_key_policy(policy=paramiko.AutoAddPolicy)"),
        Bad("from os import system as sh\nsh('ssh -oStrictHostKeyChecking=no ci@10.0.0.2 ls')"),
        Bad(
            "import subprocess\n"
            "subprocess.run(['/usr/bin/ssh', '-o', 'StrictHostKeyChecking=no', 'ci@10.0.0.2'])"
        ),
    ],
    good=[
        "import paramiko\nclient.set_missing_host_key_policy(paramiko.RejectPolicy())",
        (
            "import paramiko\n"
            "client.set_missing_host_key_policy.assert_called_once_with(paramiko.AutoAddPolicy)"
        ),
        "run.assert_called_once_with(['ssh', '-o', 'StrictHostKeyChecking=no', 'host'])",
        "command = ['ssh', '-o', 'StrictHostKeyChecking=no']\nassert build('host') == command",
        "policy = choose('AutoAddPolicy')\nclient.set_missing_host_key_policy(policy)",
    ],
)


@rule.on_method("set_missing_host_key_policy")
def visit_policy(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if call.args:
        yield from _policy(call.args[0], ctx)


@rule.on(ast.Module)
def visit_commands(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for call in commands(ctx) if ctx.mentions(["StrictHostKeyChecking"]) else ():
        for word, text in words(call, ctx):
            if _OPTION.search(text) and not is_expected(ctx, call):
                yield rule.finding(word, "`ssh` takes whoever answers for the host.")


@rule.on(ast.Assign)
def visit_sftp(node: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    target = node.targets[0]
    if isinstance(target, ast.Attribute) and target.attr == "hostkeys":
        made = made_by(ctx, target.value)
        if ctx.literal(node.value) is None and ctx.call_name(made) == "pysftp.CnOpts":
            why = f"`{dotted(target)} = None` takes whoever answers for the host."
            yield rule.finding(node, why)


@rule.on(ast.keyword)
def visit_option(option: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    if option.arg in _ARGUMENTS:
        yield from _policy(option.value, ctx)
    elif option.arg == "known_hosts" and getattr(option.value, "value", "") is None:
        name = ctx.call_name(ctx.parent(option)) or ""
        if name.startswith("asyncssh.") and not is_expected(ctx, option):
            yield rule.finding(option, "`known_hosts=None` takes whoever answers for the host.")


def _policy(node: ast.expr, ctx: Context) -> Iterator[Outcome]:
    chosen = made_by(ctx, node) or ctx.origin(node) or node
    policy = chosen.func if isinstance(chosen, ast.Call) and not chosen.args else chosen
    name = ctx.text(policy) or ctx.name(policy) or getattr(policy, "id", "")
    short = str(name).rpartition(".")[2]
    if short not in _POLICIES or is_expected(ctx, node):
        return
    edit = None
    if isinstance(policy, ast.Attribute) and chosen is node:
        edit = replace(policy, ctx.segment(policy).removesuffix(short) + "RejectPolicy")
    yield rule.finding(node, f"`{short}` takes whoever answers for the host.", edit=edit)
