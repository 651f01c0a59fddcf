"""The wire to receivers: a connection only to an address that was checked as it was made.

Two sessions: one to public addresses, one to loopback for development. The check stands where the socket is made, after
the name was resolved, so that a name that changes its meaning between two looks (DNS rebinding) gains nothing; the
resolver refuses first, with a better message. Redirects are not followed, cookies and proxies not used, answers read a
little way.
"""

import asyncio
import socket
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from services.notify.webhooks.addresses import is_loopback, refusal, target_of

_ANSWER_BYTES = 2048
_ANSWER_SECONDS = 2.0
USER_AGENT = "Marque-Webhooks/1.0"


class AddressNotAllowed(OSError):
    """A host stands for an address to which no webhook may go."""


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


class Transport:
    """Sends messages to receivers. Use as an asynchronous context manager."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        timeout_seconds: float,
        connections: int,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._connections = connections
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for loopback in (False, True):
            resolver = self._resolver or aiohttp.ThreadedResolver()
            self._sessions[loopback] = aiohttp.ClientSession(
                connector=_connector(resolver, loopback=loopback, connections=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                auto_decompress=False,
                trust_env=False,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            await session.close()

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
        """Send one message: the status and the beginning of what was answered.

        Raises `AddressRefused` or `AddressNotAllowed`, `TimeoutError`, `aiohttp.ClientError`, `OSError`.
        """
        target = target_of(url, allow_loopback=self._allow_loopback)
        sent = {"Content-Type": "application/json", "User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        async with self._sessions[target.loopback].post(
            url, data=body, headers=sent, allow_redirects=False
        ) as response:
            return response.status, await _beginning(response)


async def _beginning(response: aiohttp.ClientResponse) -> str | None:
    """Read the status of the receiver's response. A connection that is slow or has more to say is dropped."""
    taken = b""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            while len(taken) <= _ANSWER_BYTES and not response.content.at_eof():
                taken += await response.content.read(_ANSWER_BYTES + 1 - len(taken))
    except (TimeoutError, aiohttp.ClientError):
        response.close()
    if len(taken) > _ANSWER_BYTES:
        response.close()
    return taken[:_ANSWER_BYTES].decode("utf-8", "replace").replace("\0", "�") or None
