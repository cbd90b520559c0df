"""Fixtures that every test may ask for."""

from collections.abc import Iterator

import pytest

from reviewer import base_ref, commit_sources
from reviewer.github import gateway, sources, tokens
from tests.standin.fixtures import standin

__all__ = ["standin"]


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> Iterator[None]:
    """What a worker keeps between reviews is not kept between tests."""
    yield
    for cache in (
        base_ref._owners, commit_sources._trees, gateway._user_ids, sources._blobs, tokens._kept
    ):  # fmt: skip
        cache.clear()
