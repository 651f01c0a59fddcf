"""Claiming, holding and giving back."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.review.tasks.claims import ClaimCursors, ClaimRequest
from services.review.work.endpoints import coalescer
from services.review.work.endpoints.coalescer import KeyedClaim
from shared.contracts.codes import Claim, Severity
from shared.contracts.events import TaskClaimed
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.services.review.making import (
    ACCEPT,
    a_report,
    claim,
    claim_one,
    code_of,
    fetchval,
    judge,
    let_expire,
    pointers,
    submit,
    triaged,
)

CLAIMERS = 20


async def test_a_claim_weighs_as_many_tasks_as_it_wants_until_it_has_waited(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many large claims go in several transactions side by side; the many that wait are woken in one."""
    weights: set[tuple[bool, int]] = set()
    weigh = coalescer._wanted

    def noted(asked: KeyedClaim) -> int:
        weights.add((asked.again, weigh(asked)))
        return weigh(asked)

    monkeypatch.setattr(coalescer, "_wanted", noted)
    review = await start_service("review")
    waiting = asyncio.ensure_future(claim(review.as_("vendor"), max=7, wait_seconds=20))

    async def asked() -> bool:
        return weights == {(False, 7)}

    await review.eventually(asked)
    await submit(review, a_report("1"))
    assert len(await waiting) == 1
    assert weights == {(False, 7), (True, 1)}


def test_many_that_waited_share_what_one_transaction_takes() -> None:
    """Each has the one task that it weighs; no more go out together than the transaction may have."""
    request = ClaimRequest(new_id(AccountId), "r-1", 50, 600, None, None)
    waited = KeyedClaim(request, None, last=False, again=True)
    fresh = KeyedClaim(replace(request, most=7), None, last=False)
    for claims, most, expected in (
        ([waited], 80, [50]),
        ([waited] * 3, 80, [50, 29, 1]),
        ([waited] * 80, 80, [1] * 80),
        ([fresh, waited, waited], 20, [7, 12, 1]),
        ([replace(fresh, request=request)], 20, [50]),
    ):
        assert [one.most for one in coalescer._bounded(claims, most)] == expected


async def test_clauses_stand_once_whatever_the_number_of_tasks(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2", "3"), a_report("4", "5", claim=Claim.COPYRIGHT))

    answer = await review.as_("vendor").post("/v1/tasks/claim", json={"reviewer": "r-1", "max": 50})

    body = answer.json()
    assert len(body["tasks"]) == 5
    assert all("clauses" not in task for task in body["tasks"])
    stood = [clause["code"] for clause in body["clauses"]]
    assert len(stood) == len(set(stood))
    assert {code.partition("-")[0] for code in stood} == {"TM", "CR"}
    for task in body["tasks"]:
        cited = [(one["policy_id"], one["version"], one["code"]) for one in task["citations"]]
        prefix = {"trademark": "TM", "copyright": "CR"}[task["right_type"]]
        of_type = [one for one in body["clauses"] if one["code"].startswith(prefix)]
        assert cited == [(one["policy_id"], one["version"], one["code"]) for one in of_type]
    first = next(clause for clause in body["clauses"] if clause["code"] == "TM-3.1")
    assert (first["reject_codes"], first["demands"]) == (["R_NOMINATIVE_USE"], [])
    assert first["reporter_text"].startswith("The seller names your product")
    again = (await review.as_("vendor").get(f"/v1/tasks/{body['tasks'][0]['id']}")).json()
    assert [one["code"] for one in again["clauses"]] == [one["code"] for one in again["citations"]]
    assert again["clauses"][0]["text"]


async def test_two_reviewers_never_get_the_same_task(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report(*(str(n) for n in range(300))))
    vendors = [review.as_("vendor", str(n)) for n in range(CLAIMERS)]

    async def work(n: int) -> list[str]:
        got = []
        while tasks := await claim(vendors[n], reviewer=f"r-{n}", max=n % 7 + 1):
            got += [task["id"] for task in tasks]
        return got

    taken = Counter(id_ for got in await asyncio.gather(*map(work, range(CLAIMERS))) for id_ in got)

    assert len(taken) == 300
    assert set(taken.values()) == {1}
    assert await fetchval(review, "SELECT count(*) FROM leases WHERE change = 'claimed'") == 300
    assert await fetchval(review, "SELECT count(DISTINCT fence) FROM leases") == 300
    assert len(await review.recorded(TaskClaimed)) == 300


async def test_the_most_pressing_work_comes_first(start_service: StartService) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    soon, later = datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) + timedelta(hours=9)
    slow, late, urgent, early = (a_report(name) for name in ("slow", "late", "urgent", "early"))
    await submit(review, slow, late, urgent, early)
    await review.publish(triaged(slow, Severity.P3, soon))
    await review.publish(triaged(late, Severity.P1, later))
    await review.publish(triaged(urgent, Severity.P0, later))
    await review.publish(triaged(early, Severity.P1, soon))

    async def moved() -> bool:
        return bool(await fetchval(review, "SELECT count(*) FROM waiting WHERE severity <> 'p2'") == 4)

    await review.eventually(moved)

    tasks = await claim(vendor, max=10)

    assert [task["listing"]["listing_id"] for task in tasks] == ["urgent", "early", "late", "slow"]
    assert [task["queue"].rpartition(".")[2] for task in tasks] == ["p0", "p1", "p1", "p3"]


async def test_a_reviewer_may_ask_for_one_queue(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("mark"), a_report("book", claim=Claim.COPYRIGHT, language="de-AT"))
    vendor = review.as_("vendor")

    (task,) = await claim(vendor, max=5, queue="copyright.de.p3")

    assert task["listing"]["listing_id"] == "book"
    assert await claim(vendor, queue="patent.fr.p0") == []


async def test_a_claim_without_work_waits_and_wakes_when_work_comes(start_service: StartService) -> None:
    review = await start_service("review")
    waiting = asyncio.create_task(claim(review.as_("vendor"), wait_seconds=30))
    others = [asyncio.create_task(claim(review.as_("vendor", str(n)), wait_seconds=1)) for n in range(3)]

    async def asked() -> bool:
        return bool(review.service.resources.coalescer._cursors._cursors)

    await review.eventually(asked)
    assert not waiting.done()
    assert [await other for other in others] == [[], [], []]

    await submit(review, a_report("9001"))

    (task,) = await waiting
    assert task["listing"]["listing_id"] == "9001"


async def test_an_expired_lease_frees_the_task_for_another_and_is_lost_to_its_holder(
    start_service: StartService,
) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    first, second = review.as_("vendor", "one"), review.as_("vendor", "two")
    task = await claim_one(first)
    await let_expire(review, task["id"])

    again = await claim_one(second, wait_seconds=30)

    assert again["id"] == task["id"]
    assert again["round"] == 1
    for path, body in (
        ("renew", {"lease_seconds": 60}), ("release", {}), ("judge", ACCEPT),
    ):  # fmt: skip
        token = {"lease_token": task["lease"]["token"]}
        answer = await first.post(f"/v1/tasks/{task['id']}/{path}", json={**token, **body})
        assert code_of(answer) == (409, "lease_lost"), path
    assert (await judge(second, again, ACCEPT)).status_code == 200
    assert len(await review.recorded(TaskClaimed)) == 1  # the first claim of the round alone is told
    changes = await fetchval(review, "SELECT array_agg(change ORDER BY fence, at) FROM leases")
    assert changes == ["claimed", "expired", "claimed"]


async def test_a_lease_is_lost_from_the_moment_it_ends_before_anyone_sweeps(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor)
    async with review.database.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT FROM tasks WHERE id = $1 FOR KEY SHARE", task["id"]
        )  # the sweep passes it over
        await let_expire(review, task["id"])
        token = {"lease_token": task["lease"]["token"], "lease_seconds": 60}
        renewing = asyncio.create_task(vendor.post(f"/v1/tasks/{task['id']}/renew", json=token))
    assert code_of(await renewing) == (409, "lease_lost")


async def test_renewing_holds_for_longer_and_releasing_gives_back(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report())
    vendor = review.as_("vendor")
    task = await claim_one(vendor, lease_seconds=30)
    token = {"lease_token": task["lease"]["token"]}

    renewed = await vendor.post(f"/v1/tasks/{task['id']}/renew", json={**token, "lease_seconds": 3600})
    released = await vendor.post(f"/v1/tasks/{task['id']}/release", json=token)

    assert renewed.status_code == 200
    assert renewed.json()["lease"]["expires_at"] > task["lease"]["expires_at"]
    assert released.status_code == 204
    assert code_of(await vendor.post(f"/v1/tasks/{task['id']}/release", json=token)) == (409, "lease_lost")
    again = await claim_one(vendor)
    assert again["id"] == task["id"]
    assert again["lease"]["token"] != task["lease"]["token"]
    changes = await fetchval(review, "SELECT array_agg(change ORDER BY fence, at) FROM leases")
    assert changes == ["claimed", "renewed", "released", "claimed"]


async def test_a_strangers_or_made_up_token_is_a_lost_lease(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2"))
    vendor, stranger = review.as_("vendor"), review.as_("vendor", "two")
    task, other = await claim_one(vendor), await claim_one(vendor)
    mine = {"lease_token": task["lease"]["token"]}

    for token in (other["lease"]["token"], "made up", "AAAA", task["lease"]["token"][:-4] + "AAAA", "\u00e9"):
        answer = await vendor.post(f"/v1/tasks/{task['id']}/renew", json={"lease_token": token, "lease_seconds": 60})
        assert code_of(answer) == (409, "lease_lost"), token
    answer = await stranger.post(f"/v1/tasks/{task['id']}/release", json=mine)
    assert code_of(answer) == (404, "not_found")
    assert code_of(await judge(stranger, task, ACCEPT)) == (404, "not_found")
    assert code_of(await vendor.post(f"/v1/tasks/{new_id(TaskId)}/release", json=mine)) == (404, "not_found")


async def test_a_task_is_there_only_for_those_who_worked_on_it(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2", "3"))
    vendor, stranger, operator = review.as_("vendor"), review.as_("vendor", "two"), review.as_("marketplace")
    tasks = [await claim_one(vendor) for _ in range(3)]
    await judge(vendor, tasks[0], ACCEPT)

    page = (await vendor.get("/v1/tasks?limit=2")).json()
    rest = (await vendor.get(f"/v1/tasks?limit=2&cursor={page['next_cursor']}")).json()
    shown = await vendor.get(f"/v1/tasks/{tasks[0]['id']}")

    assert {task["id"] for task in page["data"] + rest["data"]} == {task["id"] for task in tasks}
    assert rest["next_cursor"] is None
    assert shown.json()["state"] == "decided"
    assert shown.json()["judgements"][0]["code"] == "A_COUNTERFEIT"
    assert (await vendor.get(f"/v1/tasks/{tasks[1]['id']}")).json()["state"] == "leased"
    assert (await operator.get(f"/v1/tasks/{tasks[1]['id']}")).status_code == 200
    assert (await stranger.get("/v1/tasks")).json() == {"data": [], "next_cursor": None}
    assert code_of(await stranger.get(f"/v1/tasks/{tasks[0]['id']}")) == (404, "not_found")
    assert code_of(await review.as_("brand").get(f"/v1/tasks/{tasks[0]['id']}")) == (404, "not_found")
    assert code_of(await review.as_("brand").post("/v1/tasks/claim", json={"reviewer": "x"})) == (404, "not_found")


async def test_a_replayed_claim_hands_out_the_same_tasks(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2", "3"))
    vendor = review.as_("vendor")
    headers = {"Idempotency-Key": "claim-1"}

    first = await vendor.post("/v1/tasks/claim", json={"reviewer": "r", "max": 2}, headers=headers)
    again = await vendor.post("/v1/tasks/claim", json={"reviewer": "r", "max": 2}, headers=headers)
    reused = await vendor.post("/v1/tasks/claim", json={"reviewer": "r", "max": 3}, headers=headers)
    crowd = await asyncio.gather(
        *(vendor.post("/v1/tasks/claim", json={"reviewer": "r"}, headers={"Idempotency-Key": "c"}) for _ in range(8))
    )

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code_of(reused) == (422, "idempotency_key_reused")
    assert {answer.status_code for answer in crowd} <= {200, 409}
    handed = {task["id"] for answer in crowd if answer.status_code == 200 for task in answer.json()["tasks"]}
    assert len(handed) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"max": 0}, "/max"),
        ({"max": 51}, "/max"),
        ({"max": "5"}, "/max"),
        ({"max": True}, "/max"),
        ({"lease_seconds": 29}, "/lease_seconds"),
        ({"lease_seconds": 3601}, "/lease_seconds"),
        ({"wait_seconds": 31}, "/wait_seconds"),
        ({"reviewer": ""}, "/reviewer"),
        ({"reviewer": "r\u202e1"}, "/reviewer"),
        ({"reviewer": "r\u00001"}, "/reviewer"),
        ({"reviewer": None}, "/reviewer"),
        ({"queue": "q" * 81}, "/queue"),
        ({"unknown": 1}, "/unknown"),
    ],
)
async def test_a_malformed_claim_is_refused_with_its_place(
    start_service: StartService, change: dict[str, object], pointer: str
) -> None:
    review = await start_service("review")

    answer = await review.as_("vendor").post("/v1/tasks/claim", json={"reviewer": "r-1", **change})

    assert code_of(answer) == (422, "validation_failed")
    assert pointers(answer) == [pointer]


async def test_queues_tell_what_waits(start_service: StartService) -> None:
    review = await start_service("review")
    await submit(review, a_report("1", "2"), a_report("book", claim=Claim.COPYRIGHT, language="de"))

    queues = (await review.as_("vendor").get("/v1/queues")).json()["data"]

    assert [(queue["name"], queue["depth"], queue["due_soon"]) for queue in queues] == [
        ("copyright.de.p3", 1, 0),
        ("trademark.en.p2", 2, 0),
    ]
    assert all(queue["counted_fully"] for queue in queues)
    await claim(review.as_("vendor"), max=50)
    assert (await review.as_("vendor").get("/v1/queues")).json() == {"data": []}
    assert code_of(await review.as_("brand").get("/v1/queues")) == (404, "not_found")


def test_queues_that_callers_make_up_are_not_remembered_for_ever() -> None:
    cursors = ClaimCursors(elapsed=lambda: 0.0)
    first = cursors.of(("trademark.en.p1", None))
    for number in range(1000):
        cursors.of((f"made-up-{number}", None))
        assert cursors.of(("trademark.en.p1", None)) is first, "the cursor that is in use stays"
    assert len(cursors._cursors) == 256
