"""Data validation and sanitization: the category's title, meaning and evidence."""

from checks.api import CategoryInfo
from checks.rules.inputs import _evidence

category = CategoryInfo(
    title="Data validation and sanitization",
    meaning="Where data enters the tests, and what is done with it.",
)

for _collect in (_evidence.entering, _evidence.asked, _evidence.refused, _evidence.evaluated):
    category.collects(_collect)
