"""Settings: the environment, then ``.env``, then ``app.env`` in the data folder.

:func:`load` reads them once; what is missing or malformed is a :class:`SettingsError`
whose single line says which setting, what was seen (never a secret) and what to do.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from reviewer.env_files import DEFAULT_DATA, Unreadable, files
from reviewer.log import masked
from reviewer.private_key import from_file, pem

CREDENTIALS = ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MEGABYTE = 1024 * 1024

_LONGEST_PATH = 500  # a key that is put where its path belongs is longer, and not repeated


class SettingsError(Exception):
    """The settings cannot be used; ``str()`` is one line for the person who starts us.

    ``problems`` has one sentence for each setting that is missing or malformed.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class NotRegistered(SettingsError):  # noqa: N818  # it names what is found
    """None of the credentials is set: there is no App yet, and setup can make one."""


class Settings(BaseSettings):
    """Everything that is configured from outside; a field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        case_sensitive=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    app_id: int = Field(
        validation_alias="GITHUB_APP_ID",
        gt=0,
        description="the App's numeric id, at the top of its settings page on GitHub",
    )
    private_key: SecretStr = Field(
        validation_alias="GITHUB_PRIVATE_KEY",
        description="the App's private key: PEM, PEM with \\n for line ends, or base64 of the PEM; "
        "or give its file's path in GITHUB_PRIVATE_KEY_PATH",
    )
    private_key_path: Path | None = Field(
        default=None,
        validation_alias="GITHUB_PRIVATE_KEY_PATH",
        description="where the private key's .pem file is, instead of GITHUB_PRIVATE_KEY",
    )
    webhook_secret: SecretStr = Field(
        validation_alias="GITHUB_WEBHOOK_SECRET",
        description="the secret that GitHub signs webhooks with, as entered on the App's page",
    )
    api_url: str = Field(
        default="https://api.github.com",
        validation_alias="GITHUB_API_URL",
        description="GitHub's API; https://HOST/api/v3 for GitHub Enterprise Server",
    )
    url: str = Field(
        default="",
        validation_alias="SECREVIEW_URL",
        description="where people reach this App, such as https://secreview.acme.example; findings "
        "then link to the pages of their rules, which it serves",
    )
    data: Path = Field(
        default=Path(DEFAULT_DATA),
        validation_alias="SECREVIEW_DATA",
        description="the folder for the embedded database and app.env",
    )
    database: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="DATABASE_URL",
        description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME; "
        "left out: a SQLite file in the data folder",
    )
    port: int = Field(
        default=8000,
        validation_alias="PORT",
        ge=0,
        le=65535,
        description="where the web server listens; 0 picks a free port",
    )
    host: str = Field(
        default="127.0.0.1",
        validation_alias="HOST",
        description="the address to listen on; 0.0.0.0 when PORT is given and HOST is not",
    )
    max_delivery: int = Field(
        default=25 * MEGABYTE,
        validation_alias="SECREVIEW_MAX_DELIVERY",
        gt=0,
        description="the largest webhook body in bytes; GitHub sends at most 25 MB",
    )
    jobs: int = Field(
        default=min(4, os.cpu_count() or 1),
        validation_alias="SECREVIEW_JOBS",
        gt=0,
        le=64,
        description="how many reviews a worker analyses at the same time (512 MB each at most)",
    )
    reviews: int = Field(
        default=16,
        validation_alias="SECREVIEW_REVIEWS",
        gt=0,
        le=256,
        description="how many reviews a worker has under way at the same time; most of a review is "
        "waiting for GitHub",
    )
    reviews_per_installation: int = Field(
        default=8,
        validation_alias="SECREVIEW_REVIEWS_PER_INSTALLATION",
        gt=0,
        le=256,
        description="how many of them may be of one installation, so that no other has to wait",
    )
    patience_seconds: int = Field(
        default=3600,
        validation_alias="SECREVIEW_PATIENCE_SECONDS",
        ge=1,
        le=86_400,
        description="how long a review waits for a GitHub that is away or limits us, in seconds, "
        "before its check says that it failed",
    )
    reconcile_seconds: int = Field(
        default=300,
        validation_alias="SECREVIEW_RECONCILE_SECONDS",
        ge=5,
        le=86_400,
        description="how often missed deliveries and unreviewed heads are looked for, in seconds",
    )
    keep_days: int = Field(
        default=14,
        validation_alias="SECREVIEW_KEEP_DAYS",
        gt=3,
        description="how many days finished work is kept; GitHub redelivers for up to 3 days (7 on "
        "GitHub Enterprise Server)",
    )

    insights_days: int = Field(
        default=400,
        validation_alias="SECREVIEW_INSIGHTS_DAYS",
        ge=7,
        le=3660,
        description="how many days `secreview insights` can look back; what is kept of reviews "
        "for it, which is no code, is deleted then",
    )

    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="SECREVIEW_METRICS_TOKEN",
        description="what Prometheus sends as a bearer token to read /metrics, 16 characters or "
        "more; left out: /metrics answers this host alone",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic passes it by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over ``.env``, that over what setup wrote into the data folder."""
        return init_settings, env_settings, DotEnvSettingsSource(settings_cls, env_file=files())

    @model_validator(mode="before")
    @classmethod
    def _key_from_path(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Put the file behind GITHUB_PRIVATE_KEY_PATH where the key is expected."""
        path = given.get("GITHUB_PRIVATE_KEY_PATH")
        if not path:
            return given
        if given.get("GITHUB_PRIVATE_KEY"):
            raise ValueError(
                "GITHUB_PRIVATE_KEY and GITHUB_PRIVATE_KEY_PATH are both set: keep one of them"
            )
        if len(str(path)) > _LONGEST_PATH:
            raise ValueError(
                "GITHUB_PRIVATE_KEY_PATH is too long for a path: give the path of the .pem file "
                "that GitHub let you download, or set GITHUB_PRIVATE_KEY to the key itself"
            )
        try:
            return {**given, "GITHUB_PRIVATE_KEY": from_file(Path(path))}
        except ValueError as error:
            raise ValueError(f"GITHUB_PRIVATE_KEY_PATH is '{path}': {error}") from None

    @field_validator("private_key")
    @classmethod
    def _private_key(cls, key: SecretStr) -> SecretStr:
        return SecretStr(pem(key.get_secret_value()))

    @field_validator("metrics_token")
    @classmethod
    def _metrics_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"([!-~]{16,})?", token.get_secret_value()):
            raise ValueError("expected 16 or more letters, digits or signs without spaces")
        return token

    @field_validator("api_url", "url")
    @classmethod
    def _address_of(cls, url: str) -> str:
        if not url:
            return ""
        scheme, _, rest = url.rstrip("/").partition("://")
        host = rest.partition("/")[0].rsplit(":", 1)[0].strip("[]")
        if scheme == "https" and host:
            return f"{scheme}://{rest}"
        if scheme == "http" and host in LOOPBACK:
            return f"{scheme}://{rest}"
        raise ValueError("expected a URL that begins with https://")

    @field_validator("data")
    @classmethod
    def _data(cls, data: Path) -> Path:
        return data.expanduser().resolve()

    @model_validator(mode="after")
    def _check(self) -> Self:
        _database_url(self.database.get_secret_value(), self.data)
        return self

    @property
    def database_url(self) -> URL:
        """Where the database is, with the driver we ship; its ``str()`` hides the password."""
        return _database_url(self.database.get_secret_value(), self.data)

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used: one file, one worker process."""
        return self.database_url.get_backend_name() == "sqlite"

    @property
    def address(self) -> str:
        """The address to listen on: a given HOST, else all of them where a platform gave PORT."""
        given = self.model_fields_set
        return "0.0.0.0" if "port" in given and "host" not in given else self.host  # noqa: S104


class Unregistered(Settings):
    """The settings of an App that is yet to be registered: all but the credentials."""

    app_id: int = Field(default=0, validation_alias=CREDENTIALS[0], validate_default=False)
    private_key: SecretStr = Field(
        default=SecretStr(""), validation_alias=CREDENTIALS[1], validate_default=False
    )
    webhook_secret: SecretStr = Field(default=SecretStr(""), validation_alias=CREDENTIALS[2])


def load() -> Settings:
    """Read the settings.

    Raises:
        NotRegistered: none of the credentials is set.
        SettingsError: something is missing or malformed, or a file cannot be read.
    """
    try:
        return Settings.model_validate({})
    except Unreadable as unreadable:
        raise SettingsError([str(unreadable)]) from None
    except ValidationError as error:
        problems = error.errors()
    missing = {problem["loc"][0] for problem in problems if problem["type"] == "missing"}
    kind = NotRegistered if missing == set(CREDENTIALS) else SettingsError
    raise kind([_sentence(problem) for problem in problems])


def load_unregistered() -> Unregistered:
    """Read the settings that are there before the App is registered.

    Raises:
        SettingsError: one of them is malformed, or a file cannot be read.
    """
    try:
        return Unregistered.model_validate({})
    except Unreadable as unreadable:
        raise SettingsError([str(unreadable)]) from None
    except ValidationError as error:
        raise SettingsError([_sentence(problem) for problem in error.errors()]) from None


def _database_url(text: str, data: Path) -> URL:
    """The database's URL; "" means the file in the data folder."""
    if not text:
        return URL.create("sqlite", database=str(data / "secreview.sqlite"))
    wanted = "expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(f"DATABASE_URL is malformed: {wanted}") from None
    backend = url.drivername.partition("+")[0]
    if backend in ("postgres", "postgresql"):
        if not url.database:
            raise ValueError(f"DATABASE_URL names no database: {wanted}")
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ValueError(f"DATABASE_URL begins with '{url.drivername}': {wanted}")
    if not url.database or url.database == ":memory:":
        raise ValueError(f"DATABASE_URL names no file: {wanted}")
    return url.set(drivername="sqlite", database=str(Path(url.database).expanduser().resolve()))


def _sentence(problem: Any) -> str:
    """One problem that pydantic found, as a sentence without the value of a secret."""
    if not problem["loc"]:
        return str(problem["ctx"]["error"])
    name = str(problem["loc"][0])
    field = next(f for f in Settings.model_fields.values() if f.validation_alias == name)
    if problem["type"] == "missing":
        return f"{name} is not set: {field.description}"
    reason = str(problem["ctx"]["error"]) if problem["type"] == "value_error" else problem["msg"]
    seen = "not usable" if field.annotation is SecretStr else f"'{masked(problem['input'])}'"
    return f"{name} is {seen}: {reason}; expected {field.description}"
