"""Personal data that seems real stands in the code.

A payment card or a bank account with a right checksum, or a social security number of a range
that is in use, under a name that says so, belongs to somebody unless it is a published example.
So does an address of e-mail that spells a first and a last name, or an initial and a last name
at a provider of free mail: invented addresses at real domains are somebody's, too, and are
written to by the first test that is run without its mock.

Test data is copied from production more often than it is invented, and it stays in the
history of the repository. Published test cards, example IBANs and numbers that were never
handed out are not findings, nor are addresses at reserved or stand-in domains (`example.com`,
`.test`), those of roles (`sales.team@`), and those of people that everybody knows to be invented
(`jane.doe@`). An address is told once a file; authors that are named in a docstring or as
`__author__` have put their own there.

Use a published test number (`4111 1111 1111 1111`, an IBAN from your bank's documentation, a
number that begins with `9` in place of a social security number) or an address at
`example.com`, or let the test make one.
"""

import ast
import itertools
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._credentials import snake
from checks.rules.secrets._expected import is_compared
from checks.rules.secrets._literals import as_text
from checks.rules.secrets._named import literals_named, parametrized, target_name
from checks.rules.secrets._people import persons_in
from checks.rules.secrets._personal import is_card, is_iban, is_social_security_number

_CARD = re.compile("(?<![a-z])(card|cc|pan|credit)(?![a-z])|creditcard|cardnum|cardno|ccnum")
_IBAN = re.compile("iban|bank_?account|account_?number")
_SSN = re.compile("(?<![a-z])ssn(?![a-z])|social_?security")
_KINDS = (
    (_CARD, is_card, "payment card: its checksum is right and it is no published test card"),
    (_IBAN, is_iban, "bank account: its checksum is right and it is no published example"),
    (_SSN, is_social_security_number, "social security number of an area that is handed out"),
)
_AUTHORS = frozenset({"__author__", "__maintainer__", "__credits__", "author", "maintainer"})


def _sample(start: str, length: int) -> str:
    """An invented number with a right check digit, in a shape that nobody's scanner looks for."""
    return next(n for d in range(10) if is_card(n := f"{start}{d}") and len(n) == length)


_NUMBER = _sample("453917284650319", 16)
_WRONG = f"{_NUMBER[:-1]}{(int(_NUMBER[-1]) + 1) % 10}"
_BRANCH = "370502994718260351"
_ACCOUNT = next(n for check in range(10, 99) if is_iban(n := f"DE{check}{_BRANCH}"))
# A name with two dashes there is handed out to nobody.
_PERSON = "ottilie.brandstetter@zz--payments.com"

rule = Rule(
    id="pii",
    severity="medium",
    cwe=359,
    words=("card", "Card", "CARD", "iban", "IBAN", "ssn", "SSN", "ocial", "ccount", "pan", "@"),
    bad=[
        Bad(f"CARD_NUMBER = '{_NUMBER}'"),
        Bad(f"import shop as store\nstore.pay(credit_card='{_NUMBER[:4]} {_NUMBER[4:]}')"),
        Bad(f"client.post('/pay', data={{'cardNumber': {_NUMBER}}})"),
        Bad(f"customer = {{'name': 'Ann', 'iban': '{_ACCOUNT}'}}"),
        Bad(
            f"import pytest\n@pytest.mark.parametrize('iban', ['{_ACCOUNT}'])  # <-\n"
            "def test_transfer(iban): transfer(iban)"
        ),
        Bad("person = Person(ssn='321-' '54-7826')"),
        Bad(f"import shop as store\nstore.register('Ottilie <{_PERSON}>')"),
        Bad(f"EMAIL = '{_PERSON}'  # <-\ndef test_again():\n    assert write('{_PERSON}')"),
    ],
    good=[
        "CARD_NUMBER = '4111 1111 1111 1111'\ncard = '4242424242424242'",
        "iban = 'DE89370400440532013000'\nIBAN = 'GB29NWBK60161331926819'",
        "ssn = '078-05-1120'\nssn2 = '987-65-4321'\nssn3 = '123-45-6789'",
        f"instance_id = '{_NUMBER}'\npanel = '{_NUMBER}'",
        f"card = '{_WRONG}'\nidcard = 'Ann'",
        "EMAILS = ['ottilie.brandstetter@example.com', 'ann.dean@payments.test', 'ann@localhost']",
        "EMAILS = ['jane.doe@gmail.com', 'no.reply@github.com', 'foo.bar@gmail.com', 'a.b@c.de']",
        f"'''Written by {_PERSON}.'''\n__author__ = '{_PERSON}'",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    named = literals_named(ctx, _kind_of), parametrized(ctx, _kind_of)
    for name, value in itertools.chain(*named):
        text = str(value.value) if type(value.value) is int else as_text(value.value)
        is_real, what = _kind_of(name) or (is_card, "")
        if 9 <= len(text) <= 42 and is_real(text) and not is_compared(value, ctx):
            yield rule.finding(value, f"This seems to be a real {what}.", secret=value)
    told: set[str] = set()
    for text in ctx.strings:
        persons = set(persons_in(text)) - told if "@" in text else ()
        places = [n for n in ctx.strings[text] if not _names_author(n, ctx)] if persons else []
        if places:
            told.update(persons)
            why = "This seems to be somebody's address of e-mail: a name at a domain in use."
            yield rule.finding(places[0], why, severity="low", secret=places[0])


@lru_cache(4096)
def _kind_of(name: str) -> tuple[Callable[[str], bool], str] | None:
    snake_name = snake(name)
    found = ((check, what) for pattern, check, what in _KINDS if pattern.search(snake_name))
    return next(found, None)


def _names_author(node: ast.Constant, ctx: Context) -> bool:
    """Whether the text is a docstring, or says who wrote the file."""
    holder = ctx.parent(node)
    targets = holder.targets if isinstance(holder, ast.Assign) else []
    return isinstance(holder, ast.Expr) or any(target_name(each) in _AUTHORS for each in targets)
