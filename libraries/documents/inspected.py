"""Results of inspecting a file that is to be evidence."""

from dataclasses import dataclass, field
from enum import StrEnum, unique

from libraries.documents.images.structure import Edit
from libraries.documents.sandbox.bounds import Bounds

PDF = "application/pdf"
TEXT = "text/plain"


@unique
class Unfit(StrEnum):
    """Why a file cannot be evidence."""

    EMPTY = "empty"
    UNSUPPORTED_TYPE = "unsupported_type"
    BROKEN = "broken"
    ENCRYPTED = "encrypted"
    TWO_THINGS = "two_things"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_COMPLEX = "too_complex"
    SHOWS_PLACE = "shows_place"


class CannotKeep(Exception):
    """A file that cannot be evidence, why, and in which words of its own."""

    def __init__(self, reason: Unfit, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits(Bounds):
    """Limits on a file that is to be evidence.

    Attributes:
        pages: of a PDF.
        pixels: of an image, all of its frames together.
    """

    pages: int = 500
    pixels: int = 120_000_000


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that can be evidence: what it is by its content, and what the copy of it that others see has not."""

    media_type: str
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    edits: list[Edit] = field(default_factory=list)
