"""Structured logs: one JSON line an event, with the request it belongs to."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar

import structlog

_request: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request being served, or empty."""
    return _request.get()


def begin_request(identifier: str) -> None:
    """Bind log lines and audit rows from here on to this request."""
    _request.set(identifier)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=identifier)


def configure(level: str = "INFO") -> None:
    """Set up JSON lines on standard error for structlog and for libraries that use `logging`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        level=logging.WARNING,
        stream=sys.stderr,
        format='{"level":"%(levelname)s","logger":"%(name)s","event":"%(message)s"}',
    )


log = structlog.get_logger()
