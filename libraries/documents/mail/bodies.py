"""The text of one part of a mail, where it is text."""

import re
from email.message import Message

from libraries.documents.mail import markup
from libraries.documents.mail.characters import decoded, is_text
from libraries.documents.mail.flowed import unflowed
from libraries.documents.mail.heads import charset_of, name_of, parameter
from libraries.documents.mail.transfer import content_of
from libraries.documents.model import CannotRead, Unread
from libraries.notices.wrapped_links import unwrapped

_HTML = "text/html"
_TEXT = frozenset(
    {"text/plain", "text/markdown", "text/x-markdown", "text/enriched", "text/csv", "text/tab-separated-values"}
)
# What an attachment is by its name, where its type says nothing of it.
_BY_NAME = {
    "txt": "text/plain", "text": "text/plain", "md": "text/plain", "log": "text/plain", "csv": "text/plain",
    "tsv": "text/plain", "asc": "text/plain", "htm": _HTML, "html": _HTML, "xhtml": _HTML,
}  # fmt: skip
_SAYS_NOTHING = frozenset({
    "application/octet-stream", "application/x-download", "application/download", "application/force-download",
    "application/binary", "application/x-unknown-content-type", "application/csv", "application/vnd.ms-excel",
    "application/text", "application/txt", "application/xhtml+xml", "text/x-log", "binary/octet-stream",
})  # fmt: skip
_ADDRESS = re.compile(r"https?://[^\s<>\"\]]+", re.IGNORECASE)
_MANY_LINKS = 500


def text_of(part: Message, content: bytes) -> str:
    """Return the text of a part. Raises `CannotRead` where it is something else, or cannot be read as text."""
    kind = _kind_of(part)
    if kind == _HTML:
        return markup.text_of(decoded_text(content, charset_of(part) or markup.charset_of(content)))
    if kind not in _TEXT:
        raise CannotRead(Unread.UNSUPPORTED_TYPE)
    text = decoded_text(content, charset_of(part))
    if parameter(part, "format") == "flowed":
        return unflowed(text, delete_space=parameter(part, "delsp") == "yes")
    return text


def decoded_text(content: bytes, charset: str | None) -> str:
    """Return text, and no garbage that was called text. Raises `CannotRead`."""
    text = decoded(content, charset)
    if not is_text(text):
        raise CannotRead(Unread.UNREADABLE)
    return text


def lacks_links(text: str, page: Message) -> bool:
    """Return whether a page has links that the plain text beside it lacks."""
    content = content_of(page)
    try:
        links = markup.links_of(decoded_text(content, charset_of(page) or markup.charset_of(content)))
    except CannotRead:
        return False
    there = {unwrapped(found[0]).rstrip("/.,;:)>") for found in _ADDRESS.finditer(text)}
    joined = re.sub(r"\s+", "", text)
    return any(link.rstrip("/.,;:)>") not in there and link not in joined for link in links[:_MANY_LINKS])


def _kind_of(part: Message) -> str:
    kind = part.get_content_type()
    ending = (name_of(part) or "").lower().rpartition(".")[2]
    return _BY_NAME.get(ending, kind) if kind in _SAYS_NOTHING else kind
