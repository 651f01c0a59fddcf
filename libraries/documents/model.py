"""The result of reading a document: its text, and each of its parts."""

from dataclasses import dataclass, field
from enum import StrEnum, unique

from libraries.documents.sandbox.bounds import Bounds

MAIL = "message/rfc822"
PDF = "application/pdf"
MOST_TEXT = 200_000
"""Characters of a letter, at most; the parser takes no more."""


@unique
class Unread(StrEnum):
    """Why a file, or a part of one, was not read."""

    UNSUPPORTED_TYPE = "unsupported_type"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"
    TOO_DEEP = "too_deep"
    TOO_LONG = "too_long"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_COMPLEX = "too_complex"
    WITHOUT_TEXT = "without_text"
    UNKNOWN_CHARSET = "unknown_charset"


class CannotRead(Exception):
    """A file, or a part of one, that is not read, and why."""

    def __init__(self, reason: Unread) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits(Bounds):
    """Limits on reading one document.

    Attributes:
        pages: of one PDF.
        parts: of one mail, at every depth.
        depth: mails within mails, and bodies within bodies.
    """

    pages: int = 200
    parts: int = 200
    depth: int = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a file: the body of a mail, what is attached to it, or the whole of a PDF."""

    name: str | None
    media_type: str
    read: bool
    reason: Unread | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a file, and which of its parts the text holds."""

    text: str
    parts: list[Part] = field(default_factory=list)
