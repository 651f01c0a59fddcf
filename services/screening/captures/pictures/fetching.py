"""Pictures of listings: fetched from where the marketplace says they are, looked into, and kept by their hash."""

import asyncio
import hashlib
import io
from dataclasses import dataclass

from libraries.documents.inspected import CannotKeep, Unfit
from libraries.documents.inspectors import Inspectors
from shared.contracts.listing_codes import PictureProblem
from shared.runtime.objects import Objects
from shared.runtime.outgoing.fetching import (
    AnswerTooLarge,
    BadAnswer,
    BadStatus,
    CannotBeReached,
    Fetcher,
    FetchFailed,
    NotAllowed,
    TimedOut,
)

_REDIRECTS = 3
_LONGEST_SIDE = 20_000
"""Pixels: one of 1 x 100,000 shows nothing, and breaks what shows it."""

_LONGEST_TRY_SECONDS = 8.0
_FIRST_PAUSE_SECONDS = 0.5
_AT_ONCE = 3
_ABSENT = frozenset({404, 410})
_OVERLOADED = 429
_UNFIT: dict[Unfit, PictureProblem] = {
    Unfit.EMPTY: PictureProblem.BROKEN,
    Unfit.BROKEN: PictureProblem.BROKEN,
    Unfit.UNSUPPORTED_TYPE: PictureProblem.NOT_A_PICTURE,
    Unfit.TWO_THINGS: PictureProblem.NOT_A_PICTURE,
    Unfit.ENCRYPTED: PictureProblem.NOT_A_PICTURE,
    Unfit.SHOWS_PLACE: PictureProblem.NOT_A_PICTURE,
    Unfit.TOO_MANY_PAGES: PictureProblem.NOT_A_PICTURE,
    Unfit.TOO_MANY_PIXELS: PictureProblem.TOO_LARGE,
    Unfit.TOO_COMPLEX: PictureProblem.TOO_LARGE,
}


@dataclass(frozen=True)
class Picture:
    """A picture that is to be kept."""

    content: bytes
    sha256: str
    media_type: str
    width: int
    height: int

    @property
    def size(self) -> int:
        return len(self.content)


class PictureMissing(Exception):
    """A picture that cannot be had, and why."""

    def __init__(self, problem: PictureProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class Pictures:
    """The ways to pictures, and where they are kept. One for each process."""

    def __init__(
        self, fetcher: Fetcher, inspectors: Inspectors, objects: Objects, *, most_bytes: int, seconds: float
    ) -> None:
        """Args:
        most_bytes: of one picture.
        seconds: for all pictures of one capture.
        """
        self.objects = objects
        self.seconds = seconds
        self._fetcher = fetcher
        self._inspectors = inspectors
        self._most_bytes = most_bytes

    def errand(self, capture_id: str) -> "Errand":
        """Begin to fetch the pictures of a capture: its time runs from now on."""
        return Errand(self, capture_id, asyncio.get_running_loop().time() + self.seconds)

    async def get(self, url: str, *, seconds: float) -> bytes:
        """Return what is at an address. Raises `FetchFailed`."""
        return await self._fetcher.get(url, most_bytes=self._most_bytes, seconds=seconds, redirects=_REDIRECTS)

    async def inspect(self, content: bytes, *, of: str) -> Picture:
        """Return what a file shows, by its content. Raises `PictureMissing`."""
        for last in (False, False, True):
            try:
                found = await self._inspectors.inspect(io.BytesIO(content), len(content), account=of)
                break
            except CannotKeep as unfit:
                # That an inspector is gone may say nothing of the file.
                if last or unfit.reason is not Unfit.TOO_COMPLEX:
                    raise PictureMissing(_UNFIT[unfit.reason]) from None
        if found.width is None or found.height is None:
            raise PictureMissing(PictureProblem.NOT_A_PICTURE)
        if max(found.width, found.height) > _LONGEST_SIDE:
            raise PictureMissing(PictureProblem.TOO_LARGE)
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        return Picture(content, sha256, found.media_type, found.width, found.height)


class Errand:
    """The fetching of one capture's pictures, some at once, until its time is over."""

    def __init__(self, pictures: Pictures, capture_id: str, until: float) -> None:
        self._pictures = pictures
        self._capture_id = capture_id
        self._until = until
        self.places = asyncio.Semaphore(_AT_ONCE)
        """Held from a picture's address to its file, so that few are in memory."""

    @property
    def seconds_left(self) -> float:
        return self._until - asyncio.get_running_loop().time()

    async def fetch(self, url: str) -> Picture:
        """Return the picture at an address, tried again while what failed may pass. Raises `PictureMissing`."""
        return await self._pictures.inspect(await self._content(url), of=self._capture_id)

    async def _content(self, url: str) -> bytes:
        pause = _FIRST_PAUSE_SECONDS
        problem = PictureProblem.TOO_SLOW
        while (left := self.seconds_left) > 0:
            try:
                return await self._pictures.get(url, seconds=min(left, _LONGEST_TRY_SECONDS))
            except FetchFailed as failure:
                problem = _problem(failure)
                if not _may_pass(failure) or pause >= self.seconds_left:
                    break
            await asyncio.sleep(pause)
            pause *= 2
        raise PictureMissing(problem)


def _problem(failure: FetchFailed) -> PictureProblem:
    match failure:
        case NotAllowed():
            return PictureProblem.ADDRESS_REFUSED
        case TimedOut():
            return PictureProblem.TOO_SLOW
        case AnswerTooLarge():
            return PictureProblem.TOO_LARGE
        case BadStatus(status=status) if status in _ABSENT:
            return PictureProblem.NOT_FOUND
        case CannotBeReached():
            return PictureProblem.UNREACHABLE
        case _:
            return PictureProblem.ANSWER_REFUSED


def _may_pass(failure: FetchFailed) -> bool:
    if isinstance(failure, BadStatus):
        return failure.status == _OVERLOADED or failure.status >= 500
    return isinstance(failure, TimedOut | CannotBeReached | BadAnswer)
