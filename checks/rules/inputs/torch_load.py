"""A model that the test has not made is loaded with all the code it names.

A PyTorch file is a pickle: without `weights_only=True`, `torch.load` runs code that the
file names. Before version 2.6 that is what happens where nothing is said. A checkpoint
from a download or another machine can be anybody's.

What the same test has saved, and a file in the test's own temporary folder, are not
findings; the `strict` profile names every call without `weights_only=True`.

Load numbers only: `torch.load(path, weights_only=True)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.inputs._loading import loaded, of_path

rule = Rule(
    id="torch-load",
    severity="medium",
    cwe=502,
    bad=[
        Bad(
            "import torch\ndef test_a():\n    model = torch.load('data/model.pt')",
            fixed="import torch\ndef test_a():\n"
            "    model = torch.load('data/model.pt', weights_only=True)",
        ),
        Bad(
            "import os, torch as t\nmodel = t.load(os.environ['MODEL'], weights_only=False)",
            fixed="import os, torch as t\nmodel = t.load(os.environ['MODEL'], weights_only=True)",
        ),
        Bad(
            "from torch import load as read\ndef test_a():\n"
            "    with open('model.pt', 'rb') as f:\n        model = read(f, map_location='cpu')"
        ),
        Bad("import torch\ndef a(path, **k):\n    return torch.load(path, **k)", profile="strict"),
        Bad("import torch as t\nread(loader=t.load)", profile="strict"),
    ],
    good=[
        "import torch\nmodel = torch.load('data/model.pt', weights_only=True)",
        "import torch\ndef test_a(tmp_path):\n    model = torch.load(tmp_path / 'model.pt')",
        (
            "import io, torch\ndef test_a(model):\n    buffer = io.BytesIO()\n"
            "    torch.save(model, buffer)\n    torch.load(buffer)"
        ),
        "def test_a(torch):\n    torch.load('data/model.pt')",
        Good("import torch\ntorch.load('a', weights_only=True)", profile="strict"),
    ],
)


@rule.on_call("torch.load", "torch.serialization.load")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    only = ctx.keyword(call, "weights_only")
    if only is not None and ctx.is_true(only.value):
        return
    data = of_path(ctx, call, ctx.argument(call, 0, "f"))
    yield from loaded(
        rule, ctx, call, data, danger="runs code that the file names", edit=_edit(call, ctx, only)
    )


def _edit(call: ast.Call, ctx: Context, only: ast.keyword | None) -> Edit | None:
    if only is not None:
        return replace(only.value, "True")
    text = ctx.segment(call)
    unsure = any(isinstance(a, ast.Starred) for a in call.args) or any(
        keyword.arg is None for keyword in call.keywords
    )
    if unsure or ("\n" in text and "#" in text):
        return None
    given = [*(ctx.segment(a) for a in call.args), *(ctx.segment(k) for k in call.keywords)]
    return replace(call, f"{ctx.segment(call.func)}({', '.join([*given, 'weights_only=True'])})")


rule.on_value("torch.load", "torch.serialization.load")
