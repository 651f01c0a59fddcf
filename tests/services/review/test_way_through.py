"""From a report to its decision, in one go."""

from shared.contracts.events import DecisionMade, EnforcementRequested, TaskClaimed, TaskCreated, TaskJudged
from tests.conftest import StartService
from tests.services.review.making import ACCEPT, a_report, claim_one, judge, submit


async def test_a_report_becomes_a_task_is_judged_and_decided(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report("9001")
    await submit(review, report)
    vendor = review.as_("vendor")

    task = await claim_one(vendor)

    assert task["queue"] == "trademark.en.p2"
    assert task["right_type"] == "trademark"
    assert task["severity"] == "p2"
    assert task["round"] == 1
    assert task["listing"]["listing_id"] == "9001"
    assert task["right"]["id"] == report.right.id
    assert task["items"][0]["report_id"] == report.report_id
    assert any(clause["code"] == "TM-1.1" for clause in task["clauses"])
    assert task["due_at"].endswith("Z")

    answer = await judge(vendor, task, ACCEPT)

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["judgement"]["outcome"] == "accept"
    assert body["decision"]["verdict"] == "accepted"
    (created,) = await review.recorded(TaskCreated)
    (claimed,) = await review.recorded(TaskClaimed)
    (judged,) = await review.recorded(TaskJudged)
    (made,) = await review.recorded(DecisionMade)
    (requested,) = await review.recorded(EnforcementRequested)
    assert created.version < claimed.version < judged.version
    assert made.decision_id == body["decision"]["id"] == requested.decision_id
    assert made.items[0].item_id == report.items[0].item_id
    assert made.clauses[0].code == "TM-1.1"
    assert made.account_id == report.account_id
