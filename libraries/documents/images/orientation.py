"""How a photograph is to be turned: the one thing in its Exif data without which others see it on its side."""

from itertools import islice
from typing import Final

_TAG: Final = 0x0112
_WIDTHS: Final = {1: 1, 3: 2, 4: 4}
"""Bytes of a value by its type in TIFF: the standard has SHORT (3), some programs write BYTE or LONG."""
_MOST_FIELDS: Final = 1000


def upright(tiff: bytes) -> bytes:
    """Return Exif data that says no more than how the picture is turned; nothing where the given data does not say it.

    Exif 3.0 (CIPA DC-008), 4.6.5.1.6: a value from 1, as it lies, to 8; TIFF 6.0, section 2, has the fields' layout.
    Its type stays, since readers differ in which they heed.
    """
    found = _turned(tiff)
    if found is None:
        return b""
    kind, value = found
    field = _TAG.to_bytes(2, "little") + kind.to_bytes(2, "little") + b"\1\0\0\0" + value.to_bytes(4, "little")
    return b"II*\0\x08\0\0\0" + b"\1\0" + field + b"\0\0\0\0"


def _turned(tiff: bytes) -> tuple[int, int] | None:
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(tiff[:4])
    if order is None:
        return None
    start = _number(tiff[4:8], order)
    fields = range(start + 2, len(tiff) - 11, 12)
    for at in islice(fields, min(_number(tiff[start : start + 2], order), _MOST_FIELDS)):
        kind = _number(tiff[at + 2 : at + 4], order)
        if _number(tiff[at : at + 2], order) == _TAG and kind in _WIDTHS:
            value = _number(tiff[at + 8 : at + 8 + _WIDTHS[kind]], order)
            return (kind, value) if 2 <= value <= 8 else None
    return None


def _number(octets: bytes, order: str) -> int:
    return int.from_bytes(octets, "little" if order == "little" else "big")
