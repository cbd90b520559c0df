"""YAML is loaded with a loader that can build any Python object.

`yaml.load` without a safe loader follows tags such as `!!python/object/apply:` and
calls what they name: a YAML file becomes a program. Test data is edited by many hands
and reviewed as data, not as code.

Use `yaml.safe_load(stream)`, or `yaml.load(stream, Loader=yaml.SafeLoader)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit

SAFE_NAME = {
    "yaml.load": "safe_load",
    "yaml.load_all": "safe_load_all",
    "yaml.full_load": "safe_load",
    "yaml.full_load_all": "safe_load_all",
    "yaml.unsafe_load": "safe_load",
    "yaml.unsafe_load_all": "safe_load_all",
}
LOADERS = ("Loader", "UnsafeLoader", "FullLoader", "CLoader", "CUnsafeLoader", "CFullLoader")
UNSAFE = frozenset(f"yaml.{name}" for name in LOADERS) | frozenset(
    f"yaml.loader.{name}" for name in LOADERS
)
FULL = frozenset({"yaml.full_load", "yaml.full_load_all"})

rule = Rule(
    id="yaml-load",
    words=("yaml",),
    severity="medium",
    cwe=502,
    bad=[
        Bad(
            "import yaml\ndef test_a():\n    with open('data.yml') as f:\n"
            "        data = yaml.load(f)",
            fixed="import yaml\ndef test_a():\n    with open('data.yml') as f:\n"
            "        data = yaml.safe_load(f)",
        ),
        Bad(
            "import yaml as y\ndata = y.load_all(text, Loader=y.UnsafeLoader)",
            fixed="import yaml as y\ndata = y.safe_load_all(text)",
        ),
        Bad("from yaml import load as parse, FullLoader as L\ndata = parse(text, L)"),
        Bad(
            "import yaml\ndata = yaml.full_load(text)",
            fixed="import yaml\ndata = yaml.safe_load(text)",
        ),
    ],
    good=[
        "import yaml\ndata = yaml.load(text, Loader=yaml.SafeLoader)",
        "from yaml import CSafeLoader as L, load\ndata = load(text, L)",
        "import yaml\ndata = yaml.safe_load(text)",
        "import yaml\nclass Tagged(yaml.SafeLoader):\n    pass\ndata = yaml.load(text, Tagged)",
        "def test_a(yaml):\n    yaml.load('a: 1')",
        "import yaml\ndef test_a(arguments):\n    yaml.load(*arguments)",
        "from ruamel.yaml import YAML\nyaml = YAML(typ='safe')\ndata = yaml.load(text)",
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(call.func)
    if name not in SAFE_NAME or any(k.arg is None for k in call.keywords):
        return
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return
    loader = ctx.argument(call, 1, "Loader")
    if name in {"yaml.load", "yaml.load_all"}:
        if loader is not None and ctx.name(loader) not in UNSAFE:
            return
        with_loader = (
            f"with `{ctx.name(loader)}`" if loader is not None else "without a safe loader"
        )
    else:
        with_loader = "with a loader that is not the safe one"
    yield rule.finding(
        call,
        f"`{name}` {with_loader} builds Python objects that the YAML text names.",
        edit=_edit(call, ctx, SAFE_NAME[name]),
    )


def _edit(call: ast.Call, ctx: Context, safe_name: str) -> Edit | None:
    """``module.safe_load(stream)``, where module and stream are at hand."""
    stream = ctx.argument(call, 0, "stream")
    if stream is None or not isinstance(call.func, ast.Attribute):
        return None
    text = ctx.text(stream)
    return replace(
        call,
        f"{ctx.segment(call.func.value)}.{safe_name}({ctx.segment(stream)})",
        safe=text is not None and "!" not in text,
    )
