"""Who is speaking: the product's name and version, that of its rules, and where to read more."""

from functools import cache

from checks import RULES_VERSION

NAME = "secreview"
VERSION_LINE = "{name} {version}, rules `{rules}`"

_RULE_PAGE = "{home}/blob/HEAD/docs/rules/{rule}.md"
_WEAKNESS = "https://cwe.mitre.org/data/definitions/{number}.html"
_HOME_LABEL = "repository"


@cache
def version() -> str:
    """The installed version; "0" in a folder that was never installed."""
    from importlib import metadata  # takes as long as all of the report's own modules

    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:
        return "0"


def version_line() -> str:
    """Name, version and rules as one line of Markdown."""
    return VERSION_LINE.format(name=NAME, version=version(), rules=RULES_VERSION)


@cache
def home() -> str:
    """The address of the project's repository, as its package declares it; "" if it does not."""
    from importlib import metadata

    try:
        declared = metadata.metadata(NAME).get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return ""
    for entry in declared:
        label, _, address = entry.partition(",")
        if label.strip().lower() == _HOME_LABEL and address.strip().startswith("https://"):
            return str(address.strip().rstrip("/"))
    return ""


def rule_url(rule: str) -> str:
    """The address of a rule's page; "" where nobody knows the project's repository."""
    return _RULE_PAGE.format(home=home(), rule=rule) if home() else ""


def cwe_url(number: int) -> str:
    """The address of a weakness in the Common Weakness Enumeration."""
    return _WEAKNESS.format(number=number)
