"""A reporter's standing: counted as decisions come, told to the reporter, and carried by its reports."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.intake.conduct.standing.terms import FIRST
from shared.contracts.codes import ReasonCode, Verdict
from shared.contracts.events import ReportSubmitted
from shared.contracts.ids import AccountId
from shared.runtime.ids import new_id
from tests.running import Running
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import Filings, hear, leave_review
from tests.services.intake.news import Task

ACCEPTED, REJECTED = ReasonCode.A_COUNTERFEIT, ReasonCode.R_NOMINATIVE_USE
TERMS: dict[str, Any] = FIRST.model_dump(mode="json")


@pytest.fixture
async def intake(start_service: Callable[..., Awaitable[Running]]) -> Intake:
    return Intake(await start_service("intake", standing_seconds="0"))


@pytest.fixture
def filings(intake: Intake) -> Filings:
    return Filings(intake)


def _limited(tier: str, **gives: Any) -> dict[str, Any]:
    tiers = {**TERMS["tiers"], tier: {**TERMS["tiers"][tier], "gives": gives}}
    return {**TERMS, "tiers": tiers}


async def _publish(intake: Intake, terms: dict[str, Any], version: int = 1) -> None:
    answer = await intake.operator.put("/v1/standing/tiers", json=terms, headers={"If-Match": f'"{version}"'})
    assert answer.status_code == 200, answer.text


async def test_a_reporter_of_whom_nothing_is_known_is_new_and_reads_what_would_change_that(
    filings: Filings,
) -> None:
    found = await filings.standing()
    assert (found["tier"], found["decided"], found["accepted"]) == ("new", 0, 0)
    assert found["more_accepted"] == {"tier": "standard", "more": 20}
    assert found["gives"] == {
        "max_open_items": None, "max_filings_a_day": None, "express_removal": False, "priority": ""
    }  # fmt: skip
    assert (found["by_claim"], found["by_code"], found["sanctions"]) == ([], [], [])
    assert found["acceptance"]["low"] == pytest.approx(0.05)


async def test_standing_follows_decisions_overall_and_by_code(filings: Filings) -> None:
    await filings.decided(3, ACCEPTED)
    found = await filings.standing()
    assert (found["tier"], found["decided"], found["accepted"]) == ("new", 3, 3)
    assert found["acceptance"]["low"] == pytest.approx(0.05 ** (1 / 4), abs=1e-4)
    await filings.decided(25, ACCEPTED)
    found = await filings.standing()
    assert (found["tier"], found["more_rejected"]) == ("trusted", {"tier": "standard", "more": 1})
    await filings.decided(2, REJECTED)
    found = await filings.standing()
    assert (found["tier"], found["decided"], found["accepted"]) == ("standard", 30, 28)
    assert [(one["code"], one["decided"]) for one in found["by_code"]] == [(ACCEPTED, 28), (REJECTED, 2)]
    (claim,) = found["by_claim"]
    assert (claim["claim"], claim["decided"], claim["accepted"]) == ("counterfeit", 30, 28)
    rejected = found["by_code"][1]["share"]
    assert rejected["low"] < 2 / 30 < rejected["high"]
    assert found["more_accepted"]["tier"] == "trusted"


async def test_so_many_more_accepted_items_do_lead_to_the_tier_that_was_named(filings: Filings) -> None:
    await filings.decided(20, ACCEPTED)
    more = (await filings.standing())["more_accepted"]
    assert more == {"tier": "trusted", "more": 8}
    await filings.decided(7, ACCEPTED)
    assert (await filings.standing())["tier"] == "standard"
    await filings.decided(1, ACCEPTED)
    assert (await filings.standing())["tier"] == "trusted"


async def test_a_decision_heard_twice_or_after_a_withdrawal_counts_once_or_not_at_all(filings: Filings) -> None:
    report = await filings.filed(2)
    await filings.client.post(
        f"/v1/reports/{report['id']}/withdraw", json={"item_ids": [report["items"][1]["id"]]}
    )  # fmt: skip
    await leave_review(filings.intake, report["id"], report["items"][1]["id"])
    task = Task(*((report, item) for item in report["items"]), account_id=filings.account_id)
    await hear(filings.intake, filings.decision(task, ACCEPTED), filings.decision(task, ACCEPTED))
    await hear(filings.intake, filings.decision(task, ACCEPTED))
    assert (await filings.standing())["decided"] == 1


async def test_a_successful_counter_notice_lowers_the_standing(filings: Filings) -> None:
    await filings.decided(60, ACCEPTED)
    wrong = await filings.decided(4, ACCEPTED)
    assert (await filings.standing())["tier"] == "trusted"
    await hear(filings.intake, filings.reversal(wrong, Verdict.REJECTED, REJECTED))
    found = await filings.standing()
    assert (found["decided"], found["accepted"], found["overturned"]) == (64, 60, 4)
    assert found["overturned_share"] == pytest.approx(4 / 64)
    assert found["tier"] == "standard"
    assert found["by_code"][0]["overturned"] == 4


async def test_a_dispute_that_the_reporter_wins_raises_it(filings: Filings) -> None:
    await filings.decided(19, ACCEPTED)
    wrong = await filings.decided(1, REJECTED)
    await hear(filings.intake, filings.reversal(wrong, Verdict.ACCEPTED, ACCEPTED))
    found = await filings.standing()
    assert (found["decided"], found["accepted"], found["overturned"]) == (20, 20, 0)


async def test_a_reversal_counts_once_however_often_and_early_it_is_heard(filings: Filings) -> None:
    report = await filings.filed(3)
    task = Task(*((report, item) for item in report["items"]), account_id=filings.account_id)
    reversal = filings.reversal(task, Verdict.REJECTED, REJECTED)
    await hear(filings.intake, reversal)
    await hear(filings.intake, filings.decision(task, ACCEPTED))
    await hear(filings.intake, reversal)
    found = await filings.standing()
    assert (found["decided"], found["accepted"], found["overturned"]) == (3, 0, 3)


async def test_only_the_last_three_months_count(filings: Filings) -> None:
    await filings.decided(20, ACCEPTED)
    await filings.intake.execute("UPDATE standing_days SET day = day - 91")
    assert (await filings.standing())["decided"] == 20
    await filings.intake.execute("UPDATE standing_days SET day = day - 1")
    found = await filings.standing()
    assert (found["tier"], found["decided"]) == ("new", 0)


async def test_reading_a_standing_costs_the_same_however_much_was_ever_decided(filings: Filings) -> None:
    await filings.intake.execute(
        "INSERT INTO standing_days SELECT $1, current_date - n, 'counterfeit', 'A_COUNTERFEIT', 1, 1, 0 "
        "FROM generate_series(0, 3000) n",
        filings.account_id,
    )
    await filings.intake.execute("ANALYZE standing_days")
    async with filings.intake.running.database.pool.acquire() as connection:
        plan = await connection.fetch(
            "EXPLAIN (ANALYZE, FORMAT TEXT) SELECT sum(decided) FROM standing_days WHERE account_id = $1 AND day > $2",
            filings.account_id, await connection.fetchval("SELECT current_date - 92"),
        )  # fmt: skip
    text = "\n".join(row[0] for row in plan)
    assert "standing_days_pkey" in text, text
    assert (await filings.standing())["decided"] == 92


async def test_concurrent_decisions_are_all_counted(filings: Filings) -> None:
    reports = [await filings.filed(2) for _ in range(8)]
    tasks = [Task(*((r, item) for item in r["items"]), account_id=filings.account_id) for r in reports]
    codes = [ACCEPTED, REJECTED] * 4
    await asyncio.gather(
        *(hear(filings.intake, filings.decision(task, code)) for task, code in zip(tasks, codes, strict=True))
    )
    found = await filings.standing()
    assert (found["decided"], found["accepted"]) == (16, 8)


async def test_a_report_carries_the_tier_and_the_accuracy_of_its_reporter(filings: Filings) -> None:
    await filings.decided(28, ACCEPTED)
    await filings.filed(1)
    first, last = await filings.intake.running.recorded(ReportSubmitted)
    assert (first.reporter_tier, first.reporter_accuracy) == ("new", None)
    assert last.reporter_tier == "trusted"
    assert last.reporter_accuracy is not None
    assert (last.reporter_accuracy.decided, last.reporter_accuracy.accepted) == (28, 28)
    assert last.reporter_accuracy.low == pytest.approx(0.9019, abs=1e-4)


async def test_a_restricted_reporter_files_up_to_its_limits_even_at_once(filings: Filings) -> None:
    await filings.decided(20, REJECTED)
    await _publish(filings.intake, _limited("restricted", max_filings_a_day=4))
    assert (await filings.standing())["in_use"] == {"open_items": None, "filings_today": 1}
    bodies = [await filings.body() for _ in range(6)]
    answers = await asyncio.gather(*(filings.client.post("/v1/reports", json=body) for body in bodies))
    refused = [answer.json() for answer in answers if answer.status_code == 422]
    assert len(refused) == 3
    assert {problem["errors"][0]["code"] for problem in refused} == {"R_REPORTER_LIMIT"}
    looked = (await filings.client.post("/v1/reports/preflight", json=bodies[0])).json()
    assert not looked["would_be_accepted"]
    assert looked["findings"][0]["code"] == "R_REPORTER_LIMIT"


async def test_open_items_are_limited_and_free_up_when_they_are_decided(filings: Filings) -> None:
    await _publish(filings.intake, _limited("new", max_open_items=3))
    waiting = await filings.filed(2)
    answer = await filings.client.post("/v1/reports", json=await filings.body(2))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/items")
    await filings.filed(1)
    assert (await filings.standing())["in_use"] == {"open_items": 3, "filings_today": None}
    await filings.client.post(f"/v1/reports/{waiting['id']}/withdraw", json={})
    await leave_review(filings.intake, waiting["id"])
    await filings.filed(2)


async def test_an_answer_under_a_key_is_given_again_although_the_limit_is_reached(filings: Filings) -> None:
    await _publish(filings.intake, _limited("new", max_open_items=1))
    body, headers = await filings.body(), {"Idempotency-Key": "the-only-one"}
    first = await filings.client.post("/v1/reports", json=body, headers=headers)
    again = await filings.client.post("/v1/reports", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()


async def test_terms_are_for_every_reporter_to_read_and_the_operators_to_change(intake: Intake) -> None:
    read = await intake.brand.get("/v1/standing/tiers")
    assert (read.status_code, read.headers["ETag"]) == (200, '"1"')
    assert read.json() == {"version": 1, "changed_at": None, "terms": TERMS}
    refused = await intake.brand.put("/v1/standing/tiers", json=TERMS, headers={"If-Match": '"1"'})
    assert refused.status_code == 404
    easier = {**TERMS, "tiers": {**TERMS["tiers"], "standard": {"least_decided": 1}}}
    await _publish(intake, easier)
    changed = (await intake.brand.get("/v1/standing/tiers")).json()
    assert (changed["version"], changed["terms"]["tiers"]["standard"]["least_decided"]) == (2, 1)
    filings = Filings(intake)
    await filings.decided(1, ACCEPTED)
    assert (await filings.standing())["tier"] == "standard"


async def test_terms_are_never_replaced_unread(intake: Intake) -> None:
    for headers, status in (({}, 422), ({"If-Match": '"7"'}, 412), ({"If-Match": "*"}, 412)):
        answer = await intake.operator.put("/v1/standing/tiers", json=TERMS, headers=headers)
        assert answer.status_code == status, headers
    both = await asyncio.gather(
        *(intake.operator.put("/v1/standing/tiers", json=TERMS, headers={"If-Match": '"1"'}) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in both) == [200, 412]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"window_days": 1000}, "/window_days"),
        ({"window_days": "92"}, "/window_days"),
        ({"tiers": {"trusted": {"least_acceptance": 1.5}}}, "/tiers/trusted/least_acceptance"),
        ({"tiers": {"gold": {}}}, "/tiers/gold"),
        ({"misuse": {"codes": []}}, "/misuse/codes"),
        ({"tiers": {"restricted": {"most_acceptance": 0.99}}}, ""),
    ],
)
async def test_bad_terms_are_pointed_to(intake: Intake, body: dict[str, Any], pointer: str) -> None:
    answer = await intake.operator.put("/v1/standing/tiers", json=body, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await intake.operator.get("/v1/standing/tiers")).json()["version"] == 1


async def test_anothers_standing_is_the_operators_alone_to_read(intake: Intake) -> None:
    filings = Filings(intake)
    await filings.decided(2, ACCEPTED)
    path = f"/v1/standing/{filings.account_id}"
    assert (await intake.operator.get(path)).json()["decided"] == 2
    for client in (intake.other, intake.brand, intake.running.as_("vendor")):
        assert (await client.get(path)).status_code == 404
    unknown = await intake.operator.get(f"/v1/standing/{new_id(AccountId)}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "reporter_not_found")
    assert (await intake.operator.get("/v1/standing/rep_1")).status_code == 422
    assert (await Filings(intake, "two").standing())["decided"] == 0
