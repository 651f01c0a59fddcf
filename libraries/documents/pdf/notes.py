"""The additions to the pages of a PDF: notes, links and files (ISO 32000-2, 12.5.6 and 7.11.4)."""

from collections.abc import Iterator
from typing import Any

from pypdf import PageObject, PdfReader

from libraries.documents.mail.characters import kept

_MOST = 500
_LONGEST_URL = 2048
_LONGEST_NOTE = 10_000
_NOTES = frozenset({
    "/FreeText", "/Text", "/Stamp", "/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Caret", "/Line", "/Square",
    "/Circle", "/Polygon", "/PolyLine", "/Ink", "/Popup",
})  # fmt: skip
_HIDDEN = 0b10  # annotation flag 2


def notes(page: PageObject) -> Iterator[str]:
    """Return the words that were typed onto or beside a page."""
    seen: set[str] = set()
    for annotation in _annotations(page):
        words = annotation.get("/Contents")
        shown = annotation.get("/Subtype") in _NOTES and not int(annotation.get("/F", 0)) & _HIDDEN
        if shown and isinstance(words, str) and (note := kept(words).strip()[:_LONGEST_NOTE]) and note not in seen:
            seen.add(note)
            yield note


def links(page: PageObject) -> Iterator[str]:
    """Return the web addresses that a click on the page would open."""
    for annotation in _annotations(page):
        action = _found(annotation.get("/A"))
        uri = _found(action.get("/URI")) if isinstance(action, dict) else None
        if isinstance(uri, bytes):
            uri = uri.decode("utf-8", "replace")
        if isinstance(uri, str) and uri.lower().startswith(("http://", "https://")) and len(uri) <= _LONGEST_URL:
            yield kept(uri).replace("\n", "").strip()


def attached(reader: PdfReader) -> list[str]:
    """Return the names of the files that are in the file."""
    names = [str(file.name) for _, file in zip(range(_MOST), reader.attachment_list, strict=False)]
    names += [name for page in reader.pages for name in _files_beside(page)]
    return [" ".join(kept(name).split()) for name in dict.fromkeys(names)][:_MOST]


def _files_beside(page: PageObject) -> Iterator[str]:
    for annotation in _annotations(page):
        file = _found(annotation.get("/FS"))
        if annotation.get("/Subtype") == "/FileAttachment" and isinstance(file, dict):
            yield str(file.get("/UF") or file.get("/F") or "attachment")


def _annotations(page: PageObject) -> Iterator[dict[str, Any]]:
    listed = _found(page.get("/Annots"))
    for reference in list(listed)[:_MOST] if isinstance(listed, list) else ():
        if isinstance(annotation := _found(reference), dict):
            yield annotation


def _found(reference: Any) -> Any:
    return reference.get_object() if hasattr(reference, "get_object") else reference
