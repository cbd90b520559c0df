"""Settings: where they come from, which forms they take, and what is said when they are wrong."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from reviewer.settings import Settings, SettingsError, load

NAMES = [field.validation_alias for field in Settings.model_fields.values()]


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(65537, 2048)
    return made.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


@pytest.fixture
def env(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A complete environment in an empty working directory."""
    for name in NAMES:
        monkeypatch.delenv(str(name), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_APP_ID", "17")
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", key)
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "s3cr3t-of-the-hook")
    return monkeypatch


def complaint() -> str:
    with pytest.raises(SettingsError) as caught:
        load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_three_credentials_are_enough(env, key: str, tmp_path: Path) -> None:
    """With the credentials alone everything else has its documented default."""
    settings = load()
    assert settings.app_id == 17
    assert settings.private_key.get_secret_value() == key
    assert settings.api_url == "https://api.github.com"
    assert settings.data == tmp_path / "var"
    assert str(settings.database_url) == f"sqlite:///{tmp_path}/var/secreview.sqlite"
    assert settings.is_sqlite
    assert (settings.address, settings.port) == ("127.0.0.1", 8000)


@pytest.mark.parametrize(
    "write",
    [
        lambda pem: pem.strip(),
        lambda pem: f'"{pem}"',
        lambda pem: pem.replace("\n", "\\n"),
        lambda pem: base64.b64encode(pem.encode()).decode(),
        lambda pem: base64.encodebytes(pem.encode()).decode(),
    ],
)
def test_the_key_is_read_in_every_form_environments_carry(env, key: str, write) -> None:
    """PEM, quoted PEM, PEM with escaped line ends and base64 come to the same key."""
    env.setenv("GITHUB_PRIVATE_KEY", write(key))
    assert load().private_key.get_secret_value().strip() == key.strip()


def test_the_key_is_read_from_its_file(env, key: str, tmp_path: Path) -> None:
    """GITHUB_PRIVATE_KEY_PATH stands in for the key."""
    (tmp_path / "app.pem").write_text(key)
    env.delenv("GITHUB_PRIVATE_KEY")
    env.setenv("GITHUB_PRIVATE_KEY_PATH", "app.pem")
    assert load().private_key.get_secret_value() == key


def test_the_environment_wins_over_dotenv_over_what_setup_wrote(env, tmp_path: Path) -> None:
    """Each source fills in only what the ones before it leave unset or empty."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".env").write_text(
        "SECREVIEW_DATA=elsewhere\nGITHUB_APP_ID=2\nGITHUB_WEBHOOK_SECRET=dotenv\nSECREVIEW_JOBS=\n"
    )
    (tmp_path / "elsewhere" / "app.env").write_text(
        "GITHUB_APP_ID=3\nGITHUB_WEBHOOK_SECRET=setup\nSECREVIEW_JOBS=3\n"
    )
    env.setenv("GITHUB_WEBHOOK_SECRET", "")
    settings = load()
    assert settings.app_id == 17
    assert settings.webhook_secret.get_secret_value() == "dotenv"
    assert settings.jobs == 3


def test_a_port_from_a_platform_opens_all_addresses_unless_a_host_is_given(env) -> None:
    """PORT alone means a platform's router must reach us; HOST always wins."""
    env.setenv("PORT", "5000")
    assert (load().address, load().port) == ("0.0.0.0", 5000)
    env.setenv("HOST", "10.1.2.3")
    assert load().address == "10.1.2.3"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_platforms_database_url_gets_our_driver(env, scheme: str) -> None:
    """Every spelling of a PostgreSQL URL comes to the psycopg driver, its password hidden."""
    env.setenv("DATABASE_URL", f"{scheme}://ann:pa55@db.example:5433/reviews?sslmode=require")
    url = load().database_url
    assert url.drivername == "postgresql+psycopg"
    assert url.password == "pa55"
    assert "pa55" not in str(url)
    assert "pa55" not in repr(load())


def test_secrets_do_not_show(env, key: str) -> None:
    """Neither the key nor the secret is in a repr or a dump."""
    env.setenv("DATABASE_URL", "postgresql://ann:pa55@db/reviews")
    shown = f"{load()!r} {load()} {load().model_dump()} {load().model_dump_json()}"
    assert "s3cr3t" not in shown
    assert "pa55" not in shown
    assert key.splitlines()[1] not in shown


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("GITHUB_APP_ID", "", "GITHUB_APP_ID is not set: the App's numeric id"),
        ("GITHUB_APP_ID", "abc", "GITHUB_APP_ID is 'abc'"),
        ("GITHUB_APP_ID", "-4", "GITHUB_APP_ID is '-4'"),
        ("GITHUB_PRIVATE_KEY", "", "GITHUB_PRIVATE_KEY is not set: the App's private key"),
        ("GITHUB_PRIVATE_KEY", "hunter2hunter2", "GITHUB_PRIVATE_KEY is not usable: 14 characters"),
        ("GITHUB_PRIVATE_KEY", "/etc/app.pem", "GITHUB_PRIVATE_KEY_PATH"),
        ("GITHUB_PRIVATE_KEY", "-----BEGIN RSA PRIVATE KEY-----\nhunter2", "damaged"),
        ("GITHUB_WEBHOOK_SECRET", "", "GITHUB_WEBHOOK_SECRET is not set"),
        ("GITHUB_API_URL", "http://github.example", "GITHUB_API_URL is 'http://github.example'"),
        ("GITHUB_API_URL", "github.example", "expected a URL that begins with https://"),
        ("PORT", "http", "PORT is 'http'"),
        ("PORT", "70000", "PORT is '70000'"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d", "DATABASE_URL begins with 'mysql'"),
        ("DATABASE_URL", "hunter2", "DATABASE_URL is malformed"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL names no file"),
        ("DATABASE_URL", "postgres://u:hunter2@h", "DATABASE_URL names no database"),
        ("DATABASE_URL", "postgres://u:hunter2@h:port/x", "DATABASE_URL is malformed"),
        ("SECREVIEW_JOBS", "0", "SECREVIEW_JOBS is '0'"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(env, name: str, value: str, words: str) -> None:
    """The line says which setting, what was seen and what is expected, never a secret's value."""
    env.setenv(name, value)
    said = complaint()
    assert words in said
    assert "hunter2" not in said


def test_everything_that_is_missing_is_said_at_once(env) -> None:
    """Who has set nothing learns of all three credentials in one go."""
    for name in ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"):
        env.delenv(name)
    said = complaint()
    assert said.count("is not set") == 3


@pytest.mark.parametrize(
    ("key_path", "words"),
    [("missing.pem", "No such file"), (".", "directory"), ("binary", "not a PEM text file")],
)
def test_an_unreadable_key_file_is_named(env, tmp_path: Path, key_path: str, words: str) -> None:
    """The path is no secret, so the line shows it with the reason."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    env.delenv("GITHUB_PRIVATE_KEY")
    env.setenv("GITHUB_PRIVATE_KEY_PATH", key_path)
    said = complaint()
    assert f"GITHUB_PRIVATE_KEY_PATH is '{key_path}'" in said
    assert words.lower() in said.lower()


def test_two_keys_are_refused(env) -> None:
    """A key and a path to a key: nobody can say which is meant."""
    env.setenv("GITHUB_PRIVATE_KEY_PATH", "app.pem")
    assert "keep one" in complaint()


def test_other_kinds_of_key_are_refused_with_the_reason(env) -> None:
    """A key with a passphrase and an elliptic-curve key are named as what they are."""
    locked = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    env.setenv("GITHUB_PRIVATE_KEY", locked.decode())
    assert "passphrase" in complaint()
    env.setenv("GITHUB_PRIVATE_KEY", curve.decode())
    assert "no RSA key" in complaint()


def test_every_setting_is_documented() -> None:
    """Doctor prints the descriptions, so each field has one."""
    assert all(field.description for field in Settings.model_fields.values())
