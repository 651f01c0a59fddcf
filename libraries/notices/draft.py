"""Fields for a draft report: the claim, the legal basis, the work, the words that explain, who signs."""

import re
from collections.abc import Iterator
from itertools import islice

from libraries.notices.claims import claim_of, legal_basis_of
from libraries.notices.languages import every
from libraries.notices.model import Draft, Element, FoundElement
from libraries.notices.parts import Part
from libraries.notices.patterns import spaced
from libraries.notices.plain import Span
from libraries.notices.scripts import UNSPACED
from libraries.notices.sections import Sections
from libraries.notices.signatures import EMAIL, PHONE, SIGNED_MARK, find_signature

_MAX_EXPLANATION = 4_000
_MAX_PARAGRAPHS = 3

_TITLE = re.compile(
    r"(?:^|\n)[ \t\-#\d.)]{0,10}(?:title(?: of (?:the )?(?:work|book))?|original work|name of (?:the )?work"
    r"|(?:description of the )?copyrighted work|work|trade ?mark|mark|brand"
    + "".join(f"|{words}" for words in every("titles"))
    + r")"
    r"[ \t]?:[ \t]*(?P<title>[^\n]{2,200})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?<!\()\"(?P<title>[^\"]{2,120})\"")
_SAYS_NAME = spaced(
    rf"\b(?:{'|'.join(('my name is', *every('says_name')))}) (?P<name>[^\n,.;]{{2,60}}?)"
    rf"(?=[\n,.;]| (?:and|{'|'.join(every('and_'))}) |$)",
)
_EXPLAINS = spaced(
    r"infring\w+|counterfeit\w*|cop(?:y|ies|ied|ying)\b|unauthori[sz]ed|pirated|stolen|fakes?\b|identical|violat\w+",
    r"without (?:\w+ ){0,4}(?:permission|consent|licen[sc]e|authori[sz]ation)",
    r"licen[sc]e\w*|permission|belongs? to|proprietary|leaked|reproduc\w+|element of claim",
    *every("explains"),
)
# What calls itself a notice, or is the head of a mail, explains nothing yet.
_ANNOUNCES = spaced(
    r"^\W*(?:re|subject|from|to|betreff|objet|asunto|oggetto|assunto|betreft|dotyczy|konu|тема|件名|主题|主題|제목)\s*:",
    r"^\W*notice of|^\W*noti(?:ce|fication) of claimed infringement",
)
_BREAK = re.compile(r"\n\s*\n")
_ANSWERS = (Part.REASONS, Part.WORK, Part.AUTHORITY)
_WORD = re.compile(r"[^\W\d_]{2,}")
_URL = re.compile(r"\S{0,60}://\S{1,2000}")
_EXPLAINING_WORDS = 6
_UNSPACED = re.compile(f"[{UNSPACED}]")
_UNSPACED_WORD = 3  # letters
_STATEMENT_ELEMENTS = (
    Element.GOOD_FAITH,
    Element.ACCURACY,
    Element.AUTHORITY_UNDER_PERJURY,
    Element.MISTAKE_UNDER_PERJURY,
    Element.CONSENT_TO_JURISDICTION,
)


def draft_of(text: str, plain: str, silenced: str, sections: Sections, elements: dict[Element, FoundElement]) -> Draft:
    """The draft; `silenced` is the plain text without statements and questions, whose words are nobody's claim."""
    claim = claim_of(silenced)
    signed = find_signature(plain, sections)
    signature = _value(SIGNED_MARK.sub("", plain[slice(*signed)])) if signed else None
    email, phone = EMAIL.search(text), PHONE.search(text)
    return Draft(
        claim=claim,
        legal_basis=legal_basis_of(text, claim),
        title=_title_of(plain, elements.get(Element.WORK_IDENTIFIED)),
        explanation=_explanation_of(text, silenced, sections),
        signature=signature,
        contact_name=_writer_name(plain, sections) or signature,
        contact_email=email[0] if email else None,
        contact_phone=phone[0] if phone else None,
    )


def statement_spans(elements: dict[Element, FoundElement]) -> list[Span]:
    """Return where the law's own words stand."""
    found = (elements[element] for element in _STATEMENT_ELEMENTS if element in elements)
    return [(element.start, element.end) for element in found if element.start is not None and element.end is not None]


def _title_of(plain: str, work: FoundElement | None) -> str | None:
    if labelled := _TITLE.search(plain):
        return _value(labelled["title"])
    if work is None or work.start is None or work.end is None:
        return None
    quoted = _QUOTED.search(plain, work.start, work.end)
    return _value(quoted["title"]) if quoted else None


def _writer_name(plain: str, sections: Sections) -> str | None:
    for section in sections.of(Part.NAME):
        lines = section.answer(plain).splitlines()
        if lines and (name := _value(lines[0])):
            return name
    said = _SAYS_NAME.search(plain)
    return _value(said["name"]) if said else None


def _explanation_of(text: str, silenced: str, sections: Sections) -> str | None:
    """The form's answers about reasons, work and right; of a letter, the paragraphs that complain."""
    answers = [section.answer(text) for part in _ANSWERS for section in sections.of(part)]
    pieces = [answer for answer in answers if _explains(answer)]
    if not pieces:
        complaints = (
            text[start:end].strip()
            for start, end in _paragraphs(silenced)
            if _EXPLAINS.search(silenced, start, end) and not _ANNOUNCES.search(silenced[start:end])
        )
        pieces = list(islice(filter(_explains, complaints), _MAX_PARAGRAPHS))
    return "\n\n".join(dict.fromkeys(pieces))[:_MAX_EXPLANATION].strip() or None


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for gap in _BREAK.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _explains(answer: str) -> bool:
    words = _URL.sub(" ", answer[:_MAX_EXPLANATION])
    return len(_WORD.findall(words)) + len(_UNSPACED.findall(words)) // _UNSPACED_WORD >= _EXPLAINING_WORDS


def _value(written: str) -> str | None:
    """A value without the marks around it; what was redacted is no value."""
    value = " ".join(written.split()).strip(" *_/\"'.,;:>-")
    return value if value and "[private]" not in value.lower() else None
