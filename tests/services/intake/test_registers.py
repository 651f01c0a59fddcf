import pytest

from services.intake.reports.marketplaces import Marketplaces, is_web_address
from services.intake.settings import MarketplaceSetting
from services.intake.vault.registers import default_territories, number_complaint
from services.intake.vault.territories import UNION_STATES, covered, uncovered, within
from shared.contracts.codes import RightType
from shared.contracts.countries import COUNTRIES


def test_the_union_has_27_states_and_all_are_countries() -> None:
    assert len(UNION_STATES) == 27
    assert UNION_STATES < COUNTRIES
    assert len(COUNTRIES) == 249


@pytest.mark.parametrize(
    ("markets", "territories", "outside"),
    [
        (["DE", "FR"], ["EU"], []),
        (["DE", "US"], ["EU"], ["US"]),
        (["GB"], ["EU"], ["GB"]),
        (["JP", "BR"], ["WW"], []),
        (["DE"], ["DE", "FR"], []),
        ([], ["US"], []),
        (["US"], [], ["US"]),
    ],
)
def test_a_right_covers_the_countries_of_its_territories(
    markets: list[str], territories: list[str], outside: list[str]
) -> None:
    assert uncovered(markets, territories) == outside


def test_no_territory_is_wider_than_the_world() -> None:
    assert within(["WW"], "WW")
    assert not within(["WW"], "EU")
    assert within(["DE"], "EU")
    assert not within(["DE", "US"], "EU")
    assert covered(["EU"]) == UNION_STATES


@pytest.mark.parametrize(
    ("office", "right_type", "number"),
    [
        ("USPTO", "trademark", "1234567"),
        ("USPTO", "patent", "10123456"),
        ("USPTO", "design", "D123456"),
        ("EUIPO", "trademark", "018012345"),
        ("EUIPO", "design", "008123456-0001"),
        ("UKIPO", "trademark", "UK00003123456"),
        ("WIPO", "trademark", "1234567A"),
        ("CNIPA", "trademark", "G1234567"),
        ("CNIPA", "patent", "ZL201510123456.X"),
        ("EPO", "patent", "EP1234567B1"),
        ("DPMA", "trademark", "whatever a register likes"),
        (None, "copyright", None),
    ],
)
def test_a_number_of_the_offices_shape_is_no_complaint(office: str, right_type: str, number: str) -> None:
    assert number_complaint(office, RightType(right_type), number) is None


@pytest.mark.parametrize(
    ("office", "right_type", "number", "says"),
    [
        ("USPTO", "trademark", "97123456", "serial number"),
        ("USPTO", "design", "123456", "D and 6 or 7 digits"),
        ("EUIPO", "trademark", "18-01", "8 or 9 digits"),
        ("EPO", "patent", "1234567", "EP, 7 digits"),
        ("CNIPA", "patent", "ZL201540123456.X", "the kind"),
    ],
)
def test_a_number_of_another_shape_is_told_what_the_office_has(
    office: str, right_type: str, number: str, says: str
) -> None:
    assert says in (number_complaint(office, RightType(right_type), number) or "")


def test_copyright_holds_nearly_everywhere_and_other_rights_where_their_office_is() -> None:
    assert default_territories(RightType.COPYRIGHT, "USCO") == ["WW"]
    assert default_territories(RightType.TRADEMARK, "EUIPO") == ["EU"]
    assert default_territories(RightType.PATENT, "EPO") == []


SHOP = Marketplaces.of(
    [
        MarketplaceSetting(
            name="shop",
            patterns=(r"shop\.example/item/(?P<listing_id>\w+)(?:\?|$)",),
            store_patterns=("shop.example/s/",),
        )
    ]
)


@pytest.mark.parametrize(
    ("url", "listing_id"),
    [
        ("https://shop.example/item/9001", "9001"),
        ("http://www.SHOP.example/item/9001?ref=a#top", "9001"),
        ("https://shop.example/item/", None),
        ("https://shop.example.evil.example/item/9001", None),
        ("https://evil.example/?u=shop.example/item/9001", None),
        ("https://shop.example@evil.example/item/9001", None),
        ("ftp://shop.example/item/9001", None),
        ("https://[shop.example/item/9001", None),
    ],
)
def test_a_listing_is_what_the_patterns_name(url: str, listing_id: str | None) -> None:
    assert SHOP.listing(url) == (listing_id and ("shop", listing_id))


def test_stores_are_known_and_addresses_are_of_the_web() -> None:
    assert SHOP.is_store("https://shop.example/s/acme")
    assert not SHOP.is_store("https://shop.example/item/1")
    assert is_web_address("https://shop.example/item/1")
    assert not is_web_address("javascript:alert(1)")
    assert not is_web_address("https://user@shop.example/item/1")
    assert not is_web_address("shop.example/item/1")


def test_a_pattern_that_names_no_listing_stops_the_service() -> None:
    with pytest.raises(ValueError, match="listing_id"):
        Marketplaces.of([MarketplaceSetting(name="shop", patterns=("shop.example/item/",))])
