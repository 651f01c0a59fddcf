"""HTTP/1.1 as uvicorn speaks it over httptools, with limits on what a connection may take, and without its trailers.

Started with `uvicorn --http shared.runtime.http_protocol:BoundedProtocol`; the gateway has one of its own. uvicorn by
itself takes heads of any size, waits for them for ever, and counts trailers among the headers, which RFC 9110, section
6.5.1 forbids. What is used of it and is not public is held by `tests/services/runtime_http/test_protocol_canary.py`.
"""

import asyncio
import re
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from shared.runtime import problems
from shared.runtime.access_log import access_log
from shared.runtime.errors import MarqueError
from shared.runtime.http_connections import ConnectionTable
from shared.runtime.http_limits import (
    HeadTooLarge,
    HeadTooSlow,
    HostInvalid,
    HttpSettings,
    MalformedRequest,
    TargetTooLong,
    UpgradeRefused,
)
from shared.runtime.http_writes import HeadsWithBodies
from shared.runtime.telemetry import new_request_id

MARK = "marque.bounded"
"""In the `state` of a request that came over this protocol."""

_HOST = re.compile(rb"(?:[A-Za-z0-9._~%!$&'()*+;=-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_DISCARDED = 32 * 1_048_576


class _Refused(Exception):
    """Leaves the parser's callback: the refusal is said by whoever fed the parser."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    tables: ClassVar[WeakKeyDictionary[ServerState, ConnectionTable]] = WeakKeyDictionary()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        table = self.tables.get(server_state)
        if table is None:
            table = self.tables[server_state] = self.new_table(server_state)
            app_state[MARK] = True
        self.table = table
        self.ws_protocol_class = None
        self.stuck: tuple[float, int] | None = None
        self._address: str | None = None
        self._in_head = False
        self._in_body = False
        self._surely_small = False
        self._fed = 0  # bytes since the parser last came to an end of something
        self._trailers = (0, 0)
        self._hosts: list[bytes] = []
        self._codings: list[bytes] = []
        self._why: MarqueError | None = None
        self._reads_on = True
        self._said_last: bytes | None = None
        self._discarded = 0
        self._answered: RequestResponseCycle | None = None  # the one at work; `cycle` is the one that was read last

    def new_table(self, server_state: ServerState) -> ConnectionTable:
        """The table for the connections of this server."""
        connections: set[Any] = server_state.connections
        return ConnectionTable(HttpSettings(), connections, per_address=None, of_callers=False)

    def counted_as(self, peer: str) -> str | None:  # noqa: ARG002 - for the gateway's own
        """Under which name connections from a peer are counted; None where they are not."""
        return None

    def said_always(self) -> list[tuple[bytes, bytes]]:
        """Headers of every refusal."""
        return [(b"x-content-type-options", b"nosniff")]

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(HeadsWithBodies(transport))  # type: ignore[arg-type]  # what it does not change it has
        self._address = self.counted_as(self.client[0]) if self.client else None
        error = self.table.opened(self, self._address)
        if error is not None:
            self.refuse(error)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.pipeline.clear()
        if (answered := self._answered) is not None and not answered.response_complete:
            answered.disconnected = True
            answered.message_event.set()
        self.table.closed(self, self._address)

    def data_received(self, data: bytes) -> None:
        if not self._reads_on:
            return
        table = self.table
        if table.idle.pop(self, None) is not None:
            table.heads[self] = table.now()
        size = len(data)
        self._fed += size
        # A head that begins in these bytes and ends in them needs not be measured.
        self._surely_small = not self._in_head and size <= table.settings.head_bytes
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # answered as a request like others; nothing else is spoken here
        except httptools.HttpParserError:
            if self._reads_on:
                self.refuse(self._why or MalformedRequest("The bytes that came cannot be read as HTTP/1.1."))
            return
        if self._fed > (limit := table.settings.head_bytes):
            between = MalformedRequest(f"More than {limit} bytes stand between two parts of the body.")
            self.refuse(between if self._in_body else self._head_too_large())

    # The parser's callbacks

    def on_message_begin(self) -> None:
        if not self._reads_on:
            raise _Refused
        super().on_message_begin()
        if self.table.idle.pop(self, None) is not None:  # the rest of what was answered early came in the same bytes
            self.table.heads[self] = self.table.now()
        self._in_head = True
        self._fed = 0
        self._hosts = []
        self._codings = []
        self._trailers = (0, 0)

    def on_url(self, url: bytes) -> None:
        self.url += url
        limit = self.table.settings.target_bytes
        if len(self.url) > limit:
            self._leave(TargetTooLong(f"The limit is {limit} bytes of path and query. Send less in the query."))

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            self._count_trailer(len(name) + len(value))
            return
        name = name.lower()
        if name == b"host":
            self._hosts.append(value)
        elif name == b"transfer-encoding":
            self._codings.append(value)
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))
        if len(self.headers) > self.table.settings.head_fields:
            self._leave(self._head_too_large())

    def on_headers_complete(self) -> None:
        self._in_head = False
        self.table.heads.pop(self, None)
        settings = self.table.settings
        self._fed = 0
        if not self._surely_small:
            size = len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers])
            if size > settings.head_bytes:
                self._leave(self._head_too_large())
        self._check_host()
        if self._codings:
            self._check_codings()
        upgrades = self.parser.should_upgrade()
        if upgrades and self._get_upgrade() == b"websocket":
            self._leave(UpgradeRefused())
        waits = self.cycle is not None and not self.cycle.response_complete
        super().on_headers_complete()
        if not waits:
            self._answered = self.cycle
        self._in_body = True
        if upgrades or len(self.pipeline) >= settings.pipelined:
            self.cycle.keep_alive = False

    def on_chunk_header(self) -> None:
        self._fed = 0

    def on_body(self, body: bytes) -> None:
        self._fed = 0
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > _DISCARDED:
                self.transport.abort()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False
        self._fed = 0
        if self.cycle.response_complete:
            self.table.lingering.pop(self, None)
            self._discarded = 0
            self.table.idle[self] = self.table.now()
        elif not self.cycle.keep_alive:
            self._reads_on = False  # nothing after it is answered

    # Answers

    def on_response_complete(self) -> None:
        """Go on with the next request of the pipeline, or wait for one; without a timer for each."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._answered = cycle
            self._start_asgi_task(cycle, app)
        elif self._said_last is not None:
            self._say_last(self._said_last)
        elif self._in_head:
            self.table.heads[self] = self.table.now()
        elif self._in_body:
            self.table.linger(self)
        else:
            self.table.idle[self] = self.table.now()

    def give_up_on_head(self) -> None:
        """End a connection whose head is late; one that never said a word is not answered."""
        if self._in_head:
            seconds = self.table.settings.head_seconds
            self.refuse(HeadTooSlow(f"A head has to be complete within {seconds:g} seconds."))
        else:
            self.transport.abort()

    def refuse(self, error: MarqueError) -> None:
        """Answer with a refusal, after what was asked before it, and read nothing more of this connection."""
        self._reads_on = False
        self.table.forget(self)
        if self.transport.is_closing():
            return
        answer = self._written(error)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            if self._in_body:  # which was answered before it came
                self.table.linger(self)
            else:
                self._say_last(answer)
        elif not self._in_body:
            self._said_last = answer
        elif self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
            self._said_last = answer
        else:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
            else:
                self._say_last(answer)

    def _say_last(self, answer: bytes) -> None:
        """Answer, and hang up once the caller has had the time to read it."""
        self._said_last = None
        self.transport.write(answer)
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.table.linger(self)
        else:
            self.transport.close()

    def _written(self, error: MarqueError) -> bytes:
        response = problems.problem_of(error, request_id=(request_id := new_request_id()))
        access_log.add(
            method=None, route=None, status=error.status, seconds=0, request_id=request_id, traceparent=None,
            account=None,
        )  # fmt: skip
        headers = [
            *self.server_state.default_headers,
            *response.raw_headers,
            *self.said_always(),
            (b"x-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        head = b"".join(b"%b: %b\r\n" % pair for pair in headers)
        return STATUS_LINE[error.status] + head + b"\r\n" + bytes(response.body)

    def _leave(self, error: MarqueError) -> None:
        self._why = error
        raise _Refused

    def _check_host(self) -> None:
        """Refuse a request without exactly one valid Host (RFC 9112, section 3.2); HTTP/1.0 needs none."""
        hosts = self._hosts
        if len(hosts) == 1:
            if _HOST.fullmatch(hosts[0]) is None:
                self._leave(HostInvalid("The Host is not a name or an address, with or without a port."))
        elif hosts:
            self._leave(HostInvalid(f"{len(hosts)} Host headers came; send one."))
        elif self.parser.get_http_version() != "1.0":
            self._leave(HostInvalid("There is no Host header; HTTP/1.1 needs one."))

    def _check_codings(self) -> None:
        """Refuse a coding of the body that is not undone here, and one in HTTP/1.0 (RFC 9112, sections 6.1 and 7)."""
        if [coding.lower() for coding in self._codings] != [b"chunked"] or self.parser.get_http_version() == "1.0":
            self._leave(MalformedRequest("The one transfer coding that is understood is chunked, in HTTP/1.1."))

    def _count_trailer(self, size: int) -> None:
        """Count what stands behind a chunked body; nothing of it is a header (RFC 9110, section 6.5.1)."""
        self._fed = 0
        fields, total = self._trailers[0] + 1, self._trailers[1] + size
        self._trailers = (fields, total)
        if fields > self.table.settings.head_fields or total > self.table.settings.head_bytes:
            self._leave(self._head_too_large())

    def _head_too_large(self) -> HeadTooLarge:
        settings = self.table.settings
        return HeadTooLarge(f"The limit is {settings.head_bytes} bytes and {settings.head_fields} fields.")
