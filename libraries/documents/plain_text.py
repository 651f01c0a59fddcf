"""Detection of plain text."""

import codecs
import re
from typing import Final

from libraries.documents.images.structure import Octets

_PIECE: Final = 65_536
_UNPRINTED: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def is_plain_text(octets: Octets) -> bool:
    """Return whether it is UTF-8 (RFC 3629) of words and white space only; a file of nothing is no text."""
    if len(octets) == 0 or _UNPRINTED.search(octets):
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(octets), _PIECE):
            decoder.decode(octets[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
