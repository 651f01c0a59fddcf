"""What an image's own structure says of it: kind, size, where it ends, and where it keeps what others must not see.

Nothing is decoded, so an image bomb costs no more than its file. A file that goes on after the end of its image is
refused: it can be something else to another reader.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Final

Octets = bytes | mmap
_PIECE: Final = 65_536
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_HIDDEN: Final = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_JPEG_HIDDEN: Final = frozenset({0xE1, 0xED, 0xFE})  # Exif and XMP, IPTC, comments
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_WEBP_METADATA: Final = 0x08 | 0x04


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
    """An image as its structure describes it; width and height in pixels."""

    media_type: str
    width: int
    height: int
    edits: tuple[Edit, ...]

    @property
    def pixels(self) -> int:
        return self.width * self.height


def look_at(octets: Octets) -> Image | None:
    """The image in a file, or none where it does not begin as one. Raises `ImageBroken`."""
    start = octets[:12]
    for begins, look in _KINDS:
        if begins(start):
            image = look(octets)
            if image.width < 1 or image.height < 1:
                raise ImageBroken("It has no size.")
            return image
    return None


def without_metadata(octets: Octets, image: Image) -> Iterator[bytes]:
    """The copy for others, in pieces: every pixel as it was, and nothing of when, where and by whom it was taken."""
    at = 0
    for edit in image.edits:
        yield from _pieces(octets, at, edit.start)
        if edit.instead:
            yield edit.instead
        at = edit.end
    yield from _pieces(octets, at, len(octets))


def _pieces(octets: Octets, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, _PIECE):
        yield octets[at : min(at + _PIECE, end)]


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
    at, name, edits = len(_PNG), b"", []
    if _take(octets, at + 4, 4) != b"IHDR":
        raise ImageBroken("It has no header.")
    width, height = _number(octets, at + 8, 4), _number(octets, at + 12, 4)
    while name != b"IEND":
        size, name = _number(octets, at, 4), _take(octets, at + 4, 4)
        content = _take(octets, at + 4, size + 4)
        if zlib.crc32(content) != _number(octets, at + 8 + size, 4):
            raise ImageBroken("A checksum does not agree.")
        after = at + 12 + size
        if name in _PNG_HIDDEN:
            edits.append(Edit(at, after))
        at = after
    _ended(octets, at)
    return Image("image/png", width, height, tuple(edits))


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
        if marker in _JPEG_HIDDEN:
            edits.append(Edit(at, after))
        elif marker in _JPEG_FRAMES:
            if size != (0, 0):
                raise ImageBroken("It has two frames.")
            size = (_number(octets, at + 7, 2), _number(octets, at + 5, 2))
        elif marker == 0xDA:
            after = _scanned(octets, after)
        at = after
    _ended(octets, at + 2)
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
    width, height = _number(octets, 6, 2, little=True), _number(octets, 8, 2, little=True)
    at, edits = 13 + _table(_number(octets, 10, 1)), []
    while (block := _take(octets, at, 1)) != b";":
        if block == b"!":
            label = _take(octets, at + 1, 1)
            after = _sub_blocks(octets, at + 2)
            looping = label == b"\xff" and octets[at + 3 : at + 14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
            if label == b"\xfe" or (label == b"\xff" and not looping):
                edits.append(Edit(at, after))
        elif block == b",":
            after = _sub_blocks(octets, at + 11 + _table(_number(octets, at + 9, 1)))
        else:
            raise ImageBroken("A block is of no known kind.")
        at = after
    _ended(octets, at + 1)
    return Image("image/gif", width, height, tuple(edits))


def _table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(octets: Octets, at: int) -> int:
    while size := _number(octets, at, 1):
        at += 1 + size
    return at + 1


def _webp(octets: Octets) -> Image:
    """RFC 9649, section 2: a RIFF file of chunks, each padded to an even length."""
    _ended(octets, 8 + _number(octets, 4, 4, little=True))
    at, edits, size = 12, [], (0, 0)
    while at < len(octets):
        name, length = _take(octets, at, 4), _number(octets, at + 4, 4, little=True)
        after = at + 8 + length + (length & 1)
        if after > len(octets):
            raise ImageBroken("It ends too early.")
        if name in (b"EXIF", b"XMP "):
            edits.append(Edit(at, after))
        elif name == b"VP8X":
            flags = _number(octets, at + 8, 1)
            edits.append(Edit(at + 8, at + 9, bytes([flags & ~_WEBP_METADATA])))
            size = (1 + _number(octets, at + 12, 3, little=True), 1 + _number(octets, at + 15, 3, little=True))
        elif name == b"VP8 " and size == (0, 0):
            wide, high = (_number(octets, at + place, 2, little=True) for place in (14, 16))
            size = (wide & 0x3FFF, high & 0x3FFF)
        elif name == b"VP8L" and size == (0, 0):
            bits = _number(octets, at + 9, 4, little=True)
            size = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        at = after
    left = len(octets) - 8 - sum(edit.end - edit.start - len(edit.instead) for edit in edits)
    return Image("image/webp", *size, (Edit(4, 8, left.to_bytes(4, "little")), *edits))


_KINDS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[Octets], Image]], ...]] = (
    (lambda start: start.startswith(_PNG), _png),
    (lambda start: start.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda start: start.startswith((b"GIF87a", b"GIF89a")), _gif),
    (lambda start: start[:4] == b"RIFF" and start[8:] == b"WEBP", _webp),
)
