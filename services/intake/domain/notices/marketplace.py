"""Which URLs are the marketplace's, and which listing each one names: configuration of the operator."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MAX_URL_LENGTH = 2_048

# A URL without a port, a user, a fragment, or anything but lower-case ASCII before its path: what patterns see of it is
# what stands there. Nearly every URL is like this, and taking one apart costs ten times a match.
_PLAIN = r'(?-i:https?://(?:www\.)?+(?=[a-z0-9.-]++(?:/[!-"$-~]*+(?<!\?))?+\Z))'


Place = tuple[str, str]
"""Where a listing is: its marketplace, and its id there."""


class ListingRef(BaseModel):
    """A listing as the marketplace itself knows it."""

    model_config = ConfigDict(frozen=True)

    marketplace: str
    listing_id: str


class UrlPattern(BaseModel):
    """One shape of listing URL, as a regular expression with the named group `listing_id`.

    The pattern is matched from the start of the URL's text without scheme, `www.` and fragment
    (`shop.example/item/9001?ref=a`). Operators write these, so URLs longer than 2,048 characters are never tried:
    a pattern that backtracks badly has little to chew on.
    """

    model_config = ConfigDict(frozen=True)

    marketplace: str = Field(min_length=1)
    pattern: str = Field(min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _names_the_listing(self) -> Self:
        try:
            groups = self.regex.groupindex
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        if "listing_id" not in groups:
            raise ValueError("the pattern has no group named listing_id")
        return self

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    @cached_property
    def plain(self) -> re.Pattern[str] | None:
        """The same for whole URLs that are plain; none where the pattern cannot be part of another."""
        try:
            return re.compile(f"{_PLAIN}(?:{self.pattern})", re.IGNORECASE)
        except re.error:
            return None


class MarketplaceUrls(BaseModel):
    """The marketplace's addresses: the hosts that are its own, its listings, and its pages that are never a listing.

    `hosts` are names, `*.shop.example` standing for every subdomain; `pages` are regular expressions of URLs on those
    hosts that belong to the marketplace itself (help, policies), matched like listing patterns.
    """

    model_config = ConfigDict(frozen=True)

    patterns: tuple[UrlPattern, ...]
    hosts: tuple[Annotated[str, StringConstraints(to_lower=True)], ...] = ()
    pages: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _pages_compile(self) -> Self:
        for page in self.pages:
            try:
                re.compile(page)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from error
        return self

    def listing_of(self, url: str) -> ListingRef | None:
        """The listing that a URL names, by the first pattern that knows it."""
        found = self.place_of(url)
        return None if found is None else ListingRef(marketplace=found[0], listing_id=found[1])

    def place_of(self, url: str) -> Place | None:
        """The same, as light as it can be."""
        return self.places_of([url])[0]

    def places_of(self, urls: Sequence[str]) -> list[Place | None]:
        """The same for hundreds of URLs, most of which the first pattern knows."""
        first = self.patterns[0].plain if self.patterns and not self.pages else None
        if first is None or max(map(len, urls), default=0) > MAX_URL_LENGTH:
            return [self._apart(url) for url in urls]
        marketplace, match, listing = self.patterns[0].marketplace, first.match, first.groupindex["listing_id"]
        return [
            (marketplace, listing_id) if found and (listing_id := found[listing]) else self._apart(url)
            for url, found in zip(urls, map(match, urls), strict=True)
        ]

    def _apart(self, url: str) -> Place | None:
        address = _address(url)
        if address is None or self._is_page(address):
            return None
        for pattern in self.patterns:
            if match := pattern.regex.match(address):
                listing_id = match["listing_id"]
                return (pattern.marketplace, listing_id) if listing_id else None
        return None

    def owns(self, url: str) -> bool:
        """Whether a URL may be complained of here: on the marketplace, and more than its front door or a help page."""
        address = _address(url)
        if address is None or self._is_page(address):
            return False
        host, _, path = address.partition("/")
        if self._is_subdomain(host):
            return True
        return self.listing_of(url) is not None or (host in self.hosts and bool(path.strip("/")))

    def _is_subdomain(self, host: str) -> bool:
        return any(host.endswith(own[1:]) for own in self.hosts if own.startswith("*."))

    def _is_page(self, address: str) -> bool:
        return any(page.match(address) for page in self._page_patterns)

    @cached_property
    def _page_patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(page, re.IGNORECASE) for page in self.pages)


def listing_of(url: str, marketplace: MarketplaceUrls) -> ListingRef | None:
    """The listing that a URL names on the marketplace, if it names one."""
    return marketplace.listing_of(url)


def _address(url: str) -> str | None:
    """Host and what follows, as patterns see them; nothing for what is no web address."""
    if len(url) > MAX_URL_LENGTH:
        return None
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return None
    host = parts.netloc.lower().rpartition("@")[2].partition(":")[0].removeprefix("www.")
    if parts.scheme not in {"http", "https"} or not host:
        return None
    return f"{host}{parts.path}{'?' + parts.query if parts.query else ''}"
