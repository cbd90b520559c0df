"""Write the pages of the rules to ``docs/rules/``: ``make docs``."""  # noqa: INP001  # a script

from pathlib import Path

from checks import RULES
from reviewer.report.rule_page import pages

FOLDER = Path(__file__).resolve().parent / "rules"


def main() -> None:
    """Write every page, and remove those of rules that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = pages(RULES.values())
    for orphan in {path.name for path in FOLDER.glob("*.md")} - made.keys():
        (FOLDER / orphan).unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
