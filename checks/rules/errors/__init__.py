"""Error handling: the category's title, meaning and evidence."""

from checks.api import CategoryInfo
from checks.rules.errors import _evidence

category = CategoryInfo(
    title="Error handling",
    meaning="Which failures are simulated and expected, and whether the checks on them can fail.",
)
category.collects(_evidence.failing_tests)
category.collects(_evidence.expected_exceptions)
