"""Withdrawals as review orders them: items leave their tasks undecided, or the decision came first."""

import asyncio
from typing import Any

import pytest

from shared.contracts.codes import EscalationKind, EscalationState, Severity
from shared.contracts.events import (
    DecisionMade,
    EscalationResolved,
    TaskCancelled,
    TaskItemsWithdrawn,
)
from shared.contracts.ids import AccountId, EscalationId, TaskId
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import (
    ACCEPT,
    ASK,
    ESCALATE,
    REROUTE,
    a_report,
    a_right,
    claim,
    claim_one,
    code_of,
    fetchval,
    judge,
    submit,
    withdrawal_of,
    withdrawn,
)


async def _heard(review: Running, count: int = 1) -> list[TaskItemsWithdrawn]:
    async def told() -> list[TaskItemsWithdrawn] | None:
        events = await review.recorded(TaskItemsWithdrawn)
        return events if len(events) >= count else None

    found: list[TaskItemsWithdrawn] = await review.eventually(told)
    return found


async def test_a_withdrawal_in_time_takes_the_item_off_its_task_and_says_so(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    mine, theirs = a_report("1", "2", right=right), a_report("1", right=right, account_id=new_id(AccountId))
    await submit(review, mine, theirs)
    vendor = review.as_("vendor")
    tasks = {task["listing"]["listing_id"]: task for task in await claim(vendor, max=2)}

    await review.publish(withdrawal_of(mine))
    (told,) = await _heard(review)

    assert (told.report_id, told.account_id) == (mine.report_id, mine.account_id)
    assert sorted(told.item_ids) == sorted(item.item_id for item in mine.items)
    assert sorted(told.task_ids) == sorted(task["id"] for task in tasks.values())
    (cancelled,) = await review.recorded(TaskCancelled)
    assert cancelled.task_id == tasks["2"]["id"]
    assert code_of(await judge(vendor, tasks["2"], ACCEPT)) == (409, "lease_lost")
    assert (await judge(vendor, tasks["1"], ACCEPT)).status_code == 200
    (made,) = await review.recorded(DecisionMade)
    assert [item.report_id for item in made.items] == [theirs.report_id]


async def test_a_withdrawal_after_the_decision_changes_nothing(start_service: StartService) -> None:
    review = await start_service("review")
    report, other = a_report("decided"), a_report("open")
    await submit(review, report)
    vendor = review.as_("vendor")
    assert (await judge(vendor, await claim_one(vendor), ACCEPT)).status_code == 200

    await submit(review, other)
    await review.publish(withdrawal_of(report))
    await review.publish(withdrawal_of(other))

    (told,) = await _heard(review)
    assert told.report_id == other.report_id
    decided = "SELECT count(*) FROM task_items i JOIN tasks t ON t.id = i.task_id WHERE i.withdrawn_at IS NULL"
    assert await fetchval(review, f"{decided} AND t.state = 'decided'") == 1


async def test_a_withdrawal_that_overtakes_its_report_is_granted_at_once(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report("kept", "gone")
    gone = report.items[1].item_id
    await review.publish(withdrawal_of(report, gone))
    (told,) = await _heard(review)
    assert (list(told.item_ids), told.task_ids) == ([gone], [])

    await submit(review, report.model_copy(update={"items": report.items[:1]}))
    (task,) = await claim(review.as_("vendor"), max=5)
    assert task["listing"]["listing_id"] == "kept"


@pytest.mark.parametrize("answer", [ASK, ESCALATE, REROUTE], ids=["asked", "escalated", "rerouted"])
async def test_an_item_leaves_a_task_that_was_judged_and_not_decided(
    start_service: StartService, answer: dict[str, Any]
) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    assert (await judge(vendor, task, answer)).status_code == 200

    await review.publish(withdrawal_of(report))

    await _heard(review)
    assert await fetchval(review, "SELECT state FROM tasks") == "cancelled"
    assert await claim(vendor) == []
    resolved = EscalationResolved(
        version=2, escalation_id=new_id(EscalationId), kind=EscalationKind.REVIEWER_QUESTION, severity=Severity.P2,
        state=EscalationState.RESOLVED, task_id=TaskId(task["id"]), reason="Yes.", answer="Yes.", resolved_by="lead",
        resolved_at=report.submitted_at,
    )  # fmt: skip
    await review.publish(resolved)
    await review.publish(withdrawal_of(report, version=3))
    await _heard(review, 2)
    assert await fetchval(review, "SELECT state FROM tasks") == "cancelled"


async def test_what_an_earlier_version_of_intake_withdrew_leaves_its_task_without_a_word_of_it(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    await review.publish(withdrawn(report))

    async def cancelled() -> bool:
        return len(await review.recorded(TaskCancelled)) == 1

    await review.eventually(cancelled)
    assert await review.recorded(TaskItemsWithdrawn) == []


async def test_only_the_reviewers_own_question_brings_an_escalated_task_back(start_service: StartService) -> None:
    """A missed clock of the same task is another matter: that it is resolved answers nobody."""
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    await judge(vendor, task, ESCALATE)

    def resolved(kind: EscalationKind, answer: str | None) -> EscalationResolved:
        return EscalationResolved(
            version=2, escalation_id=new_id(EscalationId), kind=kind, severity=Severity.P2,
            state=EscalationState.RESOLVED, task_id=TaskId(task["id"]), reason="Looked at.", answer=answer,
            resolved_by="lead", resolved_at=SystemClock().now(),
        )  # fmt: skip

    await review.publish(resolved(EscalationKind.CLOCK_MISSED, None))
    await review.publish(resolved(EscalationKind.RAISED, "A court order is on its way."))

    async def noted() -> bool:
        return bool(await fetchval(review, "SELECT jsonb_array_length(notes) FROM tasks") == 1)

    await review.eventually(noted)
    assert await fetchval(review, "SELECT state FROM tasks") == "escalated"
    await review.publish(resolved(EscalationKind.REVIEWER_QUESTION, "It is ours."))

    async def back() -> Any:
        return await claim(vendor)

    (again,) = await review.eventually(back)
    assert [note["text"] for note in again["notes"]] == ["A court order is on its way.", "It is ours."]


async def test_a_withdrawal_and_a_judgement_that_meet_leave_one_outcome(start_service: StartService) -> None:
    """Two hundred pairs at once: each item is told to have left its task, or is named by one decision, never both."""
    review = await start_service("review")
    reports = [a_report(str(n)) for n in range(200)]
    await submit(review, *reports)
    vendor = review.as_("vendor")
    tasks = [task for _ in range(4) for task in await claim(vendor, max=50)]
    of_task = {task["id"]: task["items"][0]["item_id"] for task in tasks}
    together = asyncio.Barrier(2)

    async def judging() -> list[Any]:
        await together.wait()
        return list(await asyncio.gather(*(judge(vendor, task, ACCEPT) for task in tasks)))

    async def withdrawing() -> None:
        await together.wait()
        for report in reports:
            await review.publish(withdrawal_of(report))

    answers, _ = await asyncio.gather(judging(), withdrawing())

    async def all_said() -> bool:
        left = {item for event in await review.recorded(TaskItemsWithdrawn) for item in event.item_ids}
        decided = {item.item_id for event in await review.recorded(DecisionMade) for item in event.items}
        assert not left & decided
        return left | decided == set(of_task.values())

    await review.eventually(all_said)
    decided = {item.item_id for event in await review.recorded(DecisionMade) for item in event.items}
    for task, answer in zip(tasks, answers, strict=True):
        assert answer.status_code == (200 if of_task[task["id"]] in decided else 409)
    assert await fetchval(review, "SELECT count(*) FROM holds") == 0
    assert len(await review.recorded(TaskCancelled)) == 200 - len(decided)
