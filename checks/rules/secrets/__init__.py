"""Hardcoded and sensitive information: the category's title, meaning and evidence."""

from checks.api import CategoryInfo

category = CategoryInfo(
    title="Hardcoded and sensitive information",
    meaning="Which hosts, addresses and credentials stand in the code.",
)
