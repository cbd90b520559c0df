"""Logs: one event a line, JSON where no person watches; never a secret, never a body.

Modules log with ``structlog.get_logger()`` and name what happened ("review ended");
what it happened to stands in context variables bound by the receiver and the worker:
``delivery``, ``repository``, ``pull_request``, ``generation``.
"""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "[hidden]"
_SECRET_KEY = re.compile(
    r"secret|token|password|authorization|signature|private_key|^(body|payload)$", re.IGNORECASE
)
_SECRETS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|\Z)", re.DOTALL), ""),
    (re.compile(r"\b(gh[a-z]_|github_pat_)[A-Za-z0-9_.-]{8,}"), r"\1"),
    (re.compile(r"\b(bearer|token|basic) +[A-Za-z0-9_.~+/=-]{8,}", re.IGNORECASE), r"\1 "),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"), ""),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"), r"\1"),
)
# What these say on their own is told better by our own events.
_QUIET = {"dbos": logging.WARNING, "github": logging.ERROR, "urllib3": logging.ERROR}


class _Lossy:
    """A stream that loses what cannot be written: a full disk is no reason to stop reviewing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> int:
        with suppress(OSError):
            self._stream.write(line)
        return len(line)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def configure() -> None:
    """Send our events and the libraries' records to stderr, in one form. Call once a process."""
    for_people = sys.stderr.isatty()
    told = cast("TextIO", _Lossy(sys.stderr))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if for_people
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=structlog.PrintLoggerFactory(told),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(told)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, hide, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name, level in _QUIET.items():
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)


def hide(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace what is secret by its name (the key) or by its looks (the value)."""
    return {key: HIDDEN if _SECRET_KEY.search(key) else masked(event[key]) for key in event}


def masked(value: Any) -> Any:
    """*value* with everything that looks like a credential replaced, at any depth."""
    if isinstance(value, str):
        for pattern, kept in _SECRETS:
            value = pattern.sub(kept + HIDDEN, value)
        return value
    if isinstance(value, Mapping):
        return hide(None, "", dict(value))
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [masked(item) for item in value]
    return value if isinstance(value, (int, float, bool, type(None))) else masked(str(value))
