"""How a photograph is to be turned: the one thing in its Exif data without which others see it on its side."""

from itertools import islice
from typing import Final

_EXIF: Final = b"Exif\0\0"
_TAG: Final = 0x0112
_SHORT: Final = 3
_MOST_FIELDS: Final = 1000


def upright(segment: bytes) -> bytes:
    """An Exif segment that says no more than how the picture is turned; nothing where the given one does not say it.

    Exif 3.0 (CIPA DC-008), 4.6.5.1.6: a value from 1, as it lies, to 8; TIFF 6.0, section 2, has the fields' layout.
    """
    turned = _turned(segment[10:]) if segment[4:10] == _EXIF else None
    if turned is None:
        return b""
    field = _TAG.to_bytes(2, "little") + _SHORT.to_bytes(2, "little") + b"\1\0\0\0" + turned.to_bytes(4, "little")
    content = _EXIF + b"II*\0\x08\0\0\0" + b"\1\0" + field + b"\0\0\0\0"
    return b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content


def _turned(tiff: bytes) -> int | None:
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(tiff[:4])
    if order is None:
        return None
    start = _number(tiff[4:8], order)
    fields = range(start + 2, len(tiff) - 11, 12)
    for at in islice(fields, min(_number(tiff[start : start + 2], order), _MOST_FIELDS)):
        if _number(tiff[at : at + 2], order) == _TAG and _number(tiff[at + 2 : at + 4], order) == _SHORT:
            value = _number(tiff[at + 8 : at + 10], order)
            return value if 2 <= value <= 8 else None
    return None


def _number(octets: bytes, order: str) -> int:
    return int.from_bytes(octets, "little" if order == "little" else "big")
