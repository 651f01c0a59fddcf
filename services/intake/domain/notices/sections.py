"""The parts of a notice: questions of a form with their answers, headings with what they head, labels with values."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum, auto

from services.intake.domain.notices.patterns import any_of


class Part(Enum):
    """What a part of the text is about."""

    AUTHORITY = auto()
    CONTACT = auto()
    FREE = auto()
    GUIDE = auto()
    INFRINGER = auto()
    LICENCE = auto()
    MATERIAL = auto()
    REASONS = auto()
    REMEDY = auto()
    SIGNATURE = auto()
    STATEMENT = auto()
    WORK = auto()


# Read from the top; the first that matches names the part. Questions quote one another's words, so the narrow come
# before the wide: "do you have the alleged infringer's contact information" before "contact information".
_HEADINGS: tuple[tuple[Part, tuple[str, ...]], ...] = (
    (
        Part.GUIDE,
        (
            r"have you read",
            r"you have read",
            r"read and understand",
            r"technological (?:protection )?measures",
            r"accused project",
            r"revised (?:dmca )?notice",
            r"ticket number",
            r"does your claim involve",
            r"before disabling any content",
        ),
    ),
    (
        Part.STATEMENT,
        (
            r"type \(or copy and paste\)",
            r"following statements?:?$",
            r"^statements?$",
            r"copyright owners? statement",
            r"^i (?:have a good|have taken|swear|declare|consent|certify)",
            r"perjury",
            r"good[ -]faith",
        ),
    ),
    (
        Part.INFRINGER,
        (
            r"(?:infringer|seller|poster|uploader|publisher|user)(?:'?s)?(?: account)? (?:contact )?(?:information|name)",
            r"(?:infringer|seller|poster|uploader|publisher|user)(?:'?s)?(?: account)? (?:details|profile)",
            r"^(?:alleged )?(?:infringer|seller|uploader|verkäufer|vendeur|vendedor)$",
        ),
    ),
    (
        Part.REASONS,
        (
            r"anything else you think",
            r"why (?:you believe|this|the|is)",
            r"reasons?(?: for| why|$)",
            r"explanation",
            r"begründung",
            r"motifs?",
            r"motivos?",
            r"explicación",
            r"how does",
        ),
    ),
    (
        Part.LICENCE,
        (
            r"licen[sc]ed under",
            r"^licen[sc]e",
            r"open source licen[sc]e",
        ),
    ),
    (
        Part.REMEDY,
        (
            r"best solution",
            r"make changes to your",
            r"changes the other person",
            r"requested (?:action|remedy)",
        ),
    ),
    (Part.MATERIAL, (r"(?:searched for|list of|other|known|identified) (?:any )?(?:infringing )?forks?",)),
    (
        Part.WORK,
        (
            r"description of the (?:original|copyrighted|protected)",
            r"original(?:ly)? (?:copyrighted )?(?:work|product|content|material|source|version|file|software|code)s?",
            r"original(?:ly)? (?:photo|image|page|url|location|listing|design)s?",
            r"\bauthori[sz]ed (?:content|version|copy)",
            r"^(?:my|our) (?:own )?(?:original )?(?:repositor(?:y|ies)|work|listing|product)s?$",
            r"^(?:my|our) (?:own )?(?:shop|store|website|site|page)s?$",
            r"what work was",
            r"(?:copyrighted|protected|owned) works?(?! (?:at|in) )",
            r"^works?$",
            r"identification of (?:the )?(?:copyrighted )?works?",
            r"infringed works?",
            r"^title of (?:the )?",
            r"titles? infringed",
            r"list of titles",
            r"trade ?mark(?: infringed| details| registration)?s?$",
            r"^(?:our|my|the) (?:right|mark|brand|patent|design)s?$",
            r"intellectual property right",
            r"rights? infringed",
            r"rights? relied",
            r"originalwerk",
            r"geschütztes? (?:werk|marke|recht)",
            r"^(?:werk|marke|schutzrecht)e?s?$",
            r"(?:œuvre|oeuvre|marque|droit)s? (?:originale?|protégée?|concernée?|invoqué)",
            r"^(?:obra|marca)s?(?: original| protegida)?$",
        ),
    ),
    (
        Part.MATERIAL,
        (
            r"files? (?:were|was|should be) (?:taken|removed|disabled)",
            r"(?:content|material|listing|item|url|link|page)s? .{0,40}(?:taken down|removed?|disabled?)\b",
            r"infring(?:ing|ed|ement)s? .{0,30}(?:url|link|material|page|content|location|found)",
            r"infring(?:ing|ed|ement)s? .{0,30}(?:listing|repositor|file|product|item|offer)",
            r"^infring(?:ing|ement)s?$",
            r"(?:unauthori[sz]ed|illegal|reported|offending|disputed) (?:cop(?:y|ies)|material|content|url|link)s?",
            r"(?:counterfeit|illegal|reported|offending|disputed) (?:listing|item|offer|product)s?",
            r"(?:exact )?(?:electronic )?locations? (?:of|where) .{0,30}(?:material|infring|content|information)",
            r"^(?:listing|item|reported) (?:url|link)s?$",
            r"^urls?$",
            r"(?:rechtsverletzende|beanstandete|gemeldete|verletzende)[rns]? (?:url|inhalt|angebot|link|artikel)",
            r"(?:contenu|annonce|offre|url|lien)s? (?:contrefaisant|litigieu|illicite|signalé|en cause)",
            r"(?:contenido|enlace|anuncio|url|oferta)s? (?:infractor|ilícit|denunciad|en cuestión)",
        ),
    ),
    (
        Part.AUTHORITY,
        (
            r"are you the (?:copyright|owner|rights?)",
            r"nature of your",
            r"authori[sz](?:ed|ation) to act",
            r"acting (?:as|on behalf)",
            r"^rights? (?:holder|owner)s?$",
            r"^(?:copyright|trade ?mark) (?:owner|holder)$",
            r"^on behalf of",
        ),
    ),
    (
        Part.SIGNATURE,
        (
            r"full legal name",
            r"electronic signature",
            r"^signature",
            r"^signed(?: by)?$",
            r"^unterschrift",
            r"^signature électronique",
            r"^firma(?: electrónica)?$",
        ),
    ),
    (
        Part.CONTACT,
        (
            r"get back to you",
            r"telephone number or",
            r"phone number",
            r"(?:my|our|your)? ?contact (?:information|details|data|me)",
            r"^(?:mailing |postal |e-?mail )?address",
            r"^(?:e-?mail|phone|tel(?:ephone)?|name|organi[sz]ation name|company)$",
            r"notifying party",
            r"complaining party",
            r"kontakt",
            r"coordonnées",
            r"datos de contacto",
            r"^reporter$",
            r"^complainant$",
        ),
    ),
)
_TABLE = tuple((part, any_of(*phrases)) for part, phrases in _HEADINGS)

_LINE = re.compile(r"[^\n]*\n?")
_BOLD = re.compile(r"[ \t>]{0,8}\*\*(?=\S)([^*]{3,900}?)\*\*[:?]?")
_MARKUP = re.compile(r"<[^<>]{0,300}>")
_BULLET = r"[ \t>#*_+\-\u2022]{0,12}(?:[(]?(?:\d{1,3}|[ivx]{1,5}|[a-z])[.)][ \t]*)?[*_ \t]{0,4}"
_LABEL = re.compile(rf"{_BULLET}([^\n:]{{2,120}}?)[ \t]?[*_]{{0,2}}:(?!//)[*_]{{0,2}}")
_SHORT_LINE = re.compile(rf"{_BULLET}([^\n]{{3,80}}?)[*_: \t#]{{0,6}}\r?\n?")
_QUESTION = re.compile(rf"{_BULLET}([^\n]{{12,500}}?[?.:\"])[*_ \t]{{0,6}}(?:\r?\n|$)")
_LABEL_WORDS, _TITLE_WORDS = 7, 9
# Questions that forms ask without bold type: the line opens like one.
_ASKS = re.compile(
    r"(?:please|what|are you|have you|do you|is the|is there|would|type \(or|so that|how|provide|describe"
    r"|enter|list)\b",
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
        part = _part_of(bold[1])
        heads = part or bold[1].rstrip().endswith((":", "?"))
        return _Head(part or Part.FREE, start, bold.end(), asked=True) if heads else None
    label = _LABEL.match(text, start, end)
    if label and len(label[1].split()) <= _LABEL_WORDS and (part := _part_of(label[1])):
        return _Head(part, start, label.end())
    question = _QUESTION.match(text, start, end)
    if question and _ASKS.match(question[1]) and (part := _part_of(question[1])):
        return _Head(part, start, question.end(), asked=True)
    short = _SHORT_LINE.fullmatch(text, start, end)
    if short and _is_title(short[1]) and (part := _part_of(short[1])):
        return _Head(part, start, end)
    return None


def _is_title(line: str) -> bool:
    return len(line.split()) <= _TITLE_WORDS and "://" not in line and line.rstrip()[-1:] not in {".", ",", ";"}


def _has_value(text: str, head: _Head, end: int) -> bool:
    return text[head.start : head.body].endswith((":", ":*", ":**")) and bool(text[head.body : end].strip(" \t\r\n*_"))


def _part_of(heading: str) -> Part | None:
    words = re.sub(r"\s+", " ", _MARKUP.sub(" ", heading.replace("\u2019", "'"))).strip(" *_#:-").lower()
    return next((part for part, pattern in _TABLE if pattern.search(words)), None)
