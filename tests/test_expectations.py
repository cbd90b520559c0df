"""What a test compares with is data; what it runs to compare is behaviour."""

import ast

import pytest

from checks.context import Context
from checks.model import Profile
from checks.source import Source


def stands(code: str) -> tuple[bool, bool]:
    """Whether the string ``"x"`` of *code* is an expectation, and whether it is asserted."""
    ctx = Context(Source("tests/test_a.py", code), ast.parse(code), Profile.TESTS)
    (node,) = ctx.strings["x"]
    return ctx.is_expectation(node), ctx.is_asserted(node)


@pytest.mark.parametrize(
    ("code", "expectation", "asserted"),
    [
        ("send('x')", False, False),
        ("assert sent == 'x'", True, True),
        ("assert sent == {'password': 'x'}", True, True),
        ("assert sent == dict(password='x')", True, True),
        ("assert sent == Message(password='x')", True, True),
        ("self.assertEqual(Message(password='x'), sent)", True, True),
        ("send.assert_called_once_with(password='x')", True, True),
        ("send.assert_has_calls([mock.call('x')])", True, True),
        ("send.return_value = Answer('x')", True, True),
        ("mock.Mock(side_effect=Failed('x'))", True, True),
        ("assert send('x')", False, True),
        ("assert send('x').ok", False, True),
        ("assert send('x').status == 200", False, True),
        ("assert Client(password='x').login()", False, True),
        ("self.assertTrue(Client(password='x').login())", False, True),
        ("self.assertEqual(200, send('x').status)", False, True),
        ("with raises(Refused):\n    send('x')", False, False),
    ],
)
def test_what_is_expected_and_what_happens(code: str, expectation: bool, asserted: bool) -> None:
    """A call in an assertion happens, unless it only makes what is compared."""
    assert stands(code) == (expectation, asserted)
