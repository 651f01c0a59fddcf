"""The elements that the law asks a notice or a counter-notice to have, each found with the words that make it so."""

import re

from libraries.notices.model import Element, FoundElement, NoticeKind, ParsedUrl, UrlRole
from libraries.notices.parts import Part
from libraries.notices.phrases import STATEMENTS, WORK, Phrases
from libraries.notices.plain import Span, blank
from libraries.notices.sections import Sections
from libraries.notices.signatures import find_contact, find_signature
from shared.contracts.codes import LegalBasis, ReasonCode

# 17 USC 512(c)(3)(A), in the statute's order.
OF_A_NOTICE = (
    Element.SIGNATURE,
    Element.WORK_IDENTIFIED,
    Element.MATERIAL_LOCATED,
    Element.CONTACT,
    Element.GOOD_FAITH,
    Element.ACCURACY,
    Element.AUTHORITY_UNDER_PERJURY,
)
# 17 USC 512(g)(3)
OF_A_COUNTER_NOTICE = (
    Element.SIGNATURE,
    Element.MATERIAL_LOCATED,
    Element.MISTAKE_UNDER_PERJURY,
    Element.CONTACT,
    Element.CONSENT_TO_JURISDICTION,
    Element.ACCEPTS_SERVICE,
)
OF_KIND: dict[NoticeKind, tuple[Element, ...]] = {
    NoticeKind.NOTICE: OF_A_NOTICE,
    NoticeKind.COUNTER_NOTICE: OF_A_COUNTER_NOTICE,
}
# DSA Art. 16(2) asks for reasons, place, name and e-mail, and good faith in the accuracy of it all: neither a
# signature nor perjury, which are American.
_NOT_ASKED_BY_THE_DSA = frozenset({Element.SIGNATURE, Element.AUTHORITY_UNDER_PERJURY})

# Consent to jurisdiction and service of process have no published reason code: the elements themselves say it.
_MISSING: dict[Element, ReasonCode] = {
    Element.SIGNATURE: ReasonCode.N_SIGNATURE_MISSING,
    Element.WORK_IDENTIFIED: ReasonCode.N_EXPLANATION_MISSING,
    Element.MATERIAL_LOCATED: ReasonCode.N_URL_INVALID,
    Element.CONTACT: ReasonCode.N_IDENTITY_MISSING,
    Element.GOOD_FAITH: ReasonCode.N_GOOD_FAITH_MISSING,
    Element.ACCURACY: ReasonCode.N_ACCURACY_MISSING,
    Element.AUTHORITY_UNDER_PERJURY: ReasonCode.N_PERJURY_MISSING,
    Element.MISTAKE_UNDER_PERJURY: ReasonCode.N_PERJURY_MISSING,
}

_ABSENT = FoundElement()
_MARGIN = "*>_"  # emphasis and quoted mail around the words
_MAX_ANCHORS = 50
_SENTENCE = 600
_ABBREVIATED = r"(?<!\bNo)(?<!\bNr)(?<!\bMr)(?<!\bDr)(?<!\bSt)(?<!\bU\.S)(?<!\bInc)(?<!\bLtd)(?<!\bArt)"
_SENTENCE_END = re.compile(rf"{_ABBREVIATED}[.!?](?=\s)(?!\s{{1,3}}[a-z\d])|[\u3002\uff01\uff1f]|\n[ \t]*\n")
_WORD = re.compile(r"\w")


def find_elements(
    kind: NoticeKind, text: str, plain: str, sections: Sections, urls: tuple[ParsedUrl, ...]
) -> dict[Element, FoundElement]:
    """Every element that a text of this kind should have, found or not."""
    statements = {element: _find_statement(plain, phrases, sections) for element, phrases in STATEMENTS.items()}
    headings = [(section.start, section.body) for section in sections.all]
    silenced = blank(plain, headings + [span for span in statements.values() if span])
    spans: dict[Element, Span | None] = {
        **statements,
        Element.SIGNATURE: find_signature(plain, sections),
        Element.WORK_IDENTIFIED: _find_work(silenced, sections),
        Element.MATERIAL_LOCATED: next(((url.start, url.end) for url in urls if url.role is UrlRole.COMPLAINED), None),
        Element.CONTACT: find_contact(plain, sections),
    }
    return {element: _found(text, spans[element]) for element in OF_KIND.get(kind, ())}


def missing_codes(elements: dict[Element, FoundElement], legal_basis: LegalBasis | None) -> tuple[ReasonCode, ...]:
    """The reason codes of what is not there and the legal basis asks for."""
    excused = _NOT_ASKED_BY_THE_DSA if legal_basis is LegalBasis.DSA else frozenset()
    absent = [element for element, found in elements.items() if not found.present and element not in excused]
    return tuple(dict.fromkeys(_MISSING[element] for element in absent if element in _MISSING))


def code_of(element: Element) -> ReasonCode | None:
    """The reason code that asks for an element, if one does."""
    return _MISSING.get(element)


def _found(text: str, span: Span | None) -> FoundElement:
    if span is None:
        return _ABSENT
    start, end = span
    while start < end and (text[start].isspace() or text[start] in _MARGIN):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in _MARGIN):
        end -= 1
    return FoundElement(present=True, text=text[start:end], start=start, end=end) if end > start else _ABSENT


def _find_statement(plain: str, phrases: Phrases, sections: Sections) -> Span | None:
    """The sentence that makes a statement, without what another label heads."""
    found = _first_match(plain, phrases)
    if found is None:
        return None
    start, end = found
    last = sections.at(end - 1).start
    return (last, end) if start < last and phrases.any_of.search(plain, last, end) else found


def _first_match(plain: str, phrases: Phrases) -> Span | None:
    for index, match in enumerate(phrases.any_of.finditer(plain)):
        if index >= _MAX_ANCHORS:
            break
        if phrases.together is None:
            return _sentence_around(plain, *match.span())
        sentence, paragraph = _sentence_around(plain, *match.span()), _paragraph_around(plain, *match.span())
        if phrases.together.search(plain, *sentence):
            return sentence
        if beside := phrases.together.search(plain, *paragraph):
            return _sentence_around(plain, min(match.start(), beside.start()), max(match.end(), beside.end()))
    return None


def _find_work(silenced: str, sections: Sections) -> Span | None:
    """Return the reporter's description of the work: the form's answer, or a sentence that names it."""
    for section in sections.of(Part.WORK) + sections.of(Part.REASONS):
        if _WORD.search(silenced, section.body, section.end):
            return section.body, section.end
    if match := WORK.any_of.search(silenced):
        return _sentence_around(silenced, *match.span())
    return None


def _paragraph_around(plain: str, start: int, end: int) -> Span:
    before = plain.rfind("\n\n", max(0, start - _SENTENCE), start)
    after = plain.find("\n\n", end, end + _SENTENCE)
    return (
        before if before >= 0 else max(0, start - _SENTENCE),
        after if after >= 0 else min(len(plain), end + _SENTENCE),
    )


def _sentence_around(plain: str, start: int, end: int) -> Span:
    floor = max(0, start - _SENTENCE)
    for boundary in _SENTENCE_END.finditer(plain, floor, start):
        floor = boundary.end()
    after = _SENTENCE_END.search(plain, end, end + _SENTENCE)
    return floor, after.end() if after else min(len(plain), end + _SENTENCE)
