"""Fixtures that every test may ask for."""

import logging
from collections import Counter
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from reviewer import base_ref, commit_sources
from reviewer.github import gateway, sources, tokens
from tests import postgres
from tests.standin.fixtures import standin

__all__ = ["standin"]

# How long an example takes says more about what else the machine does.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files of few tests: they start whole Apps, and no core is to wait for one."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: tests[item.path])


def pytest_sessionfinish() -> None:
    """No server outlives the tests."""
    postgres.stop()


def plain_logs() -> None:
    """A traceback in structlog's colours takes a second, each."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.format_exc_info, renderer])


plain_logs()


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> Iterator[None]:
    """What a worker keeps between reviews is not kept between tests."""
    yield
    for cache in (
        base_ref._owners, commit_sources._trees, gateway._user_ids, sources._blobs, tokens._kept
    ):  # fmt: skip
        cache.clear()


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """What ``log.configure`` changes for the whole process is as before."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    structlog.reset_defaults()
    plain_logs()
    root.handlers, root.level = before
    for name in ("dbos", "github", "urllib3"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)
