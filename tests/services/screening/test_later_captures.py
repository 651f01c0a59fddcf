"""While somebody decides about it, a listing that changes is captured again; once nobody does, it is not."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.screening.captures import occasions
from services.screening.jobs import forget_listing_versions
from shared.contracts.event import Event
from shared.contracts.events import (
    DecisionMade,
    ListingCaptured,
    ListingRemoved,
    ListingsKept,
    ReportCompleted,
    ReportReopened,
    ReportSubmitted,
    ReportWithdrawn,
)
from shared.contracts.events.reports import CompletedItem
from shared.contracts.ids import DecisionId, TaskId
from shared.contracts.things import TaskItem
from shared.runtime.ids import new_id
from tests.running import eventually
from tests.services.screening.conftest import SHOP, Screening, listing, report

BEFORE = datetime(2026, 11, 1, tzinfo=UTC)


def plain(**changes: Any) -> dict[str, Any]:
    return listing(**{"images": [], **changes})


def _item(event: ListingCaptured) -> tuple[str, bool, bool]:
    (item,) = event.items
    return item.item_id, item.first, item.late


async def _reported(screening: Screening, *ids: str) -> ReportSubmitted:
    filed = report(*ids or ("9001",))
    await screening.running.publish(filed)
    await screening.running.eventually(lambda: screening.value("SELECT count(*) FROM item_captures"))
    return filed


async def _changes_had_their_effect(screening: Screening) -> None:
    """Each change of the store is told to the service itself."""

    async def taken() -> bool:
        kept = [ListingsKept.name]
        told = await screening.value("SELECT count(*) FROM outbox WHERE type = ANY($1)", kept)
        taken_in = "SELECT count(*) FROM inbox i JOIN outbox o ON o.event_id = i.event_id WHERE o.type = ANY($1)"
        return bool(told == await screening.value(taken_in, kept))

    await screening.running.eventually(taken)


async def test_a_listing_that_changes_is_captured_again_with_the_difference(screening: Screening) -> None:
    await screening.put(plain(version=7))
    filed = await _reported(screening)
    await screening.put(plain(version=8, title="Trail shoe, red", price={"amount": 1, "currency": "EUR"}, brand=None))
    first, second = await screening.captured(2)
    assert _item(second) == (filed.items[0].item_id, False, True)
    assert (second.changed_from, second.changed) == (first.capture_id, ["brand", "price", "title"])
    assert (second.listing.title, second.listing.version) == ("Trail shoe, red", 8)
    assert (first.changed_from, first.changed) == (None, [])


async def test_pictures_and_sellers_that_change_are_differences_too(screening: Screening) -> None:
    await screening.put(plain(version=7))
    await _reported(screening)
    await screening.put(plain(version=8, seller={"seller_id": "seller/77", "name": "Another"}))
    await screening.captured(2)
    told = await screening.captured(2)
    assert told[1].changed == ["seller"]


async def test_the_same_content_is_not_captured_again(screening: Screening) -> None:
    await screening.put(plain(version=7))
    await _reported(screening)
    await screening.put(plain(version=8, updated_at="2026-10-03T00:00:00Z"))
    await _changes_had_their_effect(screening)
    await screening.settled()
    assert len(await screening.captured(1)) == 1


async def test_items_that_had_different_captures_are_told_of_in_events_of_their_own(screening: Screening) -> None:
    await screening.put(plain(version=7, title="A"))
    first = await _reported(screening)
    await screening.put(plain(version=8, title="B"))
    await screening.captured(2)
    await screening.running.publish(second := report("9001"))
    await screening.captured(3)
    await screening.put(plain(version=9, title="B", brand="Other"))
    told = (await screening.captured(4))[2:]
    assert told[1].changed == ["brand"]
    assert {item.item_id for item in told[1].items} == {first.items[0].item_id, second.items[0].item_id}
    await screening.put(plain(version=10, title="B", brand="Other", category="hats"))
    assert (await screening.captured(5))[4].changed_from == told[1].capture_id


async def test_a_listing_that_was_unknown_is_captured_late(screening: Screening) -> None:
    filed = report("9001", submitted_at=BEFORE)
    await screening.running.publish(filed)
    await screening.settled()
    assert await screening.running.recorded(ListingCaptured) == []
    await screening.put(plain())
    (event,) = await screening.captured(1)
    assert _item(event) == (filed.items[0].item_id, True, True)
    await screening.put(plain(version=8, title="Other"))
    _, second = await screening.captured(2)
    assert (_item(second), second.changed) == ((filed.items[0].item_id, False, True), ["title"])


async def test_the_first_of_what_was_told_late_comes_first(screening: Screening) -> None:
    """Also where several changes come in at once."""
    filed = report("9001", submitted_at=BEFORE)
    await screening.running.publish(filed)
    await screening.settled()
    for version in (7, 8, 9):
        await screening.put(plain(version=version, title=f"Shoe {version}"))
    await _changes_had_their_effect(screening)
    told = await screening.running.recorded(ListingCaptured)
    assert (told[0].listing.title, _item(told[0])[1:]) == ("Shoe 7", (True, True))
    assert told[-1].listing.title == "Shoe 9"
    assert [event.changed_from for event in told[1:]] == [event.capture_id for event in told[:-1]]


async def test_a_listing_that_is_gone_is_captured_as_that(screening: Screening) -> None:
    await screening.put(plain(version=7))
    await _reported(screening)
    gone = ListingRemoved(marketplace=SHOP, listing_id="9001", version=8, state="gone")
    await screening.running.publish(gone)
    _, second = await screening.captured(2)
    assert (second.listing.state, second.changed) == ("gone", ["state"])


def _decided(filed: ReportSubmitted) -> Event:
    (item,) = filed.items
    told = TaskItem(
        report_id=filed.report_id, item_id=item.item_id, account_id=filed.account_id, claim=filed.claim,
        legal_basis=filed.legal_basis, explanation=filed.explanation, submitted_at=filed.submitted_at,
    )  # fmt: skip
    return DecisionMade(
        version=1, decision_id=new_id(DecisionId), account_id=filed.account_id, task_id=new_id(TaskId), round=1,
        judgement_ids=[], verdict="accepted", code="A_COUNTERFEIT", clauses=[], items=[told], listing=item.listing,
        right=filed.right, right_type=filed.right.type, decided_at=datetime.now(UTC),
    )  # fmt: skip


def _completed(filed: ReportSubmitted) -> Event:
    item = CompletedItem(item_id=filed.items[0].item_id, listing_id="9001", state="accepted")
    return ReportCompleted(
        version=9, report_id=filed.report_id, account_id=filed.account_id, state="accepted", items=[item],
        completed_at=datetime.now(UTC),
    )  # fmt: skip


def _withdrawn(filed: ReportSubmitted) -> Event:
    return ReportWithdrawn(
        version=9, report_id=filed.report_id, account_id=filed.account_id, state="withdrawn",
        item_ids=[filed.items[0].item_id],
    )  # fmt: skip


def _reopened(filed: ReportSubmitted) -> Event:
    return ReportReopened(
        version=10, report_id=filed.report_id, account_id=filed.account_id, explanation="Here it is.",
        item_ids=[filed.items[0].item_id],
    )  # fmt: skip


async def _ended(screening: Screening, filed: ReportSubmitted, *, ended: bool = True) -> None:
    asked = "SELECT ended FROM reported_items WHERE item_id = $1"

    async def so() -> bool:
        return bool(await screening.value(asked, filed.items[0].item_id) is ended)

    await eventually(so)


@pytest.mark.parametrize("end", [_decided, _completed, _withdrawn])
async def test_once_an_item_has_ended_changes_are_not_captured_for_it(screening: Screening, end: Any) -> None:
    await screening.put(plain(version=7))
    filed = await _reported(screening)
    await screening.running.publish(end(filed))
    await _ended(screening, filed)
    await screening.put(plain(version=8, title="Other"))
    await _changes_had_their_effect(screening)
    assert len(await screening.captured(1)) == 1
    await screening.running.publish(_reopened(filed))
    await _ended(screening, filed, ended=False)
    assert (await screening.captured(2))[1].listing.title == "Other"
    await screening.put(plain(version=9, title="Another"))
    assert (await screening.captured(3))[2].listing.title == "Another"


async def test_what_changed_before_its_report_was_taken_in_is_captured_too(screening: Screening) -> None:
    await screening.put(plain(version=7))
    filed = report("9001")
    await screening.put(plain(version=8, title="Other"))
    await _changes_had_their_effect(screening)
    await screening.running.publish(filed)
    first, later = await screening.captured(2)
    assert (first.listing.title, later.listing.title) == (plain()["title"], "Other")
    assert (later.changed_from, later.changed) == (first.capture_id, ["title"])


async def test_what_becomes_known_of_an_ended_item_is_captured_when_it_is_reopened(screening: Screening) -> None:
    filed = report("9001")
    await screening.running.publish(filed)
    await screening.running.eventually(lambda: screening.value("SELECT count(*) FROM reported_items"))
    await screening.running.publish(_completed(filed))
    await _ended(screening, filed)
    await screening.put(plain(version=7))
    await _changes_had_their_effect(screening)
    await screening.running.publish(_reopened(filed))
    (event,) = await screening.captured(1)
    assert _item(event) == (filed.items[0].item_id, True, True)


async def test_an_end_that_comes_in_before_its_report_is_not_forgotten(screening: Screening) -> None:
    await screening.put(plain(version=7))
    filed = report("9001")
    await screening.running.publish(_completed(filed))
    await _ended(screening, filed)
    await screening.running.publish(filed)
    (event,) = await screening.captured(1)
    assert _item(event) == (filed.items[0].item_id, True, False)
    await screening.put(plain(version=8, title="Other"))
    await _changes_had_their_effect(screening)
    assert len(await screening.captured(1)) == 1


async def test_a_report_and_the_first_word_of_its_listing_at_once_miss_nothing(screening: Screening) -> None:
    """The change waits for the report that has looked at the store before it."""
    running = screening.running
    filed = report("9001", submitted_at=BEFORE)
    now = running.service.clock.now()
    async with running.database.transaction() as reporting:
        await occasions.capture(reporting, [filed], [], now=now)
        await screening.put(plain())
        await running.eventually(lambda: _waits_for_a_lock(screening))
        await reporting.commit()
    (event,) = await screening.captured(1)
    assert _item(event) == (filed.items[0].item_id, True, True)


async def _waits_for_a_lock(screening: Screening) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await screening.value(waiting))


async def test_reports_and_changes_at_once_leave_nothing_out(screening: Screening) -> None:
    filed = [report("9001", "9002", submitted_at=BEFORE) for _ in range(20)]

    async def changing() -> None:
        for version in range(1, 21):
            await screening.put(plain(version=version, title=f"Shoe {version}"))
            await screening.put(plain(version=version, listing_id="9002", title=f"Hat {version}"))

    async def reporting() -> None:
        for one in filed:
            await screening.running.publish(one)

    await asyncio.gather(changing(), reporting())
    await _changes_had_their_effect(screening)
    await screening.settled()
    told = await screening.running.recorded(ListingCaptured)
    last: dict[str, str] = {}
    firsts: list[str] = []
    for event in sorted(told, key=lambda one: one.version):
        for item in event.items:
            last[item.item_id] = event.listing.title
            firsts += [item.item_id] if item.first else []
    ids = [item.item_id for one in filed for item in one.items]
    assert sorted(firsts) == sorted(ids)
    assert {last[item_id] for item_id in ids} == {"Shoe 20", "Hat 20"}


async def test_a_version_that_a_capture_names_is_not_forgotten(screening: Screening) -> None:
    await screening.put(plain(version=7))
    await _reported(screening)
    for version in (8, 9):
        await screening.put(plain(version=version))
    long_ago = datetime.now(UTC) - timedelta(days=40)
    await screening.value("UPDATE superseded_versions SET superseded_at = $1", long_ago)
    await screening.running.sweep(forget_listing_versions)
    kept = await screening.value("SELECT array_agg(version ORDER BY version) FROM listing_versions")
    assert kept == [7, 9]
    assert await screening.value("SELECT count(*) FROM superseded_versions") == 0
