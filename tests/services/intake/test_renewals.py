"""Renewals: a right goes on, and no gap opens while the operator looks."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from services.intake.jobs import ticker
from shared.contracts.events import RightExpired, RightExpiring, RightRenewalRejected, RightVerified
from shared.runtime.clock import HeldClock
from tests.days import office_today
from tests.services.intake.conftest import OTHER_RIGHTS, Intake, a_report

TODAY = office_today()
NO = {"code": "N_REGISTRATION_NOT_FOUND", "note": "The register does not show it."}


def _at(day: date) -> HeldClock:
    return HeldClock(datetime(day.year, day.month, day.day, 1, tzinfo=UTC))


async def renew(intake: Intake, right: dict[str, Any], expires_on: str, **more: Any) -> httpx.Response:
    return await intake.brand.post(f"/v1/rights/{right['id']}/renew", json={"expires_on": expires_on, **more})


async def judge(intake: Intake, right: dict[str, Any], step: str) -> httpx.Response:
    return await intake.operator.post(f"/v1/rights/{right['id']}/renewal/{step}", json=NO if step == "reject" else None)


async def dated_back(intake: Intake, right: dict[str, Any], days: int) -> None:
    """A right whose last day was so many days ago."""
    ended = TODAY - timedelta(days=days)
    await intake.execute("UPDATE rights SET expires_on = $2 WHERE id = $1", right["id"], ended)


async def test_a_renewed_right_stays_verified_and_gets_its_new_end_once_the_operator_has_looked(
    intake: Intake,
) -> None:
    ends = TODAY + timedelta(days=60)
    right = await intake.right(expires_on=ends.isoformat())
    strange = (await intake.evidence(by=intake.other))["id"]
    refused = await renew(intake, right, "2060-01-02", evidence_id=strange)
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/evidence_id", "N_EVIDENCE_NOT_FOUND")]
    evidence = (await intake.evidence())["id"]
    told = (await renew(intake, right, "2060-01-02", evidence_id=evidence)).json()
    assert (told["state"], told["version"], told["expires_on"]) == ("verified", 3, ends.isoformat())
    renewal = told["renewal"]
    assert (renewal["expires_on"], renewal["state"], renewal["evidence_id"]) == ("2060-01-02", "pending", evidence)
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json() == told
    await intake.file(right["id"], 1)
    accepted = (await judge(intake, right, "accept")).json()
    assert (accepted["state"], accepted["expires_on"], accepted["version"]) == ("verified", "2060-01-02", 4)
    assert (accepted["renewal"]["state"], accepted["renewal"]["rejection"]) == ("accepted", None)
    event = (await intake.running.recorded(RightVerified))[-1]
    assert (event.version, event.right.expires_on) == (4, date(2060, 1, 2))
    await ticker.tick(intake.running.database, _at(ends + timedelta(days=1)))
    assert await intake.running.recorded(RightExpiring) == []
    assert await intake.running.recorded(RightExpired) == []
    await ticker.tick(intake.running.database, _at(date(2060, 1, 3)))
    (expired,) = await intake.running.recorded(RightExpired)
    assert expired.expires_on == date(2060, 1, 2)


async def test_a_right_does_not_end_while_its_renewal_waits_until_the_grace_is_over(intake: Intake) -> None:
    ends = TODAY + timedelta(days=60)
    right = await intake.right(expires_on=ends.isoformat())
    renewal = (await renew(intake, right, "2060-01-02")).json()["renewal"]
    until = date.fromisoformat(renewal["holds_until"])
    assert until == ends + timedelta(days=183)
    for day in (ends + timedelta(days=1), until):
        await ticker.tick(intake.running.database, _at(day))
        assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json()["state"] == "verified"
    await ticker.tick(intake.running.database, _at(until + timedelta(days=1)))
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json()["state"] == "expired"
    assert (await judge(intake, right, "accept")).json()["state"] == "verified"


async def test_reports_are_taken_while_the_renewal_waits_and_refused_once_it_is_rejected(intake: Intake) -> None:
    right = await intake.right()
    await renew(intake, right, "2060-01-02")
    await dated_back(intake, right, 1)
    report = await intake.file(right["id"], 1)
    assert ("R_RIGHT_EXPIRED", "warns") in [(f["code"], f["severity"]) for f in report["findings"]]
    rejected = (await judge(intake, right, "reject")).json()
    assert (rejected["state"], rejected["renewal"]["state"]) == ("expired", "rejected")
    assert rejected["renewal"]["rejection"] == NO
    (told,) = await intake.running.recorded(RightRenewalRejected)
    (ended,) = await intake.running.recorded(RightExpired)
    assert (told.version, told.code, told.expires_on) == (4, NO["code"], date(2060, 1, 2))
    assert ended.version == 5
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"], 2))
    assert [error["code"] for error in answer.json()["errors"]] == ["R_RIGHT_EXPIRED"]


async def test_a_rejected_renewal_leaves_a_right_that_has_not_ended(intake: Intake) -> None:
    right = await intake.right()
    await renew(intake, right, "2060-01-02")
    assert (await judge(intake, right, "reject")).json()["state"] == "verified"
    again = await judge(intake, right, "accept")
    assert (again.status_code, again.json()["code"]) == (409, "renewal_not_pending")
    assert (await renew(intake, right, "2060-01-02")).json()["renewal"]["state"] == "pending"


async def test_an_expired_right_comes_back_by_an_accepted_renewal_and_not_before(intake: Intake) -> None:
    right = await intake.right()
    await dated_back(intake, right, 10)
    told = (await renew(intake, right, "2060-01-02")).json()  # its clock has not ended it yet
    assert (told["state"], told["version"]) == ("expired", 4)
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"]))
    assert answer.json()["errors"][0]["code"] == "R_RIGHT_EXPIRED"
    assert (await judge(intake, right, "accept")).json()["state"] == "verified"
    await intake.file(right["id"])


async def test_the_last_word_on_a_renewal_counts(intake: Intake) -> None:
    right = await intake.right()
    await renew(intake, right, "2055-01-02")
    await renew(intake, right, "2060-01-02")
    stale = {"If-Match": '"3"'}
    path = f"/v1/rights/{right['id']}/renewal/accept"
    assert (await intake.operator.post(path, headers=stale)).status_code == 412
    assert (await judge(intake, right, "accept")).json()["expires_on"] == "2060-01-02"


async def test_a_substantial_change_takes_the_renewal_back(intake: Intake) -> None:
    right = await intake.right()
    await renew(intake, right, "2060-01-02")
    changed = (await intake.brand.patch(f"/v1/rights/{right['id']}", json={"expires_on": "2060-01-02"})).json()
    assert (changed["state"], changed["renewal"]) == ("pending", None)
    assert (await judge(intake, right, "accept")).json()["code"] == "renewal_not_pending"


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"expires_on": "2050-01-02"}, "/expires_on", "renewal_not_later"),
    ({"expires_on": "2049-01-02"}, "/expires_on", "renewal_not_later"),
    ({"expires_on": 2060}, "/expires_on", "date_not_text"),
    ({}, "/expires_on", "missing"),
    ({"expires_on": "2060-01-02", "evidence_id": "evd_x"}, "/evidence_id", "value_error"),
    ({"expires_on": "2060-01-02", "state": "accepted"}, "/state", "extra_forbidden"),
]


async def test_a_bad_renewal_is_pointed_to(intake: Intake) -> None:
    right = await intake.right()
    for body, pointer, code in BAD:
        answer = await intake.brand.post(f"/v1/rights/{right['id']}/renew", json=body)
        assert answer.status_code == 422, body
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json() == right


async def test_what_was_not_verified_or_has_no_end_is_not_renewed(intake: Intake) -> None:
    right = await intake.right(verified=False)
    answer = await renew(intake, right, "2060-01-02")
    assert (answer.status_code, answer.json()["code"]) == (409, "right_state_conflict")
    work = (await intake.brand.post("/v1/rights", json=OTHER_RIGHTS["copyright"])).json()
    await intake.operator.post(f"/v1/rights/{work['id']}/verify")
    answer = await renew(intake, work, "2060-01-02")
    assert (answer.status_code, answer.json()["code"]) == (409, "right_state_conflict")


async def test_renewals_are_the_owners_and_the_operators(intake: Intake) -> None:
    right = await intake.right()
    body = {"expires_on": "2060-01-02"}
    assert (await intake.other.post(f"/v1/rights/{right['id']}/renew", json=body)).status_code == 404
    await renew(intake, right, "2060-01-02")
    for by in (intake.brand, intake.other):
        for step in ("accept", "reject"):
            assert (await by.post(f"/v1/rights/{right['id']}/renewal/{step}", json=NO)).status_code == 404
    answers = await asyncio.gather(*(judge(intake, right, "accept") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_every_version_of_a_right_can_be_read(intake: Intake) -> None:
    right = await intake.right()
    report = await intake.file(right["id"])
    await intake.brand.patch(f"/v1/rights/{right['id']}", json={"nice_classes": [18]})
    path = f"/v1/rights/{right['id']}/versions"
    first = (await intake.brand.get(path, params={"limit": 2})).json()
    rest = (await intake.brand.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    kept = [*first["data"], *rest["data"]]
    assert [(one["version"], one["state"], one["nice_classes"]) for one in kept] == [
        (3, "pending", [18]), (2, "verified", [25]), (1, "pending", [25]),
    ]  # fmt: skip
    assert rest["next_cursor"] is None
    filed_under = (await intake.brand.get(f"{path}/{report['right_version']}")).json()
    assert filed_under == kept[1]
    assert (filed_under["mark_text"], filed_under["held_as"]) == ("ACME", "owner")
    for wrong, status in (("9", 404), ("0", 422), ("99999999999", 422), ("x", 422)):
        assert (await intake.brand.get(f"{path}/{wrong}")).status_code == status
    for where in (path, f"{path}/1"):
        assert (await intake.other.get(where)).json()["code"] == "right_not_found"
        assert (await intake.operator.get(where)).status_code == 200


async def test_versions_of_each_type_have_its_fields(intake: Intake) -> None:
    for given in OTHER_RIGHTS.values():
        right = (await intake.brand.post("/v1/rights", json=given)).json()
        kept = (await intake.brand.get(f"/v1/rights/{right['id']}/versions/1")).json()
        assert {name: kept[name] for name in given} == {name: right[name] for name in given}


async def test_a_renewal_is_accepted_as_the_clock_of_its_right_strikes(
    intake: Intake,
) -> None:
    """Both wait for the right. Were the timer filings before the right, each would then wait for the other."""
    database = intake.running.database
    ends = TODAY + timedelta(days=60)
    right = await intake.right(expires_on=ends.isoformat())
    assert (await renew(intake, right, "2060-01-02")).status_code == 200

    async def waiting(count: int) -> bool:
        async with database.pool.acquire() as connection:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        return found >= count

    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    async with database.pool.acquire() as connection:
        before = await connection.fetchval(deadlocks)
    async with database.direct() as holder:
        await holder.execute("SELECT FROM rights WHERE id = $1 FOR UPDATE", right["id"])
        accepting = asyncio.create_task(judge(intake, right, "accept"))
        await intake.running.eventually(lambda: waiting(1))
        striking = asyncio.create_task(ticker.tick(database, _at(ends + timedelta(days=1))))
        await intake.running.eventually(lambda: waiting(2))
    assert (await accepting).json()["state"] == "verified"
    await striking
    async with database.pool.acquire() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        assert await connection.fetchval(deadlocks) == before
        assert await connection.fetchval("SELECT count(*) FROM timers WHERE tries > 0") == 0
    assert await intake.running.recorded(RightExpired) == []
