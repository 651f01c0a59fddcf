"""Base64 (RFC 4648, section 4) as mails have it: with other things between its characters, and an end cut off."""

import base64
import re

_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def from_base64(raw: bytes) -> bytes:
    """Return what base64 stands for, whatever else stands between its characters."""
    letters = _NO_BASE64.sub(b"", raw)
    return base64.b64decode(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==")
