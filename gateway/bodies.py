"""The body of a request: refused by its announced length before a byte of it is read, counted and timed as it comes."""

import asyncio
from typing import NamedTuple

from starlette.types import Message, Receive

from gateway.request_head import RequestHead
from shared.runtime.errors import MarqueError, TooLarge


class BodyTooSlow(MarqueError):
    """Nothing more of the body came for a while, or too little of it (RFC 9110, section 15.5.9)."""

    status = 408
    code = "body_too_slow"
    title = "The body did not come in time"


class CallerGone(Exception):
    """The caller hung up; there is nobody to answer."""


class Pace(NamedTuple):
    """How fast a body has to come: seconds of silence; bytes a second, counted after some seconds of grace."""

    silence: float
    rate: int
    grace: float


class Body:
    """A body on its way in."""

    def __init__(self, head: RequestHead, receive: Receive, *, limit: int, pace: Pace) -> None:
        """Raises `TooLarge` where the announced length is over the limit: nothing of it is read then."""
        self.announced = head.content_length
        if self.announced is not None and self.announced > limit:
            raise TooLarge(f"The limit here is {limit} bytes; {self.announced} were announced.")
        self._receive = receive
        self._limit = limit
        self._pace = pace
        self._read = 0
        self._now = asyncio.get_running_loop().time
        self._began = self._now()
        self.ended = False

    async def next(self) -> bytes:
        """Return what came next, or nothing at the end. Raises `TooLarge`, `BodyTooSlow`, `CallerGone`."""
        if self.ended:
            return b""
        try:
            async with asyncio.timeout(self._patience()):
                message = await self._receive()
        except TimeoutError:
            raise self._too_slow() from None
        if message["type"] == "http.disconnect":
            raise CallerGone
        chunk: bytes = message.get("body", b"")
        self._read += len(chunk)
        if self._read > self._limit:
            raise TooLarge(f"The limit here is {self._limit} bytes; more came.")
        self.ended = not message.get("more_body", False)
        return chunk

    def _patience(self) -> float:
        """Seconds for which more is waited for: what has come so far must not become too little for the time."""
        due = self._began + max(self._pace.grace, self._read / self._pace.rate)
        return max(0.0, min(self._pace.silence, due - self._now()))

    def _too_slow(self) -> BodyTooSlow:
        silence, rate, grace = self._pace
        return BodyTooSlow(
            f"{self._read} bytes came in {self._now() - self._began:.0f} seconds. After {grace:g} seconds at least "
            f"{rate} a second have to have come, and something every {silence:g} seconds."
        )


def replaying(body: bytes, receive: Receive) -> Receive:
    """An ASGI `receive` that gives a body that was read already, and then what else comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
