"""The heads of a mail (RFC 5322, RFC 2047, RFC 2231), read as leniently as mail programs read them."""

import binascii
import codecs
import re
from email import message_from_bytes
from email.message import Message

from libraries.documents.mail.characters import decoded, kept
from libraries.documents.mail.lenient_base64 import from_base64
from libraries.documents.model import CannotRead

_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bq])\?([^?\n]{0,4000}?)\?=", re.IGNORECASE)
_BLANK_LINES = re.compile(rb"[ \t]*\r?\n")
_SPACED_NAME = re.compile(rb"^([!-9;-~]{1,80})[ \t]+:", re.MULTILINE)
_SPACED_PART_NAME = re.compile(
    rb"^(content-(?:type|transfer-encoding|disposition))[ \t]+:", re.IGNORECASE | re.MULTILINE
)
_END_OF_HEAD = re.compile(rb"\r?\n[ \t]*\r?\n|\r[ \t]*\r")
_MBOX = re.compile(rb">?From [^\s:][^\r\n]{0,300}\r?\n")
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_TOKEN = re.compile(r"[\w.-]+")
_HALVES = re.compile("[\ud800-\udfff]")
_LONGEST_NAME = 255
# What headers that break their grammar make the library stumble over.
STUMBLES = (AttributeError, LookupError, TypeError, UnicodeError, ValueError, AssertionError)


def parsed(content: bytes) -> Message:
    """Return the mail in these bytes, whatever stands before its first header."""
    for mark, charset in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            content = content.decode(charset, "replace").encode()
    content = content.removeprefix(codecs.BOM_UTF8)
    while (blank := _BLANK_LINES.match(content)) is not None:
        content = content[blank.end() :]
    if (line := _MBOX.match(content)) is not None:
        content = content[line.end() :]
    end = _END_OF_HEAD.search(content)
    size = end.start() if end else len(content)
    head = _SPACED_NAME.sub(rb"\1:", content[:size])
    return message_from_bytes(head + _SPACED_PART_NAME.sub(rb"\1:", content[size:]))


def header(message: Message, name: str) -> str:
    """Return one header in one line; what is no ASCII in it is decoded as the body is."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            raw = str(value).encode("ascii", "surrogateescape") if isinstance(value, str) else str(value).encode()
            return " ".join(kept(_words(_lenient(raw, charset_of(message)))).split())
    return ""


def token(message: Message, name: str) -> str:
    """Return the first token of a header that is a single one, in small letters: comments beside it say nothing."""
    found = _TOKEN.search(_COMMENT.sub(" ", header(message, name)))
    return found[0].lower() if found else ""


def charset_of(part: Message) -> str | None:
    """Return the charset that a part, or the first part in it, declares."""
    try:
        for one in part.walk():
            found = one.get_param("charset")
            if found is not None:
                return found[2] if isinstance(found, tuple) else str(found)
    except STUMBLES:
        pass
    return None


def parameter(part: Message, name: str) -> str:
    """Return a parameter of the content type, in small letters."""
    try:
        found = part.get_param(name)
    except STUMBLES:
        return ""
    return str(found[2] if isinstance(found, tuple) else found or "").lower()


def name_of(part: Message) -> str | None:
    """Return the name of a file: RFC 2231, or RFC 2047 as most programs write it."""
    for parameter_name, head in (("filename", "content-disposition"), ("name", "content-type")):
        try:
            found = _sound(part, head).get_param(parameter_name, header=head)
        except STUMBLES:
            continue
        if isinstance(found, tuple):
            raw, charset = str(found[2]).encode("latin-1", "replace"), found[0]
            name = _lenient(raw, charset)
        elif found:
            name = _words(_lenient(str(found).encode(), None))
        else:
            continue
        if name := " ".join(kept(name).split())[:_LONGEST_NAME]:
            return name
    return None


def _sound(part: Message, name: str) -> Message:
    """The part with one head, and that head in characters."""
    sound = Message()
    for key, value in part.raw_items():
        if key.lower() == name and isinstance(value, str):
            raw = value.encode("ascii", "surrogateescape") if _HALVES.search(value) else b""
            sound[key] = _lenient(raw, None) if raw else value
            break
    return sound


def _lenient(raw: bytes, charset: str | None) -> str:
    try:
        return decoded(raw, charset)
    except CannotRead:
        return raw.decode("ascii", "replace")


def _words(value: str) -> str:
    """The encoded words of a header decoded; a character may be cut between two of one charset."""
    pieces: list[str] = []
    waiting, charset, position = b"", "", 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        position = word.end()
        if between.strip() or word[1].lower() != charset:
            pieces.append(_lenient(waiting, charset))
            waiting = b""
            pieces.append(between if between.strip() or not charset else "")
        charset = word[1].lower()
        waiting += _bytes_of(word[2].lower(), word[3])
    pieces.append(_lenient(waiting, charset))
    return "".join([*pieces, value[position:]])


def _bytes_of(encoding: str, text: str) -> bytes:
    raw = text.encode()
    return binascii.a2b_qp(raw.replace(b"_", b" ")) if encoding == "q" else from_base64(raw)
