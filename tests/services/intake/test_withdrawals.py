"""A withdrawal is asked for; review grants it, or a decision has come first."""

import asyncio
from typing import Any

import pytest

from shared.contracts.codes import Outcome, ReasonCode, Verdict
from shared.contracts.events import (
    ReportCompleted,
    ReportWithdrawalRefused,
    ReportWithdrawalRequested,
    ReportWithdrawn,
)
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import hear, leave_review
from tests.services.intake.news import Task


async def _ask(intake: Intake, report: dict[str, Any], *item_ids: str, **headers: str) -> Any:
    body = {"item_ids": list(item_ids)} if item_ids else {}
    return await intake.brand.post(f"/v1/reports/{report['id']}/withdraw", json=body, headers=headers)


def _task(intake: Intake, report: dict[str, Any], *places: int) -> Task:
    account = intake.running.caller("brand").account_id
    return Task(*((report, report["items"][place]) for place in places), account_id=account)


async def _items(intake: Intake, report: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(item["state"], item["withdrawal"]) for item in (await intake.read(report))["items"]]


async def _told(intake: Intake, report: dict[str, Any]) -> list[tuple[str, str | None]]:
    """How the items' timeline goes: state and withdrawal of each entry."""
    answer = await intake.brand.get(f"/v1/reports/{report['id']}/timeline", params={"limit": 200})
    return [(entry["state"], entry["withdrawal"]) for entry in answer.json()["data"] if entry["item_id"]]


async def test_asking_for_a_withdrawal_records_the_wish_and_leaves_the_state_as_it_is(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    answer = await _ask(intake, report)
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    (item,) = answer.json()["items"]
    assert (item["state"], item["withdrawal"]) == ("received", "requested")
    assert item["withdrawal_requested_at"] is not None
    (asked,) = await intake.running.recorded(ReportWithdrawalRequested)
    assert (asked.report_id, list(asked.item_ids)) == (report["id"], [item["id"]])
    assert asked.version > 1
    assert await intake.running.recorded(ReportWithdrawn) == []
    assert await intake.running.recorded(ReportCompleted) == []


async def test_items_that_leave_review_undecided_are_withdrawn_and_their_reporter_is_told(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2, 3)
    first, third = report["items"][0]["id"], report["items"][2]["id"]
    await hear(intake, _task(intake, report, 1).decided())
    await _ask(intake, report, first)
    await leave_review(intake, report["id"], first)
    assert await _items(intake, report) == [("withdrawn", "granted"), ("accepted", None), ("received", None)]
    assert await intake.running.recorded(ReportCompleted) == []
    await _ask(intake, report)
    await leave_review(intake, report["id"], third)
    await leave_review(intake, report["id"], third)
    read = await intake.read(report)
    assert (read["state"], [item["state"] for item in read["items"]]) == (
        "accepted", ["withdrawn", "accepted", "withdrawn"],
    )  # fmt: skip
    events = await intake.running.recorded(ReportWithdrawn)
    assert [(list(event.item_ids), event.state) for event in events] == [
        ([first], "in_review"), ([third], "accepted"),
    ]  # fmt: skip
    (completed,) = await intake.running.recorded(ReportCompleted)
    assert completed.version > events[-1].version


async def test_a_decision_that_came_first_stands_and_the_reporter_is_told_so(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2)
    await _ask(intake, report)
    task = _task(intake, report, 0)
    await hear(intake, task.claimed(), task.decided())
    await leave_review(intake, report["id"], report["items"][1]["id"])
    assert await _items(intake, report) == [("accepted", "too_late"), ("withdrawn", "granted")]
    (refused,) = await intake.running.recorded(ReportWithdrawalRefused)
    assert [(item.item_id, item.state, item.decision_id) for item in refused.items] == [
        (report["items"][0]["id"], "accepted", task.decision_id)
    ]
    (withdrawn,) = await intake.running.recorded(ReportWithdrawn)
    assert list(withdrawn.item_ids) == [report["items"][1]["id"]]
    assert await _told(intake, report) == [
        ("received", "requested"), ("received", "requested"), ("in_review", "requested"), ("accepted", "too_late"),
        ("withdrawn", "granted"),
    ]  # fmt: skip


async def test_what_is_decided_is_not_withdrawn_and_the_answer_says_how_it_is_asked_back(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    task = _task(intake, report, 0)
    await hear(intake, task.decided(Verdict.REJECTED))
    answer = await _ask(intake, report)
    assert (answer.status_code, answer.json()["code"]) == (409, "items_closed")
    assert "reversal" in answer.json()["detail"]
    assert task.decision_id in answer.json()["detail"]
    assert await intake.running.recorded(ReportWithdrawalRequested) == []


async def test_asked_often_and_at_once_a_withdrawal_is_one(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    answers = await asyncio.gather(*(_ask(intake, report) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [202] * 6
    assert len(await intake.running.recorded(ReportWithdrawalRequested)) == 1
    await asyncio.gather(*(leave_review(intake, report["id"]) for _ in range(4)))
    assert len(await intake.running.recorded(ReportWithdrawn)) == 1
    again = await _ask(intake, report)
    assert (again.status_code, again.json()["code"]) == (409, "items_closed")


async def test_a_replayed_request_gets_the_first_answer(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    key = {"Idempotency-Key": "take-back"}
    first = await _ask(intake, report, **key)
    replayed = await _ask(intake, report, **key)
    assert (replayed.status_code, replayed.json()) == (202, first.json())
    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert replayed.headers["ETag"] == first.headers["ETag"]


async def test_some_items_are_asked_for_by_name_and_strangers_are_pointed_to(intake: Intake) -> None:
    right = await intake.right()
    report = await intake.file(right["id"], 1, 2)
    stranger = (await intake.file(right["id"], 9))["items"][0]["id"]
    answer = await _ask(intake, report, report["items"][0]["id"], stranger)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/item_ids/1")
    await _ask(intake, report, report["items"][0]["id"])
    assert await _items(intake, report) == [("received", "requested"), ("received", None)]


@pytest.mark.parametrize("first", ["wish", "question"])
async def test_a_question_does_not_keep_an_item_from_being_withdrawn(intake: Intake, first: str) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    asks = _task(intake, report, 0).judged(Outcome.NEEDS_INFORMATION, ReasonCode.N_COMPARISON)
    if first == "question":
        await hear(intake, asks)
    await _ask(intake, report)
    if first == "wish":
        await hear(intake, asks)
    assert await _items(intake, report) == [("needs_information", "requested")]
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/information", json={"explanation": "The left one."})
    assert (answer.status_code, answer.json()["code"]) == (409, "withdrawal_requested")
    await leave_review(intake, report["id"])
    assert await _items(intake, report) == [("withdrawn", "granted")]


async def test_a_withdrawn_item_ignores_what_is_heard_later(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    await _ask(intake, report)
    await leave_review(intake, report["id"])
    task = _task(intake, report, 0)
    await hear(intake, task.created(), task.claimed(), task.judged(Outcome.NEEDS_INFORMATION, version=4))
    assert await _items(intake, report) == [("withdrawn", "granted")]
    assert [event.state for event in await intake.running.recorded(ReportCompleted)] == ["withdrawn"]


async def test_anothers_report_cannot_be_withdrawn(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    answer = await intake.other.post(f"/v1/reports/{report['id']}/withdraw", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "report_not_found")
    assert await intake.running.recorded(ReportWithdrawalRequested) == []
