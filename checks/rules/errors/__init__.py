"""Error handling: the category's title, meaning and evidence."""

from checks.api import CategoryInfo

category = CategoryInfo(
    title="Error handling",
    meaning="Which failures are simulated and expected, and whether the checks on them can fail.",
)
