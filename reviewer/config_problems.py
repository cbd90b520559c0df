"""What does not fit the settings -> problems with their places, in plain words. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reviewer.config_text import MAX_PROBLEMS, Located, Path, Place, Problem, shown

UNKNOWN_KEY = "`{key}` is not a setting; there are {keys}"
NEAREST_KEY = "`{key}` is not a setting; did you mean `{near}`?"
NOT_PER_FILE = "`{key}` cannot differ from file to file; an override has {keys}"
NOT_ALLOWED = "`{value}` is not a value of `{name}`; allowed: {allowed}"
NOT_QUALIFIED = "`{value}` is not a qualified name such as `project.test.TestCase`"
A_LIST = "a list is expected for `{name}`, such as `[a, b]`"
A_MAPPING = "a mapping is expected for `{name}`, such as `key: value`"
A_TEXT = "a text is expected in `{name}`"
MISSING = "`{name}` is missing here"
EMPTY = "`{name}` must not be empty"
TOO_MANY = "there are too many entries in `{name}`: it may have {most}"
NO_RULE = "`{value}` is not a rule; `secreview explain` lists them"
NEAREST_RULE = "`{value}` is not a rule; did you mean `{near}`?"
OTHERWISE = "`{name}`: {said}"

UNKNOWN_RULE = "unknown_rule"
_KINDS = {
    "tuple_type": A_LIST,
    "dict_type": A_MAPPING,
    "model_type": A_MAPPING,
    "string_type": A_TEXT,
    "missing": MISSING,
    "too_short": EMPTY,
    "too_long": TOO_MANY,
}
_CHOICES = {"enum", "literal_error", "bool_type"}


@dataclass(frozen=True, slots=True)
class Grammar:
    """What can be said: the ``keys`` of each section ("" is the top), the values ``allowed``.

    ``rules`` are the ids of all rules.
    """

    keys: Mapping[str, Sequence[str]]
    allowed: Mapping[str, Sequence[str]]
    rules: Collection[str]


def problems(error: ValidationError, text: Located, grammar: Grammar) -> Iterator[Problem]:
    """Each misfit at its place in *text*, in order; beyond ``MAX_PROBLEMS`` without words."""
    misfits: dict[Place, ErrorDetails] = {}
    for found in error.errors(include_url=False):
        # Of a value that fits none of several kinds, each kind complains: the first is enough.
        misfits.setdefault(_place(found, text), found)
    for number, place in enumerate(sorted(misfits)):
        # What is meant by a word takes long to find: only where it will be told.
        told = number < MAX_PROBLEMS
        yield Problem(*place, _said(misfits[place], text, grammar) if told else "")


def nearest(key: str, known: Iterable[str]) -> str:
    """What may have been meant by *key*; "" where nothing is near."""
    return next(iter(get_close_matches(key, known, n=1, cutoff=0.7)), "")


def listed(names: Iterable[str]) -> str:
    """The names, marked as code."""
    return ", ".join(f"`{name}`" for name in names)


def _nearest(loc: tuple[str | int, ...], text: Located) -> Path:
    """The innermost value around a misfit: pydantic's path ends in words of its own."""
    while loc not in text.values:
        loc = loc[:-1]
    return loc


def _place(found: ErrorDetails, text: Located) -> Place:
    where = _nearest(found["loc"], text)
    of_key = found["type"] == "extra_forbidden" or "[key]" in found["loc"][len(where) :]
    return (text.keys if of_key else text.values)[where]


def _said(found: ErrorDetails, text: Located, grammar: Grammar) -> str:
    where = _nearest(found["loc"], text)
    kind, value = found["type"], shown(str(found["input"]))
    if kind == UNKNOWN_RULE:
        near = nearest(str(found["input"]), grammar.rules)
        return (NEAREST_RULE if near else NO_RULE).format(value=value, near=near)
    if kind == "extra_forbidden":
        return _unknown(str(where[-1]), str(where[0]) if where[1:] else "", grammar)
    section = next((part for part in reversed(where) if part in grammar.allowed), "")
    name = section or next((part for part in reversed(where) if isinstance(part, str)), "")
    if section and kind in _CHOICES:
        allowed = ", ".join(grammar.allowed[str(section)])
        return NOT_ALLOWED.format(value=value, name=name, allowed=allowed)
    if kind == "string_pattern_mismatch":
        return NOT_QUALIFIED.format(value=value)
    if kind == "value_error":
        return str(found["msg"]).removeprefix("Value error, ")
    most = found.get("ctx", {}).get("max_length")
    said, name = _KINDS.get(kind, OTHERWISE), found["loc"][-1] if kind == "missing" else name
    return said.format(name=name, said=found["msg"], most=most)


def _unknown(key: str, section: str, grammar: Grammar) -> str:
    """There is no such key; what there is, and what may have been meant."""
    known = grammar.keys[section]
    if section == "overrides" and key in grammar.keys[""]:
        return NOT_PER_FILE.format(key=key, keys=listed(known))
    if near := nearest(key, known):
        return NEAREST_KEY.format(key=shown(key), near=near)
    return UNKNOWN_KEY.format(key=shown(key), keys=listed(known))
