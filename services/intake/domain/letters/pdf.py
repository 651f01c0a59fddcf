"""The text of a PDF, page by page, with the addresses that its links lead to (ISO 32000-1, 12.6.4.7)."""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

from services.intake.domain.evidence.other_readers import opens_as_zip
from services.intake.domain.letters.characters import kept
from services.intake.domain.letters.model import MOST_TEXT, PDF, CannotRead, Letter, Limits, Part, Unread

_MOST_LINKS = 500
# What a damaged file makes the library stumble over; it says itself that other errors may come.
STUMBLES = (
    PyPdfError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, UnicodeError, ValueError,
    OSError, NotImplementedError,
)  # fmt: skip


def letter_of(content: bytes, limits: Limits) -> Letter:
    """Return the text of a PDF. Raises `CannotRead`."""
    return Letter(text_of(content, limits), [Part(None, PDF, read=True)])


def text_of(content: bytes, limits: Limits) -> str:
    """All the text of a PDF. Raises `CannotRead`.

    The file has to begin as a PDF does, and not to end as an archive: one that does is two things at once.
    """
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF-") or opens_as_zip(content):
        raise CannotRead(Unread.UNREADABLE)
    try:
        return _text_of(_opened(content), limits)
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


def _text_of(reader: PdfReader, limits: Limits) -> str:
    if len(reader.pages) > limits.pages:
        raise CannotRead(Unread.TOO_MANY_PAGES)
    pages: list[str] = []
    length = 0
    for page in reader.pages:
        text = kept(page.extract_text()).strip()
        links = [link for link in _links(page) if link not in text]
        text = "\n".join([text, *(f"<{link}>" for link in dict.fromkeys(links))]).strip()
        length += len(text) + 2
        if length > MOST_TEXT:
            raise CannotRead(Unread.TOO_LONG)
        pages.append(text)
    found = "\n\n".join(filter(None, pages))
    if not found:
        raise CannotRead(Unread.WITHOUT_TEXT)
    return found


def _links(page: PageObject) -> Iterator[str]:
    """The web addresses that a click on the page would open."""
    for index, reference in enumerate(page.get("/Annots") or ()):
        if index >= _MOST_LINKS:
            return
        annotation: Any = reference.get_object()
        action = annotation.get("/A") if isinstance(annotation, dict) else None
        action = action.get_object() if action is not None else None
        uri = action.get("/URI") if isinstance(action, dict) else None
        if isinstance(uri, str) and uri.lower().startswith(("http://", "https://")) and len(uri) <= 2048:
            yield kept(uri).replace("\n", "").strip()
