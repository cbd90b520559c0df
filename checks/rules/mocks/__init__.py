"""Mocks and stubs: the category's title, meaning and evidence."""

from checks.api import CategoryInfo
from checks.rules.mocks import _evidence, _stand_ins

category = CategoryInfo(
    title="Mocks and stubs",
    meaning="What the tests replace, and whether it is put back.",
)
category.collects(_evidence.replacements)
category.collects(_evidence.mocks_by_hand)
category.collects(_stand_ins.written_by_hand)
category.collects(_stand_ins.assigned_and_put_back)
category.collects(_stand_ins.settings_and_clock)
