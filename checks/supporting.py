"""Sources beside the assessed file: where its base classes and shared fixtures are defined.

Restoration often lives in a base class or a ``conftest.py``. Nobody can know beforehand
which of them a file needs, so they are asked for: what a rule missed is noted as *wanted*,
and whoever holds the tree hands it in and has the file assessed again.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from checks.names import Names
from checks.source import SourceFile, UnreadableError, read
from checks.tree import Function, Tree

Definition = Function | ast.ClassDef

_SOURCE_ROOTS = ("", "src", "lib")
_MAX_WANTED = 400
_DEPTH = 8
# A tree takes some sixty times its source: a few small ones are kept.
_KEPT, _SMALL = 4, 64 * 1024
# Distributions that no project keeps among its own sources.
_THIRD_PARTY = """
django fixtures hypothesis oslotest parameterized pytest rest_framework testscenarios testtools
tornado twisted
"""
_ELSEWHERE = frozenset(sys.stdlib_module_names) | frozenset(_THIRD_PARTY.split())


class Supporting:
    """The supporting sources of one file: path inside the repository -> bytes."""

    def __init__(self, path: str, sources: Mapping[str, bytes], tree: Tree, names: Names) -> None:
        self._sources = sources
        self._tree = tree
        self._names = names
        self._paths: dict[ast.Module, str] = {tree.module: path}
        self._modules: dict[str, ast.Module | None] = {}
        self._wanted: dict[str, None] = {}
        self.consulted = 0
        """How often something was said that more sources can change."""

    def extended(self, sources: Mapping[str, bytes]) -> "Supporting":
        """The same with *sources*, which hold those that there were; what is parsed stays so."""
        more = Supporting(self._paths[self._tree.module], sources, self._tree, self._names)
        more._paths = self._paths
        more._modules = {path: module for path, module in self._modules.items() if module}
        return more

    @property
    def wanted(self) -> tuple[str, ...]:
        """Paths that would tell more if they exist and were handed in, likeliest first."""
        return tuple(self._wanted)[:_MAX_WANTED]

    def definition(self, name: str, near: ast.AST, *, want: bool) -> Definition | None:
        """The class or function that a qualified name stands for, seen from *near*.

        With *want*, the files that could define it are noted where none was handed in.
        """
        if name.partition(".")[0] in _ELSEWHERE:
            return None
        self.consulted += 1
        if not (self._sources or want):
            return None
        return self._found(name, self._paths[self._tree.module_of(near)], 0, want=want)

    def conftests(self) -> Iterator[ast.Module]:
        """The ``conftest.py`` files that pytest reads for the file, the nearest first."""
        self.consulted += 1
        path = self._paths[self._tree.module]
        for folder in PurePosixPath(path).parents:
            beside = str(folder / "conftest.py")
            if beside != path:
                module = self._module(beside)
                if module:
                    yield module
                elif beside not in self._sources:
                    self._wanted[beside] = None

    def _found(self, name: str, importer: str, depth: int, *, want: bool) -> Definition | None:
        if depth > _DEPTH:
            return None
        missing: list[str] = []
        for path, members in _candidates(name, importer):
            module = self._module(path)
            if module:
                return self._member(module, members, depth, want=want)
            if path not in self._sources:
                missing.append(path)
        if want:
            self._wanted |= dict.fromkeys(missing)
        return None

    def _member(
        self, module: ast.Module, members: tuple[str, ...], depth: int, *, want: bool
    ) -> Definition | None:
        """What *members* name in a module: defined there, or imported from elsewhere."""
        found = self._names.member(module, members[0])
        if isinstance(found, str):
            full = ".".join([found, *members[1:]])
            return self._found(full, self._paths[module], depth + 1, want=want)
        for name in members[1:]:
            body = found.body if isinstance(found, ast.ClassDef) else ()
            found = next((n for n in body if isinstance(n, ast.ClassDef) and n.name == name), None)
        return found

    def _module(self, path: str) -> ast.Module | None:
        if path not in self._modules:
            content = self._sources.get(path)
            self._modules[path] = self._parsed(path, content) if content is not None else None
        return self._modules[path]

    def _parsed(self, path: str, content: bytes) -> ast.Module | None:
        """A supporting module, indexed behind the file's own; None where it cannot be read."""
        module = _module_of(path, content)
        if module is None:
            return None  # What it would have told stays unknown.
        self._tree.add(module)
        self._names.add(module)
        self._paths[module] = path
        return module


def _parse(path: str, content: bytes) -> ast.Module | None:
    try:
        return ast.parse(read(SourceFile(path, content)).text)
    except (UnreadableError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_parse_once = lru_cache(maxsize=_KEPT)(_parse)


def _module_of(path: str, content: bytes) -> ast.Module | None:
    """The tree of a supporting source, which many files of a project share; None for no Python."""
    return (_parse_once if len(content) <= _SMALL else _parse)(path, content)


def _candidates(name: str, importer: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where a qualified name can be defined: a path, and the names to look up in it."""
    folder = PurePosixPath(importer).parent
    bare = name.lstrip(".")
    level = len(name) - len(bare)
    parts = tuple(bare.split("."))
    if level:
        around = [folder, *folder.parents]
        roots = around[level - 1 : level]
    else:
        roots = list(dict.fromkeys([*map(PurePosixPath, _SOURCE_ROOTS), folder, *folder.parents]))
    for count in range(len(parts) - 1, max(len(parts) - 3, -1 if level else 0), -1):
        for root in roots:
            place = root.joinpath(*parts[:count])
            if count:
                yield f"{place}.py", parts[count:]
            yield str(place / "__init__.py"), parts[count:]
