"""Listings that the marketplace tells of on the stream: kept by the same rules as over the API."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from services.screening.listings import storing
from shared.contracts.events import ListingRemoved, ListingUpserted
from shared.contracts.listing_codes import ListingState
from shared.contracts.things import Price, Seller
from tests.services.screening.conftest import Screening, listing

LISTED = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)


def upserted(version: int = 1, **changes: Any) -> ListingUpserted:
    facts = {"marketplace": "shop.example", "listing_id": "9001", "listed_at": LISTED, "title": "Trail shoe"}
    return ListingUpserted(**{"version": version, **facts, **changes})


def removed(version: int, **changes: Any) -> ListingRemoved:
    return ListingRemoved(**{"version": version, "marketplace": "shop.example", "listing_id": "9001", **changes})


async def _comes_to(screening: Screening, **wanted: Any) -> dict[str, Any]:
    async def found() -> Any:
        return [one for one in await screening.read("9001") if {name: one[name] for name in wanted} == wanted]

    (one,) = await screening.running.eventually(found)
    return dict(one)


async def test_an_event_keeps_the_whole_of_a_listing(screening: Screening) -> None:
    seller = Seller(seller_id="seller/77", name="Best Shoes Ltd", country="CN")
    await screening.running.publish(
        upserted(price=Price(amount=1999, currency="EUR"), seller=seller, markets=["DE"], category="shoes")
    )
    found = await _comes_to(screening, version=1)
    assert (found["price"], found["markets"], found["category"], found["seller"]["name"]) == (
        {"amount": 1999, "currency": "EUR"}, ["DE"], "shoes", "Best Shoes Ltd",
    )  # fmt: skip
    assert (found["state"], found["listed_at"]) == ("live", "2026-09-14T08:30:00Z")


async def test_an_event_of_before_that_names_the_seller_alone_is_kept(screening: Screening) -> None:
    await screening.running.publish(upserted(seller_id="seller/77"))
    assert (await _comes_to(screening, version=1))["seller"] == {
        "seller_id": "seller/77", "name": None, "country": None, "since": None,
    }  # fmt: skip


async def test_both_ways_in_have_one_order(screening: Screening) -> None:
    await screening.put(listing(version=5, title="By the API"))
    await screening.running.publish(upserted(version=4, title="Too late"))
    await screening.running.publish(upserted(version=6, title="By the stream"))
    await _comes_to(screening, version=6, title="By the stream")
    assert await screening.statuses(listing(version=5, title="Again")) == ["outdated"]


async def test_without_versions_the_time_of_the_change_counts(screening: Screening) -> None:
    later = datetime(2026, 10, 2, tzinfo=UTC)
    await screening.running.publish(upserted(version=0, updated_at=later, title="Later"))
    await _comes_to(screening, title="Later", version=None)
    await screening.running.publish(upserted(version=0, updated_at=LISTED, title="Earlier"))
    await screening.running.publish(upserted(version=0, listing_id="9002", updated_at=later))

    async def other_came() -> Any:
        return await screening.read("9002")

    await screening.running.eventually(other_came)
    assert [one["title"] for one in await screening.read("9001")] == ["Later"]


async def test_a_removed_listing_keeps_what_is_known_of_it(screening: Screening) -> None:
    await screening.put(listing(version=1, title="Trail shoe"))
    await screening.running.publish(removed(2))
    found = await _comes_to(screening, state="removed")
    assert (found["version"], found["title"], found["price"]) == (2, "Trail shoe", {"amount": 1999, "currency": "EUR"})
    await screening.running.publish(removed(3, state=ListingState.GONE))
    await _comes_to(screening, state="gone", version=3)
    assert await screening.statuses(listing(version=2)) == ["outdated"]


async def test_one_that_was_never_told_of_is_known_to_be_gone(screening: Screening) -> None:
    await screening.running.publish(removed(2))
    found = await _comes_to(screening, state="removed")
    assert (found["title"], found["listed_at"], found["seller"]) == ("", None, None)
    assert await screening.statuses(listing(version=1)) == ["outdated"]


async def test_a_removal_that_meets_the_first_telling_keeps_what_that_told(screening: Screening) -> None:
    """It looks before the other has committed, waits for it, and looks again."""
    running = screening.running
    now = running.service.clock.now()
    async with running.database.transaction() as first, running.database.transaction() as second:
        await storing.keep(first, [listing(version=1)], now=now)
        removing = asyncio.create_task(storing.remove(second, removed(2), now=now))
        await running.eventually(lambda: _waits_for_a_lock(screening))
        await first.commit()
        await removing
    (found,) = await screening.read("9001")
    assert (found["state"], found["version"], found["title"]) == ("removed", 2, "Trail shoe, blue")


async def _waits_for_a_lock(screening: Screening) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await screening.value(waiting))


def test_what_is_live_was_not_removed() -> None:
    with pytest.raises(ValueError, match="a listing that is live was not removed"):
        removed(2, state=ListingState.LIVE)


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (upserted(7, title="Another"), "ListingVersionReused"),
        (upserted(8, markets=["ZZ"]), "ValidationError"),
        (upserted(0), "ValidationError"),
        (upserted(0, updated_at=datetime(2090, 1, 1, tzinfo=UTC)), "ListingOfTheFuture"),
        (upserted(8, title="a" * 2000), "ValidationError"),
    ],
)
async def test_an_event_that_cannot_be_kept_is_a_dead_letter_and_the_next_one_goes_on(
    screening: Screening, event: ListingUpserted, error: str
) -> None:
    await screening.put(listing(version=7))
    await screening.running.publish(event)

    async def dead() -> Any:
        answer = await screening.operator.get("/v1/dead-letters/screening")
        return answer.json()["data"]

    (letter,) = await screening.running.eventually(dead)
    assert (letter["type"], letter["error"].partition(":")[0]) == ("marque.listing.upserted.v1", error)
    await screening.running.publish(upserted(9, title="The next"))
    await _comes_to(screening, title="The next")
