"""Packets: what was said, asked and decided before, in the hands of whoever decides now."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from services.review.decisions.endpoints import DecisionPacketOut
from services.review.work.endpoints.tasks import ClaimOut, TaskOut
from shared.contracts.codes import (
    AccountKind,
    Claim,
    EscalationKind,
    EscalationState,
    HeldAs,
    ReporterTier,
    RightType,
    Severity,
)
from shared.contracts.events import EscalationResolved, ReportInformationProvided, RightSearched
from shared.contracts.events.reports import ReportSubmitted
from shared.contracts.events.tasks import FittingRight
from shared.contracts.ids import AccountId, EscalationId, EvidenceId, ItemId, TaskId
from shared.contracts.things import Reporter, RightSnapshot
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import (
    ACCEPT,
    ASK,
    ESCALATE,
    REJECT,
    REROUTE,
    a_report,
    a_right,
    claim,
    claim_one,
    fetchval,
    judge,
    submit,
)

QUESTION = {**ASK, "note": "Show the label."}


async def answered(review: Running, report: ReportSubmitted, text: str, *evidence: EvidenceId) -> None:
    """The reporter answers what it was asked about its items."""
    provided = ReportInformationProvided(
        version=9, report_id=report.report_id, account_id=report.account_id,
        item_ids=[item.item_id for item in report.items], explanation=text, evidence_ids=list(evidence),
        provided_at=datetime.now(UTC),
    )  # fmt: skip
    await review.publish(provided)


async def desk_answers(review: Running, task_id: str, text: str) -> None:
    resolved = EscalationResolved(
        version=3, escalation_id=new_id(EscalationId), kind=EscalationKind.REVIEWER_QUESTION, severity=Severity.P1,
        state=EscalationState.RESOLVED, task_id=TaskId(task_id), reason="Looked at.", answer=text, resolved_by="Lead",
        resolved_at=datetime.now(UTC),
    )  # fmt: skip
    await review.publish(resolved)


async def test_each_round_that_ended_is_shown_with_its_question_and_its_answers(start_service: StartService) -> None:
    review = await start_service("review")
    report, evidence = a_report(), new_id(EvidenceId)
    await submit(review, report)
    vendor, other = review.as_("vendor"), review.as_("vendor", "two")

    first = await claim_one(vendor)
    assert (first["earlier"], first["reroute"]) == ([], None)
    await judge(vendor, first, QUESTION)
    await answered(review, report, "It is woven.", evidence)
    second = await claim_one(other, wait_seconds=30)
    await judge(other, second, {**ESCALATE, "note": "Is this ours to decide?"})
    await desk_answers(review, second["id"], "It is.")
    third = await claim_one(vendor, wait_seconds=30)

    (asked,) = second["earlier"]
    assert (asked["round"], asked["outcome"], asked["code"]) == (1, "needs_information", "N_COMPARISON")
    assert (asked["question"], asked["note"], asked["next_right_type"]) == ("Show the label.", None, None)
    (answer,) = asked["answers"]
    assert (answer["kind"], answer["text"], answer["evidence"]) == ("information", "It is woven.", [evidence])
    assert answer["report_id"] == report.report_id
    assert third["earlier"][0] == asked
    escalated = third["earlier"][1]
    assert (escalated["round"], escalated["outcome"], escalated["question"]) == (
        2,
        "escalate",
        "Is this ours to decide?",
    )
    assert [(one["kind"], one["text"]) for one in escalated["answers"]] == [("escalation", "It is.")]
    assert datetime.fromisoformat(asked["judged_at"]) < datetime.fromisoformat(escalated["judged_at"])
    assert asked["judged_at"].endswith("Z")
    shown = str(third["earlier"])
    assert "r-1" not in shown
    assert review.caller("vendor", "two").account_id not in shown


async def test_each_answer_stands_under_the_question_that_it_answers(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    report, second = a_report(right=right), a_report(right=right, account_id=new_id(AccountId))
    await submit(review, report, second)
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    await judge(vendor, task, QUESTION)
    await answered(review, report, "It is woven.")
    again = await claim_one(vendor, wait_seconds=30)
    await answered(review, second, "Printed, as ours never is.")
    await review.eventually(lambda: fetchval(review, "SELECT jsonb_array_length(notes) = 2 FROM tasks"))
    await judge(vendor, again, ESCALATE)
    await desk_answers(review, task["id"], "It is ours.")

    earlier = (await claim_one(vendor, wait_seconds=30))["earlier"]

    assert [(one["round"], [answer["text"] for answer in one["answers"]]) for one in earlier] == [
        (1, ["It is woven.", "Printed, as ours never is."]),
        (2, ["It is ours."]),
    ]


async def test_who_has_given_a_task_back_sees_nothing_of_what_others_did_with_it(start_service: StartService) -> None:
    review = await start_service("review")
    vendor, other = review.as_("vendor"), review.as_("vendor", "two")
    await submit(review, _sold_by("s-1", "8"))
    await _decide(other, ACCEPT)
    report = _sold_by("s-1", "9")
    await submit(review, report)
    task = await claim_one(vendor)
    assert task["history"]["seller"]["accepted"] == 1
    await vendor.post(f"/v1/tasks/{task['id']}/release", json={"lease_token": task["lease"]["token"]})
    await judge(other, await claim_one(other), {**QUESTION, "note": "Between us: odd."})
    await answered(review, report, "It is woven.")
    last = await claim_one(other, wait_seconds=30)
    held = (await other.get(f"/v1/tasks/{task['id']}")).json()
    assert (held["earlier"][0]["question"], held["history"]["seller"]["accepted"]) == ("Between us: odd.", 1)
    await judge(other, last, ACCEPT)

    seen = (await vendor.get(f"/v1/tasks/{task['id']}")).json()
    overseen = (await review.as_("marketplace").get(f"/v1/tasks/{task['id']}")).json()

    assert (seen["earlier"], seen["history"]) == ([], {"listing": None, "right_and_seller": None, "seller": None})
    assert overseen["earlier"][0]["question"] == "Between us: odd."
    assert (overseen["history"]["listing"], overseen["history"]["seller"]["accepted"]) == (None, 1)


async def test_what_is_found_after_the_decision_is_no_ground_of_it(start_service: StartService) -> None:
    review = await start_service("review")
    report, sentinel = a_report(), a_report("2")
    await submit(review, report)
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    await judge(vendor, task, REROUTE)
    copied = {**ACCEPT, "code": "A_COPYRIGHT_COPY", "clauses": ["CR-1.1"]}
    await judge(vendor, await claim_one(vendor), copied)

    late = a_right(RightType.COPYRIGHT, report.account_id)
    await review.publish(_search(task["id"], RightType.COPYRIGHT, {report.items[0].item_id: late}))
    await submit(review, sentinel)  # comes after it

    assert late.id not in (await review.as_("marketplace").get(f"/v1/tasks/{task['id']}")).text


async def test_who_joins_a_rerouted_task_has_not_been_searched(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    report = a_report(right=right)
    await submit(review, report)
    vendor = review.as_("vendor")
    await judge(vendor, await claim_one(vendor), REROUTE)
    task = await claim_one(vendor)
    await _searched(review, task["id"], RightType.COPYRIGHT, {})
    assert (await vendor.get(f"/v1/tasks/{task['id']}")).json()["reroute"]["searched"]

    await submit(review, a_report(right=right, account_id=new_id(AccountId)))

    assert not (await vendor.get(f"/v1/tasks/{task['id']}")).json()["reroute"]["searched"]


async def test_decisions_of_earlier_releases_come_into_the_history(start_service: StartService) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    await submit(review, _sold_by("s-1", "1"))
    await _decide(vendor, ACCEPT)
    async with review.database.pool.acquire() as connection:
        await connection.execute("UPDATE decisions SET marketplace = NULL, listing_id = NULL, seller_id = NULL")
    await review.eventually(lambda: fetchval(review, "SELECT bool_and(seller_id = 's-1') FROM decisions"))
    await submit(review, _sold_by("s-1", "1", right=a_right()))

    history = (await claim_one(vendor))["history"]

    assert (history["listing"]["accepted"], history["seller"]["accepted"]) == (1, 1)


async def test_nobody_sees_a_judgement_of_the_round_that_is_under_way(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    await judge(vendor, task, {**ACCEPT, "note": "Plainly."})

    again = (await vendor.get(f"/v1/tasks/{task['id']}")).json()

    assert (again["round"], again["earlier"]) == (1, [])
    assert again["judgements"][0]["note"] == "Plainly."


async def test_a_rerouted_task_says_why_and_shows_the_right_that_fits(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    await judge(vendor, task, {**REROUTE, "note": "They mean the photographs."})

    waiting = await claim_one(vendor)
    assert waiting["right_type"] == "copyright"
    assert waiting["reroute"] == {
        "from_right_type": "trademark", "right_type": "copyright", "claims": ["copyright"],
        "note": "They mean the photographs.", "right": None, "searched": False,
    }  # fmt: skip
    await _searched(review, waiting["id"], RightType.COPYRIGHT, {})
    none = (await vendor.get(f"/v1/tasks/{task['id']}")).json()
    assert (none["reroute"]["right"], none["reroute"]["searched"]) == (None, True)

    work = a_right(RightType.COPYRIGHT, report.account_id)
    await _searched(review, waiting["id"], RightType.COPYRIGHT, {report.items[0].item_id: work})
    found = (await vendor.get(f"/v1/tasks/{task['id']}")).json()
    assert (found["reroute"]["right"]["id"], found["reroute"]["right"]["type"]) == (work.id, "copyright")
    assert found["items"][0]["fitting_right"]["id"] == work.id
    assert found["right"]["type"] == "trademark"
    assert (found["earlier"][0]["note"], found["earlier"][0]["next_right_type"]) == (
        "They mean the photographs.",
        "copyright",
    )


async def test_a_right_of_a_type_that_the_task_no_longer_has_is_not_shown(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    vendor = review.as_("vendor")
    await judge(vendor, await claim_one(vendor), REROUTE)
    await judge(vendor, await claim_one(vendor), {**REROUTE, "right_type": "design", "note": "A shape."})
    task = await claim_one(vendor)

    late = a_right(RightType.COPYRIGHT, report.account_id)
    await review.publish(_search(task["id"], RightType.COPYRIGHT, {report.items[0].item_id: late}))
    design = a_right(RightType.DESIGN, report.account_id)
    await _searched(review, task["id"], RightType.DESIGN, {report.items[0].item_id: design})

    shown = (await vendor.get(f"/v1/tasks/{task['id']}")).json()
    assert shown["reroute"]["from_right_type"] == "copyright"
    assert (shown["reroute"]["claims"], shown["reroute"]["note"]) == (["design"], "A shape.")
    assert shown["reroute"]["right"]["id"] == design.id
    assert late.id not in str(shown)


async def test_a_counterfeit_and_a_misuse_are_both_claims_on_a_mark(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report(claim=Claim.COPYRIGHT))
    vendor = review.as_("vendor")
    await judge(vendor, await claim_one(vendor), {**REROUTE, "right_type": "trademark"})
    assert (await claim_one(vendor))["reroute"]["claims"] == ["counterfeit", "trademark"]


def _search(task_id: str, right_type: RightType, rights: dict[ItemId, RightSnapshot]) -> RightSearched:
    return RightSearched(
        version=7, task_id=TaskId(task_id), right_type=right_type, rights=list(rights.values()),
        items=[FittingRight(item_id=item_id, right_id=right.id) for item_id, right in rights.items()],
    )  # fmt: skip


async def _searched(review: Running, task_id: str, right_type: RightType, rights: dict[ItemId, RightSnapshot]) -> None:
    before = await fetchval(review, "SELECT version FROM tasks WHERE id = $1", task_id)
    await review.publish(_search(task_id, right_type, rights))
    await review.eventually(lambda: fetchval(review, "SELECT version > $2 FROM tasks WHERE id = $1", task_id, before))


async def test_each_item_says_who_reports_and_in_which_language(start_service: StartService) -> None:
    review = await start_service("review")
    right = a_right()
    agent = new_id(AccountId)
    held = right.model_copy(update={"account_id": agent, "held_as": HeldAs.AGENT})
    trusted = Reporter(account_id=agent, kind=AccountKind.BRAND, trusted_flagger=True)
    await submit(review, a_report(right=right, language="de-AT"))
    await submit(
        review,
        a_report(right=held, account_id=agent, language="de", reporter=trusted, reporter_tier=ReporterTier.TRUSTED),
    )

    task = await claim_one(review.as_("vendor"))

    first, second = task["items"]
    assert first["reporter"] == {
        "name": "Acme GmbH", "held_as": "owner", "kind": "brand", "tier": "new", "trusted_flagger": False,
    }  # fmt: skip
    assert second["reporter"] == {
        "name": "Acme GmbH", "held_as": "agent", "kind": "brand", "tier": "trusted", "trusted_flagger": True,
    }  # fmt: skip
    assert (task["language"], first["language"], second["language"]) == ("de", "de-AT", "de")


async def _decide(vendor: httpx.AsyncClient, answer: dict[str, Any], **wishes: Any) -> str:
    judged = await judge(vendor, await claim_one(vendor, **wishes), answer)
    assert judged.status_code == 200, judged.text
    return str(judged.json()["decision"]["id"])


def _sold_by(seller_id: str | None, *listing_ids: str, **changes: Any) -> ReportSubmitted:
    report = a_report(*listing_ids, **changes)
    items = [
        item.model_copy(update={"listing": item.listing.model_copy(update={"seller_id": seller_id})})
        for item in report.items
    ]
    return report.model_copy(update={"items": items})


async def test_earlier_decisions_on_listing_seller_and_right_are_counted_and_the_last_five_shown(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    mark, other_mark = a_right(), a_right()
    decided: list[str] = []
    for number, (right, answer) in enumerate([(mark, ACCEPT)] * 4 + [(mark, REJECT)] * 2 + [(other_mark, ACCEPT)]):
        await submit(review, _sold_by("s-1", str(number), right=right))
        decided.append(await _decide(vendor, answer))
    await submit(review, _sold_by("s-2", "0", right=other_mark))  # the first listing has another seller by now
    decided.append(await _decide(vendor, REJECT))

    await submit(review, _sold_by("s-1", "0", right=mark))
    history = (await claim_one(vendor))["history"]

    assert (history["listing"]["accepted"], history["listing"]["rejected"]) == (1, 1)
    assert [one["decision_id"] for one in history["listing"]["last"]] == [decided[7], decided[0]]
    assert (history["seller"]["accepted"], history["seller"]["rejected"]) == (5, 2)
    assert [one["decision_id"] for one in history["seller"]["last"]] == decided[6:1:-1]
    assert (history["right_and_seller"]["accepted"], history["right_and_seller"]["rejected"]) == (4, 2)
    assert [one["decision_id"] for one in history["right_and_seller"]["last"]] == decided[5:0:-1]
    newest = history["seller"]["last"][0]
    assert (newest["verdict"], newest["code"], newest["right_type"], newest["listing_id"]) == (
        "accepted", "A_COUNTERFEIT", "trademark", "6",
    )  # fmt: skip
    assert newest["decided_at"].endswith("Z")


@pytest.mark.parametrize("seller_id", [None, "s-9"])
async def test_there_is_no_history_of_what_is_new_or_not_known(
    start_service: StartService, seller_id: str | None
) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    await submit(review, _sold_by(None, "1"))
    await _decide(vendor, ACCEPT)
    await submit(review, _sold_by(seller_id, "2"))

    history = (await claim_one(vendor))["history"]

    assert history == {"listing": None, "right_and_seller": None, "seller": None}


async def test_a_seller_of_another_marketplace_is_somebody_else(start_service: StartService) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    report = _sold_by("s-1", "1")
    elsewhere = report.items[0].listing.model_copy(update={"marketplace": "elsewhere"})
    item = report.items[0].model_copy(update={"listing": elsewhere})
    await submit(review, report.model_copy(update={"items": [item]}))
    await _decide(vendor, ACCEPT)
    await submit(review, _sold_by("s-1", "1", right=report.right))

    assert (await claim_one(vendor))["history"] == {"listing": None, "right_and_seller": None, "seller": None}


async def test_of_a_long_history_the_last_hundred_are_counted(start_service: StartService) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    await submit(review, _sold_by("s-1", "1"))
    await _decide(vendor, ACCEPT)
    async with review.database.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO decisions SELECT (jsonb_populate_record(d, jsonb_build_object("
            "'id', 'dec_' || n, 'round', n + 1, 'verdict', CASE WHEN n % 4 = 0 THEN 'rejected' ELSE 'accepted' END, "
            "'decided_at', d.decided_at + n * interval '1 second'))).* FROM decisions d, generate_series(1, 400) n"
        )
    await submit(review, _sold_by("s-1", "2"))

    history = (await claim_one(vendor))["history"]

    assert (history["seller"]["accepted"], history["seller"]["rejected"]) == (75, 25)
    assert [one["decision_id"] for one in history["seller"]["last"]] == [f"dec_{n}" for n in (400, 399, 398, 397, 396)]


def _shape(value: Any) -> Any:
    """The names in a document, at every depth."""
    if isinstance(value, dict):
        return {name: _shape(part) for name, part in value.items()}
    return [_shape(part) for part in value] if isinstance(value, list) else None


def _is_as_told(answer: httpx.Response, model: type[BaseModel]) -> None:
    """An answer has the fields of its published schema, at every depth, and no others."""
    given = answer.json()
    read = model.model_validate_json(answer.content).model_dump(mode="json", exclude_unset=True)
    assert _shape(read) == _shape(given)


async def test_every_object_of_a_packet_is_as_the_document_says(start_service: StartService) -> None:
    review = await start_service("review")
    report = _sold_by("s-1", "1")
    vendor, operator = review.as_("vendor"), review.as_("marketplace")
    await submit(review, _sold_by("s-1", "1", right=a_right()))
    await _decide(vendor, ACCEPT)
    await submit(review, report)
    await judge(vendor, await claim_one(vendor), QUESTION)
    await answered(review, report, "It is woven.")
    await judge(vendor, await claim_one(vendor, wait_seconds=30), {**REROUTE, "note": "They mean the design."})
    (task,) = await claim(vendor)
    await _searched(review, task["id"], RightType.COPYRIGHT, {report.items[0].item_id: a_right(RightType.COPYRIGHT)})
    await vendor.post(f"/v1/tasks/{task['id']}/release", json={"lease_token": task["lease"]["token"]})

    claimed = await vendor.post("/v1/tasks/claim", json={"reviewer": "r-1"})
    (again,) = claimed.json()["tasks"]
    body = {"lease_token": again["lease"]["token"], **ACCEPT, "code": "A_COPYRIGHT_COPY", "clauses": ["CR-1.1"]}
    judged = await vendor.post(f"/v1/tasks/{task['id']}/judge", json=body)
    packet = await operator.get(f"/v1/decisions/{judged.json()['decision']['id']}/packet")

    assert len(again["earlier"]) == 2
    assert again["reroute"]["right"] is not None
    assert again["history"]["listing"]["accepted"] == 1
    _is_as_told(claimed, ClaimOut)
    _is_as_told(await vendor.get(f"/v1/tasks/{task['id']}"), TaskOut)
    _is_as_told(packet, DecisionPacketOut)
