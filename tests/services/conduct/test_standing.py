"""A reporter's standing: counted as decisions come, told to the reporter and to filing."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.conduct.standing.terms import FIRST
from shared.contracts.codes import AccountKind, ReasonCode, Verdict
from shared.contracts.events import (
    AccountChanged,
    AccountState,
    NewcomersLimited,
    RatingApplied,
    ReporterRated,
    ReporterUseCounted,
)
from shared.contracts.events.conduct import FilingLimits
from shared.contracts.ids import AccountId
from shared.contracts.things import ReporterAccuracy
from shared.runtime.ids import new_id
from tests.services.conduct.conftest import Conduct, Filings

ACCEPTED, REJECTED = ReasonCode.A_COUNTERFEIT, ReasonCode.R_NOMINATIVE_USE
TERMS: dict[str, Any] = FIRST.model_dump(mode="json")


def _limited(tier: str, **gives: Any) -> dict[str, Any]:
    tiers = {**TERMS["tiers"], tier: {**TERMS["tiers"][tier], "gives": gives}}
    return {**TERMS, "tiers": tiers}


async def _publish(conduct: Conduct, terms: dict[str, Any], version: int = 1) -> None:
    answer = await conduct.operator.put("/v1/standing/tiers", json=terms, headers={"If-Match": f'"{version}"'})
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


async def test_a_decision_heard_twice_counts_once_and_an_item_that_is_in_two_once(filings: Filings) -> None:
    filed = filings.filed(2)
    await filings.conduct.hear(filed.decided(ACCEPTED, filings.now), filed.decided(ACCEPTED, filings.now))
    await filings.conduct.hear(filed.decided(ACCEPTED, filings.now))
    assert (await filings.standing())["decided"] == 2
    another = filings.filed(1)
    another.items += filed.items
    await filings.conduct.hear(another.decided(REJECTED, filings.now))
    found = await filings.standing()
    assert (found["decided"], found["accepted"]) == (3, 2)


async def test_a_successful_counter_notice_lowers_the_standing(filings: Filings) -> None:
    await filings.decided(60, ACCEPTED)
    wrong = await filings.decided(4, ACCEPTED)
    assert (await filings.standing())["tier"] == "trusted"
    await filings.conduct.hear(wrong.reversed(Verdict.REJECTED, REJECTED, filings.now))
    found = await filings.standing()
    assert (found["decided"], found["accepted"], found["overturned"]) == (64, 60, 4)
    assert found["overturned_share"] == pytest.approx(4 / 64)
    assert found["tier"] == "standard"
    assert found["by_code"][0]["overturned"] == 4


async def test_a_dispute_that_the_reporter_wins_raises_it(filings: Filings) -> None:
    await filings.decided(19, ACCEPTED)
    wrong = await filings.decided(1, REJECTED)
    await filings.conduct.hear(wrong.reversed(Verdict.ACCEPTED, ACCEPTED, filings.now))
    found = await filings.standing()
    assert (found["decided"], found["accepted"], found["overturned"]) == (20, 20, 0)


async def test_a_reversal_counts_once_however_often_and_early_it_is_heard(filings: Filings) -> None:
    filed = filings.filed(3)
    reversal = filed.reversed(Verdict.REJECTED, REJECTED, filings.now)
    await filings.conduct.hear(reversal)
    await filings.conduct.hear(filed.decided(ACCEPTED, filings.now))
    await filings.conduct.hear(reversal)
    found = await filings.standing()
    assert (found["decided"], found["accepted"], found["overturned"]) == (3, 0, 3)


async def test_only_the_last_three_months_count(filings: Filings) -> None:
    await filings.decided(20, ACCEPTED)
    await filings.conduct.execute("UPDATE standing_days SET day = day - 91")
    assert (await filings.standing())["decided"] == 20
    await filings.conduct.execute("UPDATE standing_days SET day = day - 1")
    found = await filings.standing()
    assert (found["tier"], found["decided"]) == ("new", 0)


async def test_reading_a_standing_costs_the_same_however_much_was_ever_decided(filings: Filings) -> None:
    await filings.conduct.execute(
        "INSERT INTO standing_days SELECT $1, current_date - n, 'counterfeit', 'A_COUNTERFEIT', 1, 1, 0 "
        "FROM generate_series(0, 3000) n",
        filings.account_id,
    )
    await filings.conduct.execute("ANALYZE standing_days")
    async with filings.conduct.running.database.pool.acquire() as connection:
        plan = await connection.fetch(
            "EXPLAIN (ANALYZE, FORMAT TEXT) SELECT sum(decided) FROM standing_days WHERE account_id = $1 AND day > $2",
            filings.account_id, await connection.fetchval("SELECT current_date - 92"),
        )  # fmt: skip
    text = "\n".join(row[0] for row in plan)
    assert "standing_days_pkey" in text, text
    assert (await filings.standing())["decided"] == 92


async def test_concurrent_decisions_are_all_counted(filings: Filings) -> None:
    filed = [filings.filed(2) for _ in range(8)]
    codes = [ACCEPTED, REJECTED] * 4
    await asyncio.gather(
        *(filings.conduct.hear(one.decided(code, filings.now)) for one, code in zip(filed, codes, strict=True))
    )
    found = await filings.standing()
    assert (found["decided"], found["accepted"]) == (16, 8)


async def _rated(conduct: Conduct) -> list[ReporterRated]:
    await conduct.tick()
    return await conduct.running.recorded(ReporterRated)


async def test_filing_is_told_of_many_decisions_at_once_and_of_no_change_never(filings: Filings) -> None:
    for _ in range(7):
        await filings.conduct.hear(*(filings.filed(2).decided(ACCEPTED, filings.now) for _ in range(2)))
    await filings.conduct.value("SELECT 1")
    rated = (await _rated(filings.conduct))[-1]
    assert (rated.account_id, rated.tier) == (filings.account_id, "trusted")
    assert rated.accuracy is not None
    assert (rated.accuracy.decided, rated.accuracy.accepted, rated.accuracy.window_days) == (28, 28, 92)
    assert rated.accuracy.low == pytest.approx(0.9019, abs=1e-4)
    assert (rated.limits, rated.suspended_until) == (FilingLimits(), None)
    told = await _rated(filings.conduct)
    await filings.conduct.execute("UPDATE reporters SET rate_at = now()")
    assert await _rated(filings.conduct) == told
    assert [one.version for one in told] == list(range(1, len(told) + 1))


async def test_filing_is_told_when_a_day_leaves_the_window(filings: Filings) -> None:
    await filings.decided(1, ACCEPTED)
    await filings.conduct.execute("UPDATE standing_days SET day = day - 50")
    await filings.decided(2, REJECTED)
    rated = (await _rated(filings.conduct))[-1]
    assert rated.accuracy is not None
    assert (rated.accuracy.decided, rated.accuracy.accepted) == (3, 1)
    leaves = datetime.combine(datetime.now(UTC).date() + timedelta(days=42), datetime.min.time(), UTC)
    assert await filings.conduct.value("SELECT rate_at FROM reporters") == leaves
    await filings.conduct.tick(days=42.1)
    rated = (await filings.conduct.running.recorded(ReporterRated))[-1]
    assert rated.accuracy is not None
    assert (rated.accuracy.decided, rated.accuracy.accepted) == (2, 0)
    await filings.conduct.tick(days=92.1)
    rated = (await filings.conduct.running.recorded(ReporterRated))[-1]
    assert (rated.accuracy, rated.tier) == (None, "new")
    assert await filings.conduct.value("SELECT rate_at FROM reporters") is None


async def test_filing_is_told_of_new_limits_of_newcomers_and_of_those_that_are_rated(filings: Filings) -> None:
    await filings.decided(20, REJECTED)
    assert (await _rated(filings.conduct))[-1].limits == FilingLimits(max_open_items=500, max_filings_a_day=20)
    await _publish(filings.conduct, _limited("restricted", max_filings_a_day=4))
    assert (await _rated(filings.conduct))[-1].limits == FilingLimits(max_filings_a_day=4)
    await _publish(filings.conduct, _limited("new", max_open_items=3), version=2)
    await filings.conduct.tick()
    limited = (await filings.conduct.running.recorded(NewcomersLimited))[-1]
    assert (limited.version, limited.limits) == (3, FilingLimits(max_open_items=3))


async def test_ratings_at_once_and_decisions_meanwhile_lose_nothing(filings: Filings) -> None:
    """Whoever counts while a rating is made has the reporter rated again."""
    await asyncio.gather(
        *(filings.conduct.hear(filings.filed(1).decided(ACCEPTED, filings.now)) for _ in range(20)),
        *(filings.conduct.tick() for _ in range(20)),
    )
    rated = (await _rated(filings.conduct))[-1]
    assert rated.accuracy == ReporterAccuracy(decided=20, accepted=20, low=0.8671, high=0.9976, window_days=92)


async def test_what_is_used_of_limits_is_as_intake_counted_it_last_and_today(filings: Filings) -> None:
    await _publish(filings.conduct, _limited("new", max_open_items=3, max_filings_a_day=5))
    today = datetime.now(UTC).date()

    def counted(version: int, open_items: int, filings_: int, day: date = today) -> ReporterUseCounted:
        return ReporterUseCounted(
            version=version, account_id=filings.account_id, open_items=open_items, filings=filings_, day=day
        )

    assert (await filings.standing())["in_use"] == {"open_items": 0, "filings_today": 0}
    await filings.conduct.hear(counted(2, 3, 2), counted(1, 1, 1))
    assert (await filings.standing())["in_use"] == {"open_items": 3, "filings_today": 2}
    await filings.conduct.hear(counted(3, 2, 4, today - timedelta(days=1)))
    assert (await filings.standing())["in_use"] == {"open_items": 2, "filings_today": 0}


async def test_a_brand_is_known_from_when_its_account_is_opened_and_a_vendor_never(conduct: Conduct) -> None:
    for kind, status in ((AccountKind.BRAND, 200), (AccountKind.VENDOR, 404)):
        account_id = new_id(AccountId)
        opened = AccountChanged(
            version=1, account_id=account_id, kind=kind, state=AccountState.OPEN, changed_at=datetime.now(UTC)
        )
        await conduct.hear(opened)
        assert (await conduct.operator.get(f"/v1/standing/{account_id}")).status_code == status


async def test_what_intake_goes_by_only_grows(filings: Filings) -> None:
    await filings.decided(1, ACCEPTED)
    for version in (3, 2):
        await filings.conduct.hear(
            RatingApplied(version=version, account_id=filings.account_id, applied_at=filings.now)
        )
    assert await filings.conduct.value("SELECT applied FROM reporters") == 3


async def test_terms_are_for_every_reporter_to_read_and_the_operators_to_change(conduct: Conduct) -> None:
    read = await conduct.brand.get("/v1/standing/tiers")
    assert (read.status_code, read.headers["ETag"]) == (200, '"1"')
    assert read.json() == {"version": 1, "changed_at": None, "terms": TERMS}
    refused = await conduct.brand.put("/v1/standing/tiers", json=TERMS, headers={"If-Match": '"1"'})
    assert refused.status_code == 404
    easier = {**TERMS, "tiers": {**TERMS["tiers"], "standard": {"least_decided": 1}}}
    await _publish(conduct, easier)
    changed = (await conduct.brand.get("/v1/standing/tiers")).json()
    assert (changed["version"], changed["terms"]["tiers"]["standard"]["least_decided"]) == (2, 1)
    filings = Filings(conduct)
    await filings.decided(1, ACCEPTED)
    assert (await filings.standing())["tier"] == "standard"


async def test_terms_are_never_replaced_unread(conduct: Conduct) -> None:
    for headers, status in (({}, 422), ({"If-Match": '"7"'}, 412), ({"If-Match": "*"}, 412)):
        answer = await conduct.operator.put("/v1/standing/tiers", json=TERMS, headers=headers)
        assert answer.status_code == status, headers
    both = await asyncio.gather(
        *(conduct.operator.put("/v1/standing/tiers", json=TERMS, headers={"If-Match": '"1"'}) for _ in range(2))
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
async def test_bad_terms_are_pointed_to(conduct: Conduct, body: dict[str, Any], pointer: str) -> None:
    answer = await conduct.operator.put("/v1/standing/tiers", json=body, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await conduct.operator.get("/v1/standing/tiers")).json()["version"] == 1


async def test_anothers_standing_is_the_operators_alone_to_read(conduct: Conduct) -> None:
    filings = Filings(conduct)
    await filings.decided(2, ACCEPTED)
    path = f"/v1/standing/{filings.account_id}"
    assert (await conduct.operator.get(path)).json()["decided"] == 2
    for client in (conduct.other, conduct.brand, conduct.running.as_("vendor")):
        assert (await client.get(path)).status_code == 404
    unknown = await conduct.operator.get(f"/v1/standing/{new_id(AccountId)}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "reporter_not_found")
    assert (await conduct.operator.get("/v1/standing/rep_1")).status_code == 422
    assert (await Filings(conduct, "two").standing())["decided"] == 0
