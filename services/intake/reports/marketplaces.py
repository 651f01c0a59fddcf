"""The marketplace's addresses, as the operator has set them: which URL is a listing, which is a store."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from libraries.notices import MarketplaceUrls, Place, UrlPattern
from libraries.notices.address import address_of
from services.intake.settings import MarketplaceSetting

_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s]*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Marketplaces:
    """Every address that this platform looks after."""

    urls: MarketplaceUrls
    stores: tuple[re.Pattern[str], ...]
    category_classes: Mapping[tuple[str, str], frozenset[int]]
    """By marketplace and category, in small letters."""

    @classmethod
    def of(cls, settings: Sequence[MarketplaceSetting]) -> "Marketplaces":
        """Raises `ValueError` where a pattern is none, or names no listing."""
        return cls(
            MarketplaceUrls(
                patterns=tuple(
                    UrlPattern(marketplace=own.name, pattern=pattern, id_case=own.id_case)
                    for own in settings
                    for pattern in own.patterns
                ),
                hosts=tuple(host for own in settings for host in own.hosts),
                short_hosts=tuple(host for own in settings for host in own.short_hosts),
                pages=tuple(page for own in settings for page in own.pages),
            ),
            tuple(re.compile(pattern, re.IGNORECASE) for own in settings for pattern in own.store_patterns),
            {
                (own.name, category.casefold()): frozenset(classes)
                for own in settings
                for category, classes in own.category_classes.items()
            },
        )

    def listing(self, url: str) -> Place | None:
        """The listing that a URL names."""
        return self.urls.place_of(url)

    def listings(self, urls: Sequence[str]) -> list[Place | None]:
        """The listings that hundreds of URLs name."""
        return self.urls.places_of(urls)

    def is_store(self, url: str) -> bool:
        address = address_of(url)
        return address is not None and any(store.match(form) for store in self.stores for form in address.forms)

    def is_short(self, url: str) -> bool:
        """Tell a short link of the marketplace itself."""
        return self.urls.is_short(url)


def is_web_address(url: str) -> bool:
    """Return whether this is an address of the web, with a host and without a user's name before it."""
    return _WEB_ADDRESS.fullmatch(url) is not None
