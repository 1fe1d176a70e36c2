"""What a process says about itself: JSON lines of allowed keys, never anything of a person."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "service", "role", "system", "case", "letter", "type", "source", "recipient",
        "reason", "error", "attempts", "count", "seconds", "url", "port", "path", "status", "method", "reference",
        "operation", "outcome", "order", "state", "queue", "connector", "timer", "kind", "size", "folder",
    }
)  # fmt: skip
"""The keys that may stand in a log line; whatever else is given is dropped and counted in `dropped`."""


def configure_logging(level: str = "info", *, stream: TextIO | None = None, service: str = "habeas") -> None:
    """Send this process's log to `stream` (standard error if None) as one JSON object a line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_the_error,
            keep_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # Libraries may put what they were given into their own lines: none of that reaches our log.
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def keep_allowed(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list, and count what was dropped."""
    kept = {key: value for key, value in line.items() if key in ALLOWED}
    if dropped := len(line) - len(kept):
        kept["dropped"] = dropped
    return kept


def _name_the_error(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # An exception's text may quote a person's data (a driver shows parameters), so only its type is kept.
    error = line.pop("exc_info", None) or line.get("error")
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
    return line
