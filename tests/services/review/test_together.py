"""Events that come in many at once: each has the effect that it has alone, whatever comes with it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.review.subscribers import subscribers
from services.review.tasks import tasks
from shared.contracts.codes import Severity
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.events import ReportSubmitted, SellersErased, TaskCreated, TaskJoined
from shared.contracts.ids import AccountId, CaptureId, EventId
from shared.contracts.things import Seller
from shared.runtime.ids import new_id
from shared.runtime.subscribers import Received
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import a_report, a_right, claim, fetch, triaged, withdrawal_of
from tests.services.review.test_captures import a_capture

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DUE = datetime(2030, 1, 1, tzinfo=UTC)


async def take_in(review: Running, *events: Event, traces: Sequence[str | None] = ()) -> None:
    """Take these in as one batch, in one transaction; with the trace of each, where any is given."""
    batch = [
        Received(Envelope(id=new_id(EventId), source="/marque/test", type=event.name, time=NOON,
                          subject=event.subject_id, traceparent=trace, data=event), NOON)
        for event, trace in zip(events, traces or [None] * len(events), strict=True)
    ]  # fmt: skip
    async with review.database.transaction() as session:
        await subscribers.handle(session, batch)


def _without_seller(report: ReportSubmitted) -> ReportSubmitted:
    items = [
        item.model_copy(update={"listing": item.listing.model_copy(update={"seller_id": None})})
        for item in report.items
    ]
    return report.model_copy(update={"items": items})


async def _tasks(review: Running) -> dict[str, list[str]]:
    """The items on the task of each listing."""
    rows = await fetch(
        review,
        "SELECT t.listing_id, array_agg(i.item_id ORDER BY i.item_id) AS items "
        "FROM tasks t JOIN task_items i ON i.task_id = t.id GROUP BY t.id ORDER BY t.listing_id",
    )
    assert len({row["listing_id"] for row in rows}) == len(rows)
    return {row["listing_id"]: row["items"] for row in rows}


async def test_reports_of_one_listing_and_right_share_a_task(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    another = a_report("2", "3", right=right, account_id=new_id(AccountId))
    reports = [a_report("1", "2", right=right), another, a_report("4")]
    await take_in(review, *reports)
    first, second, other = ([item.item_id for item in report.items] for report in reports)
    assert await _tasks(review) == {"1": first[:1], "2": sorted([first[1], second[0]]), "3": second[1:], "4": other}
    created, (joined,) = await review.recorded(TaskCreated), await review.recorded(TaskJoined)
    assert [event.listing.listing_id for event in created] == ["1", "2", "3", "4"]
    assert ([one.item_id for one in joined.items], joined.task_id) == (second[:1], created[1].task_id)
    assert (created[1].version, joined.version) == (2, 4)
    shown = {task["listing"]["listing_id"]: task for task in await claim(review.as_("vendor"), max=10)}
    assert {number: task["right"]["id"] for number, task in shown.items()} == {
        "1": right.id, "2": right.id, "3": right.id, "4": reports[2].right.id,
    }  # fmt: skip


async def test_the_same_listing_under_another_right_is_another_task(start_service: StartService) -> None:
    review = await start_service("review")
    await take_in(review, a_report("1"), a_report("1"))
    assert len(await review.recorded(TaskCreated)) == 2
    assert await review.recorded(TaskJoined) == []


async def test_many_items_go_in_several_statements(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = await start_service("review")
    monkeypatch.setattr(tasks, "MOST_TOGETHER", 3)
    reports = [a_report("1", "2"), a_report("3", "4"), a_report("5", "6", "7", "8"), a_report("9")]
    groups = [[item.listing.listing_id for one in group for item in one.items] for group in tasks._together(reports)]
    assert groups == [["1", "2"], ["3", "4"], ["5", "6", "7", "8"], ["9"]]
    await take_in(review, *reports)
    assert list(await _tasks(review)) == ["1", "2", "3", "4", "5", "6", "7", "8", "9"]


async def test_the_newest_triage_counts_in_whatever_order_it_comes(start_service: StartService) -> None:
    review = await start_service("review")
    here, coming = a_report("1"), a_report("2")
    await take_in(review, here)
    news: list[Event] = [
        triaged(report, severity, DUE + timedelta(days=version), version)
        for report in (here, coming)
        for version, severity in ((1, Severity.P3), (3, Severity.P0), (2, Severity.P1))
    ]
    await take_in(review, *news, coming)
    (first, second) = await claim(review.as_("vendor"), max=10)
    assert [task["severity"] for task in (first, second)] == ["p0", "p0"]
    assert {task["due_at"] for task in (first, second)} == {"2030-01-04T00:00:00Z"}


@pytest.mark.parametrize("first", ["captures", "reports"])
async def test_the_seller_that_was_captured_first_is_the_one(start_service: StartService, first: str) -> None:
    review = await start_service("review")
    one, two = _without_seller(a_report("9001")), _without_seller(a_report("9002"))
    captures: list[Event] = [
        a_capture(one, seller=Seller(seller_id="s-1", name="First Ltd")),
        a_capture(one, version=9, seller=Seller(seller_id="s-2", name="Second Ltd"), first=False,
                  changed_from=new_id(CaptureId)),
        a_capture(two, listing_id="9002", seller=Seller(seller_id="s-3", name="Third Ltd")),
    ]  # fmt: skip
    reports: list[Event] = [one, two]
    for batch in (captures, reports) if first == "captures" else (reports, captures):
        await take_in(review, *batch)
    rows = await fetch(review, "SELECT listing_id, seller_id FROM tasks ORDER BY listing_id")
    assert [tuple(row) for row in rows] == [("9001", "s-1"), ("9002", "s-3")]
    tasks_shown: list[dict[str, Any]] = await claim(review.as_("vendor"), max=10)
    names = {task["listing"]["listing_id"]: task["capture"]["listing"]["seller"]["name"] for task in tasks_shown}
    assert names == {"9001": "First Ltd", "9002": "Third Ltd"}


async def test_an_item_that_is_taken_back_in_the_same_moment_comes_to_no_task(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report("1", "2")
    await take_in(review, report, withdrawal_of(report, report.items[0].item_id))
    assert await _tasks(review) == {"2": [report.items[1].item_id]}


async def test_the_seller_that_was_told_first_is_the_task_s(start_service: StartService) -> None:
    """It counts for a task, no matter which of its items it was told for."""
    review = await start_service("review")
    right = a_right()
    for number, first_told in (("9001", 0), ("9002", 1)):
        reports = [_without_seller(a_report(number, right=right)), _without_seller(a_report(number, right=right))]
        await take_in(review, *reports)
        order = [reports[first_told], reports[1 - first_told]]
        await take_in(review, *(
            a_capture(report, listing_id=number, seller=Seller(seller_id=seller, name="Shoes Ltd"))
            for report, seller in zip(order, ("s-1", "s-2"), strict=True)
        ))  # fmt: skip
    rows = await fetch(review, "SELECT listing_id, seller_id FROM tasks ORDER BY listing_id")
    assert [tuple(row) for row in rows] == [("9001", "s-1"), ("9002", "s-1")]


async def test_a_name_that_is_erased_in_the_same_moment_is_not_kept(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report("9001")
    captured = a_capture(report, seller=Seller(seller_id="s-1", name="Jane Doe"))
    await take_in(review, report, captured, SellersErased(version=1, capture_ids=[captured.capture_id]))
    (row,) = await fetch(review, "SELECT listing::text AS listing FROM captures")
    assert "s-1" in row["listing"]
    assert "Jane" not in row["listing"]


async def test_a_task_continues_the_trace_of_its_report(start_service: StartService) -> None:
    """So it does beside reports of other traces, and beside one without."""
    review = await start_service("review")
    reports = [a_report("1"), a_report("2"), a_report("3")]
    traces = [f"00-{number * 32}-{number * 16}-01" for number in "ab"]
    await take_in(review, *reports, traces=[*traces, None])
    rows = await fetch(
        review,
        "SELECT payload::json #>> '{data,listing,listing_id}' AS listing_id, traceparent, "
        "payload::json ->> 'traceparent' AS in_envelope FROM outbox WHERE type = $1 ORDER BY 1",
        TaskCreated.name,
    )
    assert [row["traceparent"][:36] for row in rows[:2]] == [f"00-{'a' * 32}-", f"00-{'b' * 32}-"]
    assert [row["traceparent"] == row["in_envelope"] for row in rows] == [True] * 3
    assert rows[2]["traceparent"][3:35] not in ("a" * 32, "b" * 32)
    assert len({row["traceparent"][36:52] for row in rows} | {"a" * 16, "b" * 16}) == 5
