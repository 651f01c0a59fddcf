"""How the bytes of a part travel (RFC 2045, section 6; uuencode, POSIX)."""

import binascii
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

from libraries.documents.mail.heads import token
from libraries.documents.mail.lenient_base64 import from_base64

_BLOCK = re.compile(
    r"^begin(?:-base64)? [0-7]{3,4} ([^\n]{1,200})\n((?:[^\n]{0,120}\n){1,200000}?)(?:end|====)[ \t]*$", re.MULTILINE
)
_BARE_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{40,100}\r?\n){1,200000}[A-Za-z0-9+/]{1,100}={0,2}")
_DECODED_BY_THE_LIBRARY = frozenset({"base64", "quoted-printable", "uuencode", "x-uuencode", "uue", "x-uue"})
_UU = frozenset({"uuencode", "x-uuencode", "uue", "x-uue"})


def content_of(part: Message) -> bytes:
    """Return the bytes of a part as they were before they travelled; a body that is base64 and does not say so, too."""
    if part.is_multipart():  # a mail that travels in an encoding of its own, and was parsed as it is
        inner: Any = part.get_payload()
        raw = inner[0].as_bytes() if inner and isinstance(inner[0], Message) else b""
    else:
        found = part.get_payload(decode=True)
        raw = found if isinstance(found, bytes) else b""
        if str(part.get("content-transfer-encoding", "")).lower() in _DECODED_BY_THE_LIBRARY:
            return raw
    encoding = token(part, "content-transfer-encoding")
    if encoding == "base64":
        return from_base64(raw)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw)
    if encoding in _UU:
        return b"".join(content for _, content in blocks(raw.decode("latin-1").replace("\r\n", "\n"))) or raw
    return raw


def bare_base64(text: str) -> bytes | None:
    """Return what a whole body stands for that is lines of base64 and does not say so."""
    body = text.strip()
    return from_base64(body.encode()) if _BARE_BASE64.fullmatch(body) else None


def blocks(text: str) -> Iterator[tuple[str, bytes]]:
    """Return the files that stand in a text between `begin` and `end`, with their names."""
    for block in _BLOCK.finditer(text):
        if (content := _from_block(block)) is not None:
            yield block[1].strip(), content


def without_blocks(text: str) -> str:
    """Return the text without these files."""
    return _BLOCK.sub(lambda block: block[0] if _from_block(block) is None else "", text)


def _from_block(block: re.Match[str]) -> bytes | None:
    """The bytes of a file; none where words only happen to stand between `begin 2026` and `end`."""
    if block[0].startswith("begin-base64"):
        return from_base64(block[2].encode())
    try:
        return b"".join(_from_line(line) for line in block[2].split("\n") if line.strip())
    except ValueError:
        return None


def _from_line(line: str) -> bytes:
    """The bytes of a line; those that have lost blanks at their end are filled. Raises `ValueError`."""
    try:
        return binascii.a2b_uu(line)
    except ValueError:  # more at its end than it says, as some programs write
        return binascii.a2b_uu(line[: (((ord(line[0]) - 32) & 63) * 4 + 5) // 3])
