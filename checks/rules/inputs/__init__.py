"""Data validation and sanitization: the category's title, meaning and evidence."""

from checks.api import CategoryInfo

category = CategoryInfo(
    title="Data validation and sanitization",
    meaning="Where data enters the tests, and what is done with it.",
)
