"""Where the credentials are kept: ``app.env`` in the data folder, whole or not at all."""

import base64
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from reviewer.setup.conversion import Registered

NAME = "app.env"
HEADER = "# Written by secreview's setup. Whoever has this file can act as the App."
FOLDER = (
    "The data folder {folder} cannot be written ({reason}): give the user that runs secreview "
    "the right to write there, or set SECREVIEW_DATA to another folder and start again."
)

_PLAIN = re.compile(r"[0-9A-Za-z_./:@%+=-]+")


class NotKept(Exception):  # noqa: N818  # it names what happened
    """The data folder takes no file; ``str()`` says which, why, and what to do."""


def lines(registered: Registered, *, url: bool = True) -> list[str]:
    """The settings, ``NAME=value`` each; the key on one line, as every platform takes it.

    *url*: say where people reach the App, too.
    """
    key = base64.b64encode(registered.private_key.get_secret_value().encode()).decode()
    values = {
        "GITHUB_APP_ID": str(registered.app_id),
        "GITHUB_PRIVATE_KEY": key,
        "GITHUB_WEBHOOK_SECRET": registered.webhook_secret.get_secret_value(),
        "GITHUB_API_URL": registered.api_url,
    }
    if url:
        values["SECREVIEW_URL"] = registered.url
    return [f"{name}={_quoted(value)}" for name, value in values.items()]


def keep(folder: Path, registered: Registered) -> Path:
    """Write the settings into *folder*; what else the file says stays. Returns its path.

    Raises:
        NotKept: it cannot be written; the file is as it was.
    """
    path = folder / NAME
    ours = lines(registered)
    names = {line.partition("=")[0] for line in ours}
    try:
        others = [line for line in _present(path) if line.partition("=")[0].strip() not in names]
        _replace(path, "\n".join([*(others or [HEADER]), *ours, ""]))
    except OSError as error:
        raise _not_kept(folder, error) from None
    return path


def foresee(folder: Path) -> None:
    """Say early, and without making anything, that ``keep`` will not work.

    Raises:
        NotKept: the folder cannot be written, or there is none and it cannot be made.
    """
    try:
        place = next(each for each in (folder, *folder.parents) if each.exists())
    except OSError as error:
        raise _not_kept(folder, error) from None
    if not place.is_dir():
        raise _not_kept(folder, NotADirectoryError(0, f"{place} is a file"))
    ours = os.access in os.supports_effective_ids
    if not os.access(place, os.W_OK | os.X_OK, effective_ids=ours):
        raise _not_kept(folder, PermissionError(0, f"no right to write to {place}"))


def check(folder: Path) -> None:
    """Find out whether ``keep`` would work, before there is anything to lose.

    Raises:
        NotKept: it would not.
    """
    trial = folder / f".{NAME}.{secrets.token_hex(8)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(trial, "")
        trial.unlink()
        if (folder / NAME).is_dir():
            raise IsADirectoryError(0, f"{NAME} is a folder")
    except OSError as error:
        raise _not_kept(folder, error) from None


def _present(path: Path) -> Iterator[str]:
    """The lines of the file, if there is one."""
    with suppress(FileNotFoundError):
        yield from path.read_text("utf-8", errors="surrogateescape").splitlines()


def _replace(path: Path, text: str) -> None:
    """Put *text* in the file's place in one step that a power cut does not halve."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
    try:
        _write(fresh, text)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(path: Path, text: str) -> None:
    """Make a file that nobody else can read, and see it on the disk."""
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(made, "w", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123  # a descriptor
        file.write(text)
        file.flush()
        os.fsync(made)


def _quoted(value: str) -> str:
    """The value as ``.env`` files spell it."""
    if _PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _not_kept(folder: Path, error: OSError) -> NotKept:
    return NotKept(FOLDER.format(folder=folder, reason=error.strerror or type(error).__name__))
