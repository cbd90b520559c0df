"""The operations that the stand-in speaks; importing a module registers its own."""

from tests.standin.operations import (
    apps,
    checks,
    comments,
    contents,
    deliveries,
    files,
    graphql,
    pulls,
    registering,
    repositories,
    reviews,
)

__all__ = [
    "apps",
    "checks",
    "comments",
    "contents",
    "deliveries",
    "files",
    "graphql",
    "pulls",
    "registering",
    "repositories",
    "reviews",
]
