"""Write what the documentation takes from the code: ``make pages``.

The rules' pages, the configuration's schema, the command line and the tables of settings. With
``--check`` nothing is written: what is out of step is named, and the exit code is 1.
"""  # noqa: INP001  # a script

import argparse
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checks import RULES
from reviewer.repo_config import schema
from reviewer.report.rule_page import pages
from reviewer.settings import Settings

DOCS = Path(__file__).resolve().parent
RULE_PAGES = DOCS / "rules"
NOTE = "<!-- Made by `make pages`; do not edit. -->"
COMMANDS = f"""\
{NOTE}

# Command line

Installed, it is `secreview`; in a clone after `make setup`, `.venv/bin/secreview`. `check`,
`config` and `explain` need no GitHub and no settings; the others read the
[settings](settings.md).

| exit code | what it means |
|---:|---|
| 0 | Done. For `check` and `simulate`: nothing at or above `--fail-on`, all assessed. |
| 1 | `check`, `simulate`: there are findings. `doctor`: a line says what to do. |
| 2 | The call, the configuration or a setting cannot be used. One sentence says what to do. |
| 3 | Something could not be assessed, and the report names it. |

## `secreview`

"""
OUT_OF_STEP = "{path} is out of step with the code. Run `make pages`, and commit what it wrote."
UNSAID = {
    "GITHUB_APP_ID": "required",
    "GITHUB_PRIVATE_KEY": "required",
    "GITHUB_WEBHOOK_SECRET": "required",
    "SECREVIEW_JOBS": "processors, at most 4",
}
"""Defaults that are no value, or not the same on every machine."""


def configuration() -> str:
    """The keys of ``.github/secreview.yml``: their values, their defaults, what they mean."""
    given = schema()
    rows = ["| key | default | values | what it means |", "|---|---|---|---|"]
    for name, key in _keys(given, given["properties"]):
        default = _code(json.dumps(key["default"]).strip('"')) if key["default"] else "none"
        values = _values(key, given["$defs"])
        # A value that is explained stands in code, as in the column of values.
        said = re.sub(r"(^|\. )(\w+)(?=: )", r"\1`\2`", key["description"])
        rows.append(f"| `{name}` | {default} | {values} | {said} |")
    return "\n".join(rows)


def _keys(given: dict[str, Any], keys: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key with its schema; those of a mapping with fixed keys in place of it."""
    for name, key in keys.items():
        inner = given["$defs"].get(key.get("$ref", "").rpartition("/")[2], {})
        if "properties" in inner:
            for part, what in inner["properties"].items():
                yield f"{name}.{part}", what
        else:
            yield name, key


def _values(key: dict[str, Any], known: dict[str, Any]) -> str:
    """What may be given: the words in code, or the kind of thing in words."""
    if "$ref" in key:
        return _values(known[key["$ref"].rpartition("/")[2]], known)
    if "anyOf" in key:
        return ", ".join(_values(one, known) for one in key["anyOf"])
    if "const" in key:
        return _code(key["const"])
    if "enum" in key:
        return ", ".join(map(_code, key["enum"]))
    if key["type"] == "object":
        return f"by rule: {_values(key['additionalProperties'], known)}"
    return {"array": "a list", "boolean": "`true`, `false`"}[key["type"]]


def settings() -> str:
    """The settings of the App, from the model that reads them."""
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for field in Settings.model_fields.values():
        name = str(field.validation_alias)
        value = "" if field.is_required() else field.get_default()
        shown = getattr(value, "get_secret_value", lambda value=value: value)()
        default = UNSAID.get(name) or (_code(shown) if shown not in ("", None) else "")
        rows.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(rows)


def command_line() -> str:
    """The page of the command line, from what ``--help`` says."""
    asked = (sys.executable, "-m", "typer", "reviewer.cli", "utils", "docs", "--name", "secreview")
    done = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=DOCS.parent)  # noqa: S603  # a fixed command
    text = html.unescape(done.stdout)
    # Types in Python's words tell a reader nothing: `PATH <list[str]>`.
    text = re.sub(r" <(list\[)?(str|path|int|bool)\]?>", "", text)
    listed = re.sub(
        r"^\* `(-h, )?--help`.*\n", "", text[text.index("**Options**:") :], flags=re.MULTILINE
    )
    without = re.sub(r"^\*\*Commands\*\*:\n\n(\* .*\n)+\n?", "", listed, flags=re.MULTILINE)
    told = re.sub(r"\*\*Options\*\*:\n\n(?!\*)", "", without)
    return COMMANDS + re.sub(r"\n{3,}", "\n\n", told).strip() + "\n"


def _code(value: object) -> str:
    return f"`{value}`"


def _between(path: Path, name: str, table: str) -> str:
    """The text of *path* with *table* between its two comments."""
    begin, end = (f"<!-- {name}: {edge} -->" for edge in ("begin", "end"))
    head, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{path.name} has no place for its table: {begin} and {end} are missing")
    return f"{head}{begin}\n\n{table}\n\n{end}{tail}"


def made() -> dict[Path, str]:
    """Everything that is generated, by its place."""
    scheme = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    return {
        DOCS / "schemas" / "secreview.schema.json": scheme,
        DOCS / "command-line.md": command_line(),
        DOCS / "configuration.md": _between(DOCS / "configuration.md", "keys", configuration()),
        DOCS / "settings.md": _between(DOCS / "settings.md", "settings", settings()),
        **{RULE_PAGES / name: text for name, text in pages(RULES.values()).items()},
    }


def main() -> int:
    """Write what is out of step, and remove pages of rules that are gone; or only name them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what differs")
    only_look = parser.parse_args().check
    wanted = made()
    changed = [path for path, text in wanted.items() if _read(path) != text]
    gone = [path for path in sorted(RULE_PAGES.glob("*.md")) if path not in wanted]
    if only_look:
        for path in changed + gone:
            print(OUT_OF_STEP.format(path=path.relative_to(DOCS.parent)))  # noqa: T201  # a script speaks
        return int(bool(changed or gone))
    for path in gone:
        path.unlink()
    for path in changed:
        path.write_text(wanted[path], encoding="utf-8")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
