"""Where a node stands: enclosing symbols, tests, fixtures, classes and their bases."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from checks.names import Names
from checks.supporting import Supporting
from checks.tree import DEFINITIONS, FUNCTIONS, Function, Tree

_FIXTURES = frozenset({"pytest.fixture", "pytest_asyncio.fixture", "pytest.yield_fixture"})
_SKIPS = frozenset({"pytest.mark.skip", "testtools.skip", "unittest.case.skip", "unittest.skip"})
SETUPS = frozenset(
    {
        "setUp",
        "setUpClass",
        "setUpModule",
        "asyncSetUp",
        "setUpTestData",
        "setup_method",
        "setup_class",
        "setup_module",
        "setup",
    }
)
SHARED_SETUPS = SETUPS - {"setup"}
TEARDOWNS = frozenset(
    {
        "tearDown",
        "tearDownClass",
        "tearDownModule",
        "asyncTearDown",
        "doCleanups",
        "teardown_method",
        "teardown_class",
        "teardown_module",
        "teardown",
        "__exit__",
        "__aexit__",
        "cleanUp",
        "_cleanUp",
    }
)


class Span(ast.expr):
    """A place in a file that is no node of its tree: a comment, or a part of the text."""


class Scopes:
    """Enclosing definitions of the nodes of one module."""

    def __init__(
        self,
        path: str,
        tree: Tree,
        names: Names,
        supporting: Supporting,
        restoring_bases: frozenset[str],
    ) -> None:
        self._path = PurePosixPath(path)
        self._tree = tree
        self._names = names
        self._supporting = supporting
        self._restoring_bases = restoring_bases

    def symbol(self, node: ast.AST) -> str:
        """``Class.method`` around *node* (itself included when it is a definition); "" outside."""
        around = self._spanned(node) if isinstance(node, Span) else self._around(node)
        return ".".join(reversed([n.name for n in around if isinstance(n, DEFINITIONS)]))

    def _around(self, node: ast.AST) -> Sequence[ast.AST]:
        return [node, *self._tree.ancestors(node)]

    def _spanned(self, span: Span) -> Sequence[ast.AST]:
        """The definitions whose lines hold *span*, innermost first."""
        definitions = self._tree.nodes(*DEFINITIONS)
        return [d for d in definitions if d.lineno <= span.lineno <= (d.end_lineno or d.lineno)][
            ::-1
        ]

    def function(self, node: ast.AST) -> Function | None:
        """The innermost function definition around *node*, not counting itself."""
        return next((n for n in self._tree.ancestors(node) if isinstance(n, FUNCTIONS)), None)

    def functions(self, node: ast.AST) -> Iterator[Function]:
        """All function definitions around *node*, innermost first."""
        return (n for n in self._tree.ancestors(node) if isinstance(n, FUNCTIONS))

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """The innermost class around *node*, not counting itself."""
        return next((n for n in self._tree.ancestors(node) if isinstance(n, ast.ClassDef)), None)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that *node* is or belongs to."""
        if isinstance(node, ast.stmt):
            return node
        return next(n for n in self._tree.ancestors(node) if isinstance(n, ast.stmt))

    @property
    def in_conftest(self) -> bool:
        """Whether the file is a ``conftest.py``."""
        return self._path.name == "conftest.py"

    def is_test(self, function: Function) -> bool:
        """Whether a runner collects the function: ``test*`` at module level or in a class."""
        parent = self._tree.parent(function)
        return function.name.startswith("test") and isinstance(parent, ast.Module | ast.ClassDef)

    def in_test(self, node: ast.AST) -> bool:
        """Whether *node* stands in a single test, whose effects end with it."""
        return any(self.is_test(function) for function in self.functions(node))

    def never_runs(self, node: ast.AST) -> bool:
        """Whether *node* stands in a test, or in a class of tests, that is skipped in any case."""
        return any(
            self._names.name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            in _SKIPS
            for outer in self._tree.ancestors(node)
            if isinstance(outer, DEFINITIONS)
            for decorator in outer.decorator_list
        )

    def fixture(self, function: Function) -> ast.expr | None:
        """The decorator that makes the function a pytest fixture, or None."""
        for decorator in function.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self._names.name(target) in _FIXTURES:
                return decorator
        return None

    def is_autouse(self, function: Function) -> bool:
        """Whether the function is a fixture that every test gets without asking."""
        decorator = self.fixture(function)
        return isinstance(decorator, ast.Call) and any(
            keyword.arg == "autouse" and getattr(keyword.value, "value", None) is True
            for keyword in decorator.keywords
        )

    def is_shared(self, node: ast.AST) -> bool:
        """Whether what *node* does holds for many tests, not for one.

        Module and class level, ``setUp`` and its kin, autouse fixtures, everything in
        a ``conftest.py`` but its tests, and class decorators.
        """
        functions = list(self.functions(node))
        if any(self.is_test(function) for function in functions):
            return False
        if not functions:
            holder = self._decorated(node)
            return not isinstance(holder, FUNCTIONS) or not self.is_test(holder)
        return self.in_conftest or any(
            function.name in SETUPS or self.is_autouse(function) for function in functions
        )

    def _decorated(self, node: ast.AST) -> ast.AST | None:
        """The definition that *node* decorates; None when it is in no decorator."""
        child = node
        for outer in self._tree.ancestors(node):
            if isinstance(outer, DEFINITIONS):
                return outer if child in outer.decorator_list else None
            child = outer
        return None

    def decorated(self, node: ast.AST) -> ast.AST | None:
        """The function or class that *node* is (part of) a decorator of, or None."""
        return self._decorated(node)

    def bases(self, definition: ast.ClassDef, *, want: bool = False) -> list[str | ast.ClassDef]:
        """All bases, those whose source is at hand followed: a class, or a qualified name.

        A base that resolves to nothing is given as "?"; one that the project names as
        restoring everything is given by its name. With *want*, the files that could
        define an unknown base are asked for.
        """
        found: list[str | ast.ClassDef] = []
        seen = {definition}
        queue = list(definition.bases)
        while queue:
            base = queue.pop(0)
            name = self._names.name(base)
            known: ast.AST | None = self._names.definition(base)
            if known is None and name and name not in self._restoring_bases:
                known = self._supporting.definition(name, base, want=want)
            if isinstance(known, ast.ClassDef):
                if known not in seen:
                    seen.add(known)
                    found.append(known)
                    queue += known.bases
            else:
                found.append(name or "?")
        return found

    def is_test_case(self, definition: ast.ClassDef) -> bool:
        """Whether a class looks like ``unittest``'s: by its bases, or by assertion calls."""
        names = [base for base in self.bases(definition) if isinstance(base, str)]
        return any(name.rpartition(".")[2].endswith(("TestCase", "Test")) for name in names)
