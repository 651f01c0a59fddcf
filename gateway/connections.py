"""Requests over aiohttp's pool of connections, without what a session adds for a program that is a client itself.

A session's `request` also keeps cookies, follows redirects, tries again, looks for proxies and times each request. A
gateway wants none of that, and it is a fifth of the time that passing a request on takes (bench/gateway.py). What is
used here is what a session uses: a request, a connection of the pool, a response.
"""

import asyncio
from typing import Any, Final

import aiohttp
from aiohttp import ClientRequest, ClientResponse, hdrs
from aiohttp.helpers import TimerNoop
from multidict import istr
from yarl import URL

_NO_TIMER: Final = TimerNoop()
_WITHOUT_BODY: Final = frozenset({hdrs.METH_HEAD})
_NO_TYPE: Final = frozenset({istr(hdrs.CONTENT_TYPE)})
_LONGEST_LINE = 32_768
_BUFFER = 65_536
_IDLE_SECONDS = 30.0  # less than `idle_seconds`: a connection is not used just as the other side closes it


class Connections:
    """The pool of connections to all services. How many are in use is counted before they are asked for."""

    def __init__(self, *, connect_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._pool = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS)
        self._connect = aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds)
        self.session = aiohttp.ClientSession(
            connector=self._pool, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        )

    async def close(self) -> None:
        await self.session.close()

    async def ask(self, method: str, url: URL, headers: list[tuple[str, str]], data: Any) -> ClientResponse:
        """Send a request, once; the answer, of which the head has come. Raises `aiohttp.ClientError`."""
        request = ClientRequest(
            method,
            url,
            headers=headers,
            skip_auto_headers=None if data is None else _NO_TYPE,
            data=data,
            loop=self._loop,
            timer=_NO_TIMER,
            session=self.session,
        )
        try:
            connection = await self._pool.connect(request, traces=[], timeout=self._connect)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError(str(url.origin())) from error
        try:
            return await self._over(connection, request)
        except aiohttp.ClientError:
            connection.close()
            raise
        except OSError as error:
            connection.close()
            raise aiohttp.ClientOSError(*error.args) from error
        except BaseException:
            connection.close()
            raise

    async def _over(self, connection: Any, request: ClientRequest) -> ClientResponse:
        connection.protocol.set_response_params(
            timer=_NO_TIMER,
            skip_payload=request.method in _WITHOUT_BODY,
            read_until_eof=True,
            auto_decompress=False,
            read_bufsize=_BUFFER,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )
        answer = await request.send(connection)
        try:
            return await answer.start(connection)
        except BaseException:
            answer.close()
            raise
