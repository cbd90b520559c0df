"""Network security: the category's title, meaning and evidence."""

from checks.api import CategoryInfo

category = CategoryInfo(
    title="Network security",
    meaning="Whom the tests contact, and how the connection is protected.",
)
