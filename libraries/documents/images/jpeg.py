"""JPEG (ITU T.81, annex B): marked segments, and after each start of a scan the picture up to the next marker.

Behind the picture of a telephone there often is a second one (CIPA DC-007).
"""

import re
from typing import Final

from libraries.documents.images.orientation import upright
from libraries.documents.images.structure import Edit, Image, ImageBroken, Octets, after_end, number, take

START: Final = b"\xff\xd8\xff"
_END: Final = 0xD9
_SCAN: Final = 0xDA
_EXIF: Final = b"Exif\0\0"
_SHOWN: Final[dict[int, bytes]] = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_BESIDE: Final = frozenset({*range(0xE0, 0xF0), 0xFE})  # what applications add, and comments
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xDA)})  # without a length; of these only the end means anything here
_MARKER: Final = re.compile(rb"\xff(?=[^\x00\xff])")
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def jpeg(octets: Octets) -> Image:
    """Return the picture. Raises `ImageBroken`."""
    at, marker, size, edits, drawn = 2, 0, (0, 0), [], False
    while marker != _END:
        before, at = at, _found(_MARKER, octets, at)
        marker = octets[at + 1]
        if _is_stray(octets, before, at):
            edits.append(Edit(before, at))
        after = at + 2 if marker in _ALONE else _after_segment(octets, at)
        if marker in _ALONE - {_END}:
            edits.append(Edit(at, after))
        elif marker in _BESIDE:
            edits += _hidden(octets, at, after, turned=any(edit.instead for edit in edits))
        elif marker in _FRAMES:
            if size != (0, 0):
                raise ImageBroken("It has two frames.")
            size = (number(octets, at + 7, 2), number(octets, at + 5, 2))
        elif marker == _SCAN:
            after, drawn = _found(_AFTER_SCAN, octets, after), True
        at = after
    if not drawn:
        raise ImageBroken("It has no picture.")
    return Image("image/jpeg", *size, (*edits, *after_end(octets, at)))


def _hidden(octets: Octets, at: int, after: int, *, turned: bool) -> list[Edit]:
    """Hide what is beside the picture, but for how it is turned: what the first Exif data says of it."""
    shown = _SHOWN.get(octets[at + 1])
    if shown is not None and octets[at + 4 : after].startswith(shown):
        return []
    if turned or octets[at + 1] != 0xE1 or octets[at + 4 : at + 10] != _EXIF:
        return [Edit(at, after)]
    return [Edit(at, after, _segment(upright(take(octets, at + 10, max(after - at - 10, 0)))))]


def _found(pattern: re.Pattern[bytes], octets: Octets, at: int) -> int:
    """Return where the next marker is; readers pass over whatever stands before it (libjpeg, `next_marker`)."""
    found = pattern.search(octets, at)
    if found is None:
        raise ImageBroken("It ends too early.")
    return found.start()


def _is_stray(octets: Octets, at: int, marker: int) -> bool:
    """Tell bytes that belong to nothing from those that fill the place before a marker (B.1.1.2)."""
    return octets[at:marker].strip(b"\xff") != b""


def _after_segment(octets: Octets, at: int) -> int:
    length = number(octets, at + 2, 2)
    if length < 2:
        raise ImageBroken("A segment has no length.")
    return at + 2 + length


def _segment(tiff: bytes) -> bytes:
    """Return the Exif segment of a few fields, or nothing where there is none."""
    if not tiff:
        return b""
    return b"\xff\xe1" + (len(_EXIF) + len(tiff) + 2).to_bytes(2, "big") + _EXIF + tiff
