"""The marketplace's addresses, as the operator has set them: which URL is a listing, which is a store."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.intake.domain.notices import MarketplaceUrls, Place, UrlPattern
from services.intake.settings import MarketplaceSetting

_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s]*)?", re.IGNORECASE)
_BEFORE_HOST = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


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
                    UrlPattern(marketplace=own.name, pattern=pattern) for own in settings for pattern in own.patterns
                ),
                hosts=tuple(host for own in settings for host in own.hosts),
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
        address = _BEFORE_HOST.sub("", url, count=1)
        return any(store.match(address) for store in self.stores)


def is_web_address(url: str) -> bool:
    """Whether this is an address of the web, with a host and without a user's name before it."""
    return _WEB_ADDRESS.fullmatch(url) is not None
