"""The connection to the database dies between any two messages: every answer is true all the same.

An answer of 2xx is given exactly for what is stored, nobody is told of a conflict with a request of its own, and where
the end cannot be known the answer is 503, and the same request under the same key leads to one effect.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

import httpx
import pytest

from services.intake.reports.coalescer import FilingCoalescer
from services.intake.reports.endpoints import answers
from services.review.work.endpoints.coalescer import WorkCoalescer
from shared.runtime.database import Database
from shared.runtime.statements import Query
from tests.conftest import Servers, StartService
from tests.cutting import Cutter, cutter
from tests.running import Running
from tests.services.intake.conftest import TRADEMARK, a_report
from tests.services.review.making import ACCEPT, submit
from tests.services.review.making import a_report as a_submitted_report

MOST_MESSAGES = 300
Round = Callable[[], Awaitable[None]]


@asynccontextmanager
async def cut_off(running: Running, servers: Servers) -> AsyncIterator[Cutter]:
    """The service's endpoints, and nothing else of it, reach the database through what cuts."""
    service = running.service
    role = service.database.url.rpartition("/")[2]
    async with cutter(service.database.url) as cut:
        database = Database(cut.url, service=running.name)
        assert database.url.endswith(role)
        await database.open()
        service.database, direct = database, service.database
        try:
            yield cut
        finally:
            cut.disarm()
            service.database = direct
            await database.close()


async def at_every_message(cut: Cutter, warm_up: Callable[[], Awaitable[object]], attempt: Round) -> int:
    """Do something with a cut at each message there and back, until none is left to cut; how often it was cut."""
    cuts = 0
    for to_server in (True, False):
        for number in range(1, MOST_MESSAGES):
            await warm_up()
            cut.arm(number, to_server=to_server)
            try:
                await attempt()
            finally:
                cut.disarm()
            if not cut.was_cut:
                break
            cuts += 1
        else:
            raise AssertionError(f"{MOST_MESSAGES} messages were not enough")
    return cuts


async def test_a_filing_is_answered_with_what_is_stored(start_service: StartService, servers: Servers) -> None:
    running = await start_service("intake")
    brand = running.as_("brand")
    right = (await brand.post("/v1/rights", json=TRADEMARK)).json()
    await running.as_("marketplace").post(f"/v1/rights/{right['id']}/verify", json={})
    numbers = iter(range(10_000, 90_000))

    async def file(number: int, key: str | None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await brand.post("/v1/reports", json=a_report(right["id"], number), headers=headers)

    async def stored(number: int) -> list[str]:
        async with direct.pool.acquire() as connection:
            rows = await connection.fetch("SELECT report_id FROM report_items WHERE listing_id = $1", str(number))
        return [row["report_id"] for row in rows]

    async def attempt() -> None:
        asked = [(number, f"cut-{number}" if number % 2 else None) for number in islice(numbers, 4)]
        answers = await asyncio.gather(*(file(*one) for one in asked))
        cut.disarm()
        for (number, key), answer in zip(asked, answers, strict=True):
            assert answer.status_code in {201, 503}, answer.text
            there = await stored(number)
            if answer.status_code == 201:
                assert there == [answer.json()["id"]]
            else:
                assert answer.headers["retry-after"]
                if key:
                    again = await file(number, key)
                    assert (again.status_code, [again.json()["id"]]) == (201, await stored(number)), again.text
                elif answer.json()["code"] == "unavailable":
                    assert there == []

    direct = running.database
    async with cut_off(running, servers) as cut:
        coalescer = running.service.resources.filing
        running.service.resources.filing = FilingCoalescer(
            running.service.database, running.service.clock, coalescer.examiner,
            coalescer.standings, at_once=8, batches=1, limits=running.service.resources.limits,
            write_answer=answers.filed,
        )  # fmt: skip
        assert await at_every_message(cut, lambda: file(next(numbers), None), attempt) > 4


async def _work(review: Running, count: int) -> list[dict[str, Any]]:
    """So many claimed tasks."""
    await submit(review, a_submitted_report(*(f"l-{next(_listings)}" for _ in range(count))))
    claimed: list[dict[str, Any]] = []
    while len(claimed) < count:
        body = {"reviewer": "r-1", "max": min(50, count - len(claimed)), "lease_seconds": 3600, "wait_seconds": 5}
        answer = await review.as_("vendor").post("/v1/tasks/claim", json=body)
        assert answer.status_code == 200, answer.text
        claimed += answer.json()["tasks"]
    return claimed


_listings = iter(range(100_000))


async def test_a_judgement_is_answered_with_what_is_stored(start_service: StartService, servers: Servers) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    tasks = iter(await _work(review, 250))

    async def judge(task: dict[str, Any], key: str | None) -> httpx.Response:
        body = {"lease_token": task["lease"]["token"], "seconds_spent": 1, **ACCEPT}
        headers = {"Idempotency-Key": key} if key else {}
        return await vendor.post(f"/v1/tasks/{task['id']}/judge", json=body, headers=headers)

    async def stored(task: dict[str, Any]) -> list[str]:
        async with direct.pool.acquire() as connection:
            rows = await connection.fetch("SELECT id FROM judgements WHERE task_id = $1", task["id"])
        return [row["id"] for row in rows]

    async def attempt() -> None:
        asked = [(task, f"cut-{task['id']}" if n % 2 else None) for n, task in enumerate(islice(tasks, 3))]
        answers = await asyncio.gather(*(judge(*one) for one in asked))
        cut.disarm()
        for (task, key), answer in zip(asked, answers, strict=True):
            assert answer.status_code in {200, 503}, answer.text
            there = await stored(task)
            if answer.status_code == 200:
                assert there == [answer.json()["judgement"]["id"]]
            elif key:
                again = await judge(task, key)
                assert (again.status_code, [again.json()["judgement"]["id"]]) == (200, await stored(task))
            elif answer.json()["code"] == "unavailable":
                assert there == []

    direct = review.database
    async with cut_off(review, servers) as cut:
        one_at_a_time = replace(review.service, settings=_one_at_a_time(review))
        review.service.resources.coalescer = WorkCoalescer(one_at_a_time, review.service.resources.evidence_links)
        assert await at_every_message(cut, lambda: judge(next(tasks), None), attempt) > 10


async def test_a_claim_is_answered_with_leases_that_hold(start_service: StartService, servers: Servers) -> None:
    review = await start_service("review")
    vendor = review.as_("vendor")
    await submit(review, a_submitted_report(*(f"l-{next(_listings)}" for _ in range(400))))

    async def claim(key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"reviewer": "r-1", "max": 1, "lease_seconds": 3600}
        return await vendor.post("/v1/tasks/claim", json=body, headers=headers)

    async def attempt() -> None:
        keys = [f"cut-{next(_listings)}" if n % 2 else None for n in range(3)]
        answers = list(await asyncio.gather(*map(claim, keys)))
        cut.disarm()
        for key, answer in zip(keys, answers, strict=True):
            assert answer.status_code in {200, 503}, answer.text
            if answer.status_code == 503 and key:
                answer = await claim(key)  # noqa: PLW2901 - the same request again
                assert answer.status_code == 200
            if answer.status_code == 200:
                [task] = answer.json()["tasks"]
                body = {"lease_token": task["lease"]["token"], "lease_seconds": 3600}
                held = await vendor.post(f"/v1/tasks/{task['id']}/renew", json=body)
                assert held.status_code == 200, held.text

    async with cut_off(review, servers) as cut:
        one_at_a_time = replace(review.service, settings=_one_at_a_time(review))
        review.service.resources.coalescer = WorkCoalescer(one_at_a_time, review.service.resources.evidence_links)
        assert await at_every_message(cut, claim, attempt) > 10


def _one_at_a_time(review: Running) -> Any:
    return review.service.settings.model_copy(update={"batches_at_once": 1})


async def test_any_other_request_is_stored_once_under_its_key(start_service: StartService, servers: Servers) -> None:
    running = await start_service("intake")
    brand = running.as_("brand")

    async def put(title: str, key: str | None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await brand.post("/v1/rights", json={**TRADEMARK, "title": title}, headers=headers)

    async def stored(title: str) -> list[str]:
        async with direct.pool.acquire() as connection:
            return [row["id"] for row in await connection.fetch("SELECT id FROM rights WHERE title = $1", title)]

    async def attempt() -> None:
        for kind in ("keyed", "plain"):
            title = f"ACME {kind} {next(_listings)}"
            key = title.replace(" ", "-") if kind == "keyed" else None
            answer = await put(title, key)
            assert answer.status_code in {201, 503}, answer.text
            there = await stored(title)
            if answer.status_code == 201:
                assert there == [answer.json()["id"]]
            elif key:
                again = await put(title, key)
                assert (again.status_code, [again.json()["id"]]) == (201, await stored(title))
            elif answer.json()["code"] == "unavailable":
                assert there == []

    direct = running.database
    async with cut_off(running, servers) as cut:
        assert await at_every_message(cut, lambda: put("ACME warm", None), attempt) > 10


@pytest.mark.parametrize("pid", [None, 1])
async def test_a_transaction_is_seen_once_its_process_has_ended(start_service: StartService, pid: int | None) -> None:
    from shared.runtime.errors import OutcomeUnknown

    database = (await start_service("intake")).database
    asked = Query("sum", "SELECT :n::int + 1", int)
    assert await database.look_after(OutcomeUnknown(pid), asked, n=1) == [2]
