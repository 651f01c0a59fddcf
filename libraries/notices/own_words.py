"""The words of a text that are its writer's own: not those of quoted mails, footers, addresses and names."""

import re
from collections.abc import Sequence

from libraries.notices.plain import Span, blank
from libraries.notices.urls import Mention

_QUOTED_LINES = re.compile(r"(?:^[ \t]{0,3}>[^\n]*(?:\n|\Z))+", re.MULTILINE)
_ORIGINAL_MESSAGE = re.compile(
    r"^[ \t]*-{2,}[ \t]*(?:original message|original-nachricht|ursprüngliche nachricht|message d'origine"
    r"|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|wiadomość oryginalna"
    r"|исходное сообщение|原始邮件|原始郵件|元のメッセージ|원본 메시지)[ \t]*-{2,}[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# What mail programs and offices put under every mail: it speaks of notices, errors and what is unauthorised.
_FOOTER = re.compile(
    r"^[^\n]{0,200}(?:if (?:you|this)[^\n]{0,60}(?:received|reached|sent to)[^\n]{0,60}(?:in error"
    r"|by mistake|mistakenly)"
    r"|(?:not|are not) the (?:intended|named) (?:recipient|addressee)|intended only for"
    r"|confidentiality noti(?:ce|fication)"
    r"|(?:e-?mail|message|communication)[^\n]{0,60}(?:is|are|may be|may contain)[^\n]{0,30}(?:confidential"
    r"|privileged)"
    r"|unsubscribe|(?:to|you (?:can|may)) (?:withdraw|retract|cancel) (?:your|this|the|a) [^\n]{0,40}"
    r"(?:click|visit|use|reply|go to|at any time)|(?:irrtümlich|versehentlich) (?:erhalten|zugesandt)"
    r"|(?:reçu|recibido|ricevuto|recebeu)[^\n]{0,40}(?:par erreur|por error|per errore|por engano))",
    re.IGNORECASE | re.MULTILINE,
)
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_NAME = re.compile(r"\"[^\"\n]{1,40}\"")


def own_words(text: str, plain: str, mentions: Sequence[Mention]) -> str:
    """The plain text, at its full length, without footers, addresses, quoted mails and names in quotation marks."""
    spans: list[Span] = [(mention.start, mention.end) for mention in mentions]
    for footer in _FOOTER.finditer(text):
        close = _PARAGRAPH_END.search(text, footer.end())
        spans.append((footer.start(), close.start() if close else len(text)))
    spans += [name.span() for name in _NAME.finditer(plain)]
    return blank(plain, _joined(spans))


def quoted(text: str) -> list[Span]:
    """Return where other mails are quoted: lines that open with `>`, and what stands under "Original Message"."""
    spans = [lines.span() for lines in _QUOTED_LINES.finditer(text)]
    if original := _ORIGINAL_MESSAGE.search(text):
        spans.append((original.start(), len(text)))
    return _joined(spans)


def _joined(spans: list[Span]) -> list[Span]:
    return sorted(spans)
