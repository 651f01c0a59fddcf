"""Telemetry of a service: JSON logs, request ids, traces (W3C Trace Context) and how they cross the broker."""

import json
import logging
import os
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from opentelemetry import trace

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")

ACCOUNT = "marque.account"
"""The key, in the scope of a request, of the account that it was made for."""

_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """The id of the request that is being answered; a dash outside of one."""
    return _request_id.get()


def current_traceparent() -> str | None:
    """The trace that this work belongs to, as the `traceparent` header carries it (W3C Trace Context, section 3.2)."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
    return _traceparent.get()


def current_trace() -> str | None:
    """The `traceparent` of the request or the event at work, as it was begun: what the log names it by."""
    return _traceparent.get()


def continue_trace(traceparent: str | None) -> None:
    """Go on with a trace that came from elsewhere: a request or an event. A malformed one starts a new trace."""
    _traceparent.set(child_of(traceparent))


def child_of(traceparent: str | None) -> str:
    """A new span id in the same trace, or a new trace where none is given."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None or set(found[1]) == {"0"} or set(found[2]) == {"0"}:
        fresh = os.urandom(24).hex()
        return f"00-{fresh[:32]}-{fresh[32:]}-01"
    return f"00-{found[1]}-{os.urandom(8).hex()}-{found[3]}"


def new_request_id() -> str:
    return "req_" + os.urandom(12).hex()


def begin_request(given_id: bytes, traceparent: bytes) -> str:
    """Give the request that is being answered its id and its trace, from its headers where these are sound; the id."""
    text = given_id.decode("latin-1")
    request_id = text if _REQUEST_ID.fullmatch(text) else new_request_id()
    _request_id.set(request_id)
    continue_trace(traceparent.decode("latin-1"))
    return request_id


class JsonFormatter(logging.Formatter):
    """A log line as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _request_id.get(),
            "traceparent": _traceparent.get(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


def formatter_of_server() -> JsonFormatter:
    """Return the formatter for a server's own log, and send there what else would be text of many lines.

    These are warnings, and the error that ends the process: also one that comes while the application is loaded.
    """
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_the_end
    return JsonFormatter()


def _log_the_end(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    logging.getLogger(__name__).critical("the process ends: %s", kind.__name__, exc_info=(kind, error, traceback))


def log_as_json(level: str = "INFO") -> None:
    """Send the logs of this process to standard output, one JSON object a line."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("nats", "asyncio", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):  # the server has a format of its own, and what it says is ours too
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
        server.setLevel(level)
    requests = logging.getLogger("uvicorn.access")  # these have lines of our own
    requests.handlers.clear()
    requests.propagate = False
