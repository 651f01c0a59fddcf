"""One line for each request, as one JSON object: by which route it came, how it ended, how long it took, for whom.

The route is a template and the query is left out, so that no id, name or key of a request stands in the log. Lines are
collected for a moment and written at once: every request pays for its own.
"""

import asyncio
import contextlib
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import orjson

_LEVEL: Final = logging.INFO
_COLLECTED_SECONDS: Final = 0.05
_TRACE_ID: Final = slice(3, 35)  # of a `traceparent`


class AccessLog:
    """The access lines of one process."""

    def __init__(self) -> None:
        self.enabled = False
        self._stream: TextIO | None = None
        self._lines: list[bytes] = []

    def write_to(self, stream: TextIO, level: int) -> None:
        """Write lines to this stream from now on, where lines of their level are logged at all."""
        self.flush()
        self._stream = stream
        self.enabled = level <= _LEVEL

    def add(
        self,
        *,
        method: str | None,
        route: str | None,
        status: int | None,
        seconds: float,
        request_id: str,
        traceparent: str | None,
        account: str | None,
        **more: Any,
    ) -> None:
        """Log one request. The route is none where none was found, the status where the caller went away before."""
        if not self.enabled:
            return
        line = {
            "time": datetime.now(UTC),
            "level": "info",
            "logger": "access",
            "message": f"{method or '-'} {route or '-'} {status or '-'}",
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": round(seconds * 1000, 2),
            "request_id": request_id,
            "trace_id": traceparent[_TRACE_ID] if traceparent else None,
            "account": account,
            **more,
        }
        if not self._lines:
            asyncio.get_running_loop().call_later(_COLLECTED_SECONDS, self.flush)
        self._lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def flush(self) -> None:
        """Write what was collected. A log that cannot be written must not stop what it tells of."""
        lines, self._lines = self._lines, []
        if lines and self._stream is not None:
            with contextlib.suppress(OSError, ValueError):
                self._stream.write(b"".join(lines).decode())
                self._stream.flush()


access_log: Final = AccessLog()


def log_requests(level: str) -> None:
    """Write the access lines of this process to standard output, where its level lets them through."""
    access_log.write_to(sys.stdout, logging.getLevelNamesMapping().get(level.upper(), _LEVEL))
