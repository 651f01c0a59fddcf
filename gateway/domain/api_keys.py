"""API keys: `mq_live_<id>_<secret><checksum>`.

The id finds the key and is no secret. The secret is 256 bits. The checksum (CRC32 of all before it) lets a mistyped or
made-up key be refused without a look at the database, and lets secret scanners be sure of what they found. What is
kept is HMAC-SHA-256 under a pepper that is not in the database: with 256 random bits nothing slower is needed.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, field

FAMILY = "mq_"
"""The beginning of whatever is meant as a key, also of a kind that there is not."""
PREFIX = f"{FAMILY}live_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 16
_SECRET_LENGTH = 43  # 62 ** 43 > 2 ** 256
_CHECKSUM_LENGTH = 6  # 62 ** 6 > 2 ** 32
MAX_LENGTH = len(PREFIX) + _ID_LENGTH + 1 + _SECRET_LENGTH + _CHECKSUM_LENGTH
ID_IN_KEY = slice(len(PREFIX), len(PREFIX) + _ID_LENGTH)
_SHAPE = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_ID_LENGTH}}})_[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}")


@dataclass(frozen=True)
class NewKey:
    """A key that was just made. Its text is shown once and kept nowhere."""

    id: str
    text: str = field(repr=False)


def make_key() -> NewKey:
    """A new key, from the system's source of randomness."""
    key_id = "".join(secrets.choice(_DIGITS) for _ in range(_ID_LENGTH))
    body = f"{PREFIX}{key_id}_{_base62(secrets.randbits(256), _SECRET_LENGTH)}"
    return NewKey(key_id, body + _checksum(body))


def id_of(text: str) -> str | None:
    """The id in a key, or none where this is no key: wrong shape or wrong checksum."""
    shape = _SHAPE.fullmatch(text)
    return shape[1] if shape is not None and checksum_fits(text) else None


def checksum_fits(text: str) -> bool:
    """Return whether the last characters of what looks like a key fit the others."""
    return _checksum(text[:-_CHECKSUM_LENGTH]) == text[-_CHECKSUM_LENGTH:]


def digest_of(text: str, pepper: bytes) -> bytes:
    """Return the digest that is stored of a key, and compared in constant time."""
    return hmac.digest(pepper, text.encode(), hashlib.sha256)


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
