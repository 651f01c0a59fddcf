"""Misuse of notices: warned of first, suspended for a time, always with the four factors, and over in the end."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.intake.clocks import ticker
from services.intake.domain.standing.terms import FIRST
from shared.contracts.codes import ReasonCode, Verdict
from shared.contracts.events import ReporterReinstated, ReporterSuspended, ReporterWarned
from shared.contracts.ids import AccountId
from shared.runtime.clock import HeldClock, SystemClock
from shared.runtime.ids import new_id
from tests.running import Running
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import Docket, hear
from tests.services.intake.news import Task

ACCEPTED = ReasonCode.A_COUNTERFEIT
UNFOUNDED = ReasonCode.R_MANIFESTLY_UNFOUNDED
WARNING = {"reason": "Listings of an authorised dealer, again.", "gravity": "serious", "intent": "careless"}
SUSPENSION = {**WARNING, "days": 30}


@pytest.fixture
async def intake(start_service: Callable[..., Awaitable[Running]]) -> Intake:
    return Intake(await start_service("intake", standing_seconds="0"))


@pytest.fixture
def docket(intake: Intake) -> Docket:
    return Docket(intake)


async def _act(docket: Docket, act: str, body: Any, **headers: str) -> httpx.Response:
    path = f"/v1/standing/{docket.account_id}/{act}"
    return await docket.intake.operator.post(path, json=body, headers=headers)


async def _later(docket: Docket, days: float) -> None:
    """What is due by then is done."""
    await ticker.tick(docket.intake.running.database, HeldClock(SystemClock().now() + timedelta(days=days)))


async def _suspend_by_rule(intake: Intake) -> None:
    misuse = {**FIRST.misuse.model_dump(mode="json"), "suspends_by_rule": True}
    terms = {**FIRST.model_dump(mode="json"), "misuse": misuse}
    answer = await intake.operator.put("/v1/standing/tiers", json=terms, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text


async def test_frequent_unfounded_notices_are_warned_of_with_the_four_factors(docket: Docket) -> None:
    await docket.decided(5, ACCEPTED)
    await docket.decided(4, UNFOUNDED)
    assert await docket.intake.running.recorded(ReporterWarned) == []
    await docket.decided(1, UNFOUNDED)
    (warned,) = await docket.intake.running.recorded(ReporterWarned)
    misuse = warned.misuse
    assert (misuse.number, misuse.proportion, misuse.gravity, misuse.intent) == (5, 0.5, "minor", "unknown")
    assert (misuse.codes, misuse.window_days) == ([UNFOUNDED], 92)
    assert warned.expires_at - warned.warned_at == timedelta(days=183)
    found = await docket.standing()
    (sanction,) = found["sanctions"]
    assert (sanction["kind"], sanction["by_rule"], sanction["id"]) == ("warning", True, warned.sanction_id)
    assert found["warned_until"] is not None
    assert found["tier"] != "suspended"
    await docket.decided(3, UNFOUNDED)
    assert len(await docket.intake.running.recorded(ReporterWarned)) == 1


async def test_a_few_among_many_sound_notices_are_not_warned_of(docket: Docket) -> None:
    await docket.decided(60, ACCEPTED)
    await docket.decided(6, UNFOUNDED)
    assert await docket.intake.running.recorded(ReporterWarned) == []
    assert (await docket.standing())["misuse"]["number"] == 6


async def test_forged_evidence_is_grave_and_deliberate(docket: Docket) -> None:
    await docket.decided(5, ReasonCode.R_FRAUDULENT_EVIDENCE)
    (warned,) = await docket.intake.running.recorded(ReporterWarned)
    assert (warned.misuse.gravity, warned.misuse.intent) == ("grave", "deliberate")


async def test_a_rejection_that_did_not_stand_is_no_misuse(docket: Docket) -> None:
    wrong = await docket.decided(4, UNFOUNDED)
    await hear(docket.intake, docket.reversal(wrong, Verdict.ACCEPTED, ACCEPTED))
    await docket.decided(4, UNFOUNDED)
    assert await docket.intake.running.recorded(ReporterWarned) == []
    assert (await docket.standing())["misuse"]["number"] == 4


async def test_nobody_is_suspended_without_a_warning(docket: Docket) -> None:
    await docket.decided(1, UNFOUNDED)
    answer = await _act(docket, "suspensions", SUSPENSION)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_warned")
    assert (await _act(docket, "warnings", WARNING)).status_code == 201
    answer = await _act(docket, "suspensions", SUSPENSION)
    assert answer.status_code == 201, answer.text
    (suspended,) = await docket.intake.running.recorded(ReporterSuspended)
    (warned,) = await docket.intake.running.recorded(ReporterWarned)
    assert suspended.warning_id == warned.sanction_id
    assert suspended.version > warned.version
    assert (suspended.reason, suspended.misuse.gravity) == (SUSPENSION["reason"], "serious")
    assert suspended.ends_at - suspended.suspended_at == timedelta(days=30)
    again = await _act(docket, "suspensions", SUSPENSION)
    assert (again.status_code, again.json()["code"]) == (409, "already_suspended")


async def test_a_warning_that_is_over_carries_no_suspension(docket: Docket) -> None:
    await docket.decided(1, UNFOUNDED)
    await _act(docket, "warnings", WARNING)
    await docket.intake.execute("UPDATE reporter_conduct SET warning_ends_at = now() - interval '1 second'")
    answer = await _act(docket, "suspensions", SUSPENSION)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_warned")


async def test_where_nothing_was_unfounded_there_is_nothing_to_warn_of(docket: Docket) -> None:
    await docket.decided(5, ReasonCode.R_NOMINATIVE_USE)
    answer = await _act(docket, "warnings", WARNING)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_misuse")


async def _suspended(docket: Docket) -> dict[str, Any]:
    await docket.decided(1, UNFOUNDED)
    assert (await _act(docket, "warnings", WARNING)).status_code == 201
    answer = await _act(docket, "suspensions", SUSPENSION)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_suspended_reporter_files_nothing_and_is_told_why_and_until_when(docket: Docket) -> None:
    waiting = await docket.filed(1)
    sanction = await _suspended(docket)
    body = await docket.body()
    answer = await docket.client.post("/v1/reports", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "R_REPORTER_SUSPENDED")
    looked = (await docket.client.post("/v1/reports/preflight", json=body)).json()
    assert [finding["code"] for finding in looked["findings"]] == ["R_REPORTER_SUSPENDED", "N_TEST_PURCHASE"]
    found = await docket.standing()
    assert (found["tier"], found["suspended_until"]) == ("suspended", sanction["ends_at"])
    assert (found["sanctions"][0]["reason"], found["sanctions"][0]["misuse"]["number"]) == (SUSPENSION["reason"], 1)
    gone_on = await docket.client.post(f"/v1/reports/{waiting['id']}/withdraw", json={})
    assert gone_on.status_code == 202
    assert (await Docket(docket.intake, "two").filed(1))["state"] == "received"


async def test_a_suspension_ends_by_itself(docket: Docket) -> None:
    await _suspended(docket)
    await _later(docket, 29)
    assert await docket.intake.running.recorded(ReporterReinstated) == []
    await _later(docket, 31)
    (reinstated,) = await docket.intake.running.recorded(ReporterReinstated)
    assert reinstated.reason is None
    found = await docket.standing()
    assert (found["suspended_until"], found["sanctions"][0]["ended_at"] is None) == (None, False)
    assert found["warned_until"] is not None
    await docket.filed(1)


async def test_the_operator_reinstates_before_the_time(docket: Docket) -> None:
    await _suspended(docket)
    why = {"reason": "The agent behind the notices was replaced."}
    answer = await _act(docket, "reinstate", why)
    assert (answer.status_code, answer.json()["end_reason"]) == (200, why["reason"])
    await docket.filed(1)
    again = await _act(docket, "reinstate", why)
    assert (again.status_code, again.json()["code"]) == (409, "not_suspended")
    await _later(docket, 31)
    assert len(await docket.intake.running.recorded(ReporterReinstated)) == 1


async def test_the_rule_suspends_only_what_was_filed_after_the_warning(docket: Docket) -> None:
    await _suspend_by_rule(docket.intake)
    early = await docket.filed(6)
    await docket.decided(5, UNFOUNDED)
    assert len(await docket.intake.running.recorded(ReporterWarned)) == 1
    task = Task(*((early, item) for item in early["items"]), account_id=docket.account_id)
    await hear(docket.intake, docket.decision(task, UNFOUNDED))
    await docket.decided(4, UNFOUNDED)
    assert await docket.intake.running.recorded(ReporterSuspended) == []
    await docket.decided(1, UNFOUNDED)
    (suspended,) = await docket.intake.running.recorded(ReporterSuspended)
    assert suspended.reason == "5 unfounded items were filed after the warning."
    assert (await docket.standing())["sanctions"][0]["by_rule"]


async def test_a_sanction_is_given_once_under_one_key(docket: Docket) -> None:
    await docket.decided(1, UNFOUNDED)
    key = {"Idempotency-Key": "warn-once"}
    first, again = await _act(docket, "warnings", WARNING, **key), await _act(docket, "warnings", WARNING, **key)
    assert first.json() == again.json()
    assert len(await docket.intake.running.recorded(ReporterWarned)) == 1


async def test_of_two_suspensions_at_once_one_is_given(docket: Docket) -> None:
    await docket.decided(1, UNFOUNDED)
    await _act(docket, "warnings", WARNING)
    answers = await asyncio.gather(*(_act(docket, "suspensions", SUSPENSION) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await docket.intake.running.recorded(ReporterSuspended)) == 1


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
    docket: Docket, act: str, body: dict[str, Any], pointer: str
) -> None:
    await docket.decided(1, UNFOUNDED)
    answer = await _act(docket, act, body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await docket.intake.running.recorded(ReporterWarned) == []


async def test_sanctions_are_the_operators_alone_and_for_reporters_alone(docket: Docket) -> None:
    await docket.decided(1, UNFOUNDED)
    for act, body in (
        ("warnings", WARNING),
        ("suspensions", SUSPENSION),
        ("reinstate", {"reason": "Because I say so."}),
    ):
        path = f"/v1/standing/{docket.account_id}/{act}"
        for client in (docket.client, docket.intake.other, docket.intake.running.as_("vendor")):
            assert (await client.post(path, json=body)).status_code == 404
        stranger = f"/v1/standing/{new_id(AccountId)}/{act}"
        assert (await docket.intake.operator.post(stranger, json=body)).json()["code"] == "reporter_not_found"
