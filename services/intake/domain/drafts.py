"""A draft report out of a free-text notice."""

from typing import Any

from services.intake.domain.findings.of_letter import findings_of
from services.intake.domain.letters.model import Letter
from services.intake.domain.marketplaces import Marketplaces
from services.intake.domain.notices import Element, ParsedNotice, parse_notice


def read_notice(text: str, marketplaces: Marketplaces) -> dict[str, Any]:
    """What a notice says, and a report as far as it fills one; the right is for its owner to choose."""
    notice = parse_notice(text, marketplaces.urls)
    return {
        "kind": notice.kind,
        "complete": notice.complete,
        "language": notice.language,
        "title": notice.draft.title,
        "urls": [url.model_dump(include={"url", "role", "start", "end"}) for url in notice.urls],
        "elements": {element: found.model_dump() for element, found in notice.elements.items()},
        "missing": notice.missing,
        "substantially_complies": notice.substantially_complies,
        "findings": findings_of(notice),
        "draft": _draft(notice, marketplaces),
    }


def read_letter(letter: Letter, marketplaces: Marketplaces) -> dict[str, Any]:
    """The same of a letter that came as a file, with its text, to which positions refer, and its parts."""
    return {**read_notice(letter.text, marketplaces), "text": letter.text, "parts": letter.parts}


def _draft(notice: ParsedNotice, marketplaces: Marketplaces) -> dict[str, Any]:
    drafted = notice.draft
    return {
        "claim": drafted.claim,
        "language": notice.language,
        "items": [_item(url.url, marketplaces) for url in notice.complained],
        "explanation": drafted.explanation,
        "legal_basis": drafted.legal_basis,
        "statements": {
            "good_faith": _says(notice, Element.GOOD_FAITH),
            "accuracy": _says(notice, Element.ACCURACY),
            "perjury": _says(notice, Element.AUTHORITY_UNDER_PERJURY),
        },
        "signature": drafted.signature,
        "contact": {"name": drafted.contact_name, "email": drafted.contact_email},
    }


def _item(url: str, marketplaces: Marketplaces) -> dict[str, Any]:
    _, listing_id = marketplaces.listing(url) or (None, None)
    return {"url": url, "listing_id": listing_id}


def _says(notice: ParsedNotice, element: Element) -> bool:
    found = notice.elements.get(element)
    return found is not None and found.present
