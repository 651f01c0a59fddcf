"""Tasks out of reports: made, joined, triaged, withdrawn, and brought back."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.codes import AbuseSignal, EscalationKind, EscalationState, FindingSeverity, ReasonCode, Severity
from shared.contracts.events import (
    DecisionMade,
    EscalationResolved,
    ReportInformationProvided,
    ReportReopened,
    ReportRescheduled,
    ReportSubmitted,
    ReportSuspected,
    TaskCreated,
    TaskJoined,
)
from shared.contracts.ids import AccountId, EscalationId, EvidenceId, TaskId
from shared.contracts.things import Finding
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import (
    ACCEPT,
    ASK,
    ESCALATE,
    a_report,
    a_right,
    claim,
    claim_one,
    code_of,
    fetchval,
    judge,
    submit,
    triaged,
    withdrawn,
)


async def test_two_reporters_of_one_listing_and_right_share_a_task_and_each_hears_of_its_own_items(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    right = a_right()
    mine, theirs = a_report("9001", right=right), a_report("9001", right=right, account_id=new_id(AccountId))
    await submit(review, mine, theirs)
    vendor = review.as_("vendor")

    (task,) = await claim(vendor, max=10)
    await judge(vendor, task, ACCEPT)

    assert {item["report_id"] for item in task["items"]} == {mine.report_id, theirs.report_id}
    (created,), (joined,) = await review.recorded(TaskCreated), await review.recorded(TaskJoined)
    assert created.task_id == joined.task_id == task["id"]
    assert created.version < joined.version
    assert [item.report_id for item in joined.items] == [theirs.report_id]
    made = await review.recorded(DecisionMade)
    assert len({event.decision_id for event in made}) == 1
    assert {event.account_id: [item.report_id for item in event.items] for event in made} == {
        mine.account_id: [mine.report_id],
        theirs.account_id: [theirs.report_id],
    }


async def test_a_thousand_simultaneous_reports_make_one_task_for_each_listing(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    listings = [str(n) for n in range(50)]
    reports = [a_report(*listings, right=right, account_id=new_id(AccountId)) for _ in range(4)]
    await asyncio.gather(*(submit(review, report) for report in reports))

    assert await fetchval(review, "SELECT count(*) FROM tasks") == 50
    assert await fetchval(review, "SELECT count(*) FROM waiting") == 50
    assert await fetchval(review, "SELECT count(*) FROM task_items") == 200


async def test_a_report_on_a_decided_task_makes_a_new_one(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    await submit(review, a_report("9001", right=right))
    vendor = review.as_("vendor")
    first = await claim_one(vendor)
    await judge(vendor, first, ACCEPT)

    await submit(review, a_report("9001", right=right, account_id=new_id(AccountId)))
    second = await claim_one(vendor)

    assert second["id"] != first["id"]


async def test_a_report_joins_a_task_that_is_being_worked_on(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    await submit(review, a_report("9001", right=right))
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    late = a_report("9001", right=right, account_id=new_id(AccountId))

    await submit(review, late)
    await judge(vendor, task, ACCEPT)

    assert {event.account_id for event in await review.recorded(DecisionMade)} == {right.account_id, late.account_id}
    assert await claim(vendor) == []


async def test_five_hundred_items_become_five_hundred_tasks_at_once(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report(*(str(n) for n in range(500))))

    assert await fetchval(review, "SELECT count(*) FROM waiting") == 500
    assert len(await review.recorded(TaskCreated)) == 500


async def test_an_item_named_twice_in_one_report_hangs_twice_on_one_task(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report("9001", "9001")
    await submit(review, report)
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    await judge(vendor, task, ACCEPT)

    (made,) = await review.recorded(DecisionMade)
    assert {item.item_id for item in made.items} == {item.item_id for item in report.items}


async def test_triage_counts_whether_it_comes_before_or_after_the_report(start_service: StartService) -> None:
    review = await start_service("review")
    due = datetime.now(UTC) + timedelta(hours=1)
    before, after = a_report("before"), a_report("after")
    await review.publish(triaged(before, Severity.P1, due))
    await review.eventually(lambda: fetchval(review, "SELECT count(*) FROM item_news"))
    await submit(review, before, after)
    await review.publish(triaged(after, Severity.P0, due, version=5))
    await review.eventually(lambda: fetchval(review, "SELECT count(*) FROM waiting WHERE severity = 'p0'"))
    await review.publish(triaged(after, Severity.P3, due, version=4))  # older news, which the relay brought late
    await submit(review, a_report("last"))

    tasks = await claim(review.as_("vendor"), max=2)

    assert [(task["listing"]["listing_id"], task["severity"]) for task in tasks] == [("after", "p0"), ("before", "p1")]


async def test_a_clock_that_ran_on_after_a_pause_moves_the_task_in_its_queue(start_service: StartService) -> None:
    review = await start_service("review")
    due = datetime.now(UTC) + timedelta(hours=1)
    paused, other = a_report("paused"), a_report("other")
    await submit(review, paused, other)
    for report in (paused, other):
        await review.publish(triaged(report, Severity.P1, due + timedelta(minutes=report is other)))
    await review.eventually(lambda: _is(review, "SELECT count(*) FROM waiting WHERE severity = 'p1'", 2))
    moved = triaged(paused, Severity.P1, due + timedelta(days=1), version=2)
    await review.publish(ReportRescheduled.model_validate(moved.model_dump()))
    await review.eventually(lambda: _is(review, "SELECT max(due_at) FROM waiting", due + timedelta(days=1)))

    tasks = await claim(review.as_("vendor"), max=2)

    assert [task["listing"]["listing_id"] for task in tasks] == ["other", "paused"]


async def test_a_task_is_as_pressing_as_the_most_pressing_of_its_items(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    mine, theirs = a_report("9001", right=right), a_report("9001", right=right, account_id=new_id(AccountId))
    await submit(review, mine, theirs)
    soon = datetime.now(UTC) + timedelta(hours=1)
    await review.publish(triaged(theirs, Severity.P0, soon))
    severity = "SELECT t.severity FROM tasks t JOIN waiting w ON w.queue = 'trademark.en.' || t.severity"
    await review.eventually(lambda: _is(review, severity, "p0"))

    await review.publish(withdrawn(theirs))

    await review.eventually(lambda: _is(review, severity, "p2"))


async def _is(review: Running, query: str, value: object) -> bool:
    return bool(await fetchval(review, query) == value)


async def test_withdrawn_items_leave_their_tasks_and_an_empty_task_is_cancelled(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    mine, theirs = a_report("1", "2", right=right), a_report("1", right=right, account_id=new_id(AccountId))
    await submit(review, mine, theirs)
    vendor = review.as_("vendor")
    tasks = {task["listing"]["listing_id"]: task for task in await claim(vendor, max=2)}

    await review.publish(withdrawn(mine))
    await review.eventually(lambda: _is(review, "SELECT count(*) FROM tasks WHERE state = 'cancelled'", 1))

    assert code_of(await judge(vendor, tasks["2"], ACCEPT)) == (409, "lease_lost")
    assert (await judge(vendor, tasks["1"], ACCEPT)).status_code == 200
    (made,) = await review.recorded(DecisionMade)
    assert made.account_id == theirs.account_id
    assert await fetchval(review, "SELECT count(*) FROM task_items") == 3
    assert await fetchval(review, "SELECT count(*) FROM leases WHERE change = 'cancelled'") == 1
    assert await claim(vendor) == []


async def test_a_withdrawal_that_overtakes_its_report_is_remembered(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report("kept", "gone")
    await review.publish(withdrawn(report, [report.items[1].item_id]))
    await review.eventually(lambda: fetchval(review, "SELECT count(*) FROM item_news"))
    await review.publish(report)
    await review.eventually(lambda: _is(review, "SELECT count(*) FROM waiting", 1))

    (task,) = await claim(review.as_("vendor"), max=5)

    assert task["listing"]["listing_id"] == "kept"


def _provided(
    report: ReportSubmitted, kind: type[ReportInformationProvided | ReportReopened]
) -> ReportInformationProvided | ReportReopened:
    return kind(
        version=3,
        report_id=report.report_id,
        account_id=report.account_id,
        item_ids=[item.item_id for item in report.items],
        explanation="Here is the original.",
        evidence_ids=[new_id(EvidenceId)],
    )


@pytest.mark.parametrize("kind", [ReportInformationProvided, ReportReopened])
async def test_a_task_that_asked_comes_back_with_the_answer(
    start_service: StartService, kind: type[ReportInformationProvided | ReportReopened]
) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    vendor = review.as_("vendor")
    task = await claim_one(vendor)

    asked = await judge(vendor, task, ASK)
    nothing = await claim(vendor)
    await review.publish(_provided(report, kind))
    again = await claim_one(vendor, wait_seconds=30)

    assert asked.json()["decision"] is None
    assert nothing == []
    assert (again["id"], again["round"]) == (task["id"], 2)
    assert again["notes"][0]["text"] == "Here is the original."
    assert (await judge(vendor, again, ACCEPT)).json()["decision"]["round"] == 2


@pytest.mark.parametrize("before", [True, False])
async def test_what_looks_like_misuse_is_in_the_packet(start_service: StartService, *, before: bool) -> None:
    """Also where it is heard of before the report itself."""
    review = await start_service("review")
    report = a_report("1", "2")
    finding = Finding(code=ReasonCode.R_IMPERSONATION, severity=FindingSeverity.INFORMS, message="Three file as one.")
    suspected = ReportSuspected(
        version=1, report_id=report.report_id, item_ids=[report.items[0].item_id],
        signals=[AbuseSignal.SHARED_SIGNATURE], findings=[finding],
    )  # fmt: skip
    if not before:
        await submit(review, report)
    await review.publish(suspected)

    async def heard() -> bool:
        return bool(await fetchval(review, "SELECT count(*) = 1 FROM item_news WHERE findings IS NOT NULL"))

    await review.eventually(heard)
    if before:
        await submit(review, report)
    tasks = await claim(review.as_("vendor"), max=2)
    found = {task["listing"]["listing_id"]: [one["message"] for one in task["findings"]] for task in tasks}
    assert found == {"1": [finding.message], "2": []}


async def test_another_reporters_notice_brings_a_task_back_that_waits_for_information(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    right = a_right()
    await submit(review, a_report(right=right))
    vendor = review.as_("vendor")
    await judge(vendor, await claim_one(vendor), ASK)

    await submit(review, a_report(right=right, account_id=new_id(AccountId)))
    again = await claim_one(vendor)

    assert again["round"] == 2
    assert len(again["items"]) == 2


def _resolved(task_id: str, answer: str | None) -> EscalationResolved:
    return EscalationResolved(
        version=3,
        escalation_id=new_id(EscalationId),
        kind=EscalationKind.REVIEWER_QUESTION,
        severity=Severity.P1,
        state=EscalationState.RESOLVED,
        task_id=TaskId(task_id),
        reason="Looked at by counsel.",
        answer=answer,
        resolved_by="Duty lead",
        resolved_at=datetime.now(UTC),
    )


async def test_an_escalated_task_comes_back_with_the_desks_answer(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)

    await judge(vendor, task, ESCALATE)
    assert await claim(vendor) == []
    await review.publish(_resolved(task["id"], "Yes, decide it."))
    again = await claim_one(vendor, wait_seconds=30)

    assert (again["id"], again["round"]) == (task["id"], 2)
    assert (again["notes"][0]["kind"], again["notes"][0]["text"]) == ("escalation", "Yes, decide it.")


async def test_a_resolution_that_concerns_no_escalated_task_moves_nothing(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)

    await review.publish(_resolved(task["id"], None))
    await review.eventually(lambda: fetchval(review, "SELECT count(*) FROM tasks WHERE notes <> '[]'"))

    assert (await judge(vendor, task, ACCEPT)).json()["decision"]["round"] == 1
