"""The open connections of one process: which of them wait for what, since when, and which are closed for it.

One look at all of them a second costs less than timers for each: nearly every request is over before anyone looks.
"""

import asyncio
import resource
import socket
import struct
from collections import Counter
from typing import Protocol

from prometheus_client import Counter as Metric
from prometheus_client import Gauge

from shared.runtime.errors import MarqueError
from shared.runtime.http_limits import HttpSettings, NoPlaceLeft, TooManyConnections

LOOK_SECONDS = 1.0
LINGER_SECONDS = 10.0
"""For which a refused caller may go on sending, so that it reads the refusal and not a reset connection."""
_TCP_INFO_BYTES, _BYTES_ACKED_AT = 128, 120  # struct tcp_info of <linux/tcp.h>
_BYTES_ACKED = struct.Struct("=Q")
_SPARE_FILES = 512  # for the database, the services behind, files
_open = Gauge("marque_http_connections", "Connections that are open")
_ended = Metric("marque_http_connections_ended", "Connections that were ended for a limit", ["limit"])


class Connection(Protocol):
    """The connection's interface to the table."""

    transport: asyncio.Transport
    stuck: tuple[float, int] | None
    """When the caller was last looked at with an answer waiting for it, and how much it had taken by then."""

    def give_up_on_head(self) -> None: ...


class ConnectionTable:
    """The connections of one server.

    `of_callers` is False behind the gateway: it takes answers as slowly as its own callers do, and it is there that
    they are held to a rate.
    """

    def __init__(
        self, settings: HttpSettings, connections: set[Connection], *, per_address: int | None, of_callers: bool = True
    ) -> None:
        self.settings = settings
        self._all = connections
        self._of_callers = of_callers
        self._per_address = per_address
        self._addresses: Counter[str] = Counter()
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._most = min(settings.connections, max(16, _files() - _SPARE_FILES))
        self.heads: dict[Connection, float] = {}
        """Those whose head is not complete, the oldest first, with the moment at which the wait began."""
        self.idle: dict[Connection, float] = {}
        """Those between two requests, the oldest first, with the moment at which the answer ended."""
        self.lingering: dict[Connection, float] = {}
        """Those that were answered before all of their request had come, the oldest first."""
        self._looking = False

    def opened(self, connection: Connection, address: str | None) -> MarqueError | None:
        """Count a connection; the refusal where there is no place for it. `address` is None where it is not counted."""
        _open.inc()
        self._look_soon()
        if address is not None:
            self._addresses[address] += 1
            if self._per_address is not None and self._addresses[address] > self._per_address:
                return TooManyConnections(
                    f"{self._per_address} connections of one address may be open. Use those that are.",
                    headers={"Retry-After": "5"},
                )
        if len(self._all) > self._most and not self._make_room():
            return NoPlaceLeft("Try again in a moment.", headers={"Retry-After": "2"})
        self.heads[connection] = self.now()
        return None

    def closed(self, connection: Connection, address: str | None) -> None:
        """Forget a connection that has ended."""
        _open.dec()
        self.forget(connection)
        if address is not None:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    def forget(self, connection: Connection) -> None:
        """Wait no longer for anything of this connection."""
        self.heads.pop(connection, None)
        self.idle.pop(connection, None)
        self.lingering.pop(connection, None)

    def linger(self, connection: Connection) -> None:
        """Close a connection soon that is read no more."""
        self.forget(connection)
        self.lingering[connection] = self.now()

    def _make_room(self) -> bool:
        """Close the connection that is needed least: answered already, idle for longest, or slow with its head."""
        for waiting, least in ((self.lingering, 0.0), (self.idle, 0.0), (self.heads, LOOK_SECONDS)):
            oldest = next(iter(waiting), None)
            if oldest is not None and self.now() - waiting[oldest] >= least:
                self.forget(oldest)
                self._end(oldest, "connections")
                return True
        return False

    def _look_soon(self) -> None:
        if not self._looking:
            self._looking = True
            self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """Close what has waited for too long."""
        self._looking = False
        settings, now = self.settings, self.now()
        for connection in _since(self.idle, now - settings.idle_seconds):
            self._end(connection, "idle_seconds")
        for connection in _since(self.lingering, now - LINGER_SECONDS):
            self._end(connection, "linger")
        for connection in _since(self.heads, now - settings.head_seconds):
            _ended.labels("head_seconds").inc()
            connection.give_up_on_head()
        if self._of_callers:
            for connection in [connection for connection in self._all if self._is_stuck(connection, now)]:
                self._end(connection, "reading_rate")
        if self._all:
            self._look_soon()

    def _is_stuck(self, connection: Connection, now: float) -> bool:
        """Tell where an answer waits to be sent, and the caller has hardly taken any of it for a while."""
        if not connection.transport.get_write_buffer_size():
            connection.stuck = None
        elif connection.stuck is None:
            connection.stuck = (now, _taken(connection.transport))
        else:
            since, before = connection.stuck
            if now - since >= self.settings.reading_grace_seconds:
                taken = _taken(connection.transport)
                if taken - before < self.settings.reading_rate * (now - since):
                    return True
                connection.stuck = (now, taken)
        return False

    def _end(self, connection: Connection, limit: str) -> None:
        _ended.labels(limit).inc()
        connection.transport.abort()


def _since(waiting: dict[Connection, float], moment: float) -> list[Connection]:
    """Take out those that began to wait before a moment. The oldest stand first."""
    found = []
    for connection, began in waiting.items():
        if began > moment:
            break
        found.append(connection)
    for connection in found:
        del waiting[connection]
    return found


def _taken(transport: asyncio.Transport) -> int:
    """The bytes that the other side has acknowledged so far.

    Not what has left our own buffer: the kernel takes megabytes at once and then nothing for minutes. Systems that do
    not count it (`tcpi_bytes_acked`, Linux) tell it from our buffer all the same.
    """
    if not hasattr(socket, "TCP_INFO"):
        return -transport.get_write_buffer_size()
    told = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    return int(_BYTES_ACKED.unpack_from(told, _BYTES_ACKED_AT)[0])


def _files() -> int:
    """Open files that this process may have; it asks for as many as it can get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 1_048_576 if hard == resource.RLIM_INFINITY else hard
