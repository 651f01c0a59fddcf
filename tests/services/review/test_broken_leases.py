"""Leases that end before their time: broken by whoever leads, or because their account was shut out."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.contracts.codes import AccountKind
from shared.contracts.events import AccountChanged, AccountState, TaskLeaseBroken
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running
from tests.services.review.making import ACCEPT, a_report, claim, claim_one, code_of, fetchval, judge, submit

REASON = "The reviewer has gone home."


async def _break(by: httpx.AsyncClient, task_id: str, reason: str = REASON, **headers: str) -> httpx.Response:
    return await by.post(f"/v1/leases/{task_id}/break", json={"reason": reason}, headers=headers)


def _account(account_id: AccountId, state: AccountState, version: int = 2) -> AccountChanged:
    return AccountChanged(
        version=version, account_id=account_id, kind=AccountKind.VENDOR, state=state, changed_at=datetime.now(UTC)
    )


async def test_a_broken_lease_can_neither_renew_nor_judge_and_the_task_waits_again(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor, operator = review.as_("vendor"), review.as_("marketplace")
    task = await claim_one(vendor)

    broken = await _break(operator, task["id"])

    assert broken.status_code == 200, broken.text
    assert (broken.json()["task_id"], broken.json()["reviewer"], broken.json()["reason"]) == (task["id"], "r-1", REASON)
    token = {"lease_token": task["lease"]["token"]}
    assert code_of(await judge(vendor, task, ACCEPT)) == (409, "lease_lost")
    for verb in ("renew", "release"):
        assert code_of(await vendor.post(f"/v1/tasks/{task['id']}/{verb}", json=token)) == (409, "lease_lost")
    again = await claim_one(review.as_("vendor", "two"))
    assert again["id"] == task["id"]
    (told,) = await review.recorded(TaskLeaseBroken)
    assert (told.account_id, told.reason) == (review.caller("vendor").account_id, REASON)
    assert told.broken_by == review.caller("marketplace").account_id
    audit = "SELECT reason FROM leases WHERE change = 'broken' AND broken_by IS NOT NULL"
    assert await fetchval(review, audit) == REASON


async def test_leases_are_listed_by_whoever_leads_in_pages(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2", "3"))
    await claim(review.as_("vendor"), max=2, reviewer="r-1")
    await claim(review.as_("vendor", "two"), max=1, reviewer="r-2")
    operator, lead = review.as_("marketplace"), review.as_("vendor")

    everyone = (await operator.get("/v1/leases")).json()["data"]
    assert sorted(lease["reviewer"] for lease in everyone) == ["r-1", "r-1", "r-2"]
    assert all(lease["claimed_at"] < lease["expires_at"] for lease in everyone)
    assert "token" not in everyone[0]
    own = (await lead.get("/v1/leases")).json()["data"]
    assert {lease["account_id"] for lease in own} == {review.caller("vendor").account_id}
    theirs = {"account_id": review.caller("vendor", "two").account_id}
    assert [len((await who.get("/v1/leases", params=theirs)).json()["data"]) for who in (operator, lead)] == [1, 0]
    assert len((await operator.get("/v1/leases", params={"reviewer": "r-2"})).json()["data"]) == 1
    first = (await operator.get("/v1/leases", params={"limit": 2})).json()
    rest = (await operator.get("/v1/leases", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    found = [lease["task_id"] for lease in first["data"] + rest["data"]]
    assert found == sorted(lease["task_id"] for lease in everyone)


async def test_what_is_not_held_or_not_yours_cannot_be_broken(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2"))
    vendor, other, operator = review.as_("vendor"), review.as_("vendor", "two"), review.as_("marketplace")
    task = await claim_one(vendor)
    assert code_of(await _break(other, task["id"])) == (404, "lease_not_found")
    assert code_of(await _break(operator, new_id(TaskId))) == (404, "lease_not_found")
    assert (await _break(review.as_("brand"), task["id"])).status_code == 404
    only_work = review.as_("vendor", scopes=frozenset({"tasks:work"}))
    assert (await _break(only_work, task["id"])).status_code == 403
    assert (await judge(vendor, task, ACCEPT)).status_code == 200
    assert code_of(await _break(operator, task["id"])) == (404, "lease_not_found")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 2001}, {"reason": 1}, {"reason": "x", "a": 1}])
async def test_a_lease_is_broken_for_a_reason_that_one_can_read(
    start_service: StartService, body: dict[str, Any]
) -> None:
    review = await start_service("review")
    answer = await review.as_("marketplace").post(f"/v1/leases/{new_id(TaskId)}/break", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


async def test_breaking_twice_and_again_under_the_same_key(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    task = await claim_one(review.as_("vendor"))
    operator, key = review.as_("marketplace"), {"Idempotency-Key": "break-1"}
    first = await _break(operator, task["id"], **key)
    again = await _break(operator, task["id"], **key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert code_of(await _break(operator, task["id"])) == (404, "lease_not_found")


async def test_a_judgement_and_a_break_that_meet_have_one_winner(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report(*(str(n) for n in range(50))))
    vendor, operator = review.as_("vendor"), review.as_("marketplace")
    tasks = await claim(vendor, max=50)
    together = asyncio.Barrier(100)

    async def at_once(what: Any) -> int:
        await together.wait()
        return int((await what).status_code)

    judged = [at_once(judge(vendor, task, ACCEPT)) for task in tasks]
    broken = [at_once(_break(operator, task["id"])) for task in tasks]
    statuses = await asyncio.gather(*judged, *broken)
    for one, other in zip(statuses[:50], statuses[50:], strict=True):
        assert (one, other) in {(200, 404), (409, 200)}
    assert await fetchval(review, "SELECT count(*) FROM holds") == 0
    assert await fetchval(review, "SELECT count(*) FROM waiting") == statuses[50:].count(200)
    assert await fetchval(review, "SELECT count(*) FROM decisions") == statuses[:50].count(200)


async def _held(review: Running) -> int:
    return int(await fetchval(review, "SELECT count(*) FROM holds"))


@pytest.mark.parametrize("state", [AccountState.CLOSED, AccountState.SUSPENDED])
async def test_an_account_that_is_shut_out_loses_its_leases(start_service: StartService, state: AccountState) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2", "3"))
    vendor, other = review.as_("vendor"), review.as_("vendor", "two")
    mine, theirs = await claim(vendor, max=2, lease_seconds=3600), await claim(other, max=1)
    await review.publish(_account(review.caller("vendor").account_id, state))

    async def given_back() -> bool:
        return await _held(review) == 1

    await review.eventually(given_back)
    assert code_of(await judge(vendor, mine[0], ACCEPT)) == (409, "lease_lost")
    assert (await judge(other, theirs[0], ACCEPT)).status_code == 200
    assert len(await claim(other, max=5)) == 2
    told = await review.recorded(TaskLeaseBroken)
    assert [event.broken_by for event in told] == [None, None]


async def test_what_was_claimed_while_word_of_the_end_was_on_its_way_is_taken_back(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    await review.publish(_account(review.caller("vendor").account_id, AccountState.CLOSED))
    heard = "SELECT count(*) FROM account_standings"
    await review.eventually(lambda: fetchval(review, heard))
    await claim(vendor, lease_seconds=3600)

    async def given_back() -> bool:
        return await _held(review) == 0

    await review.eventually(given_back)


async def test_older_word_of_an_account_says_nothing_and_one_that_is_reinstated_works_on(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2"))
    account = review.caller("vendor").account_id
    await review.publish(_account(account, AccountState.SUSPENDED, version=2))
    await review.publish(_account(account, AccountState.OPEN, version=5))
    await review.eventually(lambda: fetchval(review, "SELECT version = 5 FROM account_standings"))
    task = await claim_one(review.as_("vendor"))
    await review.publish(_account(account, AccountState.SUSPENDED, version=4))
    await submit(review, a_report("later"))
    assert await _held(review) == 1
    assert (await judge(review.as_("vendor"), task, ACCEPT)).status_code == 200


async def _hand_over(by: httpx.AsyncClient, task_id: str, reviewer: str = "sam", **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    body = {"reviewer": reviewer, "reason": "Sam reads Polish.", **more}
    return await by.post(f"/v1/leases/{task_id}/hand-over", json=body, headers=headers)


async def test_the_holder_of_a_broken_lease_is_told_why_at_its_next_call(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2"))
    vendor, operator = review.as_("vendor"), review.as_("marketplace")
    task, other = await claim(vendor, max=2)
    await _break(operator, task["id"])
    token = {"lease_token": task["lease"]["token"]}
    answers = [await judge(vendor, task, ACCEPT)]
    answers += [await vendor.post(f"/v1/tasks/{task['id']}/{verb}", json=token) for verb in ("renew", "release")]
    together = {"judgements": [{"task_id": task["id"], **token, **ACCEPT}]}
    answers.append(await vendor.post("/v1/judgements", json=together))
    for answer in answers[:3]:
        told = answer.json()
        assert (answer.status_code, told["code"], told["reason"]) == (409, "lease_lost", REASON)
        assert told["detail"] == f"It was taken away: {REASON}"
    assert REASON in answers[3].text
    # Nobody is told of a lease that it does not show, or that was another's.
    never = await vendor.post(f"/v1/tasks/{task['id']}/renew", json={"lease_token": other["lease"]["token"]})
    assert (code_of(never), "reason" in never.json()) == ((409, "lease_lost"), False)
    again = await claim_one(review.as_("vendor", "two"))
    assert again["id"] == task["id"]
    theirs = await review.as_("vendor", "two").post(f"/v1/tasks/{task['id']}/renew", json=token)
    assert (code_of(theirs), "reason" in theirs.json()) == ((409, "lease_lost"), False)


async def test_a_task_that_is_handed_over_is_judged_by_its_new_reviewer_alone(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor, operator = review.as_("vendor"), review.as_("marketplace")
    task = await claim_one(vendor, reviewer="kim")
    handed = await _hand_over(operator, task["id"], lease_seconds=1200)
    assert handed.status_code == 200, handed.text
    made = handed.json()
    assert (made["taken_from"], made["reviewer"], made["round"]) == ("kim", "sam", 1)
    assert made["account_id"] == review.caller("vendor").account_id
    (lease,) = (await operator.get("/v1/leases")).json()["data"]
    assert (lease["reviewer"], lease["expires_at"]) == ("sam", made["lease"]["expires_at"])
    assert await claim(review.as_("vendor", "two"), max=1) == [], "it never waited in between"
    lost = await judge(vendor, task, ACCEPT)
    assert (lost.status_code, lost.json()["reason"]) == (409, "Sam reads Polish.")
    assert (await judge(operator, {**task, "lease": made["lease"]}, ACCEPT)).status_code in {403, 404}
    assert (await judge(vendor, {**task, "lease": made["lease"]}, ACCEPT)).status_code == 200
    (told,) = await review.recorded(TaskLeaseBroken)
    assert (told.reviewer, told.handed_to, told.reason) == ("kim", "sam", "Sam reads Polish.")
    assert await fetchval(review, "SELECT reviewer FROM judgements") == "sam"


async def test_nobody_hands_over_what_is_not_held_or_not_theirs_and_once_is_once(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2"))
    vendor, other, operator = review.as_("vendor"), review.as_("vendor", "two"), review.as_("marketplace")
    task = await claim_one(vendor)
    assert code_of(await _hand_over(other, task["id"])) == (404, "lease_not_found")
    assert code_of(await _hand_over(operator, new_id(TaskId))) == (404, "lease_not_found")
    assert (await _hand_over(review.as_("brand"), task["id"])).status_code == 404
    assert (await _hand_over(review.as_("vendor", scopes=frozenset({"tasks:work"})), task["id"])).status_code == 403
    for wrong in ({"reviewer": ""}, {"reason": ""}, {"lease_seconds": 5}, {"account_id": "acc_1"}):
        assert (await _hand_over(operator, task["id"], **wrong)).status_code == 422
    first = await _hand_over(vendor, task["id"], headers={"Idempotency-Key": "hand-1"})
    again = await _hand_over(vendor, task["id"], headers={"Idempotency-Key": "hand-1"})
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert (await judge(vendor, {**task, "lease": first.json()["lease"]}, ACCEPT)).status_code == 200
    assert code_of(await _hand_over(vendor, task["id"])) == (404, "lease_not_found")


async def test_judgements_breaks_and_hand_overs_that_meet_leave_each_task_with_one_end(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    await submit(review, a_report(*(str(n) for n in range(30))))
    vendor, operator = review.as_("vendor"), review.as_("marketplace")
    tasks = await claim(vendor, max=30)
    together = asyncio.Barrier(90)

    async def at_once(what: Any) -> int:
        await together.wait()
        return int((await what).status_code)

    judged = [at_once(judge(vendor, task, ACCEPT)) for task in tasks]
    handed = [at_once(_hand_over(operator, task["id"])) for task in tasks]
    broken = [at_once(_break(operator, task["id"])) for task in tasks]
    statuses = await asyncio.gather(*judged, *handed, *broken)
    of_each = list(zip(statuses[:30], statuses[30:60], statuses[60:], strict=True))
    # A task may be handed over and then taken from its new reviewer; what was judged is nobody's any more.
    assert set(of_each) <= {(200, 404, 404), (409, 200, 404), (409, 404, 200), (409, 200, 200)}
    decided, held, waiting = [
        await fetchval(review, f"SELECT count(*) FROM {table}") for table in ("decisions", "holds", "waiting")
    ]
    assert decided == statuses[:30].count(200)
    assert held == of_each.count((409, 200, 404))
    assert waiting == statuses[60:].count(200)
