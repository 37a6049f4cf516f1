"""Logging: lines for people on a terminal, JSON elsewhere; never a secret or personal data."""

from __future__ import annotations

import logging
import sys

import structlog

__all__ = ["configure"]


def configure(*, level: str = "info", json: bool | None = None) -> None:
    """Set up logging for this process.

    Args:
        level: debug, info, warning or error.
        json: one JSON object a line; None: only when nobody looks at a terminal.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    number = getattr(logging, level.upper())
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
