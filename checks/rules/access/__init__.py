"""Permissions and access control: the category's title, meaning and evidence."""

from checks.api import CategoryInfo
from checks.rules.access import _evidence

category = CategoryInfo(
    title="Permissions and access control",
    meaning="Under which privileges the tests run, and what they say of denials.",
)

for _collect in (
    _evidence.privileged,
    _evidence.granted,
    _evidence.policies,
    _evidence.stubbed,
    _evidence.own_checks,
    _evidence.denied,
):
    category.collects(_collect)
