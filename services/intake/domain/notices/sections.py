"""The parts of a notice: questions of a form with their answers, headings with what they head, labels with values."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum, auto


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
_HEADINGS: tuple[tuple[Part, str], ...] = (
    (Part.GUIDE, r"have you read|you have read|read and understand|technological (?:protection )?measures|accused project"),
    (Part.GUIDE, r"revised (?:dmca )?notice|ticket number|does your claim involve|before disabling any content"),
    (Part.STATEMENT, r"type \(or copy and paste\)|following statements?:?$|^statements?$|copyright owners? statement"),
    (Part.STATEMENT, r"^i (?:have a good|have taken|swear|declare|consent|certify)|perjury|good[ -]faith"),
    (Part.INFRINGER, r"(?:infringer|seller|poster|uploader)(?:'?s)?(?: account| profile)? (?:contact )?(?:information|details|name)"),
    (Part.INFRINGER, r"^(?:alleged )?(?:infringer|seller|uploader|verkäufer|vendeur|vendedor)$"),
    (Part.REASONS, r"anything else you think|why (?:you believe|this|the|is)|reasons?(?: for| why|$)|explanation|begründung|motifs?|motivos?|explicación|how does"),
    (Part.LICENCE, r"licen[sc]ed under|^licen[sc]e|open source licen[sc]e"),
    (Part.REMEDY, r"best solution|make changes to your|changes the other person|requested (?:action|remedy)"),
    (Part.MATERIAL, r"(?:searched for|list of|other|known|identified) (?:any )?(?:infringing )?forks?"),
    (Part.WORK, r"description of the (?:original|copyrighted|protected)|original(?:ly)? (?:copyrighted )?(?:work|product|content|page|url|location|listing|design)s?"),
    (Part.WORK, r"what work was|(?:copyrighted|protected|owned) works?(?! (?:at|in) )|^works?$|identification of (?:the )?(?:copyrighted )?works?|infringed works?"),
    (Part.WORK, r"^title of (?:the )?|titles? infringed|list of titles|trade ?mark(?: infringed| details| registration)?s?$|^(?:our|my|the) (?:right|mark|brand|patent|design)s?$|intellectual property right|rights? infringed|rights? relied"),
    (Part.WORK, r"originalwerk|geschütztes? (?:werk|marke|recht)|^(?:werk|marke|schutzrecht)e?s?$|(?:œuvre|oeuvre|marque|droit)s? (?:originale?|protégée?|concernée?|invoqué)|^(?:obra|marca)s?(?: original| protegida)?$"),
    (Part.MATERIAL, r"files? (?:were|was|should be) (?:taken|removed|disabled)|(?:content|material|listing|item|url|link|page)s? .{0,40}(?:taken down|removed?|disabled?)\b"),
    (Part.MATERIAL, r"infring(?:ing|ed|ement)s? .{0,30}(?:url|link|material|page|content|listing|location|repositor|file|product|item|offer|found)|^infring(?:ing|ement)s?$"),
    (Part.MATERIAL, r"(?:unauthori[sz]ed|counterfeit|illegal|reported|complained|offending|disputed) (?:of )?(?:cop(?:y|ies)|material|content|listing|item|offer|product|url|link)s?"),
    (Part.MATERIAL, r"(?:exact )?(?:electronic )?locations? (?:of|where) .{0,30}(?:material|infring|content|information)|^(?:listing|item|reported) (?:url|link)s?$|^urls?$"),
    (Part.MATERIAL, r"(?:rechtsverletzende|beanstandete|gemeldete|verletzende)[rns]? (?:url|inhalt|angebot|link|artikel)|(?:contenu|annonce|offre|url|lien)s? (?:contrefaisant|litigieu|illicite|signalé|en cause)|(?:contenido|enlace|anuncio|url|oferta)s? (?:infractor|ilícit|denunciad|en cuestión)"),
    (Part.AUTHORITY, r"are you the (?:copyright|owner|rights?)|nature of your|authori[sz](?:ed|ation) to act|acting (?:as|on behalf)|^rights? (?:holder|owner)s?$|^(?:copyright|trade ?mark) (?:owner|holder)$|^on behalf of"),
    (Part.SIGNATURE, r"full legal name|electronic signature|^signature|^signed(?: by)?$|^unterschrift|^signature électronique|^firma(?: electrónica)?$"),
    (Part.CONTACT, r"get back to you|telephone number or|phone number|(?:my|our|your)? ?contact (?:information|details|data|me)|^(?:mailing |postal |e-?mail )?address|^(?:e-?mail|phone|tel(?:ephone)?|name|organi[sz]ation name|company)$|notifying party|complaining party|kontakt|coordonnées|datos de contacto|^reporter$|^complainant$"),
)  # fmt: skip
_TABLE = tuple((part, re.compile(pattern, re.IGNORECASE)) for part, pattern in _HEADINGS)

_LINE = re.compile(r"[^\n]*\n?")
_BOLD = re.compile(r"[ \t>]{0,8}\*\*(?=\S)([^*]{3,900}?)\*\*[:?]?")
_MARKUP = re.compile(r"<[^<>]{0,300}>")
_BULLET = r"[ \t>#*_+\-\u2022]{0,12}(?:[(]?(?:\d{1,3}|[ivx]{1,5}|[a-z])[.)][ \t]*)?[*_ \t]{0,4}"
_LABEL = re.compile(rf"{_BULLET}([^\n:]{{2,120}}?)[ \t]?[*_]{{0,2}}:(?!//)[*_]{{0,2}}")
_SHORT_LINE = re.compile(rf"{_BULLET}([^\n]{{3,80}}?)[*_: \t#]{{0,6}}\r?\n?")
_QUESTION = re.compile(rf"{_BULLET}([^\n]{{12,500}}?[?.:\"])[*_ \t]{{0,6}}(?:\r?\n|$)")
# Questions that forms ask without bold type: the line opens like one.
_ASKS = re.compile(
    r"(?:please|what|are you|have you|do you|is the|is there|would|type \(or|so that|how|provide|describe|enter|list)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text: `[start:body]` is its heading, `[body:end]` what stands beneath."""

    part: Part
    start: int
    body: int
    end: int

    def answer(self, text: str) -> str:
        return text[self.body : self.end].strip(" \t\r\n*_")


class Sections:
    """The text cut at its headings; what stands before the first is free text."""

    def __init__(self, text: str) -> None:
        heads = list(_find_heads(text))
        starts = [start for _, start, _ in heads] + [len(text)]
        self.all: list[Section] = [Section(Part.FREE, 0, 0, starts[0])]
        self.all += [Section(*head, end) for head, end in zip(heads, starts[1:], strict=True)]
        self._starts = [section.start for section in self.all]

    def at(self, position: int) -> Section:
        return self.all[max(0, bisect_right(self._starts, position) - 1)]

    def of(self, part: Part) -> list[Section]:
        return [section for section in self.all if section.part is part]


def _find_heads(text: str) -> list[tuple[Part, int, int]]:
    """Where each heading begins and where its body begins."""
    heads: list[tuple[Part, int, int]] = []
    position = 0
    after_value = False  # a label with its value on one line, `Title: Nine Lanterns`, heads no more than its paragraph
    while position < len(text):
        line = _LINE.match(text, position)
        if line is None:
            break
        end = line.end()
        if head := _head_at(text, position, end):
            heads.append(head)
            end = max(end, head[2])
        elif after_value and not line[0].strip():
            heads.append((Part.FREE, position, position))
        after_value = _has_value(text, head, end) if head else after_value and bool(line[0].strip())
        position = end
    return heads


def _head_at(text: str, start: int, end: int) -> tuple[Part, int, int] | None:
    """The heading that opens in this line, if one does."""
    if bold := _BOLD.match(text, start):
        part = _part_of(bold[1])
        return (part or Part.FREE, start, bold.end()) if part or bold[1].rstrip().endswith((":", "?")) else None
    if label := _LABEL.match(text, start, end):
        words = label[1]
        if len(words.split()) <= 7 and (part := _part_of(words)):
            return part, start, label.end()
    if (question := _QUESTION.match(text, start, end)) and _ASKS.match(question[1]):
        if part := _part_of(question[1]):
            return part, start, question.end()
    if (short := _SHORT_LINE.fullmatch(text, start, end)) and short[1].rstrip()[-1:] not in {".", ",", ";"}:
        if len(short[1].split()) <= 9 and "://" not in short[1] and (part := _part_of(short[1])):
            return part, start, end
    return None


def _has_value(text: str, head: tuple[Part, int, int], end: int) -> bool:
    return text[head[1] : head[2]].endswith((":", ":*", ":**")) and bool(text[head[2] : end].strip(" \t\r\n*_"))


def _part_of(heading: str) -> Part | None:
    words = re.sub(r"\s+", " ", _MARKUP.sub(" ", heading.replace("\u2019", "'"))).strip(" *_#:-").lower()
    return next((part for part, pattern in _TABLE if pattern.search(words)), None)
