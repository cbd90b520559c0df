"""Database interactions: the category's title, meaning and evidence."""

from checks.api import CategoryInfo

category = CategoryInfo(
    title="Database interactions",
    meaning="How the tests talk to a database.",
)
