"""Judging: what is taken, what is refused, and what comes of it."""

import asyncio
import json
from typing import Any

import pytest

from shared.contracts.codes import Claim
from shared.contracts.envelope import Envelope
from shared.contracts.event import registry
from shared.contracts.events import DecisionMade, EnforcementRequested, TaskClaimed, TaskJudged, TaskRerouted
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import (
    ACCEPT,
    ASK,
    ESCALATE,
    REJECT,
    REROUTE,
    a_report,
    claim,
    claim_one,
    code_of,
    fetch,
    fetchval,
    judge,
    let_expire,
    pointers,
    submit,
)


async def test_a_rejection_decides_and_asks_nothing_of_the_marketplace(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")

    answer = await judge(vendor, await claim_one(vendor), REJECT)

    decision = answer.json()["decision"]
    assert decision["verdict"] == "rejected"
    assert decision["enforcement_id"] is None
    assert decision["clauses"][0]["code"] == "TM-3.1"
    assert len(await review.recorded(DecisionMade)) == 1
    assert await review.recorded(EnforcementRequested) == []


FOR_REPORTER = "The seller names your product to say what the offered goods are for, and says no more than it needs to."


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, FOR_REPORTER),
        ({"public_reason": "Genuine goods."}, "Genuine goods."),
        ({"public_reason": ""}, FOR_REPORTER),
    ],
)
async def test_reporters_are_told_why_and_not_what_colleagues_are_told(
    start_service: StartService, given: dict[str, str], told: str
) -> None:
    review = await start_service("review")
    report = a_report()
    await submit(review, report)
    vendor = review.as_("vendor")

    answer = (
        await judge(vendor, await claim_one(vendor), {**REJECT, "note": "Their agent is a nuisance.", **given})
    ).json()

    assert (answer["judgement"]["note"], answer["judgement"]["public_reason"]) == ("Their agent is a nuisance.", told)
    assert answer["decision"]["public_reason"] == told
    (made,) = await review.recorded(DecisionMade)
    assert made.public_reason == told
    assert "nuisance" not in made.model_dump_json()
    kept = (await vendor.get(f"/v1/decisions/{answer['decision']['id']}")).json()
    assert kept["public_reason"] == told


async def test_an_acceptance_gives_a_reason_where_the_reviewer_does(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1"), a_report("2"), a_report("3"))
    vendor = review.as_("vendor")

    plain = await judge(vendor, await claim_one(vendor), ACCEPT)
    said = await judge(vendor, await claim_one(vendor), {**ACCEPT, "public_reason": "The label is a copy."})
    blank = await judge(vendor, await claim_one(vendor), {**ACCEPT, "public_reason": " "})

    assert plain.json()["decision"]["public_reason"] is None
    assert said.json()["decision"]["public_reason"] == "The label is a copy."
    assert blank.json()["decision"]["public_reason"] is None


BARE = {
    "code": "TM-8.1", "title": "Bare", "text": "A rule without a text for the reporter.", "law": "None",
    "accept_codes": ["A_COUNTERFEIT"], "reject_codes": ["R_NOMINATIVE_USE", "R_EXHAUSTION"],
}  # fmt: skip
SAID = {**BARE, "code": "TM-8.2", "reject_codes": ["R_FAIR_USE"], "reporter_text": "It is fair."}


async def _in_force(review: Running, *clauses: dict[str, Any]) -> None:
    """A version of the operator's own for trademarks."""
    operator = review.as_("marketplace")
    policies = (await operator.get("/v1/policies")).json()["data"]
    path = next(f"/v1/policies/{one['id']}/versions" for one in policies if one["right_type"] == "trademark")
    drafted = await operator.post(path, json={"clauses": list(clauses)})
    assert drafted.status_code == 201, drafted.text
    published = await operator.post(f"{path}/{drafted.json()['number']}/publish", json={})
    assert published.status_code == 200, published.text


NO_TEXT = {**REJECT, "clauses": ["TM-8.1"]}
OTHER_TEXT = {**REJECT, "clauses": ["TM-8.1", "TM-8.2"]}


@pytest.mark.parametrize(
    ("demands", "answer", "where"),
    [
        ([], NO_TEXT, ["/public_reason"]),
        ([], {**NO_TEXT, "public_reason": " "}, ["/public_reason"]),
        ([], {**NO_TEXT, "public_reason": "Named only."}, []),
        ([], OTHER_TEXT, ["/public_reason"]),  # the text is about another code
        ([], {**OTHER_TEXT, "code": "R_FAIR_USE"}, []),
        ([], {**ACCEPT, "clauses": ["TM-8.1"]}, []),
        (["note"], {**NO_TEXT, "public_reason": "Named only."}, ["/note"]),
        (["note", "public_reason"], {**ACCEPT, "clauses": ["TM-8.1"]}, ["/note", "/public_reason"]),
        (["public_reason"], {**ACCEPT, "clauses": ["TM-8.1"], "public_reason": "A copy."}, []),
        (["note"], {**ASK, "clauses": ["TM-8.1"]}, ["/note"]),
        (["public_reason"], {**ASK, "clauses": ["TM-8.1"], "note": "Show it."}, []),
        (["public_reason"], {**ESCALATE, "clauses": ["TM-8.1"]}, []),
    ],
)
async def test_a_clause_without_a_text_for_the_reporter_asks_for_a_reason_and_may_demand_more(
    start_service: StartService, demands: list[str], answer: dict[str, Any], where: list[str]
) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    await _in_force(review, {**BARE, "demands": demands}, SAID)
    vendor = review.as_("vendor")

    judged = await judge(vendor, await claim_one(vendor), answer)

    if where:
        assert code_of(judged) == (422, "answer_refused")
        assert pointers(judged) == where
    else:
        assert judged.status_code == 200, judged.text


@pytest.mark.parametrize(
    ("answer", "code", "where"),
    [
        ({**ACCEPT, "clauses": ["TM-1.1", "TM-99.9"]}, "clause_not_in_force", ["/clauses/1"]),
        ({**ACCEPT, "clauses": ["CR-1.1"]}, "clause_not_in_force", ["/clauses/0"]),
        ({**ACCEPT, "clauses": ["tm-1.1"]}, "clause_not_in_force", ["/clauses/0"]),
        ({**ACCEPT, "code": "A_PATENT"}, "code_not_allowed", ["/code"]),
        ({**ACCEPT, "clauses": ["TM-3.1"]}, "code_not_allowed", ["/code"]),
        ({**REJECT, "clauses": ["TM-1.1"]}, "code_not_allowed", ["/code"]),
        ({**ACCEPT, "code": "R_NOMINATIVE_USE"}, "answer_refused", ["/code"]),
        ({**ACCEPT, "code": "N_COMPARISON"}, "answer_refused", ["/code"]),
        ({**ACCEPT, "code": None}, "answer_refused", ["/code"]),
        ({**REJECT, "code": "A_COUNTERFEIT"}, "answer_refused", ["/code"]),
        ({**REJECT, "code": "R_WRONG_RIGHT_TYPE"}, "answer_refused", ["/code"]),
        ({**ASK, "code": "R_NOMINATIVE_USE"}, "answer_refused", ["/code"]),
        ({**ASK, "code": None}, "answer_refused", ["/code"]),
        ({**ESCALATE, "code": "A_COUNTERFEIT"}, "answer_refused", ["/code"]),
        ({**ESCALATE, "note": None}, "answer_refused", ["/note"]),
        ({**ESCALATE, "note": " \n"}, "answer_refused", ["/note"]),
        ({**ASK, "public_reason": "Show it."}, "answer_refused", ["/public_reason"]),
        ({**REJECT, "public_reason": "r" * 2001}, "validation_failed", ["/public_reason"]),
        ({**REJECT, "public_reason": 7}, "validation_failed", ["/public_reason"]),
        ({**ACCEPT, "clauses": []}, "answer_refused", ["/clauses"]),
        ({**REROUTE, "right_type": None}, "answer_refused", ["/right_type"]),
        ({**REROUTE, "right_type": "trademark"}, "answer_refused", ["/right_type"]),
        ({**ACCEPT, "right_type": "copyright"}, "answer_refused", ["/right_type"]),
        ({**ACCEPT, "right_type": "recipe"}, "validation_failed", ["/right_type"]),
        ({**ACCEPT, "outcome": "perhaps"}, "validation_failed", ["/outcome"]),
        ({**ACCEPT, "code": "A_NICE"}, "validation_failed", ["/code"]),
        ({**ACCEPT, "clauses": "TM-1.1"}, "validation_failed", ["/clauses"]),
        ({**ACCEPT, "clauses": ["TM-1.1"] * 51}, "validation_failed", ["/clauses"]),
        ({**ACCEPT, "note": "n" * 5001}, "validation_failed", ["/note"]),
        ({**ACCEPT, "note": "\ud800"}, None, None),
        ({**ACCEPT, "note": "a\u0000b"}, "validation_failed", ["/note"]),
        ({**ACCEPT, "seconds_spent": -1}, "validation_failed", ["/seconds_spent"]),
        ({**ACCEPT, "seconds_spent": "42"}, "validation_failed", ["/seconds_spent"]),
        ({**ACCEPT, "seconds_spent": 86_401}, "validation_failed", ["/seconds_spent"]),
        ({**ACCEPT, "surprise": 1}, "validation_failed", ["/surprise"]),
    ],
)
async def test_an_answer_that_does_not_hold_together_is_refused_and_the_lease_is_kept(
    start_service: StartService, answer: dict[str, Any], code: str | None, where: list[str] | None
) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)

    # Written by hand, as no careful client would send half a character.
    body = json.dumps({"lease_token": task["lease"]["token"], **answer})
    refused = await vendor.post(
        f"/v1/tasks/{task['id']}/judge", content=body, headers={"Content-Type": "application/json"}
    )

    assert refused.status_code in (400, 422)
    if code is not None:
        assert code_of(refused) == (422, code)
        assert pointers(refused) == where
    assert await fetchval(review, "SELECT count(*) FROM judgements") == 0
    assert (await judge(vendor, task, ACCEPT)).status_code == 200


async def test_a_lost_lease_is_told_before_anything_else(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    await let_expire(review, task["id"])

    answer = await judge(vendor, task, {**ACCEPT, "clauses": ["TM-99.9"]})

    assert code_of(answer) == (409, "lease_lost")


async def test_one_answer_counts_however_many_are_sent(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)

    answers = await asyncio.gather(*(judge(vendor, task, ACCEPT) for _ in range(12)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert {code_of(answer) for answer in answers if answer.status_code == 409} == {(409, "lease_lost")}
    assert await fetchval(review, "SELECT count(*) FROM judgements") == 1
    assert await fetchval(review, "SELECT count(*) FROM decisions") == 1


async def test_a_replayed_judgement_answers_the_first_one_again(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    key = {"Idempotency-Key": "judge-1"}

    first = await judge(vendor, task, ACCEPT, **key)
    again = await judge(vendor, task, ACCEPT, **key)
    reused = await judge(vendor, task, REJECT, **key)

    assert first.status_code == 200
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code_of(reused) == (422, "idempotency_key_reused")
    assert len(await review.recorded(TaskJudged)) == 1


async def test_many_judge_at_once_and_every_task_has_one_decision(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report(*(str(n) for n in range(120))))
    vendors = [review.as_("vendor", str(n)) for n in range(6)]
    held = await asyncio.gather(*(claim(vendor, max=20) for vendor in vendors))

    answers = await asyncio.gather(
        *(
            judge(vendor, task, ACCEPT if n % 3 else REJECT)
            for vendor, tasks in zip(vendors, held, strict=True)
            for n, task in enumerate(tasks)
        )
    )

    assert {answer.status_code for answer in answers} == {200}
    assert await fetchval(review, "SELECT count(*) FROM decisions") == 120
    assert await fetchval(review, "SELECT count(DISTINCT task_id) FROM decisions") == 120
    assert await fetchval(review, "SELECT count(*) FROM tasks WHERE state = 'decided'") == 120
    assert await fetchval(review, "SELECT count(*) FROM holds") == 0
    assert len(await review.recorded(DecisionMade)) == 120
    assert len(await review.recorded(EnforcementRequested)) == await fetchval(
        review, "SELECT count(*) FROM enforcements"
    )


async def test_the_wrong_right_type_moves_the_task_to_the_other_queue(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)

    answer = await judge(vendor, task, REROUTE)
    again = await claim_one(vendor, queue="copyright.en.p2")

    assert answer.json()["decision"] is None
    assert again["id"] == task["id"]
    assert again["round"] == 2
    assert {clause["code"].partition("-")[0] for clause in again["clauses"]} == {"CR"}
    (judged,), (rerouted,) = await review.recorded(TaskJudged), await review.recorded(TaskRerouted)
    claimed = await review.recorded(TaskClaimed)
    assert judged.outcome == "wrong_right_type"
    assert (rerouted.from_right_type, rerouted.right_type, rerouted.round) == ("trademark", "copyright", 2)
    assert claimed[0].version < judged.version < rerouted.version < claimed[1].version
    final = {"outcome": "accept", "code": "A_COPYRIGHT_COPY", "clauses": ["CR-1.1"], "seconds_spent": 3}
    decided = (await judge(vendor, again, final)).json()["decision"]
    assert (decided["right_type"], decided["round"]) == ("copyright", 2)


async def test_what_a_turn_writes_as_json_reads_back_as_events(start_service: StartService) -> None:
    review = await start_service("review")
    report = a_report("1", "2", "3", "4", explanation='With "quotes", \\ and \u00fcml\u00e4uts.')
    await submit(review, report)
    vendor = review.as_("vendor")
    tasks = await claim(vendor, max=4, reviewer='r"\\1')
    for task, answer in zip(tasks, (ACCEPT, REJECT, ASK, REROUTE), strict=True):
        assert (await judge(vendor, task, {**answer, "note": 'a "note"\nof two lines'})).status_code == 200

    rows = await fetch(review, "SELECT event_id, type, payload FROM outbox")

    assert {row["type"] for row in rows} >= {
        kind.name for kind in (TaskClaimed, TaskJudged, TaskRerouted, DecisionMade, EnforcementRequested)
    }
    for row in rows:
        document = json.loads(row["payload"])
        event = registry[row["type"]].model_validate(document["data"])
        envelope = Envelope.model_validate({**document, "data": event})
        assert set(document) == set(Envelope.model_fields)
        assert set(document["data"]) == set(type(event).model_fields), row["type"]
        assert json.loads(envelope.model_dump_json()) == document
        assert (envelope.id, envelope.subject, envelope.marqueaccount) == (
            row["event_id"], event.subject_id, event.owner,
        )  # fmt: skip


async def test_a_claim_of_each_kind_can_be_accepted_under_the_first_pack(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, *(a_report(kind.value, claim=kind) for kind in Claim))
    vendor = review.as_("vendor")
    wanted = {
        "counterfeit": "A_COUNTERFEIT", "trademark": "A_TRADEMARK_MISUSE", "copyright": "A_COPYRIGHT_COPY",
        "design": "A_DESIGN_COPY", "patent": "A_PATENT", "trade_dress": "A_TRADE_DRESS",
        "geographical_indication": "A_GEOGRAPHICAL_INDICATION",
    }  # fmt: skip

    for task in await claim(vendor, max=50):
        code = wanted[task["items"][0]["claim"]]
        clause = next(clause for clause in task["clauses"] if code in clause["accept_codes"])
        answer = {"outcome": "accept", "code": code, "clauses": [clause["code"]], "seconds_spent": 1}
        assert (await judge(vendor, task, answer)).json()["decision"]["verdict"] == "accepted"

    assert await fetchval(review, "SELECT count(*) FROM decisions") == len(Claim)
