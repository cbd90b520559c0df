"""Database interactions: the category's title, meaning and evidence."""

from checks.api import CategoryInfo
from checks.rules.database import _evidence

category = CategoryInfo(
    title="Database interactions",
    meaning="How the tests talk to a database.",
)
category.collects(_evidence.account)
