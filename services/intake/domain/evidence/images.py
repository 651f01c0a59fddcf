"""What an image's own structure says of it: kind, size, where it ends, and where it keeps what others must not see.

Nothing is decoded, so an image bomb costs no more than its file. What is not known to be part of the picture is hidden
from others, whatever it is called. A PNG, GIF or WebP that goes on after its end is refused: it can be something else
to another reader. Behind the JPEG of a telephone there often is a second picture (CIPA DC-007), so that what follows
there is hidden instead.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap
from typing import Final

from services.intake.domain.evidence.orientation import upright

Octets = bytes | mmap
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_SHOWN: Final = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT",
    b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
})  # fmt: skip
_JPEG_SHOWN: Final[dict[int, bytes]] = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_JPEG_BESIDE: Final = frozenset({*range(0xE0, 0xF0), 0xFE})  # what applications add, and comments
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_WEBP_SHOWN: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_METADATA: Final = 0x08 | 0x04
MOST_EDITS: Final = 1000


class ImageBroken(ValueError):
    """The file begins as an image and is not one to its end, or goes on after it."""


@dataclass(frozen=True)
class Edit:
    """Bytes of a file that its copy for others has not, from `start` to before `end`, and what stands there instead."""

    start: int
    end: int
    instead: bytes = b""


@dataclass(frozen=True)
class Image:
    """An image as its structure describes it; width and height in pixels, of each of its frames."""

    media_type: str
    width: int
    height: int
    edits: tuple[Edit, ...]
    frames: int = 1

    @property
    def pixels(self) -> int:
        """What a reader has to decode."""
        return self.width * self.height * max(self.frames, 1)


def look_at(octets: Octets) -> Image | None:
    """The image in a file, or none where it does not begin as one. Raises `ImageBroken`."""
    start = octets[:12]
    for begins, look in _KINDS:
        if begins(start):
            image = look(octets)
            if image.width < 1 or image.height < 1:
                raise ImageBroken("It has no size.")
            if len(image.edits) > MOST_EDITS:
                raise ImageBroken("It carries too much beside the picture.")
            return image
    return None


def _take(octets: Octets, start: int, size: int) -> bytes:
    taken = octets[start : start + size]
    if len(taken) < size:
        raise ImageBroken("It ends too early.")
    return taken


def _number(octets: Octets, start: int, size: int, *, little: bool = False) -> int:
    return int.from_bytes(_take(octets, start, size), "little" if little else "big")


def _ended(octets: Octets, at: int) -> None:
    if at != len(octets):
        raise ImageBroken("It goes on after the end of the image." if at < len(octets) else "It ends too early.")


def _png(octets: Octets) -> Image:
    """PNG, third edition, section 5: chunks of length, name, content and checksum, from IHDR to IEND."""
    at, name, edits, frames = len(_PNG), b"", [], 0
    if _take(octets, at + 4, 4) != b"IHDR":
        raise ImageBroken("It has no header.")
    width, height = _number(octets, at + 8, 4), _number(octets, at + 12, 4)
    while name != b"IEND":
        size, name = _number(octets, at, 4), _take(octets, at + 4, 4)
        content = _take(octets, at + 4, size + 4)
        if zlib.crc32(content) != _number(octets, at + 8 + size, 4):
            raise ImageBroken("A checksum does not agree.")
        after = at + 12 + size
        if name not in _PNG_SHOWN:
            edits.append(Edit(at, after))
        frames += name == b"fcTL"
        at = after
    _ended(octets, at)
    return Image("image/png", width, height, tuple(edits), frames or 1)


def _jpeg(octets: Octets) -> Image:
    """ITU T.81, annex B: marked segments, and after each start of a scan the picture itself up to the next marker."""
    at, size, edits = 2, (0, 0), []
    while True:
        at = _marked(octets, at)
        marker = octets[at + 1]
        if marker == 0xD9:
            break
        length = _number(octets, at + 2, 2)
        if length < 2:
            raise ImageBroken("A segment has no length.")
        after = at + 2 + length
        if marker in _JPEG_BESIDE:
            if not (marker in _JPEG_SHOWN and octets[at + 4 : after].startswith(_JPEG_SHOWN[marker])):
                edits.append(Edit(at, after, upright(_take(octets, at, after - at))))
        elif marker in _JPEG_FRAMES:
            if size != (0, 0):
                raise ImageBroken("It has two frames.")
            size = (_number(octets, at + 7, 2), _number(octets, at + 5, 2))
        elif marker == 0xDA:
            after = _scanned(octets, after)
        at = after
    if at + 2 < len(octets):
        edits.append(Edit(at + 2, len(octets)))
    return Image("image/jpeg", *size, tuple(edits))


def _marked(octets: Octets, at: int) -> int:
    """Where the marker of a segment is, past what fills the place before it."""
    if _take(octets, at, 1) != b"\xff":
        raise ImageBroken("A segment does not begin where it should.")
    while _take(octets, at + 1, 1) == b"\xff":
        at += 1
    return at


def _scanned(octets: Octets, at: int) -> int:
    """Where the picture of a scan ends: at the next marker that is neither stuffing nor a restart."""
    found = _AFTER_SCAN.search(octets, at)
    if found is None:
        raise ImageBroken("It ends too early.")
    return found.start()


def _gif(octets: Octets) -> Image:
    """GIF89a, section 17 and on: a screen, then blocks up to the trailer."""
    width, height = (_number(octets, place, 2, little=True) for place in (6, 8))
    at, edits, frames = 13 + _table(_number(octets, 10, 1)), [], 0
    while (block := _take(octets, at, 1)) != b";":
        if block == b"!":
            label = _take(octets, at + 1, 1)
            after = _sub_blocks(octets, at + 2)
            looping = label == b"\xff" and octets[at + 3 : at + 14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
            if label == b"\xfe" or (label == b"\xff" and not looping):
                edits.append(Edit(at, after))
        elif block == b",":
            frames += 1
            left, top, wide, high = (_number(octets, at + place, 2, little=True) for place in (1, 3, 5, 7))
            width, height = max(width, left + wide), max(height, top + high)
            after = _sub_blocks(octets, at + 11 + _table(_number(octets, at + 9, 1)))
        else:
            raise ImageBroken("A block is of no known kind.")
        at = after
    _ended(octets, at + 1)
    return Image("image/gif", width, height, tuple(edits), frames)


def _table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(octets: Octets, at: int) -> int:
    while size := _number(octets, at, 1):
        at += 1 + size
    return at + 1


def _webp(octets: Octets) -> Image:
    """RFC 9649, section 2: a RIFF file of chunks, each padded to an even length."""
    _ended(octets, 8 + _number(octets, 4, 4, little=True))
    at, edits, size, frames = 12, [], (0, 0), 0
    while at < len(octets):
        name, length = _take(octets, at, 4), _number(octets, at + 4, 4, little=True)
        after = at + 8 + length + (length & 1)
        if after > len(octets):
            raise ImageBroken("It ends too early.")
        frames += name == b"ANMF"
        if name == b"VP8X":
            flags = _number(octets, at + 8, 1)
            if flags & _WEBP_METADATA:
                edits.append(Edit(at + 8, at + 9, bytes([flags & ~_WEBP_METADATA])))
            size = (1 + _number(octets, at + 12, 3, little=True), 1 + _number(octets, at + 15, 3, little=True))
        elif name == b"VP8 " and size == (0, 0):
            wide, high = (_number(octets, at + place, 2, little=True) for place in (14, 16))
            size = (wide & 0x3FFF, high & 0x3FFF)
        elif name == b"VP8L" and size == (0, 0):
            bits = _number(octets, at + 9, 4, little=True)
            size = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        elif name not in _WEBP_SHOWN:
            edits.append(Edit(at, after))
        at = after
    if not edits:
        return Image("image/webp", *size, (), frames or 1)
    left = len(octets) - 8 - sum(edit.end - edit.start - len(edit.instead) for edit in edits)
    return Image("image/webp", *size, (Edit(4, 8, left.to_bytes(4, "little")), *edits), frames or 1)


_KINDS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[Octets], Image]], ...]] = (
    (lambda start: start.startswith(_PNG), _png),
    (lambda start: start.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda start: start.startswith((b"GIF87a", b"GIF89a")), _gif),
    (lambda start: start[:4] == b"RIFF" and start[8:] == b"WEBP", _webp),
)
