"""Notices: from the text of a letter, an e-mail or a pasted form to what the law asks of it.

The parser is `libraries.notices.parse`, and no part of this module: who needs only the words and addresses of a notice
does not build the phrases of thirteen languages.
"""

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
]
