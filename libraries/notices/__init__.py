"""Notices: from the text of a letter, an e-mail or a pasted form to what the law asks of it."""

from libraries.notices.marketplace import ListingRef, MarketplaceUrls, Place, UrlPattern, listing_of
from libraries.notices.model import (
    Draft,
    Element,
    FoundElement,
    NoticeKind,
    ParsedNotice,
    ParsedUrl,
    UrlRole,
)
from libraries.notices.parse import parse_notice

__all__ = [
    "Draft",
    "Element",
    "FoundElement",
    "ListingRef",
    "MarketplaceUrls",
    "NoticeKind",
    "ParsedNotice",
    "ParsedUrl",
    "Place",
    "UrlPattern",
    "UrlRole",
    "listing_of",
    "parse_notice",
]
