"""The names of a mock's assertions: the real ones, what is taken for one, what is misspelt."""

import re
from functools import lru_cache

WITHOUT_ARGUMENTS = frozenset(
    {
        "assert_called",
        "assert_called_once",
        "assert_not_called",
        "assert_awaited",
        "assert_awaited_once",
        "assert_not_awaited",
    }
)
_WITH_ARGUMENTS = frozenset(
    {
        "assert_called_with",
        "assert_called_once_with",
        "assert_any_call",
        "assert_has_calls",
        "assert_awaited_with",
        "assert_awaited_once_with",
        "assert_any_await",
        "assert_has_awaits",
    }
)
REAL = WITHOUT_ARGUMENTS | _WITH_ARGUMENTS
# Attributes that a mock makes up, and the assertion that was meant. What a mock really has
# under such a name is no assertion: `called`, `call_count`, `await_count`.
MADE_UP = {name.removeprefix("assert_"): name for name in REAL} | {
    "called_once_with_args": "assert_called_once_with",
    "called_with_args": "assert_called_with",
    "is_called_with": "assert_called_with",
    "was_called_with": "assert_called_with",
    "was_called_once_with": "assert_called_once_with",
    "was_called_once": "assert_called_once",
    "was_not_called": "assert_not_called",
}
del MADE_UP["called"], MADE_UP["awaited"]
# Assertions that a mock never had, and what is there to write instead.
NEVER = {
    "assert_called_twice": "call_count",
    "assert_called_thrice": "call_count",
    "assert_awaited_twice": "await_count",
    "assert_called_times": "call_count",
    "assert_no_calls": "assert_not_called",
    "assert_never_called": "assert_not_called",
}
_NEVER_MADE_UP = re.compile(r"assert|assret|asert|aseert|assrt")
_ABOUT = re.compile(r"c[al]+e?d?|aw|wait", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(4096)
def misspelt(name: str) -> str:
    """The assertion of a mock that *name* is a misspelling of; "" for every other name.

    One slip (two in the word ``assert``), another order of the same words, or camel case.
    """
    if name in REAL or name[:1] not in "asAS" or not _ABOUT.search(name):
        return ""
    if name in NEVER:
        return NEVER[name]
    plain = _CAMEL.sub("_", name).lower()
    head, _, rest = plain.partition("_")
    for real in sorted(REAL):
        words = real.removeprefix("assert_")
        if head == "assert":
            same = sorted(plain.split("_")) == sorted(real.split("_"))
            if same or _slips(rest, words, 1):
                return real
        elif _slips(plain, real, 1) or (rest == words and _slips(head, "assert", 2)):
            return real
    return ""


def is_refused(name: str) -> bool:
    """Whether a mock raises ``AttributeError`` for a made-up name, unless it is ``unsafe``."""
    return bool(_NEVER_MADE_UP.match(name))


def _slips(text: str, meant: str, most: int) -> bool:
    """Whether at most *most* letters are lost, added, wrong or swapped."""
    if abs(len(text) - len(meant)) > most:
        return False
    before, last = list[int](), list(range(len(meant) + 1))
    for row, letter in enumerate(text, 1):
        line = [row]
        for column, wanted in enumerate(meant, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != wanted))
            swapped = row > 1 and column > 1 and letter == meant[column - 2]
            if swapped and text[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1] <= most
