"""Who is speaking: the product's name and version, that of its rules, and where to read more."""

from functools import cache

from checks import RULES_VERSION

NAME = "secreview"
VERSION_LINE = "{name} {version}, rules `{rules}`"

_WEAKNESS = "https://cwe.mitre.org/data/definitions/{number}.html"


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


def cwe_url(number: int) -> str:
    """The address of a weakness in the Common Weakness Enumeration."""
    return _WEAKNESS.format(number=number)
