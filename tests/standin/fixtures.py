"""The pytest fixture ``standin``: a GitHub per test that fails it for what GitHub would not do."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.standin.control import StandIn


@contextmanager
def watched() -> Iterator[StandIn]:
    """Listen for the length of the block; AssertionError at its end if there was a violation."""
    with StandIn() as started:
        yield started
    assert not started.violations, "GitHub would not do that:\n" + "\n".join(started.violations)


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Return a listening stand-in; at the end, any violation fails the test."""
    with watched() as started:
        yield started
