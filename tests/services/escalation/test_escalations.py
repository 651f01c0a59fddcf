"""The desk: who raises, sees, takes up, gives away and settles a matter."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.codes import AbuseSignal, Outcome
from shared.contracts.events import (
    EscalationAcknowledged,
    EscalationBreached,
    EscalationOpened,
    EscalationResolved,
    ReporterSuspected,
)
from shared.contracts.ids import EscalationId, ReportId
from shared.runtime.ids import new_id
from tests.services.escalation.conftest import HOUR, MINUTE, MONDAY, Desk


async def _question(desk: Desk, **values: Any) -> dict[str, Any]:
    await desk.hear(desk.file(**values).judged())
    (matter,) = await desk.matters(kind="reviewer_question")
    return matter


# Raising


async def test_the_operator_raises_a_matter_and_everyone_inside_hears_of_it(desk: Desk) -> None:
    matter = await desk.raised(severity="p1", listing="https://shop.example/item/9001", reason="Live sale.\nNow.")
    assert matter["kind"] == "raised"
    assert matter["state"] == "open"
    assert matter["acknowledge_due_at"] == "2026-11-23T10:00:00Z"
    assert matter["resolve_due_at"] == "2026-11-23T17:00:00Z"
    (opened,) = await desk.recorded(EscalationOpened)
    assert (opened.escalation_id, opened.reason, opened.account_id) == (matter["id"], "Live sale.\nNow.", None)


async def test_an_order_of_a_regulator_is_p0_unless_it_says_otherwise(desk: Desk) -> None:
    regulator = desk.as_("regulator")
    assert (await desk.raised(regulator))["severity"] == "p0"
    assert (await desk.raised(regulator, severity="p3"))["severity"] == "p3"
    assert {event.account_id for event in await desk.recorded(EscalationOpened)} == {desk.account("regulator")}


@pytest.mark.parametrize(("kind", "status"), [("brand", 403), ("vendor", 404)])
async def test_only_the_operator_and_regulators_raise_matters(desk: Desk, kind: str, status: int) -> None:
    """A brand reads what is raised about its things, and so is told that it cannot raise anything."""
    answer = await desk.as_(kind).post("/v1/escalations", json={"reason": "Look."})
    assert answer.status_code == status
    assert answer.json()["required_account_kinds"] == ["marketplace", "regulator"]


async def test_a_matter_about_a_report_concerns_its_reporter(desk: Desk) -> None:
    filed = desk.file()
    await desk.hear(filed.submitted())
    matter = await desk.raised(report_id=filed.report_id, reason="We suspect collusion with staff.")
    shown = (await desk.as_("brand").get(f"/v1/escalations/{matter['id']}")).json()
    assert shown["report_id"] == filed.report_id
    assert shown["reason"] is None
    assert shown["raised_by"] is None


async def test_raising_twice_under_one_key_raises_once(desk: Desk) -> None:
    operator, headers = desk.operator, {"Idempotency-Key": "once"}
    first = await operator.post("/v1/escalations", json={"reason": "Look."}, headers=headers)
    again = await operator.post("/v1/escalations", json={"reason": "Look."}, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    other = await operator.post("/v1/escalations", json={"reason": "Look there."}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await desk.matters()) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/reason"),
        ({"reason": ""}, "/reason"),
        ({"reason": 7}, "/reason"),
        ({"reason": "x" * 4001}, "/reason"),
        ({"reason": "a\x00b"}, "/reason"),
        ({"reason": "a\u202eb"}, "/reason"),
        ({"reason": "Look.", "severity": "p4"}, "/severity"),
        ({"reason": "Look.", "severity": 0}, "/severity"),
        ({"reason": "Look.", "report_id": "tsk_01jd3v0000e0080000000000g0"}, "/report_id"),
        ({"reason": "Look.", "report_id": "rep_1"}, "/report_id"),
        ({"reason": "Look.", "listing": "x" * 2049}, "/listing"),
        ({"reason": "Look.", "listing": ["9001"]}, "/listing"),
        ({"reason": "Look.", "kind": "clock_missed"}, "/kind"),
    ],
)
async def test_a_matter_that_is_not_well_said_is_refused_with_its_place(
    desk: Desk, body: dict[str, Any], pointer: str
) -> None:
    answer = await desk.operator.post("/v1/escalations", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await desk.matters() == []


# Who sees what


async def test_each_sees_what_concerns_it_and_no_more(desk: Desk) -> None:
    filed = desk.file(trusted_flagger=True)
    await desk.hear(filed.submitted())
    await desk.pass_(HOUR)
    (missed,) = await desk.matters()
    raised = await desk.raised(desk.as_("regulator"))
    own = await desk.raised()
    sees = {
        ("marketplace", "one"): {missed["id"], raised["id"], own["id"]},
        ("regulator", "one"): {raised["id"]},
        ("regulator", "two"): set(),
        ("brand", "one"): {missed["id"]},
        ("brand", "two"): set(),
    }
    for (kind, which), expected in sees.items():
        client = desk.as_(kind, which)
        listed = (await client.get("/v1/escalations")).json()["data"]
        assert {matter["id"] for matter in listed} == expected, (kind, which)
        for escalation_id in (missed["id"], raised["id"], own["id"]):
            status = 200 if escalation_id in expected else 404
            assert (await client.get(f"/v1/escalations/{escalation_id}")).status_code == status
            assert (await client.get(f"/v1/escalations/{escalation_id}/timeline")).status_code == status


async def test_the_desk_is_not_there_for_vendors(desk: Desk) -> None:
    matter = await _question(desk)
    vendor = desk.as_("vendor")
    for path in ("", f"/{matter['id']}", f"/{matter['id']}/timeline"):
        assert (await vendor.get(f"/v1/escalations{path}")).status_code == 404


@pytest.mark.parametrize("kind", ["brand", "regulator", "vendor"])
async def test_only_the_operator_works_at_the_desk(desk: Desk, kind: str) -> None:
    matter = await desk.raised(desk.as_("regulator"))
    client = desk.as_(kind)
    for verb, body in (
        ("acknowledge", {"by": "X"}), ("assign", {"assignee": "X"}), ("resolve", {"reason": "X"}),
    ):  # fmt: skip
        assert (await client.post(f"/v1/escalations/{matter['id']}/{verb}", json=body)).status_code == 404
    assert (await desk.matters())[0]["version"] == 1


async def test_a_scope_is_needed(desk: Desk) -> None:
    reader = desk.as_("marketplace", scopes=frozenset({"escalations:read"}))
    assert (await reader.get("/v1/escalations")).status_code == 200
    assert (await reader.post("/v1/escalations", json={"reason": "Look."})).status_code == 403
    stranger = desk.as_("marketplace", scopes=frozenset({"reports:read"}))
    assert (await stranger.get("/v1/escalations")).status_code == 403
    assert (await desk.running.anonymous.get("/v1/escalations")).status_code == 401


async def test_a_reporter_reads_the_state_of_its_matter_and_nothing_from_inside(desk: Desk) -> None:
    filed = desk.file(trusted_flagger=True)
    await desk.hear(filed.submitted())
    await desk.pass_(HOUR)
    (matter,) = await desk.matters()
    path = f"/v1/escalations/{matter['id']}"
    await desk.operator.post(f"{path}/acknowledge", json={"by": "Dana"})
    await desk.operator.post(f"{path}/resolve", json={"reason": "Vendor was understaffed."})
    brand = desk.as_("brand")
    shown = (await brand.get(path)).json()
    assert (shown["state"], shown["missed"][0]["item_id"]) == ("resolved", filed.item_ids[0])
    assert {shown[name] for name in ("assignee", "acknowledged_by", "resolved_by", "resolution", "answer")} == {None}
    steps = (await brand.get(f"{path}/timeline")).json()["data"]
    assert [step["step"] for step in steps] == ["opened", "clock_missed", "acknowledged", "resolved"]
    assert {step["by"] for step in steps} == {step["note"] for step in steps} == {None}
    assert "understaffed" not in (await brand.get("/v1/escalations")).text


async def test_a_question_about_several_reporters_names_none_of_them_to_another(desk: Desk) -> None:
    one, two = desk.file(), desk.file(account_id=desk.account("brand", "two"))
    judged = one.judged().model_copy(update={"items": [*one.judged().items, *two.judged().items]})
    await desk.hear(judged)
    for which in ("one", "two"):
        (shown,) = (await desk.as_("brand", which).get("/v1/escalations")).json()["data"]
        assert {shown["report_id"], shown["item_id"], shown["task_id"], shown["reason"]} == {None}


async def test_the_list_is_filtered(desk: Desk) -> None:
    low, high = await desk.raised(severity="p3"), await desk.raised(severity="p0")
    question = await _question(desk)
    await desk.operator.post(f"/v1/escalations/{high['id']}/acknowledge", json={"by": "Dana"})
    for filters, expected in (
        ({"severity": "p3"}, {low["id"]}),
        ({"state": "acknowledged"}, {high["id"]}),
        ({"assignee": "Dana"}, {high["id"]}),
        ({"kind": "reviewer_question"}, {question["id"]}),
        ({"kind": "raised", "state": "open"}, {low["id"]}),
        ({"kind": "raised", "state": ["open", "acknowledged"]}, {low["id"], high["id"]}),
        ({"severity": ["p0", "p3"], "kind": ["raised", "reviewer_question"]}, {low["id"], high["id"]}),
        ({"assignee": "Lee"}, set()),
    ):
        assert {matter["id"] for matter in await desk.matters(**filters)} == expected
    answer = await desk.operator.get("/v1/escalations", params={"state": "closed"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "state"


async def test_pages_hold_every_matter_once_and_a_cursor_belongs_to_its_filters(desk: Desk) -> None:
    raised = [(await desk.raised())["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await desk.operator.get("/v1/escalations", params={"limit": "2", **cursor})).json()
        seen += [matter["id"] for matter in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == raised[::-1]
    answer = await desk.operator.get("/v1/escalations", params={"state": "open", **cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize("path", ["", "/timeline"])
async def test_what_is_not_there_is_not_found(desk: Desk, path: str) -> None:
    assert (await desk.operator.get(f"/v1/escalations/{new_id(EscalationId)}{path}")).status_code == 404
    assert (await desk.operator.get(f"/v1/escalations/esc_nonsense{path}")).status_code == 422


# Working at the desk


async def test_of_many_who_acknowledge_at_once_one_does(desk: Desk) -> None:
    matter = await desk.raised()
    answers = await asyncio.gather(
        *(
            desk.operator.post(f"/v1/escalations/{matter['id']}/acknowledge", json={"by": f"Person {n}"})
            for n in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    winner = next(answer.json()["acknowledged_by"] for answer in answers if answer.status_code == 200)
    assert (await desk.matters())[0]["acknowledged_by"] == winner
    assert len(await desk.recorded(EscalationAcknowledged)) == 1


async def test_who_acknowledges_has_it_until_it_is_given_to_another(desk: Desk) -> None:
    matter = await desk.raised()
    path = f"/v1/escalations/{matter['id']}"
    assert (await desk.operator.post(f"{path}/acknowledge", json={"by": "Dana"})).json()["assignee"] == "Dana"
    assert (await desk.operator.post(f"{path}/assign", json={"assignee": "Lee"})).json()["assignee"] == "Lee"
    resolved = (await desk.operator.post(f"{path}/resolve", json={"reason": "Done."})).json()
    assert (resolved["resolved_by"], resolved["acknowledged_by"]) == ("Lee", "Dana")
    (event,) = await desk.recorded(EscalationResolved)
    assert (event.resolved_by, event.reason, event.version) == ("Lee", "Done.", resolved["version"])


async def test_a_change_that_someone_else_made_first_is_not_overwritten(desk: Desk) -> None:
    matter = await desk.raised()
    path = f"/v1/escalations/{matter['id']}"
    read = await desk.operator.get(path)
    tag = {"If-Match": read.headers["ETag"]}
    first = await desk.operator.post(f"{path}/assign", json={"assignee": "Lee"}, headers=tag)
    assert first.status_code == 200
    second = await desk.operator.post(f"{path}/assign", json={"assignee": "Max"}, headers=tag)
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    for verb, body in (("acknowledge", {"by": "Max"}), ("resolve", {"reason": "Done."})):
        assert (await desk.operator.post(f"{path}/{verb}", json=body, headers=tag)).status_code == 412
    third = await desk.operator.post(
        f"{path}/assign", json={"assignee": "Max"}, headers={"If-Match": first.headers["ETag"]}
    )
    assert third.json()["assignee"] == "Max"


@pytest.mark.parametrize(
    ("verb", "body", "pointer"),
    [
        ("acknowledge", {}, "/by"),
        ("acknowledge", {"by": ""}, "/by"),
        ("acknowledge", {"by": "two\nlines"}, "/by"),
        ("acknowledge", {"by": "x" * 201}, "/by"),
        ("acknowledge", {"by": None}, "/by"),
        ("assign", {"assignee": 5}, "/assignee"),
        ("assign", {"assignee": "Lee", "note": "x"}, "/note"),
        ("resolve", {}, "/reason"),
        ("resolve", {"reason": " "}, "/reason"),
        ("resolve", {"reason": "Done.", "answer": {}}, "/answer"),
        ("resolve", {"reason": "Done.", "answer": ""}, "/answer"),
    ],
)
async def test_a_step_that_is_not_well_said_is_refused_with_its_place(
    desk: Desk, verb: str, body: dict[str, Any], pointer: str
) -> None:
    matter = await desk.raised()
    answer = await desk.operator.post(f"/v1/escalations/{matter['id']}/{verb}", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await desk.matters())[0]["version"] == 1


async def test_a_step_on_what_is_not_there_is_not_found(desk: Desk) -> None:
    for verb, body in (
        ("acknowledge", {"by": "X"}), ("assign", {"assignee": "X"}), ("resolve", {"reason": "X"}),
    ):  # fmt: skip
        answer = await desk.operator.post(f"/v1/escalations/{new_id(EscalationId)}/{verb}", json=body)
        assert answer.status_code == 404


async def test_every_step_is_in_the_timeline(desk: Desk) -> None:
    matter = await desk.raised(severity="p0")
    path = f"/v1/escalations/{matter['id']}"
    await desk.pass_(20 * MINUTE)
    await desk.operator.post(f"{path}/acknowledge", json={"by": "Dana"})
    await desk.operator.post(f"{path}/assign", json={"assignee": "Lee"})
    await desk.operator.post(f"{path}/resolve", json={"reason": "Taken down.", "by": "Lee"})
    steps = (await desk.operator.get(f"{path}/timeline")).json()["data"]
    assert [(step["step"], step["by"], step["note"], step["clock"]) for step in steps] == [
        ("opened", desk.account("marketplace"), "Look at this.", None),
        ("breached", None, None, "acknowledge"),
        ("acknowledged", "Dana", None, None),
        ("assigned", desk.running.caller("marketplace").client_id, "Lee", None),
        ("resolved", "Lee", "Taken down.", None),
    ]
    assert steps[0]["at"] == "2026-11-23T09:00:00Z"


# The desk's own clocks


async def test_the_desk_misses_each_of_its_clocks_once(desk: Desk) -> None:
    matter = await desk.raised(severity="p0")
    await desk.pass_(15 * MINUTE - timedelta(seconds=1))
    assert await desk.recorded(EscalationBreached) == []
    await desk.pass_(timedelta(seconds=1))
    for _ in range(5):
        await desk.pass_(HOUR)
    breaches = await desk.recorded(EscalationBreached)
    assert [(b.clock, b.due_at) for b in breaches] == [
        ("acknowledge", MONDAY + 15 * MINUTE), ("resolve", MONDAY + 2 * HOUR),
    ]  # fmt: skip
    read = (await desk.operator.get(f"/v1/escalations/{matter['id']}")).json()
    assert (read["acknowledge_breached"], read["resolve_breached"], read["state"]) == (True, True, "open")
    assert read["version"] == breaches[-1].version


async def test_a_matter_that_is_taken_up_and_settled_in_time_breaches_nothing(desk: Desk) -> None:
    matter = await desk.raised(severity="p0")
    desk.clock.move(15 * MINUTE)
    await desk.operator.post(f"/v1/escalations/{matter['id']}/acknowledge", json={"by": "Dana"})
    desk.clock.move(HOUR)
    await desk.operator.post(f"/v1/escalations/{matter['id']}/resolve", json={"reason": "Done."})
    await desk.pass_(100 * HOUR)
    assert await desk.recorded(EscalationBreached) == []


async def test_a_step_after_the_due_date_is_a_breach_also_where_the_ticker_slept(desk: Desk) -> None:
    matter = await desk.raised(severity="p0")
    async with desk.running.database.pool.acquire() as connection:
        await connection.execute("DELETE FROM timers WHERE kind = 'desk_clocks'")
    desk.clock.move(3 * HOUR)
    await desk.operator.post(f"/v1/escalations/{matter['id']}/resolve", json={"reason": "Done."})
    assert [b.clock for b in await desk.recorded(EscalationBreached)] == ["acknowledge", "resolve"]


async def test_a_p3_matter_has_business_days(desk: Desk) -> None:
    desk.clock.move(timedelta(days=4, hours=6))  # Friday at three
    matter = await desk.raised(severity="p3")
    assert matter["acknowledge_due_at"] == "2026-11-30T15:00:00Z"
    assert matter["resolve_due_at"] == "2026-12-04T15:00:00Z"


# What reviewers ask


async def test_a_reviewers_question_comes_to_the_desk_with_its_note(desk: Desk) -> None:
    filed = desk.file()
    judged = filed.judged(note="Is this a parody?")
    await desk.hear(judged)
    await desk.hear(judged)
    (matter,) = await desk.matters()
    assert (matter["kind"], matter["reason"]) == ("reviewer_question", "Is this a parody?")
    assert (matter["severity"], matter["task_id"]) == ("p1", filed.task_id)
    assert (matter["report_id"], matter["item_id"]) == (filed.report_id, filed.item_ids[0])
    (opened,) = await desk.recorded(EscalationOpened)
    assert opened.account_id is None  # what a reviewer wonders about is nobody else's to read


async def test_a_question_without_a_note_is_a_question(desk: Desk) -> None:
    await desk.hear(desk.file().judged(note=None))
    assert "left no note" in (await desk.matters())[0]["reason"]


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.ESCALATE])
async def test_other_judgements_do_not_concern_the_desk(desk: Desk, outcome: Outcome) -> None:
    await desk.hear(desk.file().judged(outcome))
    assert await desk.matters() == []


async def test_a_question_is_resolved_with_an_answer_which_goes_back_to_the_task(desk: Desk) -> None:
    matter = await _question(desk)
    path = f"/v1/escalations/{matter['id']}/resolve"
    refused = await desk.operator.post(path, json={"reason": "Asked legal."})
    assert (refused.status_code, refused.json()["code"]) == (422, "answer_required")
    assert refused.json()["errors"][0]["pointer"] == "/answer"
    assert (await desk.matters())[0]["state"] == "open"
    body = {"reason": "Asked legal.", "answer": "It is a parody: reject under CR-4."}
    resolved = (await desk.operator.post(path, json=body)).json()
    assert resolved["answer"] == body["answer"]
    (event,) = await desk.recorded(EscalationResolved)
    assert (event.task_id, event.answer, event.kind) == (matter["task_id"], body["answer"], "reviewer_question")


async def test_a_second_question_about_a_task_is_a_matter_of_its_own(desk: Desk) -> None:
    filed = desk.file()
    await desk.hear(filed.judged())
    await desk.hear(filed.judged())
    assert len(await desk.matters()) == 2


async def test_a_suspicion_is_a_matter_that_the_suspected_do_not_see(desk: Desk) -> None:
    brand, other = desk.account(), desk.account(which="two")
    suspected = ReporterSuspected(
        version=1, signal=AbuseSignal.SHARED_SIGNATURE, accounts=[brand, other], report_id=new_id(ReportId),
        reason="2 accounts file under this signature.", suspected_at=desk.clock.now(),
    )  # fmt: skip
    await desk.hear(suspected)
    (matter,) = await desk.matters()
    assert (matter["kind"], matter["severity"], matter["report_id"]) == ("suspected_abuse", "p2", suspected.report_id)
    assert suspected.reason in matter["reason"]
    assert brand in matter["reason"]
    (opened,) = await desk.recorded(EscalationOpened)
    assert opened.owner is None
    seen = await desk.as_("brand").get("/v1/escalations")
    assert seen.json()["data"] == []
