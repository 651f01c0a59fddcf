"""PNG, third edition: chunks of length, name, content and checksum, from IHDR to IEND (section 5)."""

import zlib
from typing import Final

from libraries.documents.images.orientation import upright
from libraries.documents.images.structure import Edit, Image, ImageBroken, Octets, after_end, number, take

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SHOWN: Final = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT",
    b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
})  # fmt: skip
_ANCILLARY: Final = 0x20  # of the name's first letter: a reader that does not know the chunk passes over it


def png(octets: Octets) -> Image:
    """Return the picture. Raises `ImageBroken`."""
    at, name, edits, frames, drawn, turned = len(SIGNATURE), b"", [], 0, False, False
    if take(octets, at + 4, 4) != b"IHDR":
        raise ImageBroken("It has no header.")
    width, height = number(octets, at + 8, 4), number(octets, at + 12, 4)
    while name != b"IEND":
        size, name = number(octets, at, 4), take(octets, at + 4, 4)
        content = take(octets, at + 4, size + 4)
        sound = zlib.crc32(content) == number(octets, at + 8 + size, 4)
        if not sound and not name[0] & _ANCILLARY:
            raise ImageBroken("A checksum does not agree.")
        after = at + 12 + size
        if name == b"eXIf" and sound and not turned:
            edits.append(Edit(at, after, _chunk(name, upright(content[4:]))))
            turned = True
        elif name not in _SHOWN or not sound:
            edits.append(Edit(at, after))
        frames += name == b"fcTL"
        drawn = drawn or name == b"IDAT"
        at = after
    if not drawn:
        raise ImageBroken("It has no picture.")
    return Image("image/png", width, height, (*edits, *after_end(octets, at)), frames or 1)


def _chunk(name: bytes, content: bytes) -> bytes:
    if not content:
        return b""
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")
