"""Resource clean-up: the category's title, meaning and evidence."""

from checks.api import CategoryInfo
from checks.rules.cleanup import _evidence

category = CategoryInfo(
    title="Resource clean-up",
    meaning="What the tests acquire, and whether it is given back.",
)

for _collect in (_evidence.registered, _evidence.torn_down, _evidence.managed, _evidence.gone):
    category.collects(_collect)
