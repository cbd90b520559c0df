"""Files of the working tree, written whole or not at all."""

import os
import secrets
import stat
from pathlib import Path

GONE = "it is gone or cannot be read ({reason})"
CHANGED = "it was changed while it was reviewed"
READ_ONLY = "it is read-only"
LINKED = "it has more than one name (hard links), and only one of them would change"
ANOTHERS = "its owner could not be kept"
NOT_WRITTEN = "it cannot be written ({reason})"


class LeftAlone(Exception):  # noqa: N818  # it names what happened
    """The file is as it was; ``str()`` says why."""


def put(path: Path, content: bytes) -> None:
    """Make or replace the file *path* in one step; links are followed.

    Raises:
        OSError: it cannot be written; it is as it was.
    """
    real = path.resolve()
    try:
        mode = stat.S_IMODE(real.stat().st_mode)
    except FileNotFoundError:
        mode = 0o666 & ~_umask()
    fresh = _beside(real, content, mode)
    try:
        fresh.replace(real)
    finally:
        fresh.unlink(missing_ok=True)  # Where it took the place, it is there no more.


def exchange(real: Path, before: bytes, after: bytes) -> None:
    """Put *after* in place of *before*, the content of the file *real* (no link) in one step.

    Its mode and owner stay.

    Raises:
        LeftAlone: it holds something else by now, or cannot be written.
    """
    try:
        about = real.stat()
        if _content(real) != before:
            raise LeftAlone(CHANGED)
        if about.st_nlink > 1:
            raise LeftAlone(LINKED)
        if not about.st_mode & 0o222 or not os.access(real, os.W_OK):
            raise LeftAlone(READ_ONLY)
        fresh = _beside(real, after, stat.S_IMODE(about.st_mode))
    except OSError as error:
        raise LeftAlone(NOT_WRITTEN.format(reason=error.strerror)) from None
    try:
        _take_place(fresh, real, before, about)
    except OSError as error:
        raise LeftAlone(NOT_WRITTEN.format(reason=error.strerror)) from None
    finally:
        fresh.unlink(missing_ok=True)


def _take_place(fresh: Path, real: Path, before: bytes, about: os.stat_result) -> None:
    _own(fresh, about)
    if _content(real) != before:  # Writing takes time; somebody may have saved meanwhile.
        raise LeftAlone(CHANGED)
    fresh.replace(real)


def _content(real: Path) -> bytes:
    try:
        return real.read_bytes()
    except OSError as error:
        raise LeftAlone(GONE.format(reason=error.strerror)) from None


def _own(fresh: Path, about: os.stat_result) -> None:
    """Give the new file the owner of the old one."""
    made = fresh.stat()
    if (made.st_uid, made.st_gid) == (about.st_uid, about.st_gid):
        return
    try:
        os.chown(fresh, about.st_uid, about.st_gid)
        fresh.chmod(stat.S_IMODE(about.st_mode))  # chown may take bits away
    except PermissionError:
        raise LeftAlone(ANOTHERS) from None


def _beside(real: Path, content: bytes, mode: int) -> Path:
    """A new file in the same folder that holds *content*, and is on the disk."""
    fresh = real.with_name(f".secreview.{secrets.token_hex(8)}")
    made = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(made, "wb") as file:  # noqa: PTH123  # a descriptor
            file.write(content)
            file.flush()
            os.fchmod(made, mode)
            os.fsync(made)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _umask() -> int:
    # It can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
