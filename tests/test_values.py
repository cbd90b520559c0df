"""Placeholders, masking, randomness, hosts and URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.api import CategoryInfo, Rule
from checks.engine import Engine
from checks.model import Category, Profile
from checks.rules.network.bind_all import rule as bind_all
from checks.rules.secrets._evidence import credential_literals
from checks.rules.secrets._pem import Key, key_in
from checks.rules.secrets._tokens import has_checksum, token_in
from checks.rules.secrets.hardcoded_password import rule as hardcoded_password
from checks.source import SourceFile
from checks.values import (
    Url,
    entropy,
    is_generated,
    is_loopback,
    is_placeholder,
    is_reserved_host,
    looks_random,
    masked,
    urls,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "short",
        "b38a3f43-4be2-4046-897f-b67c2f5e0147",
        "bff4a5a6b9eb4ea2a6efec6eefb77936",
        "deployment",
        "client_secret_post",
        "verybadpass",
        "MyNewPass",
        "p@ssw0rd!1",
        "S3cr3tP@ss!",
        "n0ts3kret",
        "Non-Managed-Pa55word!",
        "<my-key-9f8a7Zq>",
        "changeme123",
        "xxxxxxxxxxxx",
        "{{ db_password }}",
        "${DB_PASSWORD}",
        "%(password)s-1",
        "correct-horse-battery-staple",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "a phrase of words",
        "schlüssel-9f8a7",
    ],
)
def test_stand_ins_are_placeholders(value: str) -> None:
    """Short, spelled, templated, repeated and hexadecimal values are no credentials."""
    assert is_placeholder(value)
    assert not looks_random(value)


@pytest.mark.parametrize(
    "value",
    [
        *("vK4!wPz9-dQ2", "mq7-ZbT2x", "gvt8Rzq!w3", "q7Rk2LxZ9vTn4WbYs8Hd", "Winter-2024!Kiel"),
        # Letters thrown together make no word, nor do two digits read as letters.
        *("RNlGHo5mnQy1VuYD", "k2Hah%DyfSJD&xl", "(q9w$z8#kd^v2&tr6"),
    ],
)
def test_generated_values_are_no_placeholders(value: str) -> None:
    """What a password generator makes passes the filter."""
    assert not is_placeholder(value)


def test_a_value_built_of_its_own_name_is_a_placeholder() -> None:
    """The names a value is given to are words of the dictionary for it."""
    assert not is_placeholder("RabbitQueue9x7Z", ("token",))
    assert is_placeholder("RabbitZebra_99", ("zebra_password",))


@given(st.text(max_size=80))
def test_every_text_has_an_answer(text: str) -> None:
    """Any text at all is judged without an error, and random ones are no placeholders."""
    assert entropy(text) >= 0.0
    if looks_random(text):
        assert not is_placeholder(text)


@pytest.mark.parametrize(
    "body", ["0323b1860e5364dc996c9666bf0084fe", "26328363636710259b0cb68c1b2c7633"]
)
def test_chance_repeats_a_character_in_a_long_body(body: str) -> None:
    """A digit three times in a row says nothing of thirty."""
    assert is_generated(body)


@given(st.text(alphabet="abc1", min_size=30, max_size=60))
def test_a_body_of_few_characters_is_not_generated(text: str) -> None:
    """Randomness needs different characters."""
    assert not is_generated(text)


@pytest.mark.parametrize(
    ("host", "reserved", "loopback"),
    [
        ("localhost", True, True),
        ("127.9.0.1", True, True),
        ("[::1]", True, True),
        ("app.localhost.", True, True),
        ("db", True, False),
        ("10.0.0.1", True, False),
        ("fe80::1%eth0", True, False),
        ("192.0.2.7", True, False),
        ("2001:db8::1", True, False),
        ("db.example.com", True, False),
        ("api.service.test", True, False),
        ("target.host.com", True, False),
        ("8.8.8.8", False, False),
        ("api.github.com", False, False),
        ("example.com.evil.io", False, False),
        ("be.ef", False, False),
    ],
)
def test_hosts_are_told_apart(host: str, reserved: bool, loopback: bool) -> None:
    """Reserved names and addresses are known, and lookalikes are not among them."""
    assert is_reserved_host(host) is reserved
    assert is_loopback(host) is loopback


def test_urls_are_split_at_the_last_at_sign() -> None:
    """A password may hold an @; what follows the last one is the host."""
    text = "see mysql+x://bob:p@ss:w@db.payments.corp:3306/app and HTTP://[::1]:80/x"
    assert list(urls(text)) == [
        Url("mysql+x", "bob", "p@ss:w", "db.payments.corp", "3306"),
        Url("http", "", "", "[::1]", "80"),
    ]


def test_a_url_does_not_show_its_password() -> None:
    """The repr of a URL goes into logs and failures of tests."""
    (url,) = urls("mysql://bob:topmost@db.payments.corp/app")
    assert "topmost" not in repr(url)
    assert "db.payments.corp" in repr(url)


def test_mask_keeps_the_public_prefix_alone() -> None:
    """A mask says which kind of secret it was and nothing about its length."""
    assert masked("ghp_") == "ghp_•••"
    assert masked() == "•••"


def test_checksum_of_a_published_token() -> None:
    """The checksum is GitHub's: the token in its announcement has the right one, but is known."""
    body = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17"
    assert has_checksum(body)
    assert not has_checksum(body[:-1] + "8")
    assert token_in("gh" + "p_" + body) is None


@given(st.text(alphabet=ALPHABET, min_size=36, max_size=36))
def test_a_random_body_has_no_checksum(body: str) -> None:
    """A token is only taken for GitHub's when its checksum agrees."""
    found = token_in("gh" + "o_" + body)
    assert (found is not None) <= has_checksum(body)


@given(st.text(max_size=300))
def test_tokens_and_keys_are_looked_for_in_any_text(text: str) -> None:
    """Odd input is no error."""
    token_in(text + "SG." + text)
    key = f"-----BEGIN EC PRIVATE KEY-----{text}-----END EC PRIVATE KEY-----"
    assert key_in(key) in set(Key)


def findings(code: str, *rules: Rule) -> list[str]:
    """The cited code of each finding of *rules*."""
    category = CategoryInfo("Secrets", "What stands in the code.")
    category.collects(credential_literals)
    engine = Engine({r.id: r for r in rules}, {Category.SECRETS: category}, Profile.TESTS)
    return [f.code for f in engine.assess(SourceFile("tests/test_a.py", code.encode())).findings]


def test_a_secret_is_masked_once_where_two_name_it() -> None:
    """A literal that a finding and a piece of evidence both hide is cut out once."""
    code = "db.connect(password='vK4!wPz9-dQ2', host='db.payments.corp')"
    assert findings(code, hardcoded_password) == [
        "db.connect(password='•••', host='db.payments.corp')"
    ]


def test_a_secret_is_masked_in_the_findings_of_other_rules() -> None:
    """Whatever cites the line of a secret shows its mask."""
    code = "app.run(host='0.0.0.0', secret='vK4!wPz9-dQ2')"
    assert findings(code, bind_all, hardcoded_password) == ["app.run(host='0.0.0.0', secret='•••')"]
