"""Where the tokens of a file stand: in literals, sums of literals, and comments."""

import ast
import re
import tokenize
from collections.abc import Iterator

from checks.context import Context
from checks.rules.secrets._literals import as_text, parts_of, text_of
from checks.rules.secrets._tokens import SHORTEST, Token, token_in, tokens_in

# Or what looks like one: a number sign in a string is no harm.
_COMMENT = re.compile("#(.*)")


def tokens_of(ctx: Context) -> tuple[tuple[ast.expr, Token], ...]:
    """Every token that can be a live one, with its literal or its place in a comment."""
    strings = [value for value in (*ctx.strings, *ctx.octets) if len(value) >= SHORTEST]
    sums = [n for n in ctx.nodes(ast.BinOp) if _is_outer_sum(n, ctx)]
    texts = [*map(as_text, strings), *(text_of(n, ctx) for n in sums)]
    # One look at all of them is enough for nearly every file.
    if not token_in("\n".join([*texts, *_COMMENT.findall(ctx.source.text)])):
        return ()
    return (*_written(ctx, texts, sums), *_commented_on(ctx))


def _written(
    ctx: Context, texts: list[str], sums: list[ast.BinOp]
) -> Iterator[tuple[ast.expr, Token]]:
    suspicious = {text for text in texts if token_in(text)}
    for node in [*ctx.nodes(ast.Constant), *sums] if suspicious else ():
        text = as_text(node.value) if isinstance(node, ast.Constant) else text_of(node, ctx)
        # A part that is a token by itself has its own finding.
        if text in suspicious and not any(map(token_in, parts_of(node, ctx))):
            token = token_in(text)
            if token:
                yield node, token


def _is_outer_sum(node: ast.BinOp, ctx: Context) -> bool:
    """Whether literals are put together here; the outermost of nested sums."""
    if node.op.__class__ is not ast.Add or node.right.__class__ is not ast.Constant:
        return False
    inner = node.left.right if isinstance(node.left, ast.BinOp) else node.left
    return isinstance(inner, ast.Constant | ast.Name) and not isinstance(
        ctx.parent(node), ast.BinOp
    )


def _commented_on(ctx: Context) -> Iterator[tuple[ast.expr, Token]]:
    """The tokens that stand in comments."""
    if not token_in("\n".join(set(_COMMENT.findall(ctx.source.text)))):
        return
    lines = iter([f"{line}\n" for line in ctx.source.lines])
    try:
        found = [t for t in tokenize.generate_tokens(lines.__next__) if t.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError):
        return  # The parser is more lenient than the tokenizer.
    for comment in found:
        line, column = comment.start
        before = comment.line[:column]
        for token in tokens_in(comment.string):
            ends = (
                len((before + comment.string[:end]).encode()) for end in (token.start, token.end)
            )
            yield ctx.span(line, *ends), token
