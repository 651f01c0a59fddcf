"""Detect files that are something else to another reader than they say (polyglots)."""

from typing import Final

from libraries.documents.images.structure import Octets

_END_OF_ZIP: Final = b"PK\x05\x06"
_RECORD: Final = 22
_LONGEST_COMMENT: Final = 65_535


def opens_as_zip(octets: Octets) -> bool:
    """Return whether an unpacker would take it for an archive: such a reader starts from the end (APPNOTE 6.3, 4.3.16).

    The end record closes with a comment, and only one whose comment reaches to the file's end counts; the same four
    bytes by chance in a picture do not.
    """
    last = max(0, len(octets) - _RECORD - _LONGEST_COMMENT)
    at = octets.rfind(_END_OF_ZIP, last)
    while at >= 0:
        comment = octets[at + 20 : at + _RECORD]
        if at + _RECORD + int.from_bytes(comment, "little") == len(octets) and len(comment) == 2:
            return True
        at = octets.rfind(_END_OF_ZIP, last, at + 3)
    return False
