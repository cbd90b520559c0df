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
from checks.rules._origins import made_by, origin
from checks.rules._wording import dotted
from checks.rules.network._commands import commands, words
from checks.rules.network._expected import is_expected

# The last one is the base of all: it does nothing, and so lets every host in.
_POLICIES = ("AutoAddPolicy", "WarningPolicy", "MissingHostKeyPolicy")
_ARGUMENTS = frozenset({"policy", "missing_host_key_policy", "missing_key_policy"})
_OPTION = re.compile(r"(^|-o\s*)StrictHostKeyChecking\s*[= ]\s*(no|off)\b")

rule = Rule(
    id="ssh-autoadd",
    words=(*_POLICIES, "StrictHostKeyChecking", "known_hosts", "hostkeys", "missing_host_key"),
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
        Bad(
            "import paramiko as p\n"
            "class Any(p.MissingHostKeyPolicy):\n"
            "    def missing_host_key(self, client, hostname, key):\n"
            "        self.seen = hostname\n"
            "def connect(client):\n"
            "    client.set_missing_host_key_policy(Any())"
        ),
        Bad(
            "import paramiko\n"
            "class TestRun:\n"
            "    policy = paramiko.AutoAddPolicy\n"
            "    def test_a(self, client):\n"
            "        client.set_missing_host_key_policy(self.policy())"
        ),
        Bad(
            "import spur\ns = spur.SshShell(HOST, missing_host_key=spur.ssh.MissingHostKey.accept)"
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
        (
            "import paramiko\n"
            "class Known(paramiko.MissingHostKeyPolicy):\n"
            "    def missing_host_key(self, client, hostname, key):\n"
            "        raise paramiko.SSHException(hostname)\n"
            "def connect(client):\n    client.set_missing_host_key_policy(Known())"
        ),
        (
            "import paramiko\nfrom unittest import mock\ndef test_policy():\n"
            "    client = mock.Mock(spec=paramiko.SSHClient)\n"
            "    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())\n"
            "    policy = mock.call.set_missing_host_key_policy(paramiko.AutoAddPolicy())\n"
            "    assert client.mock_calls == [policy]\n"
            "    assert client.mock_calls == [\n"
            "        mock.call.set_missing_host_key_policy(paramiko.AutoAddPolicy())]"
        ),
        "run.assert_called_once_with(['ssh', '-o', 'StrictHostKeyChecking=no', 'host'])",
        "command = ['ssh', '-o', 'StrictHostKeyChecking=no']\nassert build('host') == command",
        "policy = choose('AutoAddPolicy')\nclient.set_missing_host_key_policy(policy)",
    ],
)


@rule.on_method("set_missing_host_key_policy")
def visit_policy(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    # The name of the keyword is one of those below.
    if call.args and not is_expected(ctx, call):
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


@rule.on_keyword("missing_host_key")
def visit_spur(option: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    name = (ctx.name(option.value) or "").rpartition(".")[2]
    if name in {"accept", "auto_add", "warn"} and not is_expected(ctx, option):
        yield rule.finding(option, "This takes whoever answers for the host.")


def _policy(node: ast.expr, ctx: Context) -> Iterator[Outcome]:
    chosen = made_by(ctx, node) or origin(ctx, node) or node
    policy = chosen.func if isinstance(chosen, ast.Call) and not chosen.args else chosen
    policy = origin(ctx, policy) or policy
    name = ctx.text(policy) or ctx.name(policy) or getattr(policy, "id", "")
    short = str(name).rpartition(".")[2]
    if not (short in _POLICIES or _lets_in(policy, ctx)) or is_expected(ctx, node):
        return
    edit = None
    if isinstance(policy, ast.Attribute) and chosen is node and short in _POLICIES:
        edit = replace(policy, ctx.segment(policy).removesuffix(short) + "RejectPolicy")
    yield rule.finding(node, f"`{short}` takes whoever answers for the host.", edit=edit)


def _lets_in(policy: ast.AST, ctx: Context) -> bool:
    """Whether a policy of the file itself derives of a loose one, and refuses nobody."""
    definition = ctx.names.definition(policy)
    if not isinstance(definition, ast.ClassDef):
        return False
    bases = (base for base in ctx.scopes.bases(definition) if isinstance(base, str))
    is_loose = any(base.startswith("paramiko.") and base.endswith(_POLICIES) for base in bases)
    refuses = any(True for _ in ctx.nodes(ast.Raise, ast.Assert, inside=definition))
    return is_loose and not refuses
