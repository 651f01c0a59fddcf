"""The store of listings over the API: what is newest stands, each listing is answered for itself, nothing is lost."""

import asyncio
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from services.screening.jobs import forget_listing_versions
from shared.runtime.clock import SystemClock
from tests.services.screening.conftest import Screening, listing

SHOP = "shop.example"


async def test_what_was_put_in_is_read_as_it_was_told(screening: Screening) -> None:
    (result,) = await screening.put(listing())
    assert result == {"listing_id": "9001", "status": "created", "problem": None}
    (found,) = await screening.read("9001")
    received_at, content_hash = found.pop("received_at"), found.pop("content_hash")
    assert found == {
        "marketplace": "shop.example", "listing_id": "9001", "version": 7, "url": "https://shop.example/item/9001",
        "title": "Trail shoe, blue", "description": "New, in its box.", "brand": "ACME", "category": "shoes",
        "price": {"amount": 1999, "currency": "EUR"}, "markets": ["DE", "FR"],
        "images": [{"url": "https://cdn.shop.example/9001/1.jpg", "evidence_id": None, "pdq": None}],
        "seller": {"seller_id": "seller/77", "name": "Best Shoes Ltd", "country": "CN", "since": "2025-11-03"},
        "state": "live", "listed_at": "2026-09-14T08:30:00Z", "updated_at": "2026-10-02T11:05:00Z", "parent_id": None,
        "variants": [],
    }  # fmt: skip
    assert received_at > "2026"
    content = await screening.value("SELECT content FROM listing_versions")
    assert content_hash == hashlib.sha256(content.encode()).hexdigest()
    assert json.loads(content)["title"] == "Trail shoe, blue"


OLD, NEW = "2026-10-02T11:05:00Z", "2026-10-02T11:05:00.000001Z"


@pytest.mark.parametrize(
    ("known", "given", "status", "title"),
    [
        ({"version": 7}, {"version": 8}, "updated", "B"),
        ({"version": 7}, {"version": 8, "updated_at": OLD}, "updated", "B"),
        ({"version": 7}, {"version": 6, "updated_at": NEW}, "outdated", "A"),
        ({"version": 7}, {"version": 7}, "refused", "A"),
        ({"version": 7, "title": "B"}, {"version": 7}, "unchanged", "B"),
        ({"version": 7, "title": "B"}, {"version": 7, "updated_at": NEW}, "unchanged", "B"),
        ({"version": None, "updated_at": OLD}, {"version": None, "updated_at": NEW}, "updated", "B"),
        ({"version": None, "updated_at": NEW}, {"version": None, "updated_at": OLD}, "outdated", "A"),
        ({"version": None, "updated_at": OLD}, {"version": None, "updated_at": OLD}, "refused", "A"),
        ({"version": None, "updated_at": OLD, "title": "B"}, {"version": None, "updated_at": OLD}, "unchanged", "B"),
        ({"version": 7, "updated_at": OLD}, {"version": None, "updated_at": NEW}, "updated", "B"),
        ({"version": None, "updated_at": NEW}, {"version": 9, "updated_at": OLD}, "outdated", "A"),
    ],
)
async def test_the_newer_one_stands(
    screening: Screening, known: dict[str, Any], given: dict[str, Any], status: str, title: str
) -> None:
    await screening.put(listing(**{"title": "A", **known}))
    (result,) = await screening.put(listing(**{"title": "B", **given}))
    assert result["status"] == status
    assert [one["title"] for one in await screening.read("9001")] == [title]
    if status == "refused":
        problem = {"status": 409, "code": "listing_version_reused", "errors": []}
        assert {name: result["problem"][name] for name in problem} == problem
    assert len(await screening.kept()) == (2 if status == "updated" else 1)


@pytest.mark.parametrize(
    ("known", "given"),
    [({"version": 7, "updated_at": None}, {"version": None, "updated_at": NEW}),
     ({"version": None, "updated_at": OLD}, {"version": 7, "updated_at": None})],
)  # fmt: skip
async def test_of_two_that_have_nothing_to_be_compared_by_the_known_one_stands(
    screening: Screening, known: dict[str, Any], given: dict[str, Any]
) -> None:
    """The time at which it came says nothing: what the broker delivers again comes late."""
    await screening.put(listing(title="A", **known))
    (result,) = await screening.put(listing(title="B", **given))
    assert (result["status"], result["problem"]["status"], result["problem"]["code"]) == (
        "refused", 409, "listing_order_unknown",
    )  # fmt: skip
    later = {"version": given["version"] and 9, "updated_at": given["updated_at"] and "2026-11-02T00:00:00Z"}
    assert await screening.statuses(listing(title="C", version=8, updated_at="2026-11-01T00:00:00Z")) == ["updated"]
    assert await screening.statuses(listing(title="D", **later)) == ["updated"]
    assert [one["title"] for one in await screening.read("9001")] == ["D"]


@pytest.mark.parametrize(
    ("known", "given", "then"),
    [
        ({"version": None, "updated_at": OLD}, {"version": 1, "updated_at": OLD}, {"version": 2, "updated_at": None}),
        ({"version": 7, "updated_at": None}, {"version": 7, "updated_at": OLD}, {"version": None, "updated_at": NEW}),
        ({"version": 7, "updated_at": OLD}, {"version": 7, "updated_at": NEW}, {"version": 8, "updated_at": None}),
    ],
)
async def test_who_gives_both_once_goes_on_with_either(
    screening: Screening, known: dict[str, Any], given: dict[str, Any], then: dict[str, Any]
) -> None:
    assert await screening.statuses(listing(**known)) == ["created"]
    assert await screening.statuses(listing(**given)) == ["unchanged"]
    assert [(one["version"], one["updated_at"]) for one in await screening.read("9001")] == [
        (given["version"], given["updated_at"])
    ]
    assert await screening.statuses(listing(title="B", **then)) == ["updated"]
    assert len(await screening.kept()) == 2


async def test_a_time_of_change_that_has_not_come_is_refused(screening: Screening) -> None:
    """Nothing could follow it until then."""
    now = SystemClock().now()
    soon, later = now + timedelta(minutes=4), now + timedelta(minutes=6)
    given = [listing(listing_id=str(place), updated_at=at.isoformat()) for place, at in enumerate((soon, later))]
    created, refused = await screening.put(*given)
    assert (created["status"], refused["status"]) == ("created", "refused")
    assert (refused["problem"]["status"], refused["problem"]["code"]) == (422, "listing_of_the_future")
    assert [one["listing_id"] for one in await screening.read("0", "1")] == ["0"]


async def test_one_that_is_wrong_refuses_none_of_the_others(screening: Screening) -> None:
    good = [listing(listing_id=str(number)) for number in range(1000)]
    good[3] = listing(listing_id="three", price={"amount": "1999", "currency": "EUR"})
    good[500] = ["no listing"]  # type: ignore[call-overload]
    good[999] = listing(listing_id=7, nonsense=True)
    results = await screening.put(*good)
    assert [number for number, result in enumerate(results) if result["status"] != "created"] == [3, 500, 999]
    assert [results[place]["listing_id"] for place in (3, 500, 999)] == ["three", None, None]
    assert [results[place]["status"] for place in (3, 500, 999)] == ["refused"] * 3
    (wrong,) = results[3]["problem"]["errors"]
    assert (wrong["pointer"], wrong["code"], results[3]["problem"]["code"]) == (
        "/price/amount", "int_type", "validation_failed",
    )  # fmt: skip
    assert [error["pointer"] for error in results[999]["problem"]["errors"]] == ["/listing_id", "/nonsense"]
    assert await screening.value("SELECT count(*) FROM listings") == 997
    assert [len(told) for told in await screening.kept()] == [150] * 6 + [97]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"version": None, "updated_at": None}, "", "listing_order_missing"),
        ({"version": 0}, "/version", "greater_than_equal"),
        ({"version": 2**53}, "/version", "less_than_equal"),
        ({"version": "7"}, "/version", "int_type"),
        ({"listing_id": "a" * 201}, "/listing_id", "too_long"),
        ({"listing_id": "a\nb"}, "/listing_id", "text_line_break"),
        ({"marketplace": ""}, "/marketplace", "too_short"),
        ({"url": "javascript:alert(1)"}, "/url", "string_pattern_mismatch"),
        ({"title": "a" * 1001}, "/title", "too_long"),
        ({"title": 7}, "/title", "string_type"),
        ({"price": {"amount": 1, "currency": "XYZ"}}, "/price/currency", "currency_unknown"),
        ({"price": {"amount": -1, "currency": "EUR"}}, "/price/amount", "greater_than_equal"),
        ({"price": {"amount": 19.99, "currency": "EUR"}}, "/price/amount", "int_type"),
        ({"markets": ["ZZ"]}, "/markets/0", "country_unknown"),
        ({"images": [{"pdq": "0" * 64}]}, "/images/0", "image_not_one"),
        ({"images": [{"url": "https://a.example/1"}] * 21}, "/images", "too_long"),
        ({"seller": {"name": "Kim"}}, "/seller/seller_id", "missing"),
        ({"state": "sold"}, "/state", "enum"),
        ({"updated_at": "2026-10-02T11:05:00"}, "/updated_at", "timezone_aware"),
        ({"variants": ["a"] * 201}, "/variants", "too_long"),
    ],
)
async def test_what_is_wrong_is_said_with_its_place(
    screening: Screening, changes: dict[str, Any], pointer: str, code: str
) -> None:
    (result,) = await screening.put(listing(**changes))
    assert [(one["pointer"], one["code"]) for one in result["problem"]["errors"]] == [(pointer, code)]


async def test_hostile_text_is_kept_and_shown_harmless(screening: Screening) -> None:
    """What others have written is evidence: it is never refused, and never turns the writing of a page."""
    hostile = "<script>alert(1)</script> \u202eevil\u2066 \x00\x1b[31m\ud800"
    body = json.dumps({"listings": [listing(title=hostile, seller={"seller_id": "s", "name": hostile})]})
    headers = {"Content-Type": "application/json"}
    answer = await screening.operator.post("/v1/listings", content=body.encode(), headers=headers)
    shown = "<script>alert(1)</script> \ufffdevil\ufffd \ufffd\ufffd[31m\ufffd"
    assert [one["status"] for one in answer.json()["results"]] == ["created"]
    (found,) = await screening.read("9001")
    assert (found["title"], found["seller"]["name"]) == (shown, shown)


async def test_of_one_listing_given_twice_each_is_compared_with_the_one_before(screening: Screening) -> None:
    given = [listing(version=2), listing(version=1), listing(version=3, title="Last"), listing(version=3)]
    assert await screening.statuses(*given) == ["created", "outdated", "updated", "refused"]
    assert [(one["version"], one["title"]) for one in await screening.read("9001")] == [(3, "Last")]
    (told,) = await screening.kept()
    assert [listing_id for listing_id, _ in told] == ["9001"]


async def test_the_longest_ids_leave_for_the_others_too(screening: Screening) -> None:
    """Escaped they are twelve times as long, and a message of the broker has a megabyte at most."""
    ids = ["𠀀" * 195 + f"{number:05}" for number in range(1000)]
    given = [listing(listing_id=one, category="鞋" * 200, seller={"seller_id": "卖" * 200}) for one in ids]
    for some in (given[:500], given[500:]):
        assert await screening.statuses(*some) == ["created"] * 500

    async def all_sent() -> bool:
        return bool(await screening.value("SELECT count(*) = 0 FROM outbox WHERE stream_seq IS NULL"))

    await screening.running.eventually(all_sent)
    assert max(map(len, await screening.kept())) <= 250


async def test_ids_are_the_marketplaces_own_and_may_hold_anything(screening: Screening) -> None:
    ids = ["a/b c", "товар", "x?y=1&z#", "'; DROP TABLE listings--", "a" * 200]
    assert await screening.statuses(*(listing(listing_id=one) for one in ids)) == ["created"] * 5
    assert sorted(one["listing_id"] for one in await screening.read(*ids)) == sorted(ids)
    assert await screening.statuses(listing(marketplace="other.example", listing_id="a/b c")) == ["created"]
    assert len(await screening.read("a/b c")) == 1


async def test_what_is_told_at_once_ends_with_the_newest_and_each_version_once(screening: Screening) -> None:
    versions = list(range(1, 21))
    batches = [
        [listing(listing_id=str(number), version=version) for number in (*range(25), *range(24, -1, -1))]
        for version in versions
    ]
    results = await asyncio.gather(
        *(screening.put(*(batch if v % 2 else batch[::-1])) for v, batch in zip(versions, batches, strict=True))
    )
    assert {result["status"] for batch in results for result in batch} <= {
        "created",
        "updated",
        "unchanged",
        "outdated",
    }
    assert [one["version"] for one in await screening.read(*map(str, range(25)))] == [20] * 25
    created = [result for batch in results for result in batch if result["status"] == "created"]
    assert len(created) == 25
    assert (
        await screening.value(
            "SELECT max(n) FROM (SELECT count(*) n FROM listing_versions GROUP BY listing_id, version)"
        )
        == 1
    )
    told = sorted((version, listing_id) for event in await screening.kept() for listing_id, version in event)
    rising = {listing_id: version for version, listing_id in told}
    current = await screening.value("SELECT json_object_agg(listing_id, number)::text FROM listings")
    assert rising == json.loads(current)


async def test_an_answer_is_given_again_under_its_key(screening: Screening) -> None:
    headers = {"Idempotency-Key": "listings-1"}
    assert [one["status"] for one in await screening.put(listing(), headers=headers)] == ["created"]
    assert [one["status"] for one in await screening.put(listing(), headers=headers)] == ["created"]
    answer = await screening.operator.post("/v1/listings", json={"listings": [listing(version=9)]}, headers=headers)
    assert answer.status_code == 422
    assert len(await screening.kept()) == 1


async def test_versions_are_forgotten_but_for_the_one_that_stands(screening: Screening) -> None:
    await screening.put(listing(version=1), listing(version=2), listing(listing_id="still", version=1))
    await screening.value("UPDATE superseded_versions SET superseded_at = superseded_at - interval '31 days'")
    await screening.put(listing(version=3))
    await screening.running.sweep(forget_listing_versions)
    found = "SELECT array_agg(listing_id || ' ' || version ORDER BY listing_id, version) FROM listing_versions"
    assert await screening.value(found) == ["9001 2", "9001 3", "still 1"]
    assert await screening.value("SELECT count(*) FROM superseded_versions") == 1


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "/listings"),
        ({"listings": []}, 422, "/listings"),
        ({"listings": [listing()] * 1001}, 422, "/listings"),
        ({"listings": listing()}, 422, "/listings"),
        ({"listings": [listing()], "more": 1}, 422, "/more"),
    ],
)
async def test_a_body_that_is_none_is_refused_whole(screening: Screening, body: Any, status: int, pointer: str) -> None:
    answer = await screening.operator.post("/v1/listings", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)


async def test_the_store_is_the_marketplaces(screening: Screening) -> None:
    for kind in ("brand", "vendor", "regulator"):
        client = screening.running.as_(kind)
        assert (await client.post("/v1/listings", json={"listings": [listing()]})).status_code == 404
        assert (await client.get("/v1/listings", params={"marketplace": SHOP, "listing_id": "1"})).status_code == 404
    reader = screening.running.as_("marketplace", scopes=frozenset({"listings:read"}))
    assert (await reader.post("/v1/listings", json={"listings": [listing()]})).status_code == 403
    assert (await reader.get("/v1/listings", params={"marketplace": SHOP, "listing_id": "1"})).json() == {"data": []}
    assert (await screening.asked(marketplace=SHOP, listing_id=["1"] * 51)).status_code == 422
    assert (await screening.asked(marketplace=SHOP)).status_code == 422
