"""The body of a request: refused by its announced length before a byte of it is read, and counted while it comes."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Message, Receive

from gateway.heads import Head
from shared.runtime.errors import MarqueError, TooLarge


class BodyTooSlow(MarqueError):
    """Nothing more of the body came for a while (RFC 9110, section 15.5.9)."""

    status = 408
    code = "body_too_slow"
    title = "The body did not come in time"


class CallerGone(Exception):
    """The caller hung up; there is nobody to answer."""


class Body:
    """A body on its way in. `refusal` says why it was not read to its end."""

    def __init__(self, head: Head, receive: Receive, *, limit: int, silence: float) -> None:
        """Raises `TooLarge` where the announced length is over the limit: nothing of it is read then."""
        if head.content_length is not None and head.content_length > limit:
            raise TooLarge(f"The limit here is {limit} bytes; {head.content_length} were announced.")
        self._receive = receive
        self._limit = limit
        self._silence = silence
        self._read = 0
        self.ended = not head.has_body
        self.refusal: MarqueError | CallerGone | None = None

    async def next(self) -> bytes:
        """What came next, or nothing at the end. Raises `TooLarge`, `BodyTooSlow`, `CallerGone`."""
        if self.ended:
            return b""
        try:
            async with asyncio.timeout(self._silence):
                message = await self._receive()
        except TimeoutError:
            raise self._refuse(BodyTooSlow(f"Nothing came for {self._silence:g} seconds.")) from None
        if message["type"] == "http.disconnect":
            raise self._refuse(CallerGone())
        chunk: bytes = message.get("body", b"")
        self._read += len(chunk)
        if self._read > self._limit:
            raise self._refuse(TooLarge(f"The limit here is {self._limit} bytes; more came."))
        self.ended = not message.get("more_body", False)
        return chunk

    async def whole(self) -> bytes:
        """All of it."""
        chunks = [await self.next()]
        while not self.ended:
            chunks.append(await self.next())
        return b"".join(chunks)

    async def stream(self, first: bytes) -> AsyncIterator[bytes]:
        """All of it as it comes, after what has come already."""
        yield first
        while not self.ended:
            chunk = await self.next()
            if chunk:
                yield chunk

    def _refuse(self, error: MarqueError | CallerGone) -> Exception:
        self.refusal = error
        return error


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
