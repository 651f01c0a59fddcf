"""The text of a mail (RFC 5322, RFC 2045 to 2049): who writes about what, the body, what is attached."""

import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from libraries.documents.mail import bodies
from libraries.documents.mail.characters import kept
from libraries.documents.mail.heads import STUMBLES, header, name_of, parameter, parsed
from libraries.documents.mail.quoting import marked
from libraries.documents.mail.transfer import bare_base64, blocks, content_of, without_blocks
from libraries.documents.model import MAIL, MOST_TEXT, PDF, CannotRead, Document, Limits, Part, Unread
from libraries.documents.other_readers import opens_as_zip
from libraries.documents.pdf import reading as pdf

_SHOWN = ("Subject", "From", "Reply-To")
_HEADS = ("From", "Subject", "Date", "Message-ID", "To", "Received", "MIME-Version", "Content-Type")
_DECLARES = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_LONGEST_TYPE = 255
_PLAIN_ENOUGH = 3  # a plain body with less than a third of the other's words only says that there is another
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pgp-encrypted"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_ARMOURED = re.compile(
    r"^-----BEGIN PGP MESSAGE-----[ \t]*$.*?(?:^-----END PGP MESSAGE-----[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)


@dataclass
class _Reading:
    """The text and the parts read so far."""

    limits: Limits
    subject: str = ""
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

    def enter(self) -> None:
        """Count a part. Raises `CannotRead`."""
        self.seen += 1
        if self.seen > self.limits.parts:
            raise CannotRead(Unread.TOO_MANY_PARTS)


def read_mail(content: bytes, limits: Limits) -> Document:
    """Return all the text of a mail. Raises `CannotRead`; a part that cannot be read is named among the parts."""
    if len(_DECLARES.findall(content)) > 2 * limits.parts:  # before anything is built of them
        raise CannotRead(Unread.TOO_MANY_PARTS)
    if opens_as_zip(content):  # what is attached is in base64, so that this is an archive behind a mail
        raise CannotRead(Unread.UNREADABLE)
    try:
        message = parsed(content)
        if not any(name in message for name in _HEADS):
            raise CannotRead(Unread.UNREADABLE)
        reading = _Reading(limits)
        _read_message(message, reading, 0)
    except RecursionError:
        raise CannotRead(Unread.TOO_DEEP) from None
    except STUMBLES:
        raise CannotRead(Unread.UNREADABLE) from None
    return Document("\n\n".join(reading.pieces), reading.parts)


def _read_message(message: Message, reading: _Reading, depth: int) -> None:
    head = [f"{name}: {value}" for name in _SHOWN if (value := header(message, name))]
    reading.take("\n".join(head))
    outer, reading.subject = reading.subject, header(message, "Subject")
    _read(message, reading, depth)
    reading.subject = outer


def _read(part: Message, reading: _Reading, depth: int) -> None:
    """Read a part and all that is in it, in the order in which a reader sees it."""
    reading.enter()
    kind = part.get_content_type()
    inner = _inner(part)
    if depth > reading.limits.depth:
        _leave(part, reading, Unread.TOO_DEEP)
    elif kind in _ENCRYPTED or (kind in _SMIME and not parameter(part, "smime-type").startswith(("signed", "certs"))):
        _leave(part, reading, Unread.ENCRYPTED)
    elif not inner:
        _read_leaf(part, reading, depth)
    elif not kind.startswith("multipart/"):
        reading.parts.append(Part(name_of(part), MAIL, read=True))
        for message in inner:
            _read_message(message, reading, depth + 1)
    elif kind == "multipart/alternative":
        _read_one_of(inner, reading, depth + 1)
    else:
        for one in inner:
            _read(one, reading, depth + 1)


def _inner(part: Message) -> list[Any]:
    """The parts of a part, or the mail that is in it; mails saved as files often come as `application/octet-stream`."""
    kind = part.get_content_type()
    is_mail = kind in {MAIL, "message/global", "message/news"} or (name_of(part) or "").lower().endswith(".eml")
    if not is_mail:
        payload: Any = part.get_payload() if part.is_multipart() and kind != "message/partial" else None
        return payload if isinstance(payload, list) else []
    message = parsed(content_of(part))
    return [message] if message.keys() else []


def _read_one_of(alternatives: list[Any], reading: _Reading, depth: int) -> None:
    """Read one of the bodies that say the same: the plain one, unless it says next to nothing or lacks a link.

    The other may come with its pictures.
    """
    plain = next((one for one in alternatives if one.get_content_type() == "text/plain"), None)
    rich = next((one for one in alternatives if _html_in(one) is not None), None)
    page = None if rich is None else _html_in(rich)
    if plain is None or page is None:
        chosen = [one for one in (plain, rich) if one is not None] or alternatives
    else:
        text = _words_of(plain)
        says_less = len(text.split()) * _PLAIN_ENOUGH < len(_words_of(page).split())
        chosen = [rich if says_less or bodies.lacks_links(text, page) else plain]
    for one in chosen:
        _read(one, reading, depth)


def _html_in(part: Message) -> Message | None:
    return next((one for one in part.walk() if one.get_content_type() == "text/html"), None)


def _words_of(part: Message) -> str:
    try:
        return bodies.text_of(part, content_of(part))
    except CannotRead:
        return ""


def _read_leaf(part: Message, reading: _Reading, depth: int) -> None:
    content = content_of(part)
    try:
        if content.startswith(b"%PDF-") or part.get_content_type() == PDF:
            _read_pdf(part, content, reading)
            return
        text = bodies.text_of(part, content)
        if (hidden := bare_base64(text)) is not None:
            text = bodies.decoded_text(hidden, None)
        attached = _is_attached(part)
        armoured = _ARMOURED.search(text) is not None
        plain = without_blocks(_ARMOURED.sub("", text))
        reading.take(plain if attached else marked(plain, reading.subject))
    except CannotRead as problem:
        if problem.reason is Unread.TOO_LONG and not _is_attached(part):
            raise
        _leave(part, reading, problem.reason)
        return
    reading.parts.append(Part(name_of(part), _kind(part), read=True))
    if armoured:
        reading.parts.append(Part(name_of(part), "application/pgp-encrypted", read=False, reason=Unread.ENCRYPTED))
    for name, file in blocks(text):
        _read(_as_part(name, file), reading, depth + 1)


def _read_pdf(part: Message, content: bytes, reading: _Reading) -> None:
    document = pdf.read_pdf(content, reading.limits, name=name_of(part), media_type=_kind(part))
    reading.take(document.text)
    reading.parts += document.parts


def _as_part(name: str, content: bytes) -> Message:
    """A file that stood in the text of a body, as if it had been attached."""
    part = Message()
    part["Content-Type"] = "application/octet-stream"
    part.add_header("Content-Disposition", "attachment", filename=name)
    part.set_payload(content.decode("ascii", "surrogateescape"))
    return part


def _leave(part: Message, reading: _Reading, reason: Unread) -> None:
    reading.parts.append(Part(name_of(part), _kind(part), read=False, reason=reason))


def _is_attached(part: Message) -> bool:
    return name_of(part) is not None or part.get_content_disposition() == "attachment"


def _kind(part: Message) -> str:
    return kept(part.get_content_type())[:_LONGEST_TYPE]
