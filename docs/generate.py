"""Write the pages of the rules and the configuration's schema: ``make docs``."""  # noqa: INP001  # a script

import json
from pathlib import Path

from checks import RULES
from reviewer.repo_config import schema
from reviewer.report.rule_page import pages

DOCS = Path(__file__).resolve().parent
FOLDER = DOCS / "rules"


def main() -> None:
    """Write the schema and every page, and remove those of rules that are gone."""
    text = json.dumps(schema(), indent=2, ensure_ascii=False)
    (DOCS / "schemas" / "secreview.schema.json").write_text(text + "\n", encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    made = pages(RULES.values())
    for orphan in {path.name for path in FOLDER.glob("*.md")} - made.keys():
        (FOLDER / orphan).unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
