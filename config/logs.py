"""Structured logs: one JSON object a line, or readable lines on a terminal."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import structlog

from accounts.api.correlation import shown_path


def _shared_processors() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _has_traceback(record: logging.LogRecord) -> bool:
    return bool(record.exc_info)


def _with_shown_path(record: logging.LogRecord) -> bool:
    """Lets every record pass, without the token that may stand in the path that it names."""
    request = getattr(record, "request", None)
    if request is not None and isinstance(record.args, tuple) and request.path in record.args:
        shown = shown_path(request, HTTPStatus.INTERNAL_SERVER_ERROR)
        record.args = tuple(shown if said == request.path else said for said in record.args)
    return True


def logging_config(log_format: str) -> dict[str, Any]:
    """Django's LOGGING for `log_format` ("json" or "console"); sets structlog up to match."""
    structlog.configure(
        processors=[
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": renderer,
                "foreign_pre_chain": _shared_processors(),
            }
        },
        "filters": {
            "with_traceback": {
                "()": "django.utils.log.CallbackFilter",
                "callback": _has_traceback,
            },
            "with_shown_path": {
                "()": "django.utils.log.CallbackFilter",
                "callback": _with_shown_path,
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # An answer of 5xx alone has its line already; a traceback has none but this.
            "django.request": {"level": "ERROR", "filters": ["with_traceback", "with_shown_path"]},
            # Scanners ask for every name there is; the request's own line says 400.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # Its lines at every start and stop say nothing an operator acts on.
            "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
