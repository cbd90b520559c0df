"""Resource clean-up: the category's title, meaning and evidence."""

from checks.api import CategoryInfo

category = CategoryInfo(
    title="Resource clean-up",
    meaning="What the tests acquire, and whether it is given back.",
)
