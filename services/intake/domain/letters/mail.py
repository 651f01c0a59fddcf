"""The text of a mail (RFC 5322, RFC 2045 to 2049): who writes about what, the body, what is attached."""

import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default as modern
from typing import Any

from services.intake.domain.evidence.other_readers import opens_as_zip
from services.intake.domain.letters import markup, pdf
from services.intake.domain.letters.characters import decoded, kept
from services.intake.domain.letters.model import MAIL, MOST_TEXT, PDF, CannotRead, Letter, Limits, Part, Unread

_SHOWN = ("Subject", "From", "Reply-To")
_HEADS = ("From", "Subject", "Date", "Message-ID", "To", "Received", "MIME-Version", "Content-Type")
_DECLARES = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
# What headers that break their grammar make the library stumble over.
_STUMBLES = (AttributeError, LookupError, TypeError, UnicodeError, ValueError, AssertionError)
_OF_A_HEAD = (*_STUMBLES, RecursionError)
_LONGEST_NAME = 255
_PLAIN_ENOUGH = 3  # a plain body with less than a third of the other's words only says that there is another


@dataclass
class _Reading:
    """What was read so far."""

    limits: Limits
    pieces: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    length: int = 0
    seen: int = 0

    def take(self, text: str) -> None:
        """Raises `CannotRead`."""
        text = kept(text).strip()
        if self.length + len(text) + 2 > MOST_TEXT:
            raise CannotRead(Unread.TOO_LONG)
        if text:
            self.pieces.append(text)
            self.length += len(text) + 2


def letter_of(content: bytes, limits: Limits) -> Letter:
    """All the text of a mail. Raises `CannotRead`; a part that cannot be read is told among the parts instead."""
    if len(_DECLARES.findall(content)) > 2 * limits.parts:  # before anything is built of them
        raise CannotRead(Unread.TOO_MANY_PARTS)
    if opens_as_zip(content):  # what is attached is in base64, so that this is an archive behind a mail
        raise CannotRead(Unread.UNREADABLE)
    try:
        message = message_from_bytes(content, policy=modern)
        if not any(name in message for name in _HEADS):
            raise CannotRead(Unread.UNREADABLE)
        reading = _Reading(limits)
        _read_message(message, reading, 0)
    except RecursionError:
        raise CannotRead(Unread.TOO_DEEP) from None
    except _STUMBLES:
        raise CannotRead(Unread.UNREADABLE) from None
    return Letter("\n\n".join(reading.pieces), reading.parts)


def _read_message(message: Message, reading: _Reading, depth: int) -> None:
    head = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    reading.take("\n".join(head))
    _read(message, reading, depth)


def _read(part: Message, reading: _Reading, depth: int) -> None:
    """A part and all that is in it, in the order in which a reader sees it."""
    reading.seen += 1
    if reading.seen > reading.limits.parts:
        raise CannotRead(Unread.TOO_MANY_PARTS)
    kind = part.get_content_type()
    inner = _inner(part)
    if depth > reading.limits.depth:
        _leave(part, reading, Unread.TOO_DEEP)
    elif kind == "multipart/encrypted":
        _leave(part, reading, Unread.ENCRYPTED)
    elif not inner:
        _read_leaf(part, reading)
    elif not kind.startswith("multipart/"):
        reading.parts.append(Part(_name(part), MAIL, read=True))
        for message in inner:
            _read_message(message, reading, depth + 1)
    elif kind == "multipart/alternative":
        _read_one_of(inner, reading, depth + 1)
    else:
        for one in inner:
            _read(one, reading, depth + 1)


def _inner(part: Message) -> list[Any]:
    """The parts of a part, or the mail that is in it; mails saved as files often come as `application/octet-stream`."""
    payload: Any = part.get_payload() if part.is_multipart() else None
    if isinstance(payload, list):
        return payload
    is_mail = part.get_content_type() == MAIL or (_name(part) or "").lower().endswith(".eml")
    return [message_from_bytes(_content(part), policy=modern)] if is_mail else []


def _read_one_of(alternatives: list[Any], reading: _Reading, depth: int) -> None:
    """Bodies that say the same: the plain one, unless it says next to nothing; the other may come with its pictures."""
    plain = next((one for one in alternatives if one.get_content_type() == "text/plain"), None)
    rich = next((one for one in alternatives if _html_in(one) is not None), None)
    if plain is None:
        chosen = alternatives if rich is None else [rich]
    else:
        says_less = rich is not None and _words(plain) * _PLAIN_ENOUGH < _words(_html_in(rich))
        chosen = [rich if says_less else plain]
    for one in chosen:
        _read(one, reading, depth)


def _html_in(part: Message) -> Message | None:
    return next((one for one in part.walk() if one.get_content_type() == "text/html"), None)


def _read_leaf(part: Message, reading: _Reading) -> None:
    try:
        reading.take(_text(part, reading.limits))
    except CannotRead as problem:
        if problem.reason is Unread.TOO_LONG and not _is_attached(part):
            raise
        _leave(part, reading, problem.reason)
    else:
        reading.parts.append(Part(_name(part), _kind(part), read=True))


def _text(part: Message, limits: Limits) -> str:
    """Raises `CannotRead`. A PDF is told by how it begins, since it is often sent as `application/octet-stream`."""
    content = _content(part)
    kind = _kind(part)
    if content.startswith(b"%PDF-") or kind == PDF:
        return pdf.text_of(content, limits)
    if kind == "text/html":
        return markup.text_of(decoded(content, _charset(part)))
    if kind in {"text/plain", "text/markdown", "text/enriched"}:
        return decoded(content, _charset(part))
    raise CannotRead(Unread.UNSUPPORTED_TYPE)


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _words(part: Message | None) -> int:
    if part is None:
        return 0
    text = decoded(_content(part), _charset(part))
    return len((markup.text_of(text) if part.get_content_type() == "text/html" else text).split())


def _leave(part: Message, reading: _Reading, reason: Unread) -> None:
    reading.parts.append(Part(_name(part), _kind(part), read=False, reason=reason))


def _is_attached(part: Message) -> bool:
    return _name(part) is not None or (isinstance(part, EmailMessage) and part.is_attachment())


def _kind(part: Message) -> str:
    return kept(part.get_content_type())[:_LONGEST_NAME]


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except _OF_A_HEAD:
        return None


def _name(part: Message) -> str | None:
    try:
        name = part.get_filename()
    except _OF_A_HEAD:
        return None
    return " ".join(kept(name).split())[:_LONGEST_NAME] if name else None


def _header(message: Message, name: str) -> str:
    try:
        return " ".join(kept(str(message.get(name) or "")).split())
    except _OF_A_HEAD:
        return ""
