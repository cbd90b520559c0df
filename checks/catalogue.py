"""Discovery: every module under ``checks/rules/<category>/`` that has a ``rule`` is one."""

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeVar

from checks import rules as _rules
from checks.api import CategoryInfo, Rule
from checks.model import Category

Key = TypeVar("Key")
Value = TypeVar("Value")


class Lazy(Mapping[Key, Value]):
    """What *make* returns, called when it is first looked at: most of us need no rule at all."""

    def __init__(self, make: Callable[[], Mapping[Key, Value]]) -> None:
        self._make = make

    def __getitem__(self, key: Key) -> Value:
        return self._make()[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._make())

    def __len__(self) -> int:
        return len(self._make())


@cache
def categories() -> Mapping[Category, CategoryInfo]:
    """Title, meaning and evidence of every category, in the order of a summary."""
    found = {}
    for category in Category:
        module = importlib.import_module(f"{_rules.__name__}.{category}")
        info = module.category
        assert isinstance(info, CategoryInfo)
        found[category] = info
    return MappingProxyType(found)


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by id, in the order of the categories and then by id."""
    found = {}
    for category in categories():
        package = importlib.import_module(f"{_rules.__name__}.{category}")
        for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda e: e.name):
            module = importlib.import_module(f"{package.__name__}.{entry.name}")
            rule = getattr(module, "rule", None)
            if isinstance(rule, Rule):
                rule.category = category
                rule.doc = module.__doc__ or ""
                assert rule.id.replace("-", "_") == entry.name, f"{rule.id} stands in {entry.name}"
                found[rule.id] = rule
    return MappingProxyType(found)


@cache
def rules_version() -> str:
    """A short digest of everything that decides an assessment: cached results carry it."""
    digest = hashlib.sha256()
    root = files("checks")
    for package in ("checks", "checks.rules", *(f"checks.rules.{c}" for c in Category)):
        folder = root.joinpath(*package.split(".")[1:])
        for entry in sorted(folder.iterdir(), key=lambda e: e.name):
            if entry.name.endswith(".py"):
                digest.update(f"{package}\0{entry.name}\0".encode() + entry.read_bytes())
    return digest.hexdigest()[:12]
