"""Filing goes by what conduct tells of a reporter: its tier, its limits, its suspension."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.jobs import ticker
from shared.contracts.codes import ReporterTier
from shared.contracts.events import (
    NewcomersLimited,
    RatingApplied,
    ReporterRated,
    ReporterUseCounted,
    ReportSubmitted,
)
from shared.contracts.events.conduct import FilingLimits
from shared.contracts.things import ReporterAccuracy
from shared.runtime.clock import HeldClock, SystemClock
from tests.conftest import StartService
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import Filings, hear, leave_review

NOW = datetime.now(UTC)
NO_LIMITS = FilingLimits()
ACCURACY = ReporterAccuracy(decided=28, accepted=28, low=0.9019, high=0.9982, window_days=92)


@pytest.fixture
async def intake(start_service: StartService) -> Intake:
    return Intake(await start_service("intake", standing_seconds="0"))


@pytest.fixture
def filings(intake: Intake) -> Filings:
    return Filings(intake)


def _rated(filings: Filings, version: int = 1, **changes: Any) -> ReporterRated:
    values = {
        "version": version, "account_id": filings.account_id, "tier": ReporterTier.STANDARD, "limits": NO_LIMITS,
        "rated_at": NOW,
    }  # fmt: skip
    return ReporterRated.model_validate({**values, **changes})


def _newcomers(version: int, **limits: int) -> NewcomersLimited:
    return NewcomersLimited(version=version, limits=FilingLimits(**limits), limited_at=NOW)


async def _use(intake: Intake) -> list[tuple[int | None, int | None]]:
    """What was told of use, oldest first, after the changes were added up."""
    for every in ticker.sweeps:
        every.next_at = None
    await ticker.tick(intake.running.database, SystemClock())

    async def added_up() -> bool:  # the service itself may be at it just now
        return await intake.count("account_use_changes") == 0

    await intake.running.eventually(added_up)
    told = await intake.running.recorded(ReporterUseCounted)
    return [(one.open_items, one.filings) for one in told]


async def test_a_report_carries_the_tier_and_the_accuracy_of_its_reporter(filings: Filings) -> None:
    await filings.filed(1)
    await hear(filings.intake, _rated(filings, tier=ReporterTier.TRUSTED, accuracy=ACCURACY))
    await filings.filed(1)
    first, last = await filings.intake.running.recorded(ReportSubmitted)
    assert (first.reporter_tier, first.reporter_accuracy) == ("new", None)
    assert (last.reporter_tier, last.reporter_accuracy) == ("trusted", ACCURACY)


async def test_an_older_rating_is_passed_over(filings: Filings) -> None:
    await hear(filings.intake, _rated(filings, 3, tier=ReporterTier.EXPRESS))
    await hear(filings.intake, _rated(filings, 2, tier=ReporterTier.RESTRICTED))
    await hear(filings.intake, _rated(filings, 3, tier=ReporterTier.NEW))
    await filings.filed(1)
    (submitted,) = await filings.intake.running.recorded(ReportSubmitted)
    assert submitted.reporter_tier == "express"


async def test_a_restricted_reporter_files_up_to_its_limits_even_at_once(filings: Filings) -> None:
    limits = FilingLimits(max_filings_a_day=4)
    await filings.filed(1)
    await hear(filings.intake, _rated(filings, tier=ReporterTier.RESTRICTED, limits=limits))
    bodies = [await filings.body() for _ in range(6)]
    answers = await asyncio.gather(*(filings.client.post("/v1/reports", json=body) for body in bodies))
    refused = [answer.json() for answer in answers if answer.status_code == 422]
    assert len(refused) == 3
    assert {problem["errors"][0]["code"] for problem in refused} == {"R_REPORTER_LIMIT"}
    assert "(restricted)" in refused[0]["errors"][0]["message"]
    looked = (await filings.client.post("/v1/reports/preflight", json=bodies[0])).json()
    assert not looked["would_be_accepted"]
    assert looked["findings"][0]["code"] == "R_REPORTER_LIMIT"
    assert (await _use(filings.intake))[-1] == (None, 4)


async def test_open_items_are_limited_and_free_up_when_they_are_withdrawn(filings: Filings) -> None:
    await hear(filings.intake, _newcomers(2, max_open_items=3))
    waiting = await filings.filed(2)
    answer = await filings.client.post("/v1/reports", json=await filings.body(2))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/items")
    await filings.filed(1)
    assert (await _use(filings.intake))[-1] == (3, None)
    await filings.client.post(f"/v1/reports/{waiting['id']}/withdraw", json={})
    await leave_review(filings.intake, waiting["id"])
    assert (await _use(filings.intake))[-1] == (1, None)
    await filings.filed(2)


async def test_use_is_told_when_one_of_two_items_ends_and_never_of_who_has_no_limits(filings: Filings) -> None:
    other = Filings(filings.intake, "two")
    await other.filed(2)
    report = await filings.filed(2)
    assert await _use(filings.intake) == []
    await hear(filings.intake, _rated(filings, limits=FilingLimits(max_open_items=9)))
    assert await _use(filings.intake) == [(2, None)]
    await leave_review(filings.intake, report["id"], report["items"][0]["id"])
    assert (await _use(filings.intake))[-1] == (1, None)
    told = await filings.intake.running.recorded(ReporterUseCounted)
    assert {one.account_id for one in told} == {filings.account_id}
    assert [one.version for one in told] == sorted({one.version for one in told})


async def test_newcomers_that_have_open_reports_are_told_of_as_soon_as_they_have_limits(filings: Filings) -> None:
    await filings.filed(2)
    await _use(filings.intake)
    await hear(filings.intake, _newcomers(2, max_open_items=3, max_filings_a_day=7))
    await hear(filings.intake, _newcomers(1, max_open_items=1))
    told = await filings.intake.running.recorded(ReporterUseCounted)
    assert [(one.account_id, one.open_items, one.filings) for one in told] == [(filings.account_id, 2, 1)]


async def test_an_answer_under_a_key_is_given_again_although_the_limit_is_reached(filings: Filings) -> None:
    await hear(filings.intake, _newcomers(2, max_open_items=1))
    body, headers = await filings.body(), {"Idempotency-Key": "the-only-one"}
    first = await filings.client.post("/v1/reports", json=body, headers=headers)
    again = await filings.client.post("/v1/reports", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()


async def test_a_suspended_reporter_files_nothing_and_what_it_has_open_goes_on(filings: Filings) -> None:
    waiting = await filings.filed(1)
    await hear(filings.intake, _rated(filings, suspended_until=NOW + timedelta(days=30)))
    body = await filings.body()
    answer = await filings.client.post("/v1/reports", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "R_REPORTER_SUSPENDED")
    looked = (await filings.client.post("/v1/reports/preflight", json=body)).json()
    assert [finding["code"] for finding in looked["findings"]] == ["R_REPORTER_SUSPENDED", "N_TEST_PURCHASE"]
    gone_on = await filings.client.post(f"/v1/reports/{waiting['id']}/withdraw", json={})
    assert gone_on.status_code == 202
    assert (await Filings(filings.intake, "two").filed(1))["state"] == "received"
    await hear(filings.intake, _rated(filings, 2))
    await filings.filed(1)


async def test_a_suspension_is_over_at_its_time_whoever_has_told_of_it(filings: Filings) -> None:
    await hear(filings.intake, _rated(filings, suspended_until=NOW - timedelta(seconds=1)))
    await filings.filed(1)


async def test_a_suspension_is_confirmed_when_no_process_files_by_what_it_knew(start_service: StartService) -> None:
    intake = Intake(await start_service("intake", standing_seconds="2"))
    filings = Filings(intake)
    await filings.filed(1)
    started = SystemClock().now()
    await hear(intake, _rated(filings, 7, suspended_until=NOW + timedelta(days=30)))
    assert await intake.running.recorded(RatingApplied) == []

    async def confirmed() -> list[RatingApplied]:
        return await intake.running.recorded(RatingApplied)

    (applied,) = await intake.running.eventually(confirmed)
    assert (applied.version, applied.account_id) == (7, filings.account_id)
    assert applied.applied_at - started >= timedelta(seconds=2)
    answer = await filings.client.post("/v1/reports", json=await filings.body())
    assert answer.status_code == 422


async def test_each_suspension_is_confirmed_once_whatever_else_is_told_meanwhile(filings: Filings) -> None:
    first, second = NOW + timedelta(days=30), NOW + timedelta(days=60)
    told: list[dict[str, Any]] = [
        {},
        {"suspended_until": first},
        {"suspended_until": first, "accuracy": ACCURACY},
        {},
        {"suspended_until": second},
    ]
    confirmed = []
    for version, changes in enumerate(told, start=1):
        await hear(filings.intake, _rated(filings, version, **changes))
        await ticker.tick(filings.intake.running.database, HeldClock(SystemClock().now() + timedelta(seconds=60)))
        confirmed.append([one.version for one in await filings.intake.running.recorded(RatingApplied)])
    assert confirmed == [[], [2], [2], [2], [2, 5]]


async def test_a_reinstatement_that_comes_before_its_time_takes_the_confirmation_back(filings: Filings) -> None:
    await hear(filings.intake, _rated(filings, 2, suspended_until=NOW + timedelta(days=30)), _rated(filings, 3))
    await ticker.tick(filings.intake.running.database, HeldClock(SystemClock().now() + timedelta(seconds=60)))
    assert await filings.intake.running.recorded(RatingApplied) == []
