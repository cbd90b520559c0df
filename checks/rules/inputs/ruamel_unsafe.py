"""YAML is loaded with a `ruamel.yaml` loader that can build any Python object.

With `typ="unsafe"`, and with the old functions `load` and `unsafe_load`, tags such as
`!!python/object/apply:` call what they name: a YAML file becomes a program. Test data
is edited by many hands and reviewed as data, not as code.

`YAML()` itself, which keeps comments and order, and `typ="safe"` are not findings.

Use `YAML(typ="safe").load(stream)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit

MODULES = ("ruamel.yaml", "ruamel_yaml", "ruamel.yaml.main", "ruamel_yaml.main")
CLASSES = tuple(f"{module}.YAML" for module in MODULES)
LOADS = tuple(f"{module}.{name}" for module in MODULES for name in ("load", "load_all"))
UNSAFE = tuple(f"{module}.{n}" for module in MODULES for n in ("unsafe_load", "unsafe_load_all"))
UNSAFE_LOADERS = frozenset({"Loader", "UnsafeLoader", "CLoader"})

rule = Rule(
    id="ruamel-unsafe",
    severity="medium",
    cwe=502,
    bad=[
        Bad(
            "from ruamel.yaml import YAML\nyaml = YAML(typ='unsafe')",
            fixed="from ruamel.yaml import YAML\nyaml = YAML(typ='safe')",
        ),
        Bad(
            "import ruamel.yaml as r\nyaml = r.YAML(typ=['unsafe', 'string'], pure=True)",
            fixed="import ruamel.yaml as r\nyaml = r.YAML(typ=['safe', 'string'], pure=True)",
        ),
        Bad("import ruamel.yaml\ndata = ruamel.yaml.load(text)"),
        Bad("from ruamel import yaml as y\ndata = y.load(text, Loader=y.UnsafeLoader)"),
        Bad("import ruamel.yaml\ndata = ruamel.yaml.unsafe_load(text)"),
    ],
    good=[
        "from ruamel.yaml import YAML\nyaml = YAML(typ='safe')\ndata = yaml.load(text)",
        "from ruamel.yaml import YAML\nyaml = YAML()\ndata = yaml.load(text)",
        "from ruamel import yaml as y\ndata = y.load(text, Loader=y.RoundTripLoader)",
        "def test_a(YAML):\n    YAML(typ='unsafe')",
        Good("import ruamel.yaml\nruamel.yaml.safe_load(text)", profile="strict"),
    ],
)


@rule.on_call(*CLASSES)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    given = ctx.keyword(call, "typ")
    kinds = given.value if given else None
    values = kinds.elts if isinstance(kinds, ast.List | ast.Tuple) else [kinds]
    for value in values:
        if ctx.text(value) == "unsafe":
            yield rule.finding(
                call,
                "This reader builds any Python object that the YAML text names.",
                edit=_edit(value, ctx),
            )


def _edit(value: ast.expr | None, ctx: Context) -> Edit | None:
    if not isinstance(value, ast.Constant):
        return None
    return replace(value, ctx.segment(value).replace("unsafe", "safe"))


@rule.on_call(*LOADS, *UNSAFE)
def visit_function(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(call.func) or ""
    loader = ctx.argument(call, 1, "Loader")
    chosen = (ctx.name(loader) or "").rpartition(".")[2]
    unclear = any(k.arg is None for k in call.keywords)
    if name in LOADS and (unclear or (loader is not None and chosen not in UNSAFE_LOADERS)):
        return
    yield rule.finding(call, f"`{name}` builds any Python object that the YAML text names.")
