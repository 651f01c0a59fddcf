"""Misuse of notices: warned of first, suspended for a time, always with the four factors, and over in the end."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.conduct.standing.terms import FIRST
from shared.contracts.codes import ReasonCode, Verdict
from shared.contracts.events import RatingApplied, ReporterRated, ReporterReinstated, ReporterSuspended, ReporterWarned
from shared.contracts.ids import AccountId
from shared.runtime.ids import new_id
from tests.services.conduct.conftest import Conduct, Filings

ACCEPTED = ReasonCode.A_COUNTERFEIT
UNFOUNDED = ReasonCode.R_MANIFESTLY_UNFOUNDED
WARNING = {"reason": "Listings of an authorised dealer, again.", "gravity": "serious", "intent": "careless"}
SUSPENSION = {**WARNING, "days": 30}


async def _act(filings: Filings, act: str, body: Any, **headers: str) -> httpx.Response:
    path = f"/v1/standing/{filings.account_id}/{act}"
    return await filings.conduct.operator.post(path, json=body, headers=headers)


async def _suspend_by_rule(conduct: Conduct) -> None:
    misuse = {**FIRST.misuse.model_dump(mode="json"), "suspends_by_rule": True}
    terms = {**FIRST.model_dump(mode="json"), "misuse": misuse}
    answer = await conduct.operator.put("/v1/standing/tiers", json=terms, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text


async def test_frequent_unfounded_notices_are_warned_of_with_the_four_factors(filings: Filings) -> None:
    await filings.decided(5, ACCEPTED)
    await filings.decided(4, UNFOUNDED)
    assert await filings.conduct.running.recorded(ReporterWarned) == []
    await filings.decided(1, UNFOUNDED)
    (warned,) = await filings.conduct.running.recorded(ReporterWarned)
    misuse = warned.misuse
    assert (misuse.number, misuse.proportion, misuse.gravity, misuse.intent) == (5, 0.5, "minor", "unknown")
    assert (misuse.codes, misuse.window_days) == ([UNFOUNDED], 92)
    assert warned.expires_at - warned.warned_at == timedelta(days=183)
    found = await filings.standing()
    (sanction,) = found["sanctions"]
    assert (sanction["kind"], sanction["by_rule"], sanction["id"]) == ("warning", True, warned.sanction_id)
    assert found["warned_until"] is not None
    assert found["tier"] != "suspended"
    await filings.decided(3, UNFOUNDED)
    assert len(await filings.conduct.running.recorded(ReporterWarned)) == 1


async def test_a_few_among_many_sound_notices_are_not_warned_of(filings: Filings) -> None:
    await filings.decided(60, ACCEPTED)
    await filings.decided(6, UNFOUNDED)
    assert await filings.conduct.running.recorded(ReporterWarned) == []
    assert (await filings.standing())["misuse"]["number"] == 6


async def test_forged_evidence_is_grave_and_deliberate(filings: Filings) -> None:
    await filings.decided(5, ReasonCode.R_FRAUDULENT_EVIDENCE)
    (warned,) = await filings.conduct.running.recorded(ReporterWarned)
    assert (warned.misuse.gravity, warned.misuse.intent) == ("grave", "deliberate")


async def test_a_rejection_that_did_not_stand_is_no_misuse(filings: Filings) -> None:
    wrong = await filings.decided(4, UNFOUNDED)
    await filings.conduct.hear(wrong.reversed(Verdict.ACCEPTED, ACCEPTED, filings.now))
    await filings.decided(4, UNFOUNDED)
    assert await filings.conduct.running.recorded(ReporterWarned) == []
    assert (await filings.standing())["misuse"]["number"] == 4


async def test_nobody_is_suspended_without_a_warning(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    answer = await _act(filings, "suspensions", SUSPENSION)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_warned")
    assert (await _act(filings, "warnings", WARNING)).status_code == 201
    answer = await _act(filings, "suspensions", SUSPENSION)
    assert answer.status_code == 201, answer.text
    (suspended,) = await filings.conduct.running.recorded(ReporterSuspended)
    (warned,) = await filings.conduct.running.recorded(ReporterWarned)
    assert suspended.warning_id == warned.sanction_id
    assert suspended.version > warned.version
    assert (suspended.reason, suspended.misuse.gravity) == (SUSPENSION["reason"], "serious")
    assert suspended.ends_at - suspended.suspended_at == timedelta(days=30)
    again = await _act(filings, "suspensions", SUSPENSION)
    assert (again.status_code, again.json()["code"]) == (409, "already_suspended")


async def test_a_warning_that_is_over_carries_no_suspension(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    await _act(filings, "warnings", WARNING)
    await filings.conduct.execute("UPDATE reporters SET warning_ends_at = now() - interval '1 second'")
    answer = await _act(filings, "suspensions", SUSPENSION)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_warned")


async def test_where_nothing_was_unfounded_there_is_nothing_to_warn_of(filings: Filings) -> None:
    await filings.decided(5, ReasonCode.R_NOMINATIVE_USE)
    answer = await _act(filings, "warnings", WARNING)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_misuse")


async def _suspended(filings: Filings) -> dict[str, Any]:
    await filings.decided(1, UNFOUNDED)
    assert (await _act(filings, "warnings", WARNING)).status_code == 201
    answer = await _act(filings, "suspensions", SUSPENSION)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_suspended_reporter_reads_why_and_until_when(filings: Filings) -> None:
    sanction = await _suspended(filings)
    found = await filings.standing()
    assert (found["tier"], found["suspended_until"]) == ("suspended", sanction["ends_at"])
    assert (found["sanctions"][0]["reason"], found["sanctions"][0]["misuse"]["number"]) == (SUSPENSION["reason"], 1)
    assert (await Filings(filings.conduct, "two").standing())["tier"] == "new"


async def _effective(filings: Filings) -> list[bool]:
    """Of each sanction, newest first."""
    return [sanction["effective"] for sanction in (await filings.standing())["sanctions"]]


async def test_a_suspension_is_effective_once_filing_goes_by_it(filings: Filings) -> None:
    sanction = await _suspended(filings)
    assert sanction["effective"] is False
    assert await _effective(filings) == [False, True]
    await filings.conduct.tick()
    rated = (await filings.conduct.running.recorded(ReporterRated))[-1]
    assert rated.suspended_until is not None
    assert rated.suspended_until.isoformat().startswith(sanction["ends_at"][:19])
    assert await _effective(filings) == [False, True]
    for version, effective in ((rated.version - 1, False), (rated.version, True)):
        applied = RatingApplied(version=version, account_id=filings.account_id, applied_at=filings.now)
        await filings.conduct.hear(applied)
        assert await _effective(filings) == [effective, True]
    await _act(filings, "warnings", WARNING)
    assert await _effective(filings) == [True, True, True]


async def test_a_second_suspension_is_not_effective_because_the_first_was(filings: Filings) -> None:
    await _suspended(filings)
    await filings.conduct.tick()
    await filings.conduct.hear(RatingApplied(version=99, account_id=filings.account_id, applied_at=filings.now))
    await filings.conduct.execute("UPDATE reporters SET applied = version")
    assert (await _act(filings, "reinstate", {"reason": "It was the wrong one."})).status_code == 200
    assert (await _act(filings, "suspensions", SUSPENSION)).json()["effective"] is False
    assert await _effective(filings) == [False, True, True]
    await filings.conduct.tick()
    assert await _effective(filings) == [False, True, True]


async def test_a_suspension_ends_by_itself(filings: Filings) -> None:
    await _suspended(filings)
    await filings.conduct.tick(days=29)
    assert await filings.conduct.running.recorded(ReporterReinstated) == []
    await filings.conduct.tick(days=31)
    (reinstated,) = await filings.conduct.running.recorded(ReporterReinstated)
    assert reinstated.reason is None
    found = await filings.standing()
    assert (found["suspended_until"], found["sanctions"][0]["ended_at"] is None) == (None, False)
    assert found["warned_until"] is not None
    rated = (await filings.conduct.running.recorded(ReporterRated))[-1]
    assert rated.suspended_until is None


async def test_the_operator_reinstates_before_the_time(filings: Filings) -> None:
    await _suspended(filings)
    why = {"reason": "The agent behind the notices was replaced."}
    answer = await _act(filings, "reinstate", why)
    assert (answer.status_code, answer.json()["end_reason"]) == (200, why["reason"])
    again = await _act(filings, "reinstate", why)
    assert (again.status_code, again.json()["code"]) == (409, "not_suspended")
    await filings.conduct.tick(days=31)
    assert len(await filings.conduct.running.recorded(ReporterReinstated)) == 1


async def test_the_rule_suspends_only_what_was_filed_after_the_warning(filings: Filings) -> None:
    await _suspend_by_rule(filings.conduct)
    early = filings.filed(6)
    await filings.decided(5, UNFOUNDED)
    assert len(await filings.conduct.running.recorded(ReporterWarned)) == 1
    await filings.conduct.hear(early.decided(UNFOUNDED, filings.now))
    await filings.decided(4, UNFOUNDED)
    assert await filings.conduct.running.recorded(ReporterSuspended) == []
    await filings.decided(1, UNFOUNDED)
    (suspended,) = await filings.conduct.running.recorded(ReporterSuspended)
    assert suspended.reason == "5 unfounded items were filed after the warning."
    assert (await filings.standing())["sanctions"][0]["by_rule"]


async def test_a_sanction_is_given_once_under_one_key(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    key = {"Idempotency-Key": "warn-once"}
    first, again = await _act(filings, "warnings", WARNING, **key), await _act(filings, "warnings", WARNING, **key)
    assert first.json() == again.json()
    assert len(await filings.conduct.running.recorded(ReporterWarned)) == 1


async def test_of_two_suspensions_at_once_one_is_given(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    await _act(filings, "warnings", WARNING)
    answers = await asyncio.gather(*(_act(filings, "suspensions", SUSPENSION) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await filings.conduct.running.recorded(ReporterSuspended)) == 1


@pytest.mark.parametrize(
    ("act", "body", "pointer"),
    [
        ("warnings", {**WARNING, "reason": "short"}, "/reason"),
        ("warnings", {**WARNING, "reason": "x" * 2001}, "/reason"),
        ("warnings", {**WARNING, "reason": "a NUL \x00 in it"}, "/reason"),
        ("warnings", {**WARNING, "gravity": "cosmic"}, "/gravity"),
        ("warnings", {"reason": WARNING["reason"]}, "/gravity"),
        ("warnings", {**WARNING, "days": 3}, "/days"),
        ("suspensions", {**SUSPENSION, "days": "30"}, "/days"),
        ("suspensions", {**SUSPENSION, "days": 0}, "/days"),
        ("suspensions", {**SUSPENSION, "days": 184}, "/days"),
        ("reinstate", {}, "/reason"),
    ],
)
async def test_a_bad_act_is_pointed_to_and_does_nothing(
    filings: Filings, act: str, body: dict[str, Any], pointer: str
) -> None:
    await filings.decided(1, UNFOUNDED)
    answer = await _act(filings, act, body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await filings.conduct.running.recorded(ReporterWarned) == []


async def test_sanctions_are_the_operators_alone_and_for_reporters_alone(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    for act, body in (
        ("warnings", WARNING),
        ("suspensions", SUSPENSION),
        ("reinstate", {"reason": "Because I say so."}),
    ):
        path = f"/v1/standing/{filings.account_id}/{act}"
        for client in (filings.client, filings.conduct.other, filings.conduct.running.as_("vendor")):
            assert (await client.post(path, json=body)).status_code == 404
        stranger = f"/v1/standing/{new_id(AccountId)}/{act}"
        assert (await filings.conduct.operator.post(stranger, json=body)).json()["code"] == "reporter_not_found"
