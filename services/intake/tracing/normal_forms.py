"""Texts made comparable: what was copied and lightly changed has the same trace."""

import hashlib
import re
import unicodedata

LEAST_WORDS = 8
"""Shorter texts are alike by chance."""

_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+")


def text_trace(text: str) -> str | None:
    """The trace of an explanation: its words, whatever numbers, addresses, cases and marks stand between them.

    None where there are too few to tell anything.
    """
    folded = unicodedata.normalize("NFKD", _ADDRESS.sub(" ", text)).casefold()
    words = _WORD.findall("".join(letter for letter in folded if not unicodedata.combining(letter)))
    return _hash(" ".join(words)) if len(words) >= LEAST_WORDS else None


def name_trace(name: str) -> str | None:
    """The trace of a signature: the same for a name in another order or case. None for one word alone."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    words = sorted(_WORD.findall("".join(letter for letter in folded if not unicodedata.combining(letter))))
    return _hash(" ".join(words)) if len(words) > 1 else None


def email_trace(email: str) -> str | None:
    """The trace of an e-mail address, whatever stands behind a plus in it."""
    local, at, host = email.casefold().rpartition("@")
    return _hash(f"{local.partition('+')[0]}@{host}") if at else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
