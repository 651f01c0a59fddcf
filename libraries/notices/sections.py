"""The parts of a notice: questions of a form with their answers, headings with what they head, labels with values."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from libraries.notices.headings import part_of
from libraries.notices.parts import Part

_LINE = re.compile(r"[^\n]*\n?")
_BOLD = re.compile(r"[ \t>]{0,8}\*\*(?=\S)([^*]{3,900}?)\*\*[:?]?")
_BULLET = r"[ \t>#*_+\-\u2022]{0,12}(?:[(]?(?:\d{1,3}|[ivx]{1,5}|[a-z])[.)][ \t]*)?[*_ \t]{0,4}"
_LABEL = re.compile(rf"{_BULLET}([^\n:\uff1a]{{2,120}}?)[ \t]?[*_]{{0,2}}[:\uff1a](?!//)[*_]{{0,2}}")
_SENTENCE_END = re.compile(r"[.!?;](?<!No\.)(?<!Nr\.)[ \t]+\S|[\u3002\uff01\uff1f]")
_SHORT_LINE = re.compile(rf"{_BULLET}([^\n]{{3,80}}?)[*_: \t#]{{0,6}}\r?\n?")
_QUESTION = re.compile(rf"{_BULLET}([^\n]{{12,500}}?[?.:\"])[*_ \t]{{0,6}}(?:\r?\n|$)")
_LABEL_WORDS, _TITLE_WORDS = 7, 9
# Questions that forms ask without bold type: the line opens like one.
_ASKS = re.compile(
    r"(?:please|what|which|who|where|are you|have you|do you|is the|is there|would|type \(or"
    r"|so that|how|provide|describe|enter|list|identify|specify)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a heading begins, where what it heads begins, and whether a form asked it."""

    part: Part
    start: int
    body: int
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text: `[start:body]` is its heading, `[body:end]` what stands beneath."""

    part: Part
    start: int
    body: int
    end: int
    asked: bool

    def answer(self, text: str) -> str:
        return text[self.body : self.end].strip(" \t\r\n*_")


class Sections:
    """The text cut at its headings; what stands before the first is free text."""

    def __init__(self, text: str) -> None:
        heads = [_Head(Part.FREE, 0, 0), *_find_heads(text)]
        ends = [head.start for head in heads[1:]] + [len(text)]
        self.all = [
            Section(head.part, head.start, head.body, end, head.asked) for head, end in zip(heads, ends, strict=True)
        ]
        self._starts = [section.start for section in self.all]

    def at(self, position: int) -> Section:
        return self.all[max(0, bisect_right(self._starts, position) - 1)]

    def of(self, part: Part) -> list[Section]:
        return [section for section in self.all if section.part is part]


def _find_heads(text: str) -> list[_Head]:
    """Every heading, in the order of the text."""
    heads: list[_Head] = []
    position = 0
    after_value = False  # a label with its value on one line, `Title: Nine Lanterns`, heads no more than its paragraph
    while position < len(text):
        line = _LINE.match(text, position)
        if line is None:
            break
        end = line.end()
        if head := _head_at(text, position, end):
            heads.append(head)
            end = max(end, head.body)
        elif after_value and not line[0].strip():
            heads.append(_Head(Part.FREE, position, position))
        after_value = _has_value(text, head, end) if head else after_value and bool(line[0].strip())
        position = end
    return heads


def _head_at(text: str, start: int, end: int) -> _Head | None:
    """The heading that opens in this line, if one does."""
    if bold := _BOLD.match(text, start):
        part = part_of(bold[1])
        heads = part or bold[1].rstrip().endswith((":", "?"))
        return _Head(part or Part.FREE, start, bold.end(), asked=True) if heads else None
    label = _LABEL.match(text, start, end)
    if label and _is_label(label[1]) and (part := part_of(label[1])):
        return _Head(part, start, label.end())
    question = _QUESTION.match(text, start, end)
    if question and _ASKS.match(question[1]) and (part := part_of(question[1])):
        return _Head(part, start, question.end(), asked=True)
    short = _SHORT_LINE.fullmatch(text, start, end)
    if short and _is_title(short[1]) and (part := part_of(short[1])):
        return _Head(part, start, end)
    return None


def _is_label(words: str) -> bool:
    return len(words.split()) <= _LABEL_WORDS and not _SENTENCE_END.search(words)


def _is_title(line: str) -> bool:
    return len(line.split()) <= _TITLE_WORDS and "://" not in line and line.rstrip()[-1:] not in {".", ",", ";"}


def _has_value(text: str, head: _Head, end: int) -> bool:
    return text[head.start : head.body].endswith((":", ":*", ":**")) and bool(text[head.body : end].strip(" \t\r\n*_"))
