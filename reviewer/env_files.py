"""The files that settings stand in, beside the environment: ``.env`` and ``app.env``."""

import os
from pathlib import Path

from dotenv import dotenv_values

DEFAULT_DATA = "./var"
UNREADABLE = (
    "{path} cannot be read ({reason}): give the user that runs secreview the right to read it, or "
    "take the file away"
)


class Unreadable(Exception):  # noqa: N818  # it names what is found
    """One of the files is there and cannot be read; ``str()`` says which, and what to do."""


def files() -> tuple[Path, ...]:
    """``app.env`` in the data folder, then ``.env`` in this one, as far as they are there.

    Raises:
        Unreadable: one is there and cannot be read.
    """
    # A folder that we may not look into, as after sudo, is not one whose .env is meant for us.
    here = [Path(".env")] if os.path.isfile(".env") else []  # noqa: PTH113  # which raises
    for path in here:
        _check(path)
    data = os.environ.get("SECREVIEW_DATA") or _data_of(here)
    kept = Path(data or DEFAULT_DATA).expanduser() / "app.env"
    _check(kept)
    return kept, *here


def _data_of(here: list[Path]) -> str | None:
    """The data folder that ``.env`` names."""
    return next((dotenv_values(path).get("SECREVIEW_DATA") for path in here), None)


def _check(path: Path) -> None:
    try:
        if path.is_file():
            path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Unreadable(UNREADABLE.format(path=path.absolute(), reason=reason)) from None
