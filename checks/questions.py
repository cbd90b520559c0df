"""What rules ask, by what a file must have for anybody to answer.

Most rules are about calls that most files do not make. They are found by what a file says,
instead of being asked one by one.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from checks.api import Ask, Rule
from checks.context import Context
from checks.indices import By
from checks.model import Profile


class Questions:
    """The asks of some rules, as a profile has them."""

    def __init__(self, rules: Iterable[Rule], profile: Profile) -> None:
        asks = ((rule, ask) for rule in rules for ask in rule.asks)
        self._asks = [each for each in asks if each[1].profile in (Profile.TESTS, profile)]
        self._words = {word for rule, _ in self._asks for word in rule.words}
        self._numbers: dict[By, dict[Any, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, (_, ask) in enumerate(self._asks):
            for key in ask.keys:
                self._numbers[ask.by][key].append(number)

    def about(self, ctx: Context) -> list[tuple[Rule, Ask]]:
        """Those that a file has nodes for, in the order of the rules."""
        numbers: set[int] = set()
        for by, index in self._numbers.items():
            for key in index.keys() & ctx.indices.by(by).keys():
                numbers.update(index[key])
        mentioned = ctx.mentioned(self._words)
        asked = (self._asks[number] for number in sorted(numbers))
        return [
            (rule, ask)
            for rule, ask in asked
            if not (rule.words and mentioned.isdisjoint(rule.words))
        ]
