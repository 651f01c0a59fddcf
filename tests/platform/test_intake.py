"""A reporter's way through the gateway: checked before it files, taken at the wrong door, asked, reminded, reopened."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from libraries.clocks.business_days import CountryCalendar, advance
from tests.platform.people import People
from tests.running import eventually
from tests.services.intake.conftest import a_report

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]


async def test_the_wrong_door_is_named_before_filing_and_re_routed_after_it(people: People) -> None:
    trademark, design = await people.right(), await people.right("design")
    body = a_report(trademark["id"], "wrong-door", claim="design")
    body["items"][0]["category"] = "toys"
    preflight = await people.brand.post("/v1/reports/preflight", body)
    assert preflight["would_be_accepted"]
    fixes = {finding["code"]: finding["fix"] for finding in preflight["findings"]}
    assert design["id"] in fixes["R_WRONG_RIGHT_TYPE"]
    report = await people.brand.post("/v1/reports", body)
    task = await people.claimed("wrong-door")
    assert task["items"][0]["fitting_right"]["id"] == design["id"]
    assert "R_WRONG_RIGHT_TYPE" in {finding["code"] for finding in task["findings"]}
    await people.judged(task, outcome="wrong_right_type", right_type="design")
    again = await people.claimed("wrong-door", "design")
    assert (again["id"], again["round"]) == (task["id"], 2)
    await people.accepted(again)
    found = await people.report_is(report, "accepted")
    assert (found["id"], found["items"][0]["code"]) == (report["id"], "A_DESIGN_COPY")


async def test_goods_of_another_class_are_warned_of_and_read_by_the_reviewer(people: People) -> None:
    body = a_report((await people.right())["id"], "other-goods")
    body["items"][0]["category"] = "toys"
    report = await people.brand.post("/v1/reports", body)
    assert "R_CLASS_MISMATCH" in {finding["code"] for finding in report["findings"]}
    task = await people.claimed("other-goods")
    assert task["listing"]["category"] == "toys"
    await people.accepted(task)
    await people.report_is(report, "accepted")


async def test_a_question_stops_the_clock_and_comes_in_rounds_that_the_timeline_keeps(people: People) -> None:
    report = await people.brand.post("/v1/reports", a_report((await people.right())["id"], "asked"))
    question = {"outcome": "needs_information", "code": "N_COMPARISON"}
    before = datetime.now(UTC)
    await people.judged(await people.claimed("asked"), **question, note="Which seam?")
    asked = await people.report_is(report, "needs_information")
    business = CountryCalendar("DE", None, "UTC")
    earliest, latest = (advance(at, timedelta(days=5), business) for at in (before, datetime.now(UTC)))
    assert earliest <= _instant(asked["items"][0]["answer_due_at"]) <= latest

    await people.days_pass(report, "answer_reminder", days=3)
    reminded = await people.told("report.reminded", report["id"])
    assert [item["item_id"] for item in reminded["items"]] == [item["id"] for item in report["items"]]
    answer = {"explanation": "The seam of the left one."}
    answered = await people.brand.post(f"/v1/reports/{report['id']}/information", answer)
    waited = _instant(answered["expected_decision_at"]) - _instant(asked["expected_decision_at"])
    assert waited >= timedelta(days=2), "three days of waiting, less what was measured meanwhile"

    await people.judged(await people.claimed("asked"), **question, note="And the right one?")
    await people.report_is(report, "needs_information")
    await people.days_pass(report, "answer_due")
    closed = await people.report_is(report, "closed")
    assert closed["items"][0]["reopen_until"] > closed["created_at"]
    late = {"explanation": "It is glued; ours is sewn."}
    assert (await people.brand.post(f"/v1/reports/{report['id']}/reopen", late))["state"] == "received"
    task = await people.claimed("asked")
    assert [note["text"] for note in task["notes"]] == [answer["explanation"], late["explanation"]]
    await people.accepted(task)
    await people.report_is(report, "accepted")

    timeline = await people.brand.each(f"/v1/reports/{report['id']}/timeline")
    kept = [(entry["state"], entry["note"]) for entry in timeline if entry["item_id"]]
    assert [(state, note) for state, note in kept if state != "in_review"] == [
        ("queued", None), ("needs_information", "Which seam?"), ("queued", answer["explanation"]),
        ("needs_information", "And the right one?"), ("closed", None), ("queued", late["explanation"]),
        ("accepted", None),
    ]  # fmt: skip

    async def told() -> bool:
        found = Counter(event["type"] for event in await people.events() if event["subject"] == report["id"])
        times = {"information_requested": 2, "reminded": 1, "closed": 1, "reopened": 1, "completed": 2}
        return {what: found[f"marque.report.{what}.v1"] for what in times} == times

    assert await eventually(told)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
