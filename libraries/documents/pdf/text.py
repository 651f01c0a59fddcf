"""Extract the text of a PDF's pages by its fonts, or tell that the fonts do not map to text.

A font names its characters by a map to Unicode, by an encoding of its own, or by one of the predefined CMaps of East
Asian typesetting (ISO 32000-2, 9.7.5.2). Where there is none of these, what stands on the page are numbers of glyphs.
"""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pdfminer.high_level import extract_pages
from pdfminer.layout import LTTextContainer
from pdfminer.psexceptions import PSException
from pypdf import PageObject, PdfReader
from pypdf.errors import LimitReachedError, PyPdfError

from libraries.documents.mail.characters import is_text, kept
from libraries.documents.model import Unread
from libraries.documents.pdf.forms import answers, with_answers

_UNMAPPED = re.compile(r"\(cid:\d{1,6}\)")
_GLYPH_NAMES = re.compile(r"/(?:g|G|c|C|cid|glyph|index|uni|a)[0-9A-F]{1,5}(?!\w)")
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)
_SHARE = 5  # a page of which a fifth has no meaning has none
_DEEPEST = 4
_MOST_FONTS = 500
_PAGE_ERRORS = (
    PyPdfError, PSException, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, UnicodeError,
    ValueError, OSError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page, and why some or all of what stands on it was not read."""

    page: PageObject
    text: str
    reason: Unread | None = None


def texts(reader: PdfReader, content: bytes) -> Iterator[PageText]:
    """Return the text of each page, in order."""
    pages = list(reader.pages)
    other = _by_cmaps(content, [index for index, page in enumerate(pages) if _has_unmapped_font(page)])
    for index, page in enumerate(pages):
        try:
            if index in other and other[index] is None:
                yield PageText(page, "", Unread.UNREADABLE)
                continue
            raw = _with_answers(page, other.get(index))
        except LimitReachedError:
            raise
        except _PAGE_ERRORS:
            yield PageText(page, "", Unread.UNREADABLE)
            continue
        yield _judged(page, kept(raw).translate(_LIGATURES))


def _with_answers(page: PageObject, read: str | None) -> str:
    """Return the printed and the filled-in text of a page."""
    given = answers(page)
    if read is not None:
        return "\n".join([read, *(answer.alone for answer in given)])
    return with_answers(page, given) if given else page.extract_text()


def _judged(page: PageObject, raw: str) -> PageText:
    """The text as far as it is one."""
    unmapped = len(_UNMAPPED.findall(raw)) + len(_GLYPH_NAMES.findall(raw))
    text = _UNMAPPED.sub("", raw).strip()
    written = sum(not character.isspace() for character in text)
    if not is_text(text) or unmapped * _SHARE > written:
        return PageText(page, "", Unread.UNREADABLE)
    if not text:
        return PageText(page, "", Unread.WITHOUT_TEXT if _shows_images(page) else None)
    return PageText(page, text, Unread.UNREADABLE if unmapped else None)


def _by_cmaps(content: bytes, indexes: list[int]) -> dict[int, str | None]:
    """The text of pages whose fonts only the predefined CMaps explain; none of a page that is damaged, or after one."""
    found: dict[int, str | None] = dict.fromkeys(indexes)
    if indexes:
        with suppress(*_PAGE_ERRORS):
            for index, layout in zip(indexes, extract_pages(io.BytesIO(content), page_numbers=indexes), strict=False):
                found[index] = "\n".join(box.get_text() for box in layout if isinstance(box, LTTextContainer))
    return found


def _has_unmapped_font(page: PageObject) -> bool:
    return any(
        font.get("/Subtype") == "/Type0" and "/ToUnicode" not in font
        for font in _fonts(page.get("/Resources"), 0, set())
    )


def _fonts(resources: Any, depth: int, seen: set[int]) -> Iterator[dict[str, Any]]:
    """The fonts of a page, and of what is drawn on it again and again."""
    resources = _found(resources)
    if not isinstance(resources, dict) or depth > _DEEPEST or id(resources) in seen or len(seen) > _MOST_FONTS:
        return
    seen.add(id(resources))
    for reference in _values(resources.get("/Font")):
        if isinstance(font := _found(reference), dict):
            yield font
    for reference in _values(resources.get("/XObject")):
        drawn = _found(reference)
        if isinstance(drawn, dict) and drawn.get("/Subtype") == "/Form":
            yield from _fonts(drawn.get("/Resources"), depth + 1, seen)


def _shows_images(page: PageObject) -> bool:
    resources = _found(page.get("/Resources"))
    drawn = [_found(one) for one in _values(resources.get("/XObject"))] if isinstance(resources, dict) else []
    return (
        any(isinstance(one, dict) and one.get("/Subtype") == "/Image" for one in drawn)
        or page.get("/Contents") is not None
    )


def _values(reference: Any) -> list[Any]:
    found = _found(reference)
    return list(found.values())[:_MOST_FONTS] if isinstance(found, dict) else []


def _found(reference: Any) -> Any:
    return reference.get_object() if hasattr(reference, "get_object") else reference
