"""GIF89a, section 17 and on: a screen, then blocks up to the trailer."""

from typing import Final

from libraries.documents.images.structure import Edit, Image, ImageBroken, Octets, after_end, number, take

STARTS: Final = (b"GIF87a", b"GIF89a")
_LOOPING: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def gif(octets: Octets) -> Image:
    """Return the picture. Raises `ImageBroken`."""
    width, height = (number(octets, place, 2, little=True) for place in (6, 8))
    at, edits, frames = 13 + _table(number(octets, 10, 1)), [], 0
    while (block := take(octets, at, 1)) != b";":
        if block == b"!":
            after = _sub_blocks(octets, at + 2)
            if not _is_shown(octets, at):
                edits.append(Edit(at, after))
        elif block == b",":
            frames += 1
            left, top, wide, high = (number(octets, at + place, 2, little=True) for place in (1, 3, 5, 7))
            width, height = max(width, left + wide), max(height, top + high)
            after = _sub_blocks(octets, at + 11 + _table(number(octets, at + 9, 1)))
        elif block == b"\0":  # an empty sub-block too many, as some programs write it after a picture
            after = at + 1
            edits.append(Edit(at, after))
        else:
            raise ImageBroken("A block is of no known kind.")
        at = after
    if not frames:
        raise ImageBroken("It has no picture.")
    return Image("image/gif", width, height, (*edits, *after_end(octets, at + 1)), frames)


def _is_shown(octets: Octets, at: int) -> bool:
    """Keep how a picture is drawn and repeated; not comments, nor what applications add."""
    label = take(octets, at + 1, 1)
    return label not in (b"\xfe", b"\xff") or (label == b"\xff" and octets[at + 3 : at + 14] in _LOOPING)


def _table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(octets: Octets, at: int) -> int:
    while size := number(octets, at, 1):
        at += 1 + size
    return at + 1
