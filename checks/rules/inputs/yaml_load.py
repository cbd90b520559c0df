"""YAML is loaded with a loader that can build any Python object.

`yaml.load` without a safe loader follows tags such as `!!python/object/apply:` and
calls what they name: a YAML file becomes a program. Test data is edited by many hands
and reviewed as data, not as code.

A loader of the test's own that is built on `yaml.SafeLoader` is not a finding, nor is
one that the file does not show; the `strict` profile names the latter, as low.

Use `yaml.safe_load(stream)`, or `yaml.load(stream, Loader=yaml.SafeLoader)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
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
UNSAFE = frozenset(
    f"{module}.{name}" for module in ("yaml", "yaml.loader", "yaml.cyaml") for name in LOADERS
)

SAFE = ("SafeLoader", "yaml.BaseLoader", "yaml.CBaseLoader")

rule = Rule(
    id="yaml-load",
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
        Bad("import yaml as y\ny.load(text, **options)", profile="strict"),
        Bad("import yaml\ndata = list(map(yaml.unsafe_load, texts))", profile="strict"),
        Bad("import yaml\nfrom tools import Any\nyaml.load(text, Loader=Any)", profile="strict"),
    ],
    good=[
        "import yaml\ndata = yaml.load(text, Loader=yaml.SafeLoader)",
        "from yaml import CSafeLoader as L, load\ndata = load(text, L)",
        "import yaml\ndata = yaml.safe_load(text)",
        "import yaml\nclass Tagged(yaml.SafeLoader):\n    pass\ndata = yaml.load(text, Tagged)",
        "def test_a(yaml):\n    yaml.load('a: 1')",
        "import yaml\ndef test_a(arguments):\n    yaml.load(*arguments)",
        Good("from yaml import load, CBaseLoader as L\nload(text, L)", profile="strict"),
        "from ruamel.yaml import YAML\nyaml = YAML(typ='safe')\ndata = yaml.load(text)",
    ],
)


@rule.on_call(*SAFE_NAME)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(call.func) or ""
    if _is_spread(call):
        if ctx.strict:
            why = f"`{name}` is given a loader that this call does not show, if any."
            yield rule.finding(call, why, severity="low")
        return
    if not call.args and not call.keywords:
        return
    loader = ctx.argument(call, 1, "Loader")
    severity = None
    if name in {"yaml.load", "yaml.load_all"}:
        if loader is not None and ctx.name(loader) not in UNSAFE:
            if not ctx.strict or _is_safe(ctx, loader):
                return
            severity = "low"
        known = ctx.name(loader) or (loader is not None and ctx.segment(loader))
        with_loader = f"with `{known}`" if known else "without a safe loader"
    else:
        with_loader = "with a loader that is not the safe one"
    yield rule.finding(
        call,
        f"`{name}` {with_loader} builds Python objects that the YAML text names.",
        severity=severity,
        edit=_edit(call, ctx, SAFE_NAME[name]),
    )


def _is_spread(call: ast.Call) -> bool:
    """Whether arguments come out of a list or a dictionary: ``*given``, ``**options``."""
    return any(isinstance(argument, ast.Starred) for argument in call.args) or any(
        keyword.arg is None for keyword in call.keywords
    )


def _is_safe(ctx: Context, loader: ast.expr) -> bool:
    """Whether a loader is a safe one, by name or because a class of this file extends one."""
    definition = ctx.names.definition(loader)
    kinds = [ctx.name(loader) or ""]
    if isinstance(definition, ast.ClassDef):
        kinds += [base for base in ctx.scopes.bases(definition) if isinstance(base, str)]
    return any(kind.endswith(SAFE) for kind in kinds)


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


rule.on_value(*SAFE_NAME)
