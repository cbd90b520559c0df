"""Which lines are to be written anew where a part of a statement is."""

import ast

Lines = tuple[int, int, bool]
"""First and last line of a statement, and whether that is a header, which needs a body."""


def lines_around(module: ast.Module, first: int, last: int) -> Lines | None:
    """The lines of the smallest statement around those from *first* to *last*.

    Of a block only the header counts. None where they lie in no single statement.
    """
    best: Lines | None = None
    stack: list[ast.AST] = [module]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt) and not _first_line(node) <= first <= _last_line(node):
            continue
        children = ast.iter_child_nodes(node)
        stack += [
            c for c in children if isinstance(c, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]
        if isinstance(node, ast.stmt):
            body: list[ast.stmt] = getattr(node, "body", [])
            begin, end = _first_line(node), _last_line(node)
            if body:
                end = max(node.lineno, _first_line(body[0]) - 1)
            if begin <= first and last <= end:
                best = (begin, end, bool(body) and end < _first_line(body[0]))
    return best


def _first_line(statement: ast.stmt) -> int:
    """The line on which a statement begins, with its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _last_line(statement: ast.stmt) -> int:
    assert statement.end_lineno is not None
    return statement.end_lineno
