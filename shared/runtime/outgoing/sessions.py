"""The wire to the outside: a connection only to an address that was checked as it was made.

Two sessions: one to public addresses, one to loopback for development. The check stands where the socket is made, after
the name was resolved, so that a name that changes its meaning between two looks (DNS rebinding) gains nothing; the
resolver refuses first, with a better message. Redirects are not followed, cookies and proxies not used, answers not
decompressed.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from yarl import URL

from shared.runtime.outgoing.addresses import Target, is_loopback, refusal

_NAMES_AT_ONCE = 32


class AddressNotAllowed(OSError):
    """A host stands for an address to which no request may go."""


def not_allowed(error: BaseException) -> AddressNotAllowed | None:
    """Return the refusal behind the failure of a request; None where it failed of something else."""
    causes = (error, error.__cause__, error.__context__)
    return next((cause for cause in causes if isinstance(cause, AddressNotAllowed)), None)


class ThreadsOfItsOwn(AbstractResolver):
    """Resolves names as the system does, in threads of its own.

    A name server that says nothing holds its thread for many seconds, whatever the time-out of the request: in the
    threads of the loop it would hold up all that the process does there.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_NAMES_AT_ONCE, "names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=int(where[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, where in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses a name of which any address is refused."""

    def __init__(self, inner: AbstractResolver, *, loopback: bool) -> None:
        self._inner = inner
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for address in found:
            check_address(address["host"], loopback=self._loopback)
        return found

    async def close(self) -> None:
        await self._inner.close()


def check_address(address: str, *, loopback: bool) -> None:
    """Raise `AddressNotAllowed` where this session may not go to the address."""
    if loopback:
        if not is_loopback(address):
            raise AddressNotAllowed(f"{address} is not loopback")
    elif why := refusal(address):
        raise AddressNotAllowed(f"{address} is refused: {why}")


def _connector(resolver: AbstractResolver, *, loopback: bool, connections: int) -> aiohttp.TCPConnector:
    def checked_socket(address: Any) -> socket.socket:
        family, kind, protocol, _, where = address
        check_address(where[0], loopback=loopback)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return aiohttp.TCPConnector(
        limit=connections,
        use_dns_cache=False,
        resolver=GuardedResolver(resolver, loopback=loopback),
        socket_factory=checked_socket,
        keepalive_timeout=10,
    )


class Sessions:
    """Connections to the outside. Use as an asynchronous context manager."""

    def __init__(self, *, user_agent: str, connections: int, resolver: AbstractResolver | None = None) -> None:
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
        self._connections = connections
        self._resolver = resolver or ThreadsOfItsOwn()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for loopback in (False, True):
            self._sessions[loopback] = aiohttp.ClientSession(
                connector=_connector(self._resolver, loopback=loopback, connections=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
                auto_decompress=False,
                trust_env=False,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            await session.close()
        await self._resolver.close()

    @asynccontextmanager
    async def request(
        self,
        method: str,
        target: Target,
        *,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request, within `seconds` from the connection to the end of the answer that is read.

        Strangers are told nothing of our traces. Entering it raises `AddressNotAllowed`, `TimeoutError`,
        `aiohttp.ClientError`, `OSError`.
        """
        with suppress_http_instrumentation():
            async with self._sessions[target.loopback].request(
                method,
                URL(target.url, encoded=True),  # as it was checked, and as a content network may have signed it
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                yield response
