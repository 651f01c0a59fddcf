"""Bytes as characters, whatever was declared of them."""

import codecs
import re

# Codecs that Python calls text and no mail is written in; some take the square of the time.
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


def decoded(content: bytes, declared: str | None) -> str:
    """Text in the charset declared, if the bytes are that; else in UTF-8, if they are; else in Windows-1252."""
    for charset in (_charset(declared), "utf-8"):
        if charset is not None:
            try:
                return content.decode(charset)
            except (LookupError, ValueError):  # not these bytes, or no charset at all, like zlib
                continue
    return content.decode("cp1252", "replace")


def kept(text: str) -> str:
    """The text with one kind of line end, and without what cannot be sent back: NUL and half characters."""
    return _UNKEPT.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def _charset(declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return None
    # What calls itself Latin-1 or ASCII and has bytes from 0x80 on is Windows-1252 (WHATWG Encoding Standard).
    if name in {"iso8859-1", "ascii"}:
        return "cp1252"
    return None if name.replace("-", "_") in _NOT_CHARSETS else name
