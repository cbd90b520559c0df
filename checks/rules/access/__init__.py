"""Permissions and access control: the category's title, meaning and evidence."""

from checks.api import CategoryInfo

category = CategoryInfo(
    title="Permissions and access control",
    meaning="Under which privileges the tests run, and what they say of denials.",
)
