"""Two spellings of one address name one listing."""

import json
from pathlib import Path

import idna
import pytest

from libraries.notices.address import address_of, normal_host, normal_id, without_dots
from services.intake.reports.marketplaces import Marketplaces
from services.intake.settings import MarketplaceSetting
from services.intake.vault.addresses import seen
from tests.services.intake.conftest import Intake, a_report

SHIPPED = Path(__file__).parents[3] / "cli" / "demo" / "marketplaces.json"


def _shop(pattern: str, *more: str, **settings: object) -> Marketplaces:
    return Marketplaces.of([MarketplaceSetting.model_validate({"name": "m", "patterns": (pattern, *more), **settings})])


ANY = _shop(r"shop\.example/item/(?P<listing_id>[^?]+?)/?(?:\?|$)")
ONE_LISTING = {
    "lamp-001": [
        "https://shop.example/item/lamp-001", "https://shop.example/item/lamp%2D001", "https://shop.example/item/%6Camp-001",
        "http://shop.example/item/lamp-001", "https://www.shop.example/item/lamp-001?ref=a#top",
        "HTTPS://SHOP.EXAMPLE/item/lamp-001", "https://shop.example./item/lamp-001",
        "https://shop.example:443/item/lamp-001", "http://shop.example:80/item/lamp-001",
        "https://shop.example/a/../item/./lamp-001", "https://shop.example/%2E/item/lamp-001",
        "https://shop.example/item/lamp-001/", "https://shop.example/item/lamp-001?", "shop.example/item/lamp-001",
    ],
    "caf%C3%A9": [
        "https://shop.example/item/caf%C3%A9", "https://shop.example/item/caf%c3%a9", "https://shop.example/item/caf\u00e9",
        "https://shop.example/item/cafe\u0301", "https://shop.example/item/cafe%CC%81", "https://shop.example/item/c%61fe%cc%81",
    ],
    "a%2Fb": ["https://shop.example/item/a%2Fb", "https://shop.example/item/a%2fb"],
    "%FF": ["https://shop.example/item/%FF", "https://shop.example/item/%ff"],
    "%E2%80%8B": ["https://shop.example/item/%E2%80%8B", "https://shop.example/item/%e2%80%8b"],
}  # fmt: skip


@pytest.mark.parametrize("listing_id", ONE_LISTING)
def test_spellings_of_one_address_are_one_listing(listing_id: str) -> None:
    urls = ONE_LISTING[listing_id]
    assert dict(zip(urls, ANY.listings(urls), strict=True)) == dict.fromkeys(urls, ("m", listing_id))


@pytest.mark.parametrize(
    "url",
    [
        "https://user@shop.example/item/1", "https://user:word@shop.example/item/1", "https://@shop.example/item/1",
        "https://shop.example:8443/item/1", "https://shop.example:x/item/1", "https://shop.example/%69tem%2F1",
    ],
)  # fmt: skip
def test_another_place_is_no_listing(url: str) -> None:
    assert ANY.listing(url) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b/c/./../../g", "/a/g"), ("/../a", "/a"), ("/a/..", "/"), ("/a/.", "/a/"), ("/.", "/"), ("/a/.b", "/a/.b"),
        ("/a//../b", "/a/b"), ("", ""), ("/...", "/..."),
    ],
)  # fmt: skip
def test_dot_segments_leave_a_path(path: str, expected: str) -> None:
    assert without_dots(path) == expected


@pytest.mark.parametrize("configured", ["l\u00e4den[.]example", "xn--lden-loa[.]example", "L\u00c4DEN[.]example"])
@pytest.mark.parametrize(
    "given",
    [
        "l\u00e4den.example",
        "xn--lden-loa.example",
        "XN--LDEN-LOA.example",
        "la\u0308den.example",
        "L\u00c4DEN.EXAMPLE",
        "www.l\u00e4den.example",
    ],
)
def test_a_host_in_unicode_and_its_ascii_form_are_one(configured: str, given: str) -> None:
    pattern = configured + r"/item/(?P<listing_id>\d+)$"
    assert _shop(pattern).listing(f"https://{given}/item/7") == ("m", "7")
    hosts = _shop(pattern, hosts=("l\u00e4den.example", "*.B\u00dcCHER.example")).urls
    assert hosts.owns(f"https://{given}/store/9")
    assert hosts.owns("https://anna.xn--bcher-kva.example")


def test_hosts_have_one_form() -> None:
    assert normal_host("Stra\u00dfe.example.") == "xn--strae-oqa.example"
    assert normal_host("*.SHOP.example") == "*.shop.example"
    assert normal_host("\uff33\uff28\uff2f\uff30.example") == "shop.example"
    assert normal_host("a_b.example") == "a_b.example"
    assert normal_host("\u2603_.example") == "\u2603_.example"


def test_a_pattern_may_fold_the_case_of_ids() -> None:
    pattern = r"shop\.example/dp/(?P<listing_id>[A-Z0-9]{10})$"
    for id_case, listing_id in (("upper", "B0ABCDEFGH"), ("lower", "b0abcdefgh")):
        folding = _shop(pattern, id_case=id_case)
        urls = [
            "https://shop.example/dp/B0ABCDEFGH",
            "https://shop.example/DP/b0abcdefgh",
            "https://shop.example/dp/B0abcdefg%48",
        ]
        assert folding.listings(urls) == [("m", listing_id)] * 3
    as_written = _shop(pattern).listings(["https://shop.example/dp/B0ABCDEFGH", "https://shop.example/dp/b0abcdefgh"])
    assert as_written == [("m", "B0ABCDEFGH"), ("m", "b0abcdefgh")]


def test_several_groups_make_one_id() -> None:
    two = _shop(
        r"shop\.example/i\.(?P<a_shop>\d+)\.(?P<b_item>\d+)$",
        r"shop\.example/product/(?P<a_shop>\d+)/(?P<b_item>\d+)$",
        r"shop\.example/(?P<b_item>\d+)-of-(?P<a_shop>\d+)$",
    )
    urls = [f"https://shop.example/{path}" for path in ("i.77.5", "product/77/5", "5-of-77", "%69.77.5")]
    assert two.listings(urls) == [("m", "77/5")] * 4
    optional = _shop(r"shop\.example/(?P<a>\d+)(?:/(?P<b>\d+))?$")
    assert optional.listings(["https://shop.example/1/2", "https://shop.example/1"]) == [("m", "1/2"), None]


def test_a_pattern_may_see_the_fragment() -> None:
    seeing = _shop(r"shop\.example/app#!?/item/(?P<listing_id>[\w%-]+)", r"shop\.example/item/(?P<listing_id>\w+)$")
    urls = [
        "https://shop.example/app#/item/7", "https://shop.example/app#!/item/7", "https://www.shop.example/app#/item/%37",
        "https://shop.example/item/7#reviews",
    ]  # fmt: skip
    assert seeing.listings(urls) == [("m", "7")] * 4
    assert seeing.listing("https://shop.example/app") is None


SHORT = _shop(r"shop\.example/item/(?P<listing_id>\d+)", short_hosts=("s.example", "\u00e4.example"))


def test_short_links_of_the_marketplace_are_known_by_their_hosts() -> None:
    for url in (
        "https://s.example/x7",
        "http://www.S.example/x7",
        "https://xn--4ca.example/x7",
        "https://\u00e4.example/x7",
    ):
        assert SHORT.is_short(url), url
    for url in ("https://shop.example/item/1", "https://a.s.example/x7", "https://x@s.example/x7", "ftp://s.example/x"):
        assert not SHORT.is_short(url), url


def test_the_shipped_code_host_has_one_listing_with_and_without_a_slash() -> None:
    shipped = Marketplaces.of([MarketplaceSetting(**one) for one in json.loads(SHIPPED.read_bytes())])
    hosts = {
        "ash/lamp": [
            "https://github.com/ash/lamp",
            "https://github.com/ash/lamp/",
            "https://www.github.com/ash/lamp//?tab=x",
        ],
        "ash.github.io/lamp": ["https://ash.github.io/lamp", "https://ash.github.io/lamp/"],
        "ash.github.io": ["https://ash.github.io", "https://ash.github.io/"],
    }
    for listing_id, urls in hosts.items():
        assert shipped.listings(urls) == [("code-host", listing_id)] * len(urls)
    assert shipped.listing("https://github.com/") is None


def test_ids_stand_as_in_their_addresses() -> None:
    assert normal_id("lamp%2d001") == "lamp-001"
    assert normal_id("cafe\u0301") == "caf%C3%A9"
    assert normal_id("100%") == "100%"


def test_every_normal_form_is_its_own() -> None:
    for urls in ONE_LISTING.values():
        for url in urls:
            first = address_of(url)
            assert first is not None
            again = address_of(f"https://{first.forms[0]}")
            assert again is not None
            assert again.forms == first.forms


INVISIBLE = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u2066",
    "\u180e",
]


@pytest.mark.parametrize("letter", INVISIBLE)
def test_what_cannot_be_seen_leaves_an_address(letter: str) -> None:
    assert seen(f"{letter}https://shop.ex{letter}ample/item/9{letter}\u00a0") == "https://shop.example/item/9"


async def test_an_address_is_filed_without_what_cannot_be_seen_and_one_listing_once(intake: Intake) -> None:
    right = await intake.right()
    report = a_report(right["id"])
    report["items"] = [{"url": "\u200bhttps://shop.example/item/9\u00ad001\ufeff\u00a0", "listing_id": "9001\u200b"}]
    filed = await intake.brand.post("/v1/reports", json=report)
    assert filed.status_code == 201, filed.text
    assert [(one["listing_id"], one["url"]) for one in filed.json()["items"]] == [
        ("9001", "https://shop.example/item/9001")
    ]
    for url in (
        "https://shop.example/item/%39001",
        "https://shop.example/x/../item/9001",
        "https://shop.example./item/9001",
    ):
        again = await intake.brand.post("/v1/reports", json={**report, "items": [{"url": url}]})
        assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "R_DUPLICATE"), url
    user = await intake.brand.post("/v1/reports", json={**report, "items": [{"url": "https://u@shop.example/item/9"}]})
    assert (user.status_code, user.json()["errors"][0]["code"]) == (422, "N_URL_INVALID")
    work = await intake.brand.post("/v1/rights", json={
        "type": "copyright", "title": "W", "owner": {"name": "A"}, "kind_of_work": "literary", "author": "B",
        "created_on": "2020-01-01", "original_url": "https://brand.example/\u200bwork\ufeff",
    })  # fmt: skip
    assert work.json()["original_url"] == "https://brand.example/work"


def test_a_host_that_no_name_can_have_stays_as_it_is_and_is_not_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoding it takes time that grows with the square of its length, and ends in a refusal."""
    worked: list[str] = []
    encode = idna.encode

    def watched(name: str) -> bytes:
        worked.append(name)
        return encode(name)

    monkeypatch.setattr("idna.encode", watched)
    ideographs = "".join(chr(0x4E00 + 37 * n) for n in range(248))
    labels = (ideographs, ideographs[:60], ideographs[:40], ".".join([ideographs[:20]] * 13))
    for host in (f"{label}.cn" for label in labels):
        assert normal_host(host) == host
    assert worked == []
    assert normal_host("b\u00fccher-im-netz.example") == "xn--bcher-im-netz-wob.example"
    assert worked == ["b\u00fccher-im-netz.example"]
