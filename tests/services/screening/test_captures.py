"""Listings are captured as they were when their report arrived: once for each item, and one capture for all of them."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.screening.captures import occasions
from shared.contracts.events import ListingCaptured, ReportSubmitted
from shared.contracts.ids import CaptureId
from shared.runtime.ids import new_id
from tests.services.screening.conftest import SHOP, Screening, listing, report


def plain(**changes: Any) -> dict[str, Any]:
    """A listing without pictures."""
    return listing(**{"images": [], **changes})


async def _read(screening: Screening, capture_id: str) -> dict[str, Any]:
    answer = await screening.operator.get(f"/v1/captures/{capture_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _items(event: ListingCaptured) -> list[tuple[str, bool, bool]]:
    return [(item.item_id, item.first, item.late) for item in event.items]


async def test_a_reported_listing_is_captured_whole(screening: Screening) -> None:
    await screening.put(plain())
    filed = report("9001")
    await screening.running.publish(filed)
    (event,) = await screening.captured(1)
    assert (event.marketplace, event.listing_id, event.source) == (SHOP, "9001", "listings")
    assert json.loads(event.listing.model_dump_json()) == {
        "version": 7, "updated_at": "2026-10-02T11:05:00Z", "listed_at": "2026-09-14T08:30:00Z",
        "url": "https://shop.example/item/9001", "title": "Trail shoe, blue", "description": "New, in its box.",
        "brand": "ACME", "category": "shoes", "price": {"amount": 1999, "currency": "EUR"}, "markets": ["DE", "FR"],
        "seller": {"seller_id": "seller/77", "name": "Best Shoes Ltd", "country": "CN", "since": "2025-11-03"},
        "state": "live", "parent_id": None, "variants": [],
    }  # fmt: skip
    assert event.images == []
    assert _items(event) == [(filed.items[0].item_id, True, False)]
    assert (event.items[0].report_id, event.changed, event.changed_from) == (filed.report_id, [], None)
    assert event.owner is None


async def test_the_hash_is_of_the_document_and_the_document_has_no_name(screening: Screening) -> None:
    await screening.put(plain())
    await screening.running.publish(report("9001"))
    (event,) = await screening.captured(1)
    read = await _read(screening, event.capture_id)
    assert read["hash"] == event.hash == hashlib.sha256(read["document"].encode()).hexdigest()
    document = json.loads(read["document"])
    assert "Best Shoes" not in read["document"]
    assert read["listing"]["seller"]["name"] == "Best Shoes Ltd"
    salted = bytes.fromhex(read["seller_salt"]) + b"Best Shoes Ltd"
    assert document["listing"]["seller"] == {
        "seller_id": "seller/77", "country": "CN", "since": "2025-11-03",
        "name_hash": hashlib.sha256(salted).hexdigest(),
    }  # fmt: skip
    assert read["document"] == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert (document["id"], document["source"], document["listing"]["version"]) == (event.capture_id, "listings", 7)


async def test_reports_of_one_version_share_its_capture(screening: Screening) -> None:
    await screening.put(plain())
    first, second = report("9001"), report("9001")
    await screening.running.publish(first)
    await screening.captured(1)
    await screening.running.publish(second)
    told = await screening.captured(2)
    assert len({event.capture_id for event in told}) == 1
    assert [_items(event) for event in told] == [
        [(first.items[0].item_id, True, False)], [(second.items[0].item_id, True, False)],
    ]  # fmt: skip
    assert await screening.value("SELECT count(*) FROM captures") == 1


async def test_a_report_that_comes_twice_has_one_effect(screening: Screening) -> None:
    """Also where it comes under another event id, which the inbox does not know."""
    await screening.put(plain())
    filed = report("9001")
    await screening.running.publish(filed)
    await screening.running.publish(filed)
    await screening.settled()
    assert len(await screening.captured(1)) == 1
    assert await screening.value("SELECT count(*) FROM item_captures") == 1


async def test_each_item_of_a_report_has_the_capture_of_its_own_listing(screening: Screening) -> None:
    await screening.put(plain(), plain(listing_id="9002"), plain(listing_id="9003"))
    filed = report("9002", "9001", "unknown", "9001")
    await screening.running.publish(filed)
    told = {event.listing_id: event for event in await screening.captured(2)}
    ids = [item.item_id for item in filed.items]
    assert {item.item_id for item in told["9001"].items} == {ids[1], ids[3]}
    assert [item.item_id for item in told["9002"].items] == [ids[0]]


async def test_an_id_with_escapes_is_the_listing_that_it_means(screening: Screening) -> None:
    await screening.put(plain(listing_id="a%2fb~c"))
    await screening.running.publish(report("a%2Fb%7Ec"))
    (event,) = await screening.captured(1)
    assert event.listing.title == "Trail shoe, blue"


async def test_an_event_is_bounded_in_its_items(screening: Screening) -> None:
    await screening.put(plain())
    await screening.running.publish(report(*["9001"] * 251))
    told = await screening.captured(2)
    assert [len(event.items) for event in told] == [250, 1]


async def test_the_longest_listing_fits_into_an_event(screening: Screening) -> None:
    """The broker takes a megabyte where nobody has told it otherwise."""
    long = "\N{OLD PERSIAN SIGN A}"
    longest = plain(
        title=long * 1000, description=long * 20_000, variants=[f"{n:03}" + long * 197 for n in range(200)],
        markets=["DE"] * 250, parent_id=long * 200,
    )  # fmt: skip
    assert await screening.statuses(longest) == ["created"]
    await screening.running.publish(report(*["9001"] * 250))
    await screening.captured(1)
    assert await screening.value("SELECT max(octet_length(payload)) FROM outbox") < 700_000


@pytest.mark.parametrize(
    ("reported", "version", "late"),
    [(timedelta(0), 9, False), (timedelta(minutes=-15), 8, False), (timedelta(minutes=-25), 7, False),
     (timedelta(minutes=-35), 7, True)],
)  # fmt: skip
async def test_a_listing_that_has_changed_since_is_captured_as_it_was_when_the_report_arrived(
    screening: Screening, reported: timedelta, version: int, late: bool
) -> None:
    for number in (7, 8, 9):
        await screening.put(plain(version=number))
    now = datetime.now(UTC)
    for number, minutes in ((7, 30), (8, 20), (9, 10)):
        moved = "UPDATE listing_versions SET received_at = $2 WHERE version = $1"
        await screening.value(moved, number, now - timedelta(minutes=minutes))
    await screening.running.publish(report("9001", submitted_at=now + reported))
    (event,) = await screening.captured(1)
    assert (event.listing.version, event.items[0].late, event.items[0].first) == (version, late, True)


async def test_where_the_version_of_then_is_forgotten_the_earliest_stands_for_it(screening: Screening) -> None:
    await screening.put(plain(version=7))
    await screening.put(plain(version=8))
    await screening.value("DELETE FROM listing_versions WHERE version = 7")
    await screening.running.publish(report("9001", submitted_at=datetime(2026, 11, 1, tzinfo=UTC)))
    (event,) = await screening.captured(1)
    assert (event.listing.version, event.items[0].late) == (8, False)


async def test_two_reports_at_once_share_one_capture(screening: Screening) -> None:
    """The second waits for the first one's commit, and then finds what that has made."""
    await screening.put(plain())
    running = screening.running
    now = running.service.clock.now()
    async with running.database.transaction() as first, running.database.transaction() as second:
        await occasions.capture(first, [report("9001")], [], now=now)
        waiting = asyncio.create_task(occasions.capture(second, [report("9001")], [], now=now))
        await running.eventually(lambda: _waits_for_a_lock(screening))
        assert not waiting.done()
        await first.commit()
        await waiting
    assert await screening.value("SELECT count(*) FROM captures") == 1
    assert await screening.value("SELECT count(*) FROM item_captures WHERE is_first") == 2


async def _waits_for_a_lock(screening: Screening) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await screening.value(waiting))


async def test_many_reports_at_once_give_each_item_one_first_capture(screening: Screening) -> None:
    await screening.put(*(plain(listing_id=f"l-{n}") for n in range(10)))
    filed = [report(*(f"l-{(n + m) % 10}" for m in range(5))) for n in range(40)]
    now = screening.running.service.clock.now()

    async def capture(one: ReportSubmitted) -> None:
        async with screening.running.database.transaction() as session:
            await occasions.capture(session, [one], [], now=now)

    await asyncio.gather(*map(capture, filed))
    assert await screening.value("SELECT count(*) FROM captures") == 10
    told = await screening.running.recorded(ListingCaptured)
    items = [item.item_id for event in told for item in event.items]
    assert sorted(items) == sorted(item.item_id for one in filed for item in one.items)


async def test_captures_are_listed_newest_first_and_page_by_page(screening: Screening) -> None:
    for version in (7, 8, 9):
        await screening.put(plain(version=version, title=f"Shoe {version}"))
        await screening.running.publish(report("9001"))
        await screening.captured(2 * version - 13)  # the reports before are told of the change
    of = {"marketplace": SHOP, "listing_id": "9001"}
    page = (await screening.operator.get("/v1/captures", params={**of, "limit": 2})).json()
    assert [(one["title"], one["state"]) for one in page["data"]] == [("Shoe 9", "live"), ("Shoe 8", "live")]
    assert page["data"][0].keys() == {
        "id", "hash", "marketplace", "listing_id", "source", "captured_at", "title", "state",
        "seller_erased_at", "pictures_erased_at",
    }  # fmt: skip
    rest = (await screening.operator.get("/v1/captures", params={**of, "cursor": page["next_cursor"]})).json()
    assert [one["title"] for one in rest["data"]] == ["Shoe 7"]
    other = (await screening.operator.get("/v1/captures", params={**of, "listing_id": "9002"})).json()
    assert other == {"data": [], "next_cursor": None}


async def test_captures_are_the_operators_alone(screening: Screening) -> None:
    await screening.put(plain())
    await screening.running.publish(report("9001"))
    (event,) = await screening.captured(1)
    for kind in ("brand", "vendor", "regulator"):
        client = screening.running.as_(kind)
        assert (await client.get(f"/v1/captures/{event.capture_id}")).status_code == 404
        asked = {"marketplace": SHOP, "listing_id": "9001"}
        assert (await client.get("/v1/captures", params=asked)).status_code == 404
    answer = await screening.operator.get(f"/v1/captures/{new_id(CaptureId)}")
    assert (answer.status_code, answer.json()["code"]) == (404, "capture_not_found")


async def test_hostile_text_of_a_listing_is_captured_as_the_store_has_it(screening: Screening) -> None:
    hostile = '<script>alert(1)</script> \u202eknird\u202c "\\" \u2028 \u0000'
    await screening.put(plain(title=hostile, description=hostile))
    await screening.running.publish(report("9001"))
    (event,) = await screening.captured(1)
    (stored,) = await screening.read("9001")
    assert event.listing.title == stored["title"]
    assert (await _read(screening, event.capture_id))["listing"]["description"] == stored["description"]
