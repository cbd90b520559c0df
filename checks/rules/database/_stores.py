"""What a reviewer would cite about stores that speak no SQL, and about data that is dropped."""

import ast
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules._wording import counted, listed
from checks.rules.database._drivers import imported

_DOCUMENT_STORES = frozenset({"pymongo", "motor", "mongoengine", "beanie", "odmantic", "bson"})
_DOCUMENTS = (
    *("insert_one", "insert_many", "find", "find_one", "aggregate", "count_documents", "distinct"),
    *("update_one", "update_many", "replace_one", "delete_one", "delete_many", "bulk_write"),
    *("find_one_and_update", "find_one_and_delete", "find_one_and_replace", "create_index"),
)
_EMPTIES = ("drop_all", "flushall", "flushdb", "drop_database", "drop_collection")


def documents(ctx: Context) -> Iterator[Fact]:
    """Documents that are read and written, in a file that imports a document store."""
    calls = list(ctx.method_calls(*_DOCUMENTS))
    if calls and _DOCUMENT_STORES & imported(ctx):
        yield _fact(calls, "Documents are read or written")


def emptied(ctx: Context) -> Iterator[Fact]:
    """Tables, databases and stores that are dropped or emptied as a whole."""
    calls = list(ctx.method_calls(*_EMPTIES))
    if calls:
        yield _fact(calls, "Tables, databases or stores are dropped or emptied")


def _fact(calls: list[ast.Call], what: str) -> Fact:
    names = listed((str(getattr(call.func, "attr", "")) for call in calls), limit=8)
    first = ", the first here" if len(calls) > 1 else ""
    return evidence(calls[0], f"{what} in {counted(len(calls), 'place')}{first}: {names}.")
