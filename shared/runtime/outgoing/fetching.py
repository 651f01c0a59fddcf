"""Answers that are wanted whole: bounded in bytes and in time, each redirect checked as the first address was."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from shared.runtime.outgoing.addresses import AddressRefused, redirected, target_of
from shared.runtime.outgoing.sessions import Sessions, not_allowed

_PIECE = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class FetchFailed(Exception):
    """A request came to nothing. The text quotes nothing that the server said."""


class NotAllowed(FetchFailed):
    """The address, or one that it redirects to, is none to which a request may go."""


class TimedOut(FetchFailed):
    """The whole answer was not there in time."""


class AnswerTooLarge(FetchFailed):
    """The answer has more bytes than are taken, or declares that it has."""


class BadStatus(FetchFailed):
    """The status is another than 200, or one redirect more than are followed."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class BadAnswer(FetchFailed):
    """The answer is broken off, compressed although nobody asked for that, or no HTTP."""


class CannotBeReached(FetchFailed):
    """The name is not known, or the server takes no connection or drops it."""


class Fetcher:
    """Gets files, and asks for answers. Whatever goes wrong is a `FetchFailed`."""

    def __init__(self, sessions: Sessions, *, allow_loopback: bool) -> None:
        self._sessions = sessions
        self._allow_loopback = allow_loopback

    async def get(self, url: str, *, most_bytes: int, seconds: float, redirects: int = 0) -> bytes:
        """Return what is at a URL, or up to `redirects` redirects further, all of it within `seconds`."""
        async with _named(seconds):
            target = target_of(url, allow_loopback=self._allow_loopback)
            while True:
                async with self._sessions.request("GET", target, seconds=seconds) as response:
                    location = response.headers.get("Location") if response.status in _REDIRECTS else None
                    if location is None or redirects == 0:
                        return await _whole(response, most_bytes)
                target = redirected(target, location)
                redirects -= 1

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, most_bytes: int, seconds: float
    ) -> bytes:
        """Send JSON, and return the JSON that is answered. No redirect is followed."""
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        async with _named(seconds):
            target = target_of(url, allow_loopback=self._allow_loopback)
            async with self._sessions.request("POST", target, seconds=seconds, headers=sent, body=body) as response:
                return await _whole(response, most_bytes)


async def _whole(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    if response.status != 200:
        raise BadStatus(response.status)
    if any(coding.strip().lower() != "identity" for coding in response.headers.getall("Content-Encoding", [])):
        raise BadAnswer("The answer is compressed.")
    if (response.content_length or 0) > most_bytes:
        raise AnswerTooLarge(f"The answer has more than {most_bytes} bytes.")
    content = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > most_bytes:
            raise AnswerTooLarge(f"The answer has more than {most_bytes} bytes.")
    return bytes(content)


@asynccontextmanager
async def _named(seconds: float) -> AsyncIterator[None]:
    """Bound a request in time, and name what goes wrong with it."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except AddressRefused as refused:
        raise NotAllowed(refused.detail) from refused
    except TimeoutError as late:
        raise TimedOut(f"The answer was not there within {seconds:g} s.") from late
    except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError, ValueError) as broken:
        raise BadAnswer(f"The answer cannot be read: {type(broken).__name__}.") from broken
    except (aiohttp.ClientError, OSError) as failure:
        if refusal := not_allowed(failure):
            raise NotAllowed(f"The address is not allowed: {refusal}.") from failure
        raise CannotBeReached(f"The server cannot be reached: {type(failure).__name__}.") from failure
