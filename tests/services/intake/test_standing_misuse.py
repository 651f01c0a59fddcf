"""Misuse of notices: warned of first, suspended for a time, always with the four factors, and over in the end."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.intake.conduct.standing.terms import FIRST
from services.intake.jobs import ticker
from shared.contracts.codes import ReasonCode, Verdict
from shared.contracts.events import ReporterReinstated, ReporterSuspended, ReporterWarned
from shared.contracts.ids import AccountId
from shared.runtime.clock import HeldClock, SystemClock
from shared.runtime.ids import new_id
from tests.running import Running
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import Filings, hear
from tests.services.intake.news import Task

ACCEPTED = ReasonCode.A_COUNTERFEIT
UNFOUNDED = ReasonCode.R_MANIFESTLY_UNFOUNDED
WARNING = {"reason": "Listings of an authorised dealer, again.", "gravity": "serious", "intent": "careless"}
SUSPENSION = {**WARNING, "days": 30}


@pytest.fixture
async def intake(start_service: Callable[..., Awaitable[Running]]) -> Intake:
    return Intake(await start_service("intake", standing_seconds="0"))


@pytest.fixture
def filings(intake: Intake) -> Filings:
    return Filings(intake)


async def _act(filings: Filings, act: str, body: Any, **headers: str) -> httpx.Response:
    path = f"/v1/standing/{filings.account_id}/{act}"
    return await filings.intake.operator.post(path, json=body, headers=headers)


async def _later(filings: Filings, days: float) -> None:
    """What is due by then is done."""
    await ticker.tick(filings.intake.running.database, HeldClock(SystemClock().now() + timedelta(days=days)))


async def _suspend_by_rule(intake: Intake) -> None:
    misuse = {**FIRST.misuse.model_dump(mode="json"), "suspends_by_rule": True}
    terms = {**FIRST.model_dump(mode="json"), "misuse": misuse}
    answer = await intake.operator.put("/v1/standing/tiers", json=terms, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text


async def test_frequent_unfounded_notices_are_warned_of_with_the_four_factors(filings: Filings) -> None:
    await filings.decided(5, ACCEPTED)
    await filings.decided(4, UNFOUNDED)
    assert await filings.intake.running.recorded(ReporterWarned) == []
    await filings.decided(1, UNFOUNDED)
    (warned,) = await filings.intake.running.recorded(ReporterWarned)
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
    assert len(await filings.intake.running.recorded(ReporterWarned)) == 1


async def test_a_few_among_many_sound_notices_are_not_warned_of(filings: Filings) -> None:
    await filings.decided(60, ACCEPTED)
    await filings.decided(6, UNFOUNDED)
    assert await filings.intake.running.recorded(ReporterWarned) == []
    assert (await filings.standing())["misuse"]["number"] == 6


async def test_forged_evidence_is_grave_and_deliberate(filings: Filings) -> None:
    await filings.decided(5, ReasonCode.R_FRAUDULENT_EVIDENCE)
    (warned,) = await filings.intake.running.recorded(ReporterWarned)
    assert (warned.misuse.gravity, warned.misuse.intent) == ("grave", "deliberate")


async def test_a_rejection_that_did_not_stand_is_no_misuse(filings: Filings) -> None:
    wrong = await filings.decided(4, UNFOUNDED)
    await hear(filings.intake, filings.reversal(wrong, Verdict.ACCEPTED, ACCEPTED))
    await filings.decided(4, UNFOUNDED)
    assert await filings.intake.running.recorded(ReporterWarned) == []
    assert (await filings.standing())["misuse"]["number"] == 4


async def test_nobody_is_suspended_without_a_warning(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    answer = await _act(filings, "suspensions", SUSPENSION)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_warned")
    assert (await _act(filings, "warnings", WARNING)).status_code == 201
    answer = await _act(filings, "suspensions", SUSPENSION)
    assert answer.status_code == 201, answer.text
    (suspended,) = await filings.intake.running.recorded(ReporterSuspended)
    (warned,) = await filings.intake.running.recorded(ReporterWarned)
    assert suspended.warning_id == warned.sanction_id
    assert suspended.version > warned.version
    assert (suspended.reason, suspended.misuse.gravity) == (SUSPENSION["reason"], "serious")
    assert suspended.ends_at - suspended.suspended_at == timedelta(days=30)
    again = await _act(filings, "suspensions", SUSPENSION)
    assert (again.status_code, again.json()["code"]) == (409, "already_suspended")


async def test_a_warning_that_is_over_carries_no_suspension(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    await _act(filings, "warnings", WARNING)
    await filings.intake.execute("UPDATE reporter_conduct SET warning_ends_at = now() - interval '1 second'")
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


async def test_a_suspended_reporter_files_nothing_and_is_told_why_and_until_when(filings: Filings) -> None:
    waiting = await filings.filed(1)
    sanction = await _suspended(filings)
    body = await filings.body()
    answer = await filings.client.post("/v1/reports", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "R_REPORTER_SUSPENDED")
    looked = (await filings.client.post("/v1/reports/preflight", json=body)).json()
    assert [finding["code"] for finding in looked["findings"]] == ["R_REPORTER_SUSPENDED", "N_TEST_PURCHASE"]
    found = await filings.standing()
    assert (found["tier"], found["suspended_until"]) == ("suspended", sanction["ends_at"])
    assert (found["sanctions"][0]["reason"], found["sanctions"][0]["misuse"]["number"]) == (SUSPENSION["reason"], 1)
    gone_on = await filings.client.post(f"/v1/reports/{waiting['id']}/withdraw", json={})
    assert gone_on.status_code == 202
    assert (await Filings(filings.intake, "two").filed(1))["state"] == "received"


async def test_a_suspension_ends_by_itself(filings: Filings) -> None:
    await _suspended(filings)
    await _later(filings, 29)
    assert await filings.intake.running.recorded(ReporterReinstated) == []
    await _later(filings, 31)
    (reinstated,) = await filings.intake.running.recorded(ReporterReinstated)
    assert reinstated.reason is None
    found = await filings.standing()
    assert (found["suspended_until"], found["sanctions"][0]["ended_at"] is None) == (None, False)
    assert found["warned_until"] is not None
    await filings.filed(1)


async def test_the_operator_reinstates_before_the_time(filings: Filings) -> None:
    await _suspended(filings)
    why = {"reason": "The agent behind the notices was replaced."}
    answer = await _act(filings, "reinstate", why)
    assert (answer.status_code, answer.json()["end_reason"]) == (200, why["reason"])
    await filings.filed(1)
    again = await _act(filings, "reinstate", why)
    assert (again.status_code, again.json()["code"]) == (409, "not_suspended")
    await _later(filings, 31)
    assert len(await filings.intake.running.recorded(ReporterReinstated)) == 1


async def test_the_rule_suspends_only_what_was_filed_after_the_warning(filings: Filings) -> None:
    await _suspend_by_rule(filings.intake)
    early = await filings.filed(6)
    await filings.decided(5, UNFOUNDED)
    assert len(await filings.intake.running.recorded(ReporterWarned)) == 1
    task = Task(*((early, item) for item in early["items"]), account_id=filings.account_id)
    await hear(filings.intake, filings.decision(task, UNFOUNDED))
    await filings.decided(4, UNFOUNDED)
    assert await filings.intake.running.recorded(ReporterSuspended) == []
    await filings.decided(1, UNFOUNDED)
    (suspended,) = await filings.intake.running.recorded(ReporterSuspended)
    assert suspended.reason == "5 unfounded items were filed after the warning."
    assert (await filings.standing())["sanctions"][0]["by_rule"]


async def test_a_sanction_is_given_once_under_one_key(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    key = {"Idempotency-Key": "warn-once"}
    first, again = await _act(filings, "warnings", WARNING, **key), await _act(filings, "warnings", WARNING, **key)
    assert first.json() == again.json()
    assert len(await filings.intake.running.recorded(ReporterWarned)) == 1


async def test_of_two_suspensions_at_once_one_is_given(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    await _act(filings, "warnings", WARNING)
    answers = await asyncio.gather(*(_act(filings, "suspensions", SUSPENSION) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await filings.intake.running.recorded(ReporterSuspended)) == 1


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
    assert await filings.intake.running.recorded(ReporterWarned) == []


async def test_sanctions_are_the_operators_alone_and_for_reporters_alone(filings: Filings) -> None:
    await filings.decided(1, UNFOUNDED)
    for act, body in (
        ("warnings", WARNING),
        ("suspensions", SUSPENSION),
        ("reinstate", {"reason": "Because I say so."}),
    ):
        path = f"/v1/standing/{filings.account_id}/{act}"
        for client in (filings.client, filings.intake.other, filings.intake.running.as_("vendor")):
            assert (await client.post(path, json=body)).status_code == 404
        stranger = f"/v1/standing/{new_id(AccountId)}/{act}"
        assert (await filings.intake.operator.post(stranger, json=body)).json()["code"] == "reporter_not_found"
