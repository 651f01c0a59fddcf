"""Listings that are gone: their reporters are told, and nothing is decided by it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.reports import statements
from shared.contracts.codes import Outcome, ReasonCode
from shared.contracts.events import ListingCaptured, ReportCompleted, ReportListingGone
from shared.contracts.events.captures import CapturedImage, CapturedItem, CapturedListing
from shared.contracts.ids import CaptureId, ItemId, ReportId
from shared.contracts.listing_codes import CaptureSource, ListingState
from shared.runtime.ids import new_id
from tests.services.intake.conftest import Intake
from tests.services.intake.test_outcomes import _hear, _hear_together, _states, _task, _timeline
from tests.statistics import forget_statistics, rows_touched

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def _seen(state: str, *reports: dict[str, Any], number: int = 7, later: bool = False) -> ListingCaptured:
    """A capture for all items of these reports; a later one than their first or not."""
    return ListingCaptured(
        version=number, changed_from=new_id(CaptureId) if later else None, capture_id=new_id(CaptureId),
        marketplace="shop", listing_id="1", hash="ab" * 32,
        source=CaptureSource.LISTINGS, captured_at=NOON, listing=CapturedListing(state=ListingState(state)),
        items=[
            CapturedItem(report_id=ReportId(report["id"]), item_id=ItemId(item["id"]), first=True, late=False)
            for report in reports
            for item in report["items"]
        ],
    )  # fmt: skip


async def _listing_states(intake: Intake, report: dict[str, Any]) -> list[str | None]:
    return [item["listing_state"] for item in (await intake.read(report))["items"]]


@pytest.mark.parametrize("state", ["removed", "gone"])
async def test_the_reporter_is_told_that_a_listing_is_gone_and_nothing_is_decided(intake: Intake, state: str) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    await _hear(intake, _task(intake, report, 0).created(), _seen(state, report))

    assert await _listing_states(intake, report) == [state]
    assert await _states(intake, report) == ("received", ["queued"])
    (told,) = await intake.running.recorded(ReportListingGone)
    assert (told.report_id, told.account_id) == (report["id"], intake.running.caller("brand").account_id)
    assert [(one.item_id, one.listing_id, one.listing_state) for one in told.items] == [
        (report["items"][0]["id"], "1", state)
    ]
    last = (await _timeline(intake, report))[-1]
    assert (last["code"], last["state"]) == ("R_LISTING_GONE", "queued")
    assert last["note"] == f"The marketplace says that this listing is {state}."
    assert await intake.running.recorded(ReportCompleted) == []


async def test_evidence_that_a_capture_shows_stays(intake: Intake) -> None:
    shown, other = await intake.evidence(), await intake.evidence(b"another")
    report = await intake.file((await intake.right())["id"], 1)
    images = [
        CapturedImage(evidence_id=shown["id"], sha256=shown["sha256"]),
        CapturedImage(url="https://cdn.example/1"),
    ]
    await _hear(intake, _seen("live", report).model_copy(update={"images": images}))
    for one, in_use in ((shown, True), (other, False)):
        assert (await intake.brand.get(f"/v1/evidence/{one['id']}")).json()["in_use"] is in_use
    assert (await intake.brand.delete(f"/v1/evidence/{shown['id']}")).status_code == 409


async def test_a_live_listing_is_no_news(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    before = len(await _timeline(intake, report))
    await _hear(intake, _seen("live", report))
    assert await _listing_states(intake, report) == [None]
    assert len(await _timeline(intake, report)) == before
    assert await intake.running.recorded(ReportListingGone) == []


@pytest.mark.parametrize("hear", [_hear, _hear_together], ids=["one by one", "together"])
async def test_each_change_is_told_once_and_an_older_one_not_at_all(intake: Intake, hear: Any) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2)
    await hear(
        intake, _seen("gone", report), _seen("gone", report), _seen("live", report, number=9, later=True),
        _seen("removed", report, number=8, later=True),
    )  # fmt: skip
    assert await _listing_states(intake, report) == ["live", "live"]
    assert len(await intake.running.recorded(ReportListingGone)) == 1
    await _hear(intake, _seen("removed", report, number=10, later=True))
    assert await _listing_states(intake, report) == ["removed", "removed"]
    await _hear(intake, _seen("removed", report, number=11, later=True))
    assert len(await intake.running.recorded(ReportListingGone)) == 2


async def test_what_was_seen_first_says_nothing_once_more_was_seen(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    await _hear(intake, _seen("live", report, number=8, later=True), _seen("gone", report, number=7))
    assert await _listing_states(intake, report) == [None]
    assert await intake.running.recorded(ReportListingGone) == []


async def test_reports_of_one_listing_are_told_each(intake: Intake) -> None:
    right = await intake.right()
    first = await intake.file(right["id"], 1)
    second = await intake.file((await intake.right(title="Other", registration_number="018012346"))["id"], 1)
    await _hear(intake, _seen("gone", first, second))
    told = await intake.running.recorded(ReportListingGone)
    assert {one.report_id for one in told} == {first["id"], second["id"]}


async def test_what_has_ended_is_left_as_it_is(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    task = _task(intake, report, 0)
    await _hear(intake, task.created(), task.claimed(), task.decided(), _seen("gone", report))
    assert await _listing_states(intake, report) == [None]
    assert await intake.running.recorded(ReportListingGone) == []


@pytest.mark.parametrize("hear", [_hear, _hear_together], ids=["one by one", "together"])
@pytest.mark.parametrize("gone_first", [True, False])
async def test_what_was_seen_before_the_decision_is_told_and_after_it_is_not(
    intake: Intake, hear: Any, gone_first: bool
) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    task = _task(intake, report, 0)
    last = [_seen("gone", report), task.decided()] if gone_first else [task.decided(), _seen("gone", report)]
    await hear(intake, task.created(), task.claimed(), *last)
    assert await _states(intake, report) == ("accepted", ["accepted"])
    assert await _listing_states(intake, report) == (["gone"] if gone_first else [None])
    assert len(await intake.running.recorded(ReportListingGone)) == (1 if gone_first else 0)


async def test_the_question_stays_the_question(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    task = _task(intake, report, 0)
    asked = task.judged(Outcome.NEEDS_INFORMATION, ReasonCode.N_COMPARISON)
    await _hear(intake, task.created(), task.claimed(), asked, _seen("gone", report))
    (item,) = (await intake.read(report))["items"]
    assert (item["state"], item["code"], item["listing_state"]) == ("needs_information", "N_COMPARISON", "gone")


async def test_a_decision_and_a_removal_at_once_leave_one_story(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    task = _task(intake, report, 0)
    await _hear(intake, task.created(), task.claimed())
    await asyncio.gather(_hear_together(intake, task.decided()), _hear_together(intake, _seen("gone", report)))
    assert await _states(intake, report) == ("accepted", ["accepted"])
    told = len(await intake.running.recorded(ReportListingGone))
    assert await _listing_states(intake, report) == (["gone"] if told else [None])


PLANNED = (statements.SEEN_OTHERWISE,)


async def test_of_many_items_those_of_the_capture_are_read(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2)
    await intake.execute(
        "INSERT INTO report_items SELECT (jsonb_populate_record(i, jsonb_build_object("
        "'id', 'itm_' || lpad(n::text, 26, '0'), 'listing_id', 'n' || n))).* "
        f"FROM report_items i, generate_series(1, 20000) n WHERE i.id = '{report['items'][0]['id']}'"
    )
    ids = [item["id"] for item in report["items"]]
    pool = intake.running.database.pool
    for statistics in ("ANALYZE report_items", None):
        async with pool.acquire() as connection:
            await (connection.execute(statistics) if statistics else forget_statistics(connection, "report_items"))
        values = {
            "places": [0, 0],
            "item_ids": ids,
            "states": ["gone"] * 2,
            "numbers": [7] * 2,
            "are_later": [True] * 2,
        }
        assert await rows_touched(pool, ("report_items",), statements.SEEN_OTHERWISE, **values) == 2
