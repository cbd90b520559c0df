"""``secreview doctor``: is this installation right? Offline: nothing is asked of GitHub.

:func:`lines` gathers the answers, :func:`examine` prints them.
"""

import os
from collections.abc import Iterator

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from reviewer import readiness, store
from reviewer.readiness import Line
from reviewer.settings import Settings, SettingsError, load

SHORT_SECRET = 20


def examine() -> int:
    """Print each answer, ok or what to do; the exit code: 0 when all are ok, else 1."""
    answers = list(lines())
    table = Table.grid(padding=(0, 2))
    for line in answers:
        mark = Text("ok", "green") if line.ok else Text("FIX", "bold red")
        table.add_row(mark, line.name, Text(line.said))
    Console().print(table)
    return 0 if all(line.ok for line in answers) else 1


def lines() -> Iterator[Line]:
    """The answers, one by one: settings, secret, key, data folder, database, clock."""
    try:
        settings = load()
    except SettingsError as error:
        yield from (Line("settings", ok=False, said=said) for said in error.problems)
        return
    yield from _settings(settings)
    yield readiness.key(settings)
    yield _data(settings)
    engine = store.open_engine(settings)
    try:
        yield _database(engine)
        yield readiness.clock(engine)
    finally:
        engine.dispose()


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


def _database(engine: Engine) -> Line:
    """Does the database take writes? One that was never used is made by the first start."""
    try:
        fresh = not inspect(engine).has_table(store.VERSION_TABLE)
    except SQLAlchemyError:
        fresh = False
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
