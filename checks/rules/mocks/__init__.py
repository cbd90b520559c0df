"""Mocks and stubs: the category's title, meaning and evidence."""

from checks.api import CategoryInfo

category = CategoryInfo(
    title="Mocks and stubs",
    meaning="What the tests replace, and whether it is put back.",
)
