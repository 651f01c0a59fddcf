"""The photographs in a PDF, and the place where they were taken (ISO 32000-2, 7.4.8 and 8.9.5).

A JPEG stands in a PDF as it was made, with what its telephone wrote into it. Its segments are made comments of blanks
of the same length, so that everything in the file stays where its table says it is. They are looked for in all bytes:
an earlier version of a page keeps its photograph in the file. A photograph under another filter cannot be blanked in
place; nor can one of an encrypted file.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from pypdf import PdfReader

from libraries.documents.images.structure import Edit, Octets

_START: Final = re.compile(rb"\xff\xd8(?=\xff)")
_SHOWN: Final[dict[int, bytes]] = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_BESIDE: Final = frozenset({*range(0xE0, 0xF0), 0xFE})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_COMMENT: Final = b"\xff\xfe"
_MOST_SEGMENTS: Final = 200
_PLACE: Final = re.compile(rb"Exif\0\0(?:MM\0\*|II\*\0)|GPSL(?:at|ong)itude")
_TAGS: Final = {b"MM": b"\x88\x25\x00\x04", b"II": b"\x25\x88\x04\x00"}
_LONGEST_EXIF: Final = 65_536
_DEEPEST: Final = 4
_MOST_IMAGES: Final = 5000


def blanked(octets: Octets) -> list[Edit]:
    """Return the edits that leave a PDF's photographs without what others must not see, each in its own length."""
    edits: list[Edit] = []
    at = 0
    while (found := _START.search(octets, at)) is not None:
        inside, at = _of_photograph(octets, found.end())
        edits += inside
    return edits


def shows_place(reader: PdfReader) -> bool:
    """Return whether a photograph or the description of one still says where it was taken."""
    root = _found(reader.root_object.get("/Metadata"))
    streams = [root, *(stream for page in reader.pages for stream in _streams(page, 0, set()))]
    return any(_says_place(stream.get_data()) for stream in streams[:_MOST_IMAGES] if hasattr(stream, "get_data"))


def _of_photograph(octets: Octets, at: int) -> tuple[list[Edit], int]:
    """The edits of what begins as a JPEG, and where to look on; none where it is no JPEG up to its first scan."""
    edits: list[Edit] = []
    begins, framed = at, False
    for _ in range(_MOST_SEGMENTS):
        marker, length = octets[at : at + 2], int.from_bytes(octets[at + 2 : at + 4], "big")
        if len(marker) < 2 or marker[0] != 0xFF or length < 2:
            break
        if marker[1] == 0xDA:
            return (edits, at) if framed else ([], begins)
        shown = _SHOWN.get(marker[1])
        if marker[1] in _BESIDE and not (shown and octets[at + 4 : at + 4 + len(shown)] == shown):
            edits.append(Edit(at, at + 2 + length, _COMMENT + length.to_bytes(2, "big"), padded=True))
        framed = framed or marker[1] in _FRAMES
        at += 2 + length
    return [], begins


def _says_place(data: bytes) -> bool:
    for found in _PLACE.finditer(data):
        kind = found[0][6:8]
        if kind not in _TAGS or _TAGS[kind] in data[found.start() : found.start() + _LONGEST_EXIF]:
            return True
    return False


def _streams(holder: Any, depth: int, seen: set[int]) -> Iterator[Any]:
    """The images that are drawn on a page, in what is drawn on it too, and the descriptions of all of these."""
    yield _found(holder.get("/Metadata"))
    resources = _found(holder.get("/Resources"))
    drawn = _found(resources.get("/XObject")) if isinstance(resources, dict) else None
    for reference in drawn.values() if isinstance(drawn, dict) else ():
        one = _found(reference)
        if not isinstance(one, dict) or id(one) in seen or len(seen) > _MOST_IMAGES:
            continue
        seen.add(id(one))
        if one.get("/Subtype") == "/Image" and _holds_photograph(one):
            yield one
            yield _found(one.get("/Metadata"))
        elif one.get("/Subtype") == "/Form" and depth < _DEEPEST:
            yield from _streams(one, depth + 1, seen)


def _holds_photograph(image: Any) -> bool:
    filters = _found(image.get("/Filter"))
    names = filters if isinstance(filters, list) else [filters]
    return any(str(_found(name)) in {"/DCTDecode", "/DCT", "/JPXDecode"} for name in names)


def _found(reference: Any) -> Any:
    return reference.get_object() if hasattr(reference, "get_object") else reference
