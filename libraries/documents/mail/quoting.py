"""The lines of a mail that its writer quotes: each is marked with `>`, whichever way a program wrote them.

What is quoted is not what its writer says. A mail that was passed on is another matter: what stands under a forwarding
program's line, or under next to nothing of the writer's own, is what the writer wants read.
"""

import re

from libraries.documents.mail import quoting_words as words

OPEN, CLOSE = "\x02", "\x03"
"""Around what an HTML body sets apart as quoted, in the text that is made of it."""

_WROTE = re.compile(
    r"^(?=[^\n]{0,300}(?:\n[^\n]{0,120})?(?:@|\d[:.h]\d\d))[ \t]*(?!>)"
    rf"(?:(?:{words.OPENS_DATE}|\d{{1,4}})\b[^\n]{{3,200}}(?:\n(?![ \t]*>)[^\n]{{0,120}})?"
    rf"(?:{words.WROTE})[^\n]{{0,80}}:?"
    rf"|[^\n]{{0,160}}(?:{words.WROTE_IN_EAST_ASIA})[^\n]{{0,40}}{words.COLON}?)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL = re.compile(
    rf"^[ \t]*[-_*]{{2,}}[ \t]*(?:{words.ORIGINAL})[ \t]*[-_*]{{2,}}[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_HEADS = re.compile(
    rf"^[ \t]*\**(?:{words.FROM})[ \t]?\**[ \t]?{words.COLON}\**[^\n]{{2,300}}\n(?:[^\n]{{0,300}}\n){{0,2}}?"
    rf"[ \t]*\**(?:{words.SENT})[ \t]?\**[ \t]?{words.COLON}\**[^\n]{{2,200}}\n(?:[^\n]{{0,300}}\n){{0,2}}?"
    rf"[ \t]*\**(?:{words.TO})[ \t]?\**[ \t]?{words.COLON}",
    re.IGNORECASE | re.MULTILINE,
)
_FORWARDS = re.compile(
    rf"^[ \t]*(?:[-_*]{{2,}}[ \t]*)?(?:begin )?(?:{words.FORWARDED})[^\n]{{0,80}}$", re.IGNORECASE | re.MULTILINE
)
_FORWARD_SUBJECT = re.compile(rf"\s*(?:{words.FORWARD_SUBJECT})\s*{words.COLON}", re.IGNORECASE)
_PASSES_ON = re.compile(rf"\b(?:{words.PASSES_ON})\b|{words.PASSES_ON_IN_EAST_ASIA}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_NOTHING, _LITTLE = 3, 30


def marked(text: str, subject: str) -> str:
    """Return the body of a mail with `> ` before each line that it quotes."""
    text = _set_apart(text, subject)
    forwards = _FORWARDS.search(text)
    end = forwards.start() if forwards else len(text)
    for opening in (_ORIGINAL, _HEADS, _WROTE):
        found = opening.search(text, 0, end)
        if found is None or text[found.end() : end].lstrip().startswith(">"):
            continue
        if opening is not _WROTE and _FORWARD_SUBJECT.match(subject):
            continue
        if not _passes_on(text[: found.start()]):
            quoted = _quoted(text[found.start() : end])
            return text[: found.start()] + quoted + (f"\n{text[end:]}" if forwards else "")
    return text


def _set_apart(text: str, subject: str) -> str:
    """Turn the quotations of HTML, outermost first, into lines with `>`."""
    if OPEN not in text:
        return text
    pieces: list[str] = []
    depth = opened = 0
    own, position = "", 0
    for mark in re.finditer(f"[{OPEN}{CLOSE}]", text):
        if mark[0] == OPEN:
            if depth == 0:
                own += text[position : mark.start()]
                pieces.append(text[position : mark.start()])
                opened = mark.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                pieces.append(OPEN + text[opened : mark.start()])
                position = mark.end()
    rest = text[opened:] if depth else text[position:]
    pieces.append(OPEN + rest if depth else rest)
    own += "" if depth else rest
    alone = _passes_on(own) or bool(_FORWARD_SUBJECT.match(subject))
    return "".join(_resolved(piece, alone=alone) for piece in pieces)


def _resolved(piece: str, *, alone: bool) -> str:
    if not piece.startswith(OPEN):
        return piece
    text = piece.translate({ord(OPEN): "", ord(CLOSE): ""})
    first = text.lstrip().partition("\n")[0]
    return text if alone or _FORWARDS.match(first) else "\n" + _quoted(text) + "\n"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line.strip() else ">" for line in text.strip("\n").split("\n"))


def _passes_on(own: str) -> bool:
    """Return whether the writer says next to nothing, or only that something follows."""
    lines = [line for line in own.split("\n") if not line.lstrip().startswith(">")]
    count = len(_WORD.findall("\n".join(lines)))
    return count < _NOTHING or (count < _LITTLE and _PASSES_ON.search(own) is not None)
