"""Which URLs are the marketplace's, and which listing each one names: configuration of the operator."""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum, unique
from functools import cached_property
from operator import itemgetter
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from libraries.notices.address import MAX_URL_LENGTH, Address, address_of, normal_host, normal_id

# A URL in normal form as it stands: without a port, a user, a fragment, an escape or a dot segment, and in ASCII with a
# host in small letters. Nearly every URL is like this, and taking one apart costs ten times a match.
_PLAIN = r"(?-i:https?://(?:www\.)?+(?=[a-z0-9.-]++(?<!\.)(?:(?:/(?!\.)[!\"$&-.0-~]*+)++(?<!\?))?+\Z))"


Place = tuple[str, str]
"""Where a listing is: its marketplace, and its id there."""


class ListingRef(BaseModel):
    """A listing as the marketplace itself knows it."""

    model_config = ConfigDict(frozen=True)

    marketplace: str
    listing_id: str


@unique
class IdCase(StrEnum):
    """How an id is written, where the marketplace takes it in any case."""

    AS_WRITTEN = "as_written"
    LOWER = "lower"
    UPPER = "upper"


class UrlPattern(BaseModel):
    """One shape of listing URL, as a regular expression whose named groups make the listing's id.

    Usually that is one group, `listing_id`. Of several, the values are joined by a slash in the order of the groups'
    names, so that `i.77.5` and `product/77/5` can be one listing.

    The pattern is matched from the start of the URL's normal form without scheme and `www.`
    (`shop.example/item/9001?ref=a`), and without the fragment unless the pattern has a `#` itself. Operators write
    these, so URLs longer than 2,048 characters are never tried: a pattern that backtracks badly has little to chew on.
    """

    model_config = ConfigDict(frozen=True)

    marketplace: str = Field(min_length=1)
    pattern: str = Field(min_length=1, max_length=1_000)
    id_case: IdCase = IdCase.AS_WRITTEN

    @model_validator(mode="after")
    def _names_the_listing(self) -> Self:
        try:
            groups = self.regex.groupindex
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        if not groups:
            raise ValueError("the pattern has no named group, such as listing_id, that makes the listing's id")
        return self

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    @cached_property
    def plain(self) -> re.Pattern[str] | None:
        """The same for whole URLs that are plain; none where the pattern cannot be part of another.

        A pattern with a host in Unicode sees the same host in ASCII only once the URL is taken apart.
        """
        if not self.pattern.isascii():
            return None
        try:
            return re.compile(f"{_PLAIN}(?:{self.pattern})", re.IGNORECASE)
        except re.error:
            return None

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups that make the id, in the order in which they do."""
        return tuple(sorted(self.regex.groupindex))

    def id_in(self, address: Address) -> str | None:
        """Return the id in an address; empty where the pattern names none, None where it does not match.

        A path with letters beyond ASCII can be read in two ways; the one counts in which the pattern reads more. Its
        host is read in Unicode only where the pattern does not know it in ASCII.
        """
        seen = address.whole if "#" in self.pattern else address.forms
        for in_ascii in (True, False):
            forms = [form for form in seen if form.startswith(address.host) is in_ascii]
            if found := [normal_id(self.id_of(match)) for form in forms if (match := self.regex.match(form))]:
                return max(found, key=len)
        return None

    def id_of(self, match: re.Match[str]) -> str:
        """Return the id that a match names."""
        parts = [match[group] for group in self.groups]
        listing_id = "/".join(parts) if all(parts) else ""
        if self.id_case is IdCase.AS_WRITTEN:
            return listing_id
        return listing_id.upper() if self.id_case is IdCase.UPPER else listing_id.lower()


class MarketplaceUrls(BaseModel):
    """The marketplace's addresses: the hosts that are its own, its listings, and its pages that are never a listing.

    `hosts` are names, `*.shop.example` standing for every subdomain; `pages` are regular expressions of URLs on those
    hosts that belong to the marketplace itself (help, policies), matched like listing patterns. `short_hosts` are those
    of its own short links, which do not say where they lead.
    """

    model_config = ConfigDict(frozen=True)

    patterns: tuple[UrlPattern, ...]
    hosts: tuple[Annotated[str, AfterValidator(normal_host)], ...] = ()
    short_hosts: tuple[Annotated[str, AfterValidator(normal_host)], ...] = ()
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
        pattern = self.patterns[0] if self.patterns and not self.pages else None
        first = pattern.plain if pattern else None
        if pattern is None or first is None or max(map(len, urls), default=0) > MAX_URL_LENGTH:
            return [self._apart(url) for url in urls]
        marketplace, match = pattern.marketplace, first.match
        id_of: Callable[[re.Match[str]], str | Any] = pattern.id_of
        if len(pattern.groups) == 1 and pattern.id_case is IdCase.AS_WRITTEN:
            id_of = itemgetter(pattern.groups[0])
        return [
            (marketplace, listing_id) if found and (listing_id := id_of(found)) else self._apart(url)
            for url, found in zip(urls, map(match, urls), strict=True)
        ]

    def _apart(self, url: str) -> Place | None:
        address = address_of(url)
        if address is None or self._is_page(address):
            return None
        for pattern in self.patterns:
            listing_id = pattern.id_in(address)
            if listing_id is not None:
                return (pattern.marketplace, listing_id) if listing_id else None
        return None

    def owns(self, url: str) -> bool:
        """Return whether a URL may be complained of here: on the marketplace, and no front or help page."""
        address = address_of(url)
        if address is None or self._is_page(address):
            return False
        if self._is_subdomain(address.host):
            return True
        path = address.forms[0].removeprefix(address.host)
        return self.listing_of(url) is not None or (address.host in self.hosts and bool(path.strip("/")))

    def is_short(self, url: str) -> bool:
        """Tell a short link of the marketplace itself: only who opens it learns which listing it leads to."""
        address = address_of(url) if self.short_hosts else None
        return address is not None and address.host in self.short_hosts

    def _is_subdomain(self, host: str) -> bool:
        return any(host.endswith(own[1:]) for own in self.hosts if own.startswith("*."))

    def _is_page(self, address: Address) -> bool:
        return any(page.match(form) for page in self._page_patterns for form in address.forms)

    @cached_property
    def _page_patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(page, re.IGNORECASE) for page in self.pages)


def listing_of(url: str, marketplace: MarketplaceUrls) -> ListingRef | None:
    """The listing that a URL names on the marketplace, if it names one."""
    return marketplace.listing_of(url)
