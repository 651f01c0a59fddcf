"""Questions to reporters: five business days, one reminder, closed, and reopened by the answer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libraries.clocks.business_days import CountryCalendar, advance
from services.intake.jobs import close_unanswered, remind_reporter
from services.intake.reports.questions import ANSWER_DUE, REMINDER
from shared.contracts.codes import Outcome, ReasonCode, Verdict
from shared.contracts.events import (
    ReportClosed,
    ReportCompleted,
    ReportInformationProvided,
    ReportInformationRequested,
    ReportReminded,
    ReportReopened,
)
from shared.runtime.timers import Timer
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import leave_review
from tests.services.intake.news import Task
from tests.services.intake.test_outcomes import _hear, _states, _task, _timeline

CALENDAR = CountryCalendar("DE", None, "UTC")
ANSWER = {"explanation": "The seam is glued; ours is sewn."}


async def _asked(intake: Intake, *listings: int) -> tuple[dict[str, Any], Task]:
    """A filed report of which a reviewer asked something."""
    report = await intake.file((await intake.right())["id"], *listings)
    task = _task(intake, report, *range(len(listings)))
    await _hear(intake, task.created(), task.claimed(), _question(task))
    return report, task


def _question(task: Task, version: int = 4) -> Any:
    return task.judged(Outcome.NEEDS_INFORMATION, ReasonCode.N_COMPARISON, version)


async def _timers(intake: Intake, report: dict[str, Any]) -> dict[str, datetime]:
    async with intake.running.database.pool.acquire() as connection:
        rows = await connection.fetch("SELECT kind, due_at FROM timers WHERE subject = $1", report["id"])
    return {row["kind"]: row["due_at"] for row in rows}


async def _pass(intake: Intake, report: dict[str, Any], kind: str, at: datetime) -> None:
    """Let a timer come due at a time, as the ticker does: the row is gone in the transaction of what it does."""
    due = {REMINDER: remind_reporter, ANSWER_DUE: close_unanswered}[kind]
    async with intake.running.database.transaction() as session:
        await (await session.connection()).exec_driver_sql(
            "DELETE FROM timers WHERE kind = $1 AND subject = $2", (kind, report["id"])
        )
        await due(session, Timer(kind, report["id"], at, {}), at)


async def _ask_earlier(intake: Intake, report: dict[str, Any], by: timedelta) -> None:
    """Put the questions asked of a report so far, and what looks at them, earlier.

    Two questions of one weekend are due at one moment: their days to answer begin on the same Monday.
    """
    async with intake.running.database.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "UPDATE report_items SET remind_at = remind_at - $2::interval, answer_due_at = answer_due_at - $2::interval"
            " WHERE report_id = $1",
            report["id"],
            by,
        )
        await connection.execute(
            "UPDATE timers SET due_at = due_at - $2::interval WHERE subject = $1", report["id"], by
        )


async def _closed(intake: Intake, *listings: int) -> tuple[dict[str, Any], Task]:
    """A report that was closed because its reporter did not answer."""
    report, task = await _asked(intake, *listings)
    await _pass(intake, report, ANSWER_DUE, datetime.now(UTC) + timedelta(days=15))
    return report, task


async def test_a_question_says_until_when_it_can_be_answered(intake: Intake) -> None:
    before = datetime.now(UTC)
    report, _ = await _asked(intake, 1)
    (item,) = (await intake.read(report))["items"]
    due = datetime.fromisoformat(item["answer_due_at"])
    assert (
        advance(before, timedelta(days=5), CALENDAR) <= due <= advance(datetime.now(UTC), timedelta(days=5), CALENDAR)
    )
    assert item["reopen_until"] is None
    (asked,) = await intake.running.recorded(ReportInformationRequested)
    assert asked.items[0].answer_due_at == due
    timers = await _timers(intake, report)
    assert timers[ANSWER_DUE] == due
    assert before < timers[REMINDER] < due


async def test_a_reporter_is_reminded_once_a_question(intake: Intake) -> None:
    report, task = await _asked(intake, 1, 2)
    at = (await _timers(intake, report))[REMINDER]
    await _pass(intake, report, REMINDER, at)
    await _pass(intake, report, REMINDER, at)
    (reminded,) = await intake.running.recorded(ReportReminded)
    assert [item.item_id for item in reminded.items] == [item["id"] for item in report["items"]]
    assert [item.code for item in reminded.items] == [ReasonCode.N_COMPARISON] * 2
    assert set(await _timers(intake, report)) == {ANSWER_DUE}
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/information", json=ANSWER)
    assert answer.status_code == 200, answer.text
    await _hear(intake, task.claimed(7), _question(task, 8))
    await _pass(intake, report, REMINDER, (await _timers(intake, report))[REMINDER])
    assert len(await intake.running.recorded(ReportReminded)) == 2


async def test_who_has_answered_is_neither_reminded_nor_closed(intake: Intake) -> None:
    report, _ = await _asked(intake, 1)
    await intake.brand.post(f"/v1/reports/{report['id']}/information", json=ANSWER)
    later = datetime.now(UTC) + timedelta(days=30)
    await _pass(intake, report, REMINDER, later)
    await _pass(intake, report, ANSWER_DUE, later)
    assert await _states(intake, report) == ("received", ["queued"])
    assert await intake.running.recorded(ReportReminded) == []
    assert await intake.running.recorded(ReportClosed) == []
    assert await _timers(intake, report) == {}


async def test_what_is_not_answered_in_time_is_closed(intake: Intake) -> None:
    report, _ = await _asked(intake, 1)
    early = (await _timers(intake, report))[ANSWER_DUE] - timedelta(seconds=1)
    await _pass(intake, report, ANSWER_DUE, early)
    assert await _states(intake, report) == ("needs_information", ["needs_information"])
    await _pass(intake, report, ANSWER_DUE, (await _timers(intake, report))[ANSWER_DUE])
    assert await _states(intake, report) == ("closed", ["closed"])
    (item,) = (await intake.read(report))["items"]
    assert (item["code"], item["answer_due_at"], item["expected_decision_at"]) == ("N_COMPARISON", None, None)
    (closed,) = await intake.running.recorded(ReportClosed)
    assert (closed.state, closed.items[0].item_id) == ("closed", item["id"])
    assert datetime.fromisoformat(item["reopen_until"]) == closed.reopen_until
    (completed,) = await intake.running.recorded(ReportCompleted)
    assert (completed.state, completed.items[0].state) == ("closed", "closed")


async def test_items_are_closed_each_at_its_time(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2)
    first, second = _task(intake, report, 0), _task(intake, report, 1)
    await _hear(intake, first.created(), second.created(), _question(first))
    await _ask_earlier(intake, report, timedelta(days=1))
    due = (await _timers(intake, report))[ANSWER_DUE]
    await _hear(intake, _question(second))
    assert (await _timers(intake, report))[ANSWER_DUE] == due
    await _pass(intake, report, ANSWER_DUE, due)
    assert await _states(intake, report) == ("needs_information", ["closed", "needs_information"])
    await _pass(intake, report, ANSWER_DUE, (await _timers(intake, report))[ANSWER_DUE])
    assert await _states(intake, report) == ("closed", ["closed", "closed"])


async def test_an_answer_reopens_what_was_closed(intake: Intake) -> None:
    report, task = await _closed(intake, 1)
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/reopen", json=ANSWER)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["completed_at"]) == ("received", None)
    (item,) = answer.json()["items"]
    assert (item["state"], item["reopen_until"]) == ("queued", None)
    assert item["expected_decision_at"] is not None
    (reopened,) = await intake.running.recorded(ReportReopened)
    assert (reopened.item_ids, reopened.explanation) == ([item["id"]], ANSWER["explanation"])
    assert await intake.running.recorded(ReportInformationProvided) == []
    await _hear(intake, task.claimed(7), task.decided())
    assert await _states(intake, report) == ("accepted", ["accepted"])
    assert [event.state for event in await intake.running.recorded(ReportCompleted)] == ["closed", "accepted"]


async def test_several_rounds_are_kept_in_the_timeline(intake: Intake) -> None:
    report, task = await _asked(intake, 1)
    await intake.brand.post(f"/v1/reports/{report['id']}/information", json={"explanation": "First answer."})
    await _hear(intake, task.claimed(7), _question(task, 8))
    await _pass(intake, report, ANSWER_DUE, datetime.now(UTC) + timedelta(days=15))
    await intake.brand.post(f"/v1/reports/{report['id']}/reopen", json={"explanation": "Second answer."})
    told = [(entry["state"], entry["note"]) for entry in await _timeline(intake, report) if entry["item_id"]]
    assert told == [
        ("queued", None), ("in_review", None), ("needs_information", "Which seam?"), ("queued", "First answer."),
        ("in_review", None), ("needs_information", "Which seam?"), ("closed", None), ("queued", "Second answer."),
    ]  # fmt: skip


async def test_a_decision_ends_also_what_was_closed(intake: Intake) -> None:
    """Another's notice joined the task, and the listing was decided on that."""
    report, task = await _closed(intake, 1)
    await _hear(intake, task.claimed(7), task.decided(Verdict.REJECTED))
    assert await _states(intake, report) == ("rejected", ["rejected"])
    assert [event.state for event in await intake.running.recorded(ReportCompleted)] == ["closed", "rejected"]
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/reopen", json=ANSWER)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_reopen")


async def test_what_is_closed_can_be_taken_back(intake: Intake) -> None:
    report, _ = await _closed(intake, 1)
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/withdraw", json={})
    assert (answer.status_code, answer.json()["state"]) == (202, "closed")
    again = await intake.brand.post(f"/v1/reports/{report['id']}/reopen", json=ANSWER)
    assert (again.status_code, again.json()["code"]) == (409, "withdrawal_requested")
    await leave_review(intake, report["id"])
    assert await _states(intake, report) == ("withdrawn", ["withdrawn"])


async def test_a_listing_that_was_reported_anew_is_not_opened_twice(intake: Intake) -> None:
    report, _ = await _closed(intake, 1)
    await intake.file(report["right_id"], 1)
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/reopen", json=ANSWER)
    assert (answer.status_code, answer.json()["code"]) == (409, "reported_anew")
    assert await _states(intake, report) == ("closed", ["closed"])


async def test_the_right_to_reopen_ends(intake: Intake) -> None:
    report, _ = await _closed(intake, 1)
    await intake.execute("UPDATE report_items SET reopen_until = now() - interval '1 second'")
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/reopen", json=ANSWER)
    assert (answer.status_code, answer.json()["code"]) == (409, "reopening_over")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "/explanation"),
        ({"explanation": 5}, 422, "/explanation"),
        ({"explanation": "x" * 10_001}, 422, "/explanation"),
        ({**ANSWER, "item_ids": ["itm_01h455vb4pex5vsknk084sn02q"]}, 422, "/item_ids/0"),
        ({**ANSWER, "evidence_ids": ["evd_01h455vb4pex5vsknk084sn02q"]}, 422, "/evidence_ids/0"),
        ({**ANSWER, "more": 1}, 422, "/more"),
    ],
)
async def test_what_cannot_reopen(intake: Intake, body: dict[str, Any], status: int, pointer: str) -> None:
    report, _ = await _closed(intake, 1)
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/reopen", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)
    assert await _states(intake, report) == ("closed", ["closed"])


async def test_reopening_is_for_its_reporter_alone_and_once(intake: Intake) -> None:
    report, _ = await _closed(intake, 1)
    path = f"/v1/reports/{report['id']}/reopen"
    assert (await intake.other.post(path, json=ANSWER)).status_code == 404
    key = {"Idempotency-Key": "reopen-1"}
    first = await intake.brand.post(path, json=ANSWER, headers=key)
    again = await intake.brand.post(path, json=ANSWER, headers=key)
    assert (first.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (200, first.json(), "true")
    assert len(await intake.running.recorded(ReportReopened)) == 1


async def test_of_many_who_reopen_at_once_one_does(intake: Intake) -> None:
    report, _ = await _closed(intake, 1)
    path = f"/v1/reports/{report['id']}/reopen"
    answers = await asyncio.gather(*(intake.brand.post(path, json=ANSWER) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert len(await intake.running.recorded(ReportReopened)) == 1
