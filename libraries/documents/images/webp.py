"""WebP (RFC 9649, section 2): a RIFF file of chunks, each padded to an even length."""

from collections.abc import Iterator
from typing import Final

from libraries.documents.images.orientation import upright
from libraries.documents.images.structure import Edit, Image, ImageBroken, Octets, after_end, number, take

_SHOWN: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_EXIF, _XMP = 0x08, 0x04  # flags of what the file carries beside the picture
_PREFIX: Final = b"Exif\0\0"  # which some programs put before the data, as in a JPEG


def webp(octets: Octets) -> Image:
    """Return the picture. Raises `ImageBroken`."""
    end = 8 + number(octets, 4, 4, little=True)
    if end > len(octets):
        raise ImageBroken("It ends too early.")
    edits, size, frames, drawn, turned, header, flags = [], (0, 0), 0, False, b"", 0, 0
    for name, at, length, after in _chunks(octets, end):
        frames += name == b"ANMF"
        drawn |= name in (b"VP8 ", b"VP8L", b"ANMF")
        if name == b"VP8X":
            header, flags = at + 8, number(octets, at + 8, 1)
            size = (1 + number(octets, at + 12, 3, little=True), 1 + number(octets, at + 15, 3, little=True))
        elif name == b"EXIF":
            said = _exif(octets, at, length) if flags & _EXIF and not turned else b""
            turned = turned or said
            edits.append(Edit(at, after, said))
        elif name not in _SHOWN:
            edits.append(Edit(at, after))
        elif size == (0, 0):
            size = _size(octets, at, name)
    if not drawn:
        raise ImageBroken("It has no picture.")
    kept = flags & ~_XMP if turned else flags & ~(_EXIF | _XMP)
    if kept != flags:
        edits.append(Edit(header, header + 1, bytes([kept])))
    if edits:
        left = end - 8 - sum(edit.end - edit.start - len(edit.instead) for edit in edits)
        edits = [Edit(4, 8, left.to_bytes(4, "little")), *edits]
    return Image("image/webp", *size, (*edits, *after_end(octets, end)), frames or 1)


def _chunks(octets: Octets, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield the name of each chunk, where it begins, how long its content is, and where the next one begins."""
    at = 12
    while at < end:
        name, length = take(octets, at, 4), number(octets, at + 4, 4, little=True)
        after = at + 8 + length + (length & 1)
        if after > end:
            raise ImageBroken("It ends too early.")
        yield name, at, length, after
        at = after


def _size(octets: Octets, at: int, name: bytes) -> tuple[int, int]:
    """Return the size that the picture itself says, of a file without a header that says it (sections 2.5 and 2.6)."""
    if name == b"VP8 ":
        wide, high = (number(octets, at + place, 2, little=True) for place in (14, 16))
        return wide & 0x3FFF, high & 0x3FFF
    if name == b"VP8L":
        bits = number(octets, at + 9, 4, little=True)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return 0, 0


def _exif(octets: Octets, at: int, length: int) -> bytes:
    tiff = upright(take(octets, at + 8, length).removeprefix(_PREFIX))
    return b"EXIF" + len(tiff).to_bytes(4, "little") + tiff if tiff else b""
