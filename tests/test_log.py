"""Logs: one JSON object a line, and never a secret."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from reviewer import log

pytestmark = pytest.mark.usefixtures("logging_restored")


def test_events_and_library_records_take_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON where no person watches, with what is bound to the context."""
    log.configure()
    with structlog.contextvars.bound_contextvars(delivery="d1", generation=3):
        structlog.get_logger().info("accepted", workflow="w")
        logging.getLogger("dbos").warning("a library's %s", "word")
    ours, theirs = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (ours["event"], ours["delivery"], ours["generation"]) == ("accepted", "d1", 3)
    assert (theirs["event"], theirs["logger"]) == ("a library's word", "dbos")
    assert theirs["delivery"] == "d1"


SECRETS = [
    "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
    "ghs_17_eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl",
    "github_pat_11ABCDEFG0abcdefghijkl",
    "Bearer abcdefgh.ijklmnop",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxNyJ9.c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----",
    "postgresql://ann:hunter2@db/reviews",
]
TELLTALES = ("16C7e42F", "c2lnbmF0dXJl", "11ABCDEFG0", "ijklmnop", "MIIEabc", "hunter2")


@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_like_a_secret_is_hidden_everywhere(
    secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an event, in a nested value and in a traceback."""
    log.configure()
    logger = structlog.get_logger()
    logger.warning(secret, nested={"list": [secret]})
    logger.error("failed", exc_info=ValueError(secret))
    logging.getLogger("dbos").error("seen %s", secret)
    said = capsys.readouterr().err
    assert not [told for told in TELLTALES if told in said]
    assert said.count(log.HIDDEN) >= 4


@pytest.mark.parametrize("name", ["webhook_secret", "token", "Authorization", "body", "payload"])
def test_what_is_named_as_a_secret_is_hidden(name: str) -> None:
    """Whatever its value looks like."""
    assert log.hide(None, "", {name: "plain"}) == {name: log.HIDDEN}


def test_the_rest_is_left_alone() -> None:
    """Numbers stay numbers, sentences stay sentences."""
    event = {"event": "review ended", "pull_request": 7, "ok": True, "seconds": 0.5, "why": None}
    assert log.hide(None, "", dict(event)) == event


def test_a_full_disk_stops_nobody() -> None:
    """A line that cannot be written is lost, and what wrote it goes on."""
    code = (
        "import logging, structlog\n"
        "from reviewer import log\n"
        "log.configure()\n"
        "structlog.get_logger().error('ours')\n"
        "logging.getLogger('theirs').error('theirs')\n"
        "print('went on')\n"
    )
    with Path("/dev/full").open("wb") as full:
        # Its own last flush may fail: the exit code is Python's.
        ended = subprocess.run(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
        )
    assert ended.stdout == "went on\n"
