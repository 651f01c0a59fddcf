from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.subscribers import subscribers
from shared.contracts.codes import Outcome, ReasonCode, Severity, Verdict
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.events import (
    ReportCompleted,
    ReportInformationProvided,
    ReportInformationRequested,
    ReportRescheduled,
)
from shared.contracts.ids import EventId
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from shared.runtime.subscribers import Received
from tests.services.intake.conftest import Intake
from tests.services.intake.news import NOW, Task, triaged


async def _hear(intake: Intake, *events: Event) -> None:
    """Hear events as the consumer does, each in a transaction."""
    for event in events:
        await _hear_together(intake, event)


async def _hear_together(intake: Intake, *events: Event) -> None:
    """Hear events as the consumer does when they come at once."""
    batch = []
    now = SystemClock().now()
    for event in events:
        envelope = Envelope(
            id=new_id(EventId),
            source="/marque/review",
            type=event.name,
            time=now,
            subject=event.subject_id,
            data=event,
        )
        batch.append(Received(envelope, now))
    async with intake.running.database.transaction() as session:
        await subscribers.handle(session, batch)


def _task(intake: Intake, report: dict[str, Any], *places: int) -> Task:
    account = intake.running.caller("brand").account_id
    return Task(*((report, report["items"][place]) for place in places), account_id=account)


async def _states(intake: Intake, report: dict[str, Any]) -> tuple[str, list[str]]:
    read = await intake.read(report)
    return read["state"], [item["state"] for item in read["items"]]


async def _timeline(intake: Intake, report: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await intake.brand.get(f"/v1/reports/{report['id']}/timeline", params={"limit": 200})
    entries: list[dict[str, Any]] = answer.json()["data"]
    return entries


async def test_a_report_follows_its_items_from_queue_to_action(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    task = _task(intake, report, 0)
    for event, state, item in (
        (task.created(), "received", "queued"),
        (task.claimed(), "in_review", "in_review"),
        (task.judged(Outcome.ACCEPT, ReasonCode.A_COUNTERFEIT), "in_review", "in_review"),
        (task.decided(), "accepted", "accepted"),
        (task.applied(), "accepted", "actioned"),
    ):
        await _hear(intake, event)
        assert await _states(intake, report) == (state, [item])
    read = await intake.read(report)
    assert (read["items"][0]["decision_id"], read["items"][0]["code"]) == (task.decision_id, "A_COUNTERFEIT")
    assert read["expected_decision_at"] is None
    assert read["completed_at"] is not None
    told = [(entry["item_id"] is not None, entry["state"]) for entry in await _timeline(intake, report)]
    assert told == [
        (False, "received"), (True, "queued"), (True, "in_review"), (False, "in_review"), (True, "accepted"),
        (False, "accepted"), (True, "actioned"),
    ]  # fmt: skip
    (completed,) = await intake.running.recorded(ReportCompleted)
    assert (completed.state, completed.reference) == ("accepted", "CASE-1")
    assert [(item.listing_id, item.state, item.code) for item in completed.items] == [
        ("1", "accepted", "A_COUNTERFEIT")
    ]
    assert completed.items[0].decision_id == task.decision_id


async def test_events_from_the_broker_move_a_report(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)

    async def connected() -> bool:
        return bool(intake.running.app.state.broker.connected)

    await intake.running.eventually(connected)
    await intake.running.publish(_task(intake, report, 0).decided(Verdict.REJECTED))

    async def rejected() -> bool:
        return await _states(intake, report) == ("rejected", ["rejected"])

    await intake.running.eventually(rejected)


async def test_a_report_is_partially_accepted_and_completed_once_all_items_have_their_outcome(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2)
    await _hear(intake, _task(intake, report, 0).decided())
    assert await _states(intake, report) == ("in_review", ["accepted", "received"])
    assert await intake.running.recorded(ReportCompleted) == []
    second = _task(intake, report, 1)
    await _hear(intake, second.decided(Verdict.REJECTED), second.decided(Verdict.REJECTED))
    assert await _states(intake, report) == ("partially_accepted", ["accepted", "rejected"])
    assert len(await intake.running.recorded(ReportCompleted)) == 1


async def test_a_question_goes_to_the_reporter_and_the_answer_back(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2)
    task = _task(intake, report, 0)
    await _hear(intake, task.created(), task.judged(Outcome.NEEDS_INFORMATION, ReasonCode.N_COMPARISON, version=4))
    read = await intake.read(report)
    assert (read["state"], read["items"][0]["code"]) == ("needs_information", "N_COMPARISON")
    (asked,) = await intake.running.recorded(ReportInformationRequested)
    assert [(item.item_id, item.code, item.note) for item in asked.items] == [
        (report["items"][0]["id"], "N_COMPARISON", "Which seam?")
    ]
    path = f"/v1/reports/{report['id']}/information"
    wrong = await intake.brand.post(path, json={"item_ids": [report["items"][1]["id"]], "explanation": "This one."})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "nothing_asked")
    answer = await intake.brand.post(path, json={"explanation": "The left one."})
    assert answer.status_code == 200
    assert answer.json()["items"][0]["state"] == "queued"
    assert answer.json()["items"][0]["code"] is None
    (provided,) = await intake.running.recorded(ReportInformationProvided)
    assert (provided.explanation, list(provided.item_ids)) == ("The left one.", [report["items"][0]["id"]])
    assert provided.version > asked.version
    again = await intake.brand.post(path, json={"explanation": "The left one."})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_asked")
    await _hear(intake, task.claimed(version=3))
    assert (await intake.read(report))["items"][0]["state"] == "queued"
    await _hear(intake, task.claimed(version=7))
    assert (await intake.read(report))["items"][0]["state"] == "in_review"


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("reason", ["The goods are genuine.", None])
async def test_the_reporter_reads_why_it_was_decided_so(intake: Intake, verdict: Verdict, reason: str | None) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    task = _task(intake, report, 0)
    decided = task.decided(verdict).model_copy(update={"public_reason": reason})
    await _hear(intake, task.created(), task.claimed(), decided)
    (item,) = (await intake.read(report))["items"]
    assert (item["state"], item["public_reason"]) == (verdict.value, reason)
    entries = [entry for entry in await _timeline(intake, report) if entry["item_id"] == item["id"]]
    assert (entries[-1]["state"], entries[-1]["note"]) == (verdict.value, reason)
    assert [entry["note"] for entry in entries[:-1]] == [None] * (len(entries) - 1)


async def test_anothers_report_is_not_there(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    for method, path, body in (
        ("GET", "", None), ("GET", "/timeline", None), ("POST", "/withdraw", {}),
        ("POST", "/information", {"explanation": "mine"}),
    ):  # fmt: skip
        answer = await intake.other.request(method, f"/v1/reports/{report['id']}{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "report_not_found"), method + path
    assert (await intake.other.get("/v1/reports")).json()["data"] == []
    assert (await intake.operator.get(f"/v1/reports/{report['id']}")).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("withdraw", {"item_ids": []}, "/item_ids"),
        ("withdraw", {"items": []}, "/items"),
        ("withdraw", {"item_ids": ["rep_01j9zq4m2te5rv8c3kx7w0nh6b"]}, "/item_ids/0"),
        ("information", {}, "/explanation"),
        ("information", {"explanation": "a\x00b"}, "/explanation"),
        ("information", {"explanation": "x", "evidence_ids": ["evd_01j9zq4m2te5rv8c3kx7w0nh6b"]}, "/evidence_ids/0"),
    ],
)
async def test_a_bad_reply_is_pointed_to_and_changes_nothing(
    intake: Intake, path: str, body: dict[str, Any], pointer: str
) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    answer = await intake.brand.post(f"/v1/reports/{report['id']}/{path}", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await _states(intake, report) == ("received", ["received"])


async def test_triage_sets_what_can_be_expected_and_a_pause_moves_it(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    account = intake.running.caller("brand").account_id
    due, later = NOW + timedelta(hours=8), NOW + timedelta(hours=30)
    event = triaged(report, account, Severity.P1, later, version=5)
    moved = ReportRescheduled(version=5, report_id=event.report_id, account_id=event.account_id, items=event.items)
    await _hear(intake, triaged(report, account, Severity.P1, due))
    assert _instant(await intake.read(report)) == due.isoformat()
    await _hear(intake, moved, triaged(report, account, Severity.P3, due, version=1))
    assert _instant(await intake.read(report)) == later.isoformat()


def _instant(report: dict[str, Any]) -> str:
    return str(report["items"][0]["expected_decision_at"]).replace("Z", "+00:00")


def _stories(task: Task) -> Sequence[Event]:
    """Everything that review and the marketplace may tell of a task, with the versions that they give it."""
    return [
        task.created(2), task.claimed(3), task.judged(Outcome.NEEDS_INFORMATION, ReasonCode.N_COMPARISON, 4),
        task.claimed(7), task.judged(Outcome.ACCEPT, ReasonCode.A_COUNTERFEIT, 8),
    ]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_events_in_any_order_end_in_the_same_state(intake: Intake, data: st.DataObject) -> None:
    right = await intake.right()
    heard = data.draw(st.sets(st.integers(0, 4), min_size=1))
    decided, applied = data.draw(st.booleans()), data.draw(st.booleans())
    ends = []
    for hear in (_hear, _hear, _hear_together):
        report = await intake.file(right["id"], str(new_id(EventId)))
        task = _task(intake, report, 0)
        events = [event for place, event in enumerate(_stories(task)) if place in heard]
        events += [task.decided()] if decided else []
        events += [task.applied()] if applied else []
        await hear(intake, *data.draw(st.permutations(events)))
        read = await intake.read(report)
        item = read["items"][0]
        ends.append((read["state"], item["state"], item["code"], item["decision_id"] is not None))
        completed = [e for e in await intake.running.recorded(ReportCompleted) if e.report_id == report["id"]]
        assert len(completed) == (1 if decided else 0)
    assert ends[0] == ends[1] == ends[2]
    if decided:
        assert ends[0][:2] == ("accepted", "actioned" if applied else "accepted")
