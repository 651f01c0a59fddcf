"""Which URLs are the marketplace's, and which listing they name."""

import pytest
from pydantic import ValidationError

from libraries.notices import ListingRef, MarketplaceUrls, UrlPattern, listing_of

SHOP = MarketplaceUrls(
    patterns=(
        UrlPattern(marketplace="shop", pattern=r"shop\.example/item/(?P<listing_id>\d+)"),
        UrlPattern(marketplace="shop-fr", pattern=r"boutique\.example/(?:annonce/|a-)(?P<listing_id>[a-z0-9]+)"),
    ),
    hosts=("shop.example", "*.shops.example"),
    pages=(r"shop\.example/help",),
)


@pytest.mark.parametrize(
    ("url", "marketplace", "listing_id"),
    [
        ("https://shop.example/item/9001", "shop", "9001"),
        ("http://www.shop.example/item/9001?ref=mail#photos", "shop", "9001"),
        ("HTTPS://SHOP.EXAMPLE/item/9001/", "shop", "9001"),
        ("shop.example/item/9001", "shop", "9001"),
        ("https://shop.example:443/item/9001", "shop", "9001"),
        ("https://boutique.example/a-x7", "shop-fr", "x7"),
    ],
)
def test_a_listing_is_known_by_its_url(url: str, marketplace: str, listing_id: str) -> None:
    assert listing_of(url, SHOP) == ListingRef(marketplace=marketplace, listing_id=listing_id)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://shop.example/store/77",
        "https://elsewhere.example/shop.example/item/9001",
        "https://shop.example.evil.example/item/9001",
        "https://shop.example/help/item/9001",
        "ftp://shop.example/item/9001",
        "https://[broken/item/1",
        "https://shop.example/item/" + "9" * 2_048,
    ],
)
def test_other_urls_name_no_listing(url: str) -> None:
    assert listing_of(url, SHOP) is None


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("https://shop.example/store/77", True),
        ("https://anna.shops.example", True),
        ("https://shop.example/", False),
        ("https://shop.example/help/ip", False),
        ("https://shops.example/item/1", False),
        ("https://elsewhere.example/item/1", False),
    ],
)
def test_only_pages_of_the_marketplace_can_be_complained_of(url: str, owned: bool) -> None:
    assert SHOP.owns(url) is owned


@pytest.mark.parametrize("pattern", ["shop/item/([0-9]+)", "shop/(?P<listing_id>[0-9+", ""])
def test_a_pattern_must_compile_and_name_the_listing(pattern: str) -> None:
    with pytest.raises(ValidationError):
        UrlPattern(marketplace="shop", pattern=pattern)


def test_hosts_are_names_in_any_case_and_pages_must_compile() -> None:
    assert MarketplaceUrls(patterns=(), hosts=("Shop.Example",)).owns("https://shop.example/store/77")
    with pytest.raises(ValidationError):
        MarketplaceUrls(patterns=(), pages=("shop(",))
