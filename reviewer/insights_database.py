"""The App's database, opened to be read and not to be changed, while the App runs or not."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from reviewer.local import UsageError
from reviewer.settings import Settings

NO_FILE = (
    "There is no database at {path}. Run this with the settings of the App (SECREVIEW_DATA or "
    "DATABASE_URL), on the host that has it; `secreview serve` makes one."
)
UNREADABLE = (
    "The database {shown} cannot be read: {reason}. Are the settings those of the App, is the "
    "database up, and may you read it?"
)
TOO_OLD = (
    "The database {shown} keeps no reviews for trends yet: it was made by an earlier version. Run "
    "`secreview migrate`, or start this version of the App; what is reviewed from then on is kept."
)
_TABLES = ("secreview_review", "secreview_finding")
_SECONDS = 5


@contextmanager
def reading(settings: Settings) -> Iterator[Connection]:
    """A transaction that sees one state of the database, holds no lock and cannot write.

    Raises:
        UsageError: there is no database, it cannot be read, or it is of an earlier version.
    """
    url = settings.database_url
    shown = str(url.set(query={}))  # its str() hides the password, but not one among the parameters
    engine = _engine(settings)
    try:
        with engine.connect() as tx:
            if engine.dialect.name == "sqlite":
                tx.exec_driver_sql("begin")
            if not all(map(sa.inspect(tx).has_table, _TABLES)):
                raise UsageError(TOO_OLD.format(shown=shown))
            yield tx
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0].rstrip(".")
        raise UsageError(UNREADABLE.format(shown=shown, reason=reason)) from None
    finally:
        engine.dispose()


def _engine(settings: Settings) -> Engine:
    url = settings.database_url
    if not settings.is_sqlite:
        return sa.create_engine(
            url, poolclass=NullPool, isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
            connect_args={"connect_timeout": _SECONDS},
        )  # fmt: skip
    path = Path(str(url.database))
    if not path.is_file():
        raise UsageError(NO_FILE.format(path=path))

    def connect() -> sqlite3.Connection:
        address = f"{path.as_uri()}?mode=ro"
        return sqlite3.connect(address, uri=True, timeout=_SECONDS, isolation_level=None)

    return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)
