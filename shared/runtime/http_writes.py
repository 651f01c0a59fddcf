"""Writes of an HTTP server: a head and the body that follows it at once are one write, so one call of the system."""

import asyncio
from typing import Any

_STATUS_LINE = b"HTTP/"


class HeadsWithBodies:
    """The transport of a connection, for a server that writes the head of an answer apart from its body.

    A head is held until the next write, or until the event loop has come round once, where its body is not there yet.
    Whatever else is written goes out at once, so that a slow reader holds the server up as ever.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._soon = asyncio.get_running_loop().call_soon
        self._head = b""
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(_STATUS_LINE):
            self._head = data
            self._soon(self._let_go)
        else:
            self._transport.write(data)

    def write_eof(self) -> None:
        self._let_go()
        self._transport.write_eof()

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)
