"""A draft report out of a free-text notice."""

from typing import Any

from libraries.documents.model import Document
from libraries.notices import Element, MarketplaceUrls, ParsedNotice
from libraries.notices.parse import parse_notice
from services.intake.parsing.gaps import findings_of
from shared.contracts.codes import ItemPart, MediaType

UNDETERMINED = "undetermined"


def read_notice(text: str, urls: MarketplaceUrls) -> dict[str, Any]:
    """Return what a notice says, and a report as far as it fills one; the right is for its owner to choose."""
    notice = parse_notice(text, urls)
    return {
        "kind": notice.kind,
        "complete": notice.complete,
        "language": notice.language,
        "language_read": notice.language_read,
        "title": notice.draft.title,
        "urls": [url.model_dump(include={"url", "role", "start", "end"}) for url in notice.urls],
        "elements": {element: found.model_dump() for element, found in notice.elements.items()},
        "missing": notice.missing,
        "substantially_complies": notice.substantially_complies,
        "findings": findings_of(notice),
        "draft": _draft(notice, urls),
        "text": None,
        "parts": [],
    }


def read_file(document: Document, urls: MarketplaceUrls) -> dict[str, Any]:
    """Return the same of a letter that came as a file, with its text, to which positions refer, and its parts."""
    return {**read_notice(document.text, urls), "text": document.text, "parts": document.parts}


def _draft(notice: ParsedNotice, urls: MarketplaceUrls) -> dict[str, Any]:
    drafted = notice.draft
    return {
        "right_id": None,
        "claim": drafted.claim or UNDETERMINED,
        "reference": None,
        "language": notice.language,
        "markets": [],
        "items": [_item(url.url, urls) for url in notice.complained],
        "explanation": drafted.explanation,
        "evidence_ids": [],
        "legal_basis": drafted.legal_basis or UNDETERMINED,
        "statements": {
            "good_faith": _says(notice, Element.GOOD_FAITH),
            "accuracy": _says(notice, Element.ACCURACY),
            "perjury": _says(notice, Element.AUTHORITY_UNDER_PERJURY),
        },
        "signature": drafted.signature,
        "contact": {"name": drafted.contact_name, "email": drafted.contact_email},
    }


def _item(url: str, urls: MarketplaceUrls) -> dict[str, Any]:
    _, listing_id = urls.place_of(url) or (None, None)
    return {"url": url, "listing_id": listing_id, "media_type": MediaType.LISTING, "part": ItemPart.WHOLE}


def _says(notice: ParsedNotice, element: Element) -> bool:
    found = notice.elements.get(element)
    return found is not None and found.present
