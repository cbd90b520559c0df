"""``secreview doctor``: is this installation right? Here, and as GitHub has it registered.

:func:`lines` gathers the answers, :func:`examine` prints them.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from checks import RULES_VERSION
from reviewer import readiness, registered, store
from reviewer.readiness import Line
from reviewer.report.tool import version
from reviewer.settings import NotRegistered, Settings, SettingsError, load

SHORT_SECRET = 20
NOT_REGISTERED = (
    "there is no GitHub App yet: start `secreview serve` and open the link that it prints, or set "
    "GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET"
)


def examine(*, online: bool = True, as_json: bool = False) -> int:
    """Print each answer, ok or what to do; the exit code: 0 when all are ok, else 1."""
    answers = list(lines(online=online))
    well = all(line.ok for line in answers)
    if as_json:
        told = {"ok": well, "lines": [asdict(line) for line in answers]}
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    else:
        _print(answers)
    return 0 if well else 1


def lines(*, online: bool = True) -> Iterator[Line]:
    """The answers, one by one: versions, settings, secret, key, data folder, database, clock.

    *online*: and whether a worker is there, and what GitHub has registered.
    """
    yield _versions()
    try:
        settings = load()
    except NotRegistered:
        yield Line("settings", ok=False, said=NOT_REGISTERED)
        return
    except SettingsError as error:
        yield from (Line("settings", ok=False, said=said) for said in error.problems)
        return
    yield from _settings(settings)
    yield readiness.key(settings)
    yield _data(settings)
    engine = store.open_engine(settings)
    try:
        fresh = _is_fresh(engine)
        yield _database(engine, fresh=fresh)
        yield readiness.clock(engine)
        if online and not fresh:
            yield readiness.worker(engine)
    finally:
        engine.dispose()
    if online:
        yield from registered.ask(settings)


def _print(answers: Sequence[Line]) -> None:
    table = Table.grid(padding=(0, 2))
    for line in answers:
        mark = Text("ok", "green") if line.ok else Text("FIX", "bold red")
        table.add_row(mark, line.name, Text(line.said))
    Console().print(table)


def _versions() -> Line:
    python = ".".join(map(str, sys.version_info[:3]))
    said = f"secreview {version()}, rules {RULES_VERSION}, Python {python}"
    return Line("versions", ok=True, said=said)


def _settings(settings: Settings) -> Iterator[Line]:
    """Every setting: what it is (a secret: that it is set), and what it is for."""
    for name, field in Settings.model_fields.items():
        given = name in settings.model_fields_set
        value = getattr(settings, name)
        shown = "set" if given and isinstance(value, SecretStr) else str(value or "none")
        said = shown if given else f"default: {shown}"
        yield Line(str(field.validation_alias), ok=True, said=f"{said} ({field.description})")
    if len(settings.webhook_secret.get_secret_value()) < SHORT_SECRET:
        todo = f"use {SHORT_SECRET} random characters or more"
        yield Line("webhook secret", ok=False, said=f"short enough to be guessed: {todo}")


def _is_fresh(engine: Engine) -> bool:
    """Whether the database was never used; no fault before the first start, which makes it."""
    try:
        return not inspect(engine).has_table(store.VERSION_TABLE)
    except SQLAlchemyError:
        return False


def _database(engine: Engine, *, fresh: bool) -> Line:
    """Does the database take writes?"""
    if fresh:
        return Line("database", ok=True, said=f"{engine.dialect.name}, empty: serve prepares it")
    return readiness.database(engine)


def _data(settings: Settings) -> Line:
    """Can the data folder be written, and by nobody else?"""
    folder = settings.data
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        todo = "set SECREVIEW_DATA to a folder that can be written"
        return Line("data folder", ok=False, said=f"{folder}: {error.strerror}; {todo}")
    if not os.access(folder, os.W_OK | os.X_OK):
        todo = "give its user the right, or set SECREVIEW_DATA"
        return Line("data folder", ok=False, said=f"{folder} cannot be written: {todo}")
    if folder.stat().st_mode & 0o002:
        return Line("data folder", ok=False, said=f"anybody may write it: chmod o-w {folder}")
    return Line("data folder", ok=True, said=str(folder))
