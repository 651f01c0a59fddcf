"""The text of a PDF, page by page, with what was filled in, noted beside it and linked from it (ISO 32000-2)."""

import io
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

from libraries.documents.model import MOST_TEXT, PDF, CannotRead, Document, Limits, Part, Unread
from libraries.documents.other_readers import opens_as_zip
from libraries.documents.pdf.forms import has_xfa
from libraries.documents.pdf.notes import attached, links, notes
from libraries.documents.pdf.text import PageText, texts

_XFA = "application/vnd.adobe.xfa+xml"
_LONGEST_NAME = 255
# What a damaged file makes the library stumble over; it says itself that other errors may come.
STUMBLES = (
    PyPdfError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, UnicodeError, ValueError,
    OSError, NotImplementedError,
)  # fmt: skip


def read_pdf(content: bytes, limits: Limits, *, name: str | None = None, media_type: str = PDF) -> Document:
    """Return all the text of a PDF, and which of its parts the text holds. Raises `CannotRead`.

    The file has to begin as a PDF does, and not to end as an archive: one that does is two things at once.
    """
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF-") or opens_as_zip(content):
        raise CannotRead(Unread.UNREADABLE)
    try:
        reader = _opened(content)
        if len(reader.pages) > limits.pages:
            raise CannotRead(Unread.TOO_MANY_PAGES)
        return _read(reader, content, name, media_type)
    except (DependencyError, FileNotDecryptedError):
        raise CannotRead(Unread.ENCRYPTED) from None
    except (LimitReachedError, RecursionError, MemoryError):
        raise CannotRead(Unread.TOO_COMPLEX) from None
    except STUMBLES:
        raise CannotRead(Unread.UNREADABLE) from None


def _opened(content: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(content))
    # Many files are encrypted so as to forbid printing, and open without a password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise CannotRead(Unread.ENCRYPTED)
    return reader


def _read(reader: PdfReader, content: bytes, name: str | None, media_type: str) -> Document:
    pieces: list[str] = []
    unread: list[Part] = []
    length = 0
    for number, found in enumerate(texts(reader, content), start=1):
        piece = "\n".join(filter(None, [found.text, *_beside(found)]))
        if found.reason is not None:
            unread.append(Part(_of(name, f"page {number}"), media_type, read=False, reason=found.reason))
        pieces.append(piece)
        length += len(piece) + 2
        if length > MOST_TEXT:
            raise CannotRead(Unread.TOO_LONG)
    text = "\n\n".join(filter(None, pieces))
    if not text:
        raise CannotRead(unread[0].reason or Unread.WITHOUT_TEXT if unread else Unread.WITHOUT_TEXT)
    if has_xfa(reader):
        unread.append(Part(_of(name, "XFA form"), _XFA, read=False, reason=Unread.UNSUPPORTED_TYPE))
    unread += [
        Part(_of(name, file), "application/octet-stream", read=False, reason=Unread.UNSUPPORTED_TYPE)
        for file in attached(reader)
    ]
    return Document(text, [Part(name, media_type, read=True), *unread])


def _beside(found: PageText) -> Iterator[str]:
    yield from notes(found.page)
    for link in dict.fromkeys(links(found.page)):
        if link not in found.text.split():
            yield f"<{link}>"


def _of(name: str | None, what: str) -> str:
    return (f"{name}, {what}" if name else what)[:_LONGEST_NAME]
