"""What a draft report can be filled with: the claim, the legal basis, the work, the words that explain, who signs."""

import re

from services.intake.domain.notices.model import Draft, Element, FoundElement
from services.intake.domain.notices.patterns import any_of
from services.intake.domain.notices.sections import Part, Sections
from services.intake.domain.notices.signatures import EMAIL, PHONE
from shared.contracts.codes import Claim, LegalBasis

_MAX_EXPLANATION = 4_000
_MAX_COUNTED = 20

_CLAIMS: tuple[tuple[Claim, int, re.Pattern[str]], ...] = (
    # A counterfeit notice speaks of trademarks, and a design notice of copies: the rarer word weighs more.
    (
        Claim.COUNTERFEIT,
        3,
        any_of(
            r"counterfeit",
            r"\bfakes?\b",
            r"knock-?offs?",
            r"\breplicas?\b",
            r"fälschung",
            r"gefälscht",
            r"contrefaçons?",
            r"falsificaci",
            r"falsificad",
        ),
    ),
    (
        Claim.GEOGRAPHICAL_INDICATION,
        4,
        any_of(
            r"geographical indication",
            r"protected designation of origin",
            r"\bPDO\b",
            r"\bPGI\b",
            r"geschützte (?:ursprungsbezeichnung|geografische angabe)",
            r"appellation d'origine",
            r"denominación de origen",
        ),
    ),
    (
        Claim.TRADE_DRESS,
        4,
        any_of(
            r"trade dress",
            r"get-?up of",
        ),
    ),
    (
        Claim.PATENT,
        3,
        any_of(
            r"\bpatents?\b",
            r"\bpatented\b",
            r"\bbrevets?\b",
            r"\bpatente",
        ),
    ),
    (
        Claim.DESIGN,
        3,
        any_of(
            r"(?:registered|community|industrial|protected|eu) design",
            r"design patent",
            r"geschmacksmuster",
            r"eingetragenes design",
            r"gemeinschaftsgeschmack",
            r"dessins? (?:et|ou) modèles?",
            r"diseño (?:registrado|industrial|comunitario)",
        ),
    ),
    (
        Claim.TRADEMARK,
        2,
        any_of(
            r"trade-? ?marks?",
            r"service marks?",
            r"\bmarken(?:recht|inhaber|zeichen)?",
            r"\bunionsmarke",
            r"\bmarques?\b",
            r"\bmarcas?\b",
            r"brand name",
        ),
    ),
    (
        Claim.COPYRIGHT,
        1,
        any_of(
            r"copyright",
            r"dmca",
            r"digital millennium",
            r"urheber",
            r"droits? d'auteur",
            r"derechos? de autor",
            r"propiedad intelectual",
            r"source code",
            r"lichtbild",
        ),
    ),
)

_BASES: tuple[tuple[LegalBasis, re.Pattern[str]], ...] = (
    (
        LegalBasis.DSA,
        any_of(
            r"digital services act",
            r"\bDSA\b",
            r"2022/2065",
            r"gesetz über digitale dienste",
            r"règlement (?:européen )?sur les services numériques",
            r"(?:ley|reglamento) de servicios digitales",
        ),
    ),
    (
        LegalBasis.DMCA,
        any_of(
            r"\bDMCA\b",
            r"digital mill?ennium",
            r"17 ?u\.? ?s\.? ?c",
            r"\b512 ?\(",
        ),
    ),
    (
        LegalBasis.CHINA_ECOMMERCE,
        any_of(
            r"e-?commerce law",
            r"电子商务法",
        ),
    ),
)

_TITLE = re.compile(
    r"(?:^|\n)[ \t\-*#\d.)]{0,10}(?:title(?: of (?:the )?(?:work|book))?|original work|name of (?:the )?work"
    r"|copyrighted work|work|description of the copyrighted work"
    r"|trade ?mark|mark|brand|titel|werk|marke|titre|œuvre|marque|título|obra"
    r"|marca)[ \t]?:[ \t]*(?P<title>[^\n]{2,200})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"(?P<title>[^\"\n]{2,120})\"")
_NAME = re.compile(
    r"(?:^|\n)[ \t\-*]{0,8}(?:(?:my |full |contact )?(?:legal )?name|nom|nombre|reporter"
    r"|contact person)[ \t]?:[ \t]*(?P<name>[^\n]{2,120})"
    r"|\bmy name is (?P<said>[^\n,.;]{2,60})|\bje m'appelle (?P<dit>[^\n,.;]{2,60})"
    r"|\bmein name ist (?P<sagt>[^\n,.;]{2,60})|\bme llamo (?P<dice>[^\n,.;]{2,60})",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"infring\w+|counterfeit\w*|cop(?:y|ies|ied|ying)\b|unauthori[sz]ed"
    r"|without (?:\w+\s+){0,4}(?:permission|consent|licen[sc]e|authori[sz]ation)|stolen|fakes?\b|identical"
    r"|violat\w+"
    r"|belongs? to|proprietary|leaked|verletz\w+|fälschung\w*"
    r"|ohne\s+(?:\w+\s+){0,4}(?:erlaubnis|zustimmung|genehmigung|lizenz)|contrefa\w+"
    r"|sans\s+(?:\w+\s+){0,3}autorisation|infrac\w+|falsific\w+|sin\s+(?:\w+\s+){0,3}autorización",
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+){0,40}")
_ANSWERS = (Part.WORK, Part.AUTHORITY, Part.REASONS)
_SHORT_ANSWER = 25
_STATEMENT_ELEMENTS = (
    Element.GOOD_FAITH,
    Element.ACCURACY,
    Element.AUTHORITY_UNDER_PERJURY,
    Element.MISTAKE_UNDER_PERJURY,
    Element.CONSENT_TO_JURISDICTION,
)


def draft_of(text: str, silenced: str, sections: Sections, elements: dict[Element, FoundElement]) -> Draft:
    """The draft; `silenced` is the plain text without statements and questions, whose words are nobody's claim."""
    claim = _claim_of(silenced)
    signature = _value(elements.get(Element.SIGNATURE, FoundElement()).text)
    email, phone = EMAIL.search(text), PHONE.search(text)
    return Draft(
        claim=claim,
        legal_basis=legal_basis_of(text, claim),
        title=_title_of(text, sections),
        explanation=_explanation_of(text, silenced, sections),
        signature=signature,
        contact_name=_name_of(text) or signature,
        contact_email=email[0] if email else None,
        contact_phone=phone[0] if phone else None,
    )


def statement_spans(elements: dict[Element, FoundElement]) -> list[tuple[int, int]]:
    """Where the law's own words stand."""
    found = (elements[element] for element in _STATEMENT_ELEMENTS if element in elements)
    return [(element.start, element.end) for element in found if element.start is not None and element.end is not None]


def legal_basis_of(text: str, claim: Claim) -> LegalBasis:
    """The law that the text names; without one, the DMCA for copyright and the marketplace's terms for the rest."""
    named = [(match.start(), basis) for basis, words in _BASES if (match := words.search(text))]
    if named:
        return min(named)[1]
    return LegalBasis.DMCA if claim is Claim.COPYRIGHT else LegalBasis.TERMS


def _claim_of(silenced: str) -> Claim:
    def weighed(weight: int, words: re.Pattern[str]) -> int:
        return weight * sum(1 for _, _ in zip(range(_MAX_COUNTED), words.finditer(silenced), strict=False))

    scores = [(weighed(weight, words), claim) for claim, weight, words in _CLAIMS]
    best = max(score for score, _ in scores)
    return next(claim for score, claim in scores if score == best) if best else Claim.COPYRIGHT


def _title_of(text: str, sections: Sections) -> str | None:
    if labelled := _TITLE.search(text):
        return _value(labelled["title"])
    for section in sections.of(Part.WORK):
        if quoted := _QUOTED.search(text, section.body, section.end):
            return _value(quoted["title"])
    return None


def _name_of(text: str) -> str | None:
    match = _NAME.search(text)
    return _value(next(filter(None, match.groups()), "")) if match else None


def _explanation_of(text: str, silenced: str, sections: Sections) -> str | None:
    """The form's answers about work and right; of a letter, the paragraphs that complain."""
    answers = [section.answer(text) for part in _ANSWERS for section in sections.of(part)]
    pieces = [answer for answer in answers if len(answer) >= _SHORT_ANSWER]
    if not pieces:
        paragraphs = (match for match in _PARAGRAPH.finditer(silenced) if _EXPLAINS.search(match[0]))
        pieces = [text[match.start() : match.end()].strip() for _, match in zip(range(3), paragraphs, strict=False)]
    return "\n\n".join(dict.fromkeys(pieces))[:_MAX_EXPLANATION].strip() or None


def _value(written: str) -> str | None:
    """A value without the marks around it; what was redacted is no value."""
    value = " ".join(written.split()).strip(" *_/\"'.,;:")
    return value if value and "[private]" not in value.lower() else None
