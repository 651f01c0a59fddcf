"""Bytes as characters, whatever was declared of them: the labels and decoders of the WHATWG Encoding Standard."""

import codecs
import re
import unicodedata
from collections import Counter

import endec

from libraries.documents.model import CannotRead, Unread

_UNKEPT = re.compile("[\x00\ud800-\udfff]")
# Soft hyphens and characters of no width: mail programs put them into long words, and into addresses.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]|(?<=[!-~])[\u200c\u200d]+(?=[!-~])")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_UNREAD = "replacement"
# Encodings in which ASCII bytes stand for other characters, so that text in them is valid UTF-8 as well.
_SEVEN_BITS = frozenset({"iso-2022-jp", "csiso2022jp", "utf-16", "utf-16le", "utf-16be", "unicode", "ucs-2"})
# Labels that are put on bytes of any kind, and so say no more than none.
_SAYS_LITTLE = frozenset({None, "utf-8", "utf8", "us-ascii", "ascii"})
_WIDE = {"utf-32": "utf-32", "utf-32le": "utf-32-le", "utf-32be": "utf-32-be"}
# Labels that mail programs write and the Encoding Standard does not know.
_ALSO = {
    "cp932": "shift_jis", "ms932": "shift_jis", "cp949": "euc-kr", "uhc": "euc-kr", "ms949": "euc-kr", "cp950": "big5",
    "cp936": "gbk", "ms936": "gbk", "windows-936": "gbk", "windows-932": "shift_jis", "windows-950": "big5",
    "euc-cn": "gbk", "euc_cn": "gbk", "cp874": "windows-874", "cp1250": "windows-1250", "eucjp": "euc-jp",
    "eucjp-ms": "euc-jp", "eucjp-win": "euc-jp", "cp51932": "euc-jp", "iso-2022-jp-1": "iso-2022-jp",
    "iso-2022-jp-2": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "utf8mb4": "utf-8",
    "koi8r": "koi8-r", "koi8u": "koi8-u", "8859-1": "windows-1252", "ansi": "windows-1252", "win1251": "windows-1251",
    "mac-cyrillic": "x-mac-cyrillic",
}  # fmt: skip
_UTF_7 = re.compile(r"(?:unicode-1-1-|csunicode11|x-unicode-2-0-)?utf-?7(?:-imap)?")
_ESCAPES = re.compile(rb"\x1b|\x0e|~\{|\+")
_MULTIPLE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_DENSE = 0.4  # letters beyond ASCII in a text of another script; languages in Latin letters have far fewer
_SAMPLE = 20_000
_GARBAGE = 0.05
# The encodings of the standard for one script each, as Python names them: a guess among others could not be decoded.
_GUESSES = [
    "ibm866", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_10",
    "iso8859_13", "iso8859_14", "iso8859_15", "koi8_r", "koi8_u", "mac_cyrillic", "cp874", "cp1250", "cp1251", "cp1252",
    "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "gb18030", "big5", "euc_jp", "cp932", "cp949",
]  # fmt: skip
_UNWRITTEN = frozenset({"Cc", "Cn", "Co", "Cs"})


def decoded(content: bytes, declared: str | None) -> str:
    """Return text: a byte order mark decides, then UTF-8 that is valid, then what was declared, then the bytes.

    Raises `CannotRead` for UTF-7 and the encodings that the standard replaces, whose bytes say something else to
    another reader.
    """
    for mark, charset in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(charset, "replace")
    label = _label(declared)
    if label == _UNREAD and (not content.isascii() or _ESCAPES.search(content)):
        raise CannotRead(Unread.UNKNOWN_CHARSET)
    if label in _WIDE:
        return content.decode(_WIDE[label], "replace")
    if label in _SEVEN_BITS and (b"\x1b" in content or b"\x00" in content):
        return endec.decode(content, label, "replace")
    if (wide := _without_mark(content)) is not None:
        return content.decode(wide, "replace")
    if _is_utf_8(content, strictly=label not in _SAYS_LITTLE):
        return content.decode("utf-8", "replace")
    return endec.decode(content, _guessed(content) if label is None or label in _SAYS_LITTLE else label, "replace")


def kept(text: str) -> str:
    """Return the text with one kind of line end, and without what cannot be sent back or has no width."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNKEPT.sub("\N{REPLACEMENT CHARACTER}", text if text.isascii() else _INVISIBLE.sub("", text))


def is_text(text: str) -> bool:
    """Return whether these are words: with few characters that are controls, private, unassigned or replaced."""
    odd = total = 0
    for character, count in Counter(text).items():
        if character.isspace():
            continue
        total += count
        if unicodedata.category(character) in _UNWRITTEN or character == "\N{REPLACEMENT CHARACTER}":
            odd += count
    return odd <= max(1, total * _GARBAGE)


def _label(declared: str | None) -> str | None:
    """The label as the standard writes it; none where there is no such encoding."""
    label = (declared or "").strip().strip("\"'").lower()
    label = _ALSO.get(label.replace("_", "-"), label)
    if _UTF_7.fullmatch(label):
        return _UNREAD
    if label in _WIDE:
        return label
    try:
        endec.decode(b"", label)
    except (LookupError, ValueError):
        return None
    # The standard decodes what it replaces to one replacement character, and nothing to nothing.
    return _UNREAD if endec.decode(b"ab", label, "replace") == "\N{REPLACEMENT CHARACTER}" else label


def _without_mark(content: bytes) -> str | None:
    """UTF-16 that does not say so: every second byte of its ASCII characters is zero."""
    sample = content[:_SAMPLE]
    zeros = (sample[::2].count(0), sample[1::2].count(0))
    least = max(2, len(sample) // 8)
    if max(zeros) < least or min(zeros) * 8 > max(zeros):
        return None
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _is_utf_8(content: bytes, *, strictly: bool) -> bool:
    """Return whether it is UTF-8, but for a few bytes that were damaged on their way."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        sound = sum(len(found) for found in _MULTIPLE.findall(content))
        damaged = len(_HIGH.findall(content)) - sound
        return sound >= damaged * (16 if strictly else 2)
    return True


def _guessed(content: bytes) -> str:
    """Decode text without a declared charset: as Windows-1252, like browsers, unless most is in another script."""
    sample = content.lstrip()[:_SAMPLE]
    if len(_HIGH.findall(sample)) < _DENSE * len(sample.translate(None, b" \t\r\n")):
        return "windows-1252"
    from charset_normalizer import from_bytes  # noqa: PLC0415 - its tables are large, and few mails need them

    best = from_bytes(sample, threshold=0.5, cp_isolation=_GUESSES).best()
    return (best and _label(best.encoding.replace("_", "-"))) or "windows-1252"
