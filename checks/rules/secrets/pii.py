"""Personal data that seems real stands in the code.

A payment card or a bank account with a right checksum, or a social security number of a range
that is in use, under a name that says so, belongs to somebody unless it is a published example.
Test data is copied from production more often than it is invented, and it stays in the
history of the repository. Published test cards, example IBANs and numbers that were never
handed out are not findings.

Use a published test number (`4111 1111 1111 1111`, an IBAN from your bank's documentation, a
number that begins with `9` in place of a social security number), or let the test make one.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._personal import is_card, is_iban, is_social_security_number

_CARD = re.compile(r"(?<![a-z])(card|cc|pan|credit)(?![a-z])|creditcard|ccnum", re.IGNORECASE)
_IBAN = re.compile("iban|bank_?account|account_?number", re.IGNORECASE)
_SSN = re.compile(r"(?<![a-z])ssn(?![a-z])|social_?security", re.IGNORECASE)
_KINDS = (
    (_CARD, is_card, "payment card: its checksum is right and it is no published test card"),
    (_IBAN, is_iban, "bank account: its checksum is right and it is no published example"),
    (_SSN, is_social_security_number, "social security number of an area that is handed out"),
)


def _sample(start: str, length: int) -> str:
    """An invented number with a right check digit, in a shape that nobody's scanner looks for."""
    return next(n for d in range(10) if is_card(n := f"{start}{d}") and len(n) == length)


_NUMBER = _sample("453917284650319", 16)
_WRONG = f"{_NUMBER[:-1]}{(int(_NUMBER[-1]) + 1) % 10}"
_BRANCH = "370502994718260351"
_ACCOUNT = next(n for check in range(10, 99) if is_iban(n := f"DE{check}{_BRANCH}"))

rule = Rule(
    id="pii",
    severity="medium",
    cwe=359,
    words=("card", "Card", "CARD", "iban", "IBAN", "ssn", "SSN", "ocial", "ccount", "pan"),
    bad=[
        Bad(f"CARD_NUMBER = '{_NUMBER}'"),
        Bad(f"import shop as store\nstore.pay(credit_card='{_NUMBER[:4]} {_NUMBER[4:]}')"),
        Bad(f"customer = {{'name': 'Ann', 'iban': '{_ACCOUNT}'}}"),
        Bad("person = Person(ssn='321-' '54-7826')"),
    ],
    good=[
        "CARD_NUMBER = '4111 1111 1111 1111'\ncard = '4242424242424242'",
        "iban = 'DE89370400440532013000'\nIBAN = 'GB29NWBK60161331926819'",
        "ssn = '078-05-1120'\nssn2 = '987-65-4321'\nssn3 = '123-45-6789'",
        f"instance_id = '{_NUMBER}'\npanel = '{_NUMBER}'",
        f"card = '{_WRONG}'\nidcard = 'Ann'",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for name, value in _named(ctx):
        text = getattr(value, "value", None)
        if not isinstance(text, str) or not 9 <= len(text) <= 42 or not text[-1].isalnum():
            continue
        for pattern, is_real, what in _KINDS:
            if pattern.search(name) and is_real(text) and not ctx.is_expectation(value):
                yield rule.finding(value, f"This seems to be a real {what}.", secret=value)


def _named(ctx: Context) -> Iterator[tuple[str, ast.expr]]:
    for keyword in ctx.nodes(ast.keyword):
        if keyword.arg and keyword.value.__class__ is ast.Constant:
            yield keyword.arg, keyword.value
    for node in ctx.indices.literal_assignments:
        target = node.targets[0]
        yield str(getattr(target, "id", "") or getattr(target, "attr", "")), node.value
    for entries in ctx.nodes(ast.Dict):
        for key, value in zip(entries.keys, entries.values, strict=True):
            if key.__class__ is ast.Constant and value.__class__ is ast.Constant:
                yield str(getattr(key, "value", "")), value
