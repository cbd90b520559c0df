"""The index of a syntax tree agrees with the standard library's own walk."""

import ast
import inspect

import pytest

from checks import engine, names, restoration
from checks.tree import Tree


@pytest.mark.parametrize("module", [engine, names, restoration])
def test_index_agrees_with_ast_walk(module: object) -> None:
    """Nodes by type, parents and subtrees are those that ast.walk finds."""
    parsed = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    tree = Tree(parsed)
    assert set(tree.nodes(ast.Call)) == {n for n in ast.walk(parsed) if isinstance(n, ast.Call)}
    for outer in tree.nodes(ast.FunctionDef, ast.ClassDef):
        inside = {n for n in ast.walk(outer) if isinstance(n, ast.Name)}
        assert set(tree.nodes(ast.Name, inside=outer)) == inside
        assert all(tree.contains(outer, node) for node in inside)
        assert outer in list(ast.iter_child_nodes(tree.parent(outer) or parsed))


def test_nodes_come_in_source_order_across_types() -> None:
    """Two types asked for together are merged in the order of the source."""
    tree = Tree(ast.parse("import a\nfrom b import c\nimport d\n"))
    assert [n.lineno for n in tree.nodes(ast.Import, ast.ImportFrom)] == [1, 2, 3]


def test_a_tree_too_deep_for_recursion_is_walked() -> None:
    """What the parser accepts, the index holds."""
    chain = "x" + ".a" * 900
    tree = Tree(ast.parse(chain))
    assert sum(1 for _ in tree.nodes(ast.Attribute)) == 900


def test_who_goes_through_the_nodes_never_comes_to_a_module_added_meanwhile() -> None:
    """Supporting modules are added while a rule looks at the file's own nodes."""
    tree = Tree(ast.parse("a = 1\nb = 2\n"))
    seen = []
    for name in tree.nodes(ast.Name):
        tree.add(ast.parse("c = 3\n"))
        seen.append(name.id)
    assert seen == ["a", "b"]
    assert [name.id for name in tree.nodes(ast.Name)] == ["a", "b"]
