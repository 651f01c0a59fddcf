"""The wire to receivers: messages go out, and of an answer the beginning is read."""

import asyncio

import aiohttp

from services.notify.webhooks.addresses import target_of
from shared.runtime.outgoing.sessions import Sessions

_ANSWER_BYTES = 2048
_ANSWER_SECONDS = 2.0
USER_AGENT = "Marque-Webhooks/1.0"


class Transport:
    """Sends messages to receivers."""

    def __init__(self, sessions: Sessions, *, allow_loopback: bool, timeout_seconds: float) -> None:
        self._sessions = sessions
        self._allow_loopback = allow_loopback
        self._timeout_seconds = timeout_seconds

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
        """Send one message: the status and the beginning of what was answered.

        Raises `AddressRefused` or `AddressNotAllowed`, `TimeoutError`, `aiohttp.ClientError`, `OSError`.
        """
        target = target_of(url, allow_loopback=self._allow_loopback)
        sent = {"Content-Type": "application/json", **headers}
        async with self._sessions.request(
            "POST", target, seconds=self._timeout_seconds, headers=sent, body=body
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
