"""One caller takes its own share of the gateway, and nothing of the others'."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.shares import Allowance, Busy, Limits, Party, Places, TooManyAtOnce
from tests.services.gateway.conftest import RunningGateway, StartGateway
from tests.services.gateway.serving import answer_json, eventually, whole_body

MEBIBYTE = 1_048_576
CLAIM = {"reviewer": "kim", "wait_seconds": 25}
AGAIN = {"2", "3", "4", "5", "6"}
STREAM = {"Accept": "text/event-stream"}


class Hanging:
    """Answers claims that wait, streams, and what stands at `/v1/rights`, when it is let go; all else at once."""

    def __init__(self, gateway: RunningGateway) -> None:
        self.there = 0
        self.let_go = asyncio.Event()
        gateway.service.answer = self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await whole_body(receive)
        streams = (b"accept", b"text/event-stream") in scope["headers"]
        if scope["path"] == "/v1/rights" or streams or b"wait_seconds" in body:
            self.there += 1
            await self.let_go.wait()
            self.there -= 1
        await answer_json(send, {"bytes": len(body)})

    async def count(self, wanted: int) -> None:
        async def there() -> bool:
            return self.there == wanted

        await eventually(there)


@asynccontextmanager
async def under_way(*requests: Any) -> AsyncIterator[list["asyncio.Task[httpx.Response]"]]:
    """Requests that are not waited for."""
    tasks = [asyncio.create_task(request) for request in requests]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@asynccontextmanager
async def slow_bodies(gateway: RunningGateway, number: int, head: bytes) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Requests of which the body never comes to its end."""
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    connections = [await asyncio.open_connection(host, int(port)) for _ in range(number)]
    for _, writer in connections:
        writer.write(head + b"Host: x\r\nContent-Length: 1000\r\n\r\n{")
    yield [reader for reader, _ in connections]
    for _, writer in connections:
        writer.close()


def _post(key: str) -> bytes:
    return b"POST /v1/reports HTTP/1.1\r\nAuthorization: Bearer %b\r\n" % key.encode()


async def _no_more_in_use(gateway: RunningGateway) -> None:
    async def nothing() -> bool:
        allowances = gateway.application.parts.allowances
        used = (
            allowances._clients,
            allowances._addresses,
            allowances.waiting,
            gateway.application.parts.bodies.spilled,
        )
        return not any(each._total or each._clients or each._accounts for each in used)

    await eventually(nothing)


async def test_slow_bodies_take_no_place_of_a_service(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(upstream_connections=1, upstream_per_client=1, upstream_per_account=1)
    client = await gateway.client()
    async with slow_bodies(gateway, 40, _post(client["key"])):
        for answer in (
            await gateway.operator.get("/v1/reports"),
            await gateway.with_key(client["key"]).get("/v1/tasks"),
        ):
            assert answer.status_code == 200
        assert [got.method for got in gateway.service.got] == ["GET", "GET"]
    await _no_more_in_use(gateway)


async def test_of_the_slow_bodies_of_one_client_so_many_are_read(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(requests_per_client=4, requests_per_account=6)
    first, second = await _two_clients_of_one_account(gateway)
    async with slow_bodies(gateway, 5, _post(first)) as readers:
        done, _ = await asyncio.wait(
            [asyncio.create_task(reader.readuntil(b"\r\n\r\n")) for reader in readers],
            return_when=asyncio.FIRST_COMPLETED, timeout=20,
        )  # fmt: skip
        (head,) = [task.result() for task in done]
        assert head.startswith(b"HTTP/1.1 429 ")
        assert re.search(rb"retry-after: [2-6]\r\n", head)
        assert b'ratelimit-policy: "requests";q=4;qu="concurrent-requests"' in head
        async with slow_bodies(gateway, 2, _post(second)):

            async def refused_for_the_account() -> bool:
                answer = await gateway.with_key(second).post("/v1/reports", json={})
                return answer.status_code == 429 and "one account" in answer.json()["detail"]

            await eventually(refused_for_the_account)
            assert (await gateway.operator.get("/v1/reports")).status_code == 200
    await _no_more_in_use(gateway)


async def _two_clients_of_one_account(gateway: RunningGateway) -> tuple[str, str]:
    first = await gateway.client()
    second = await gateway.client(first["account_id"])
    return first["key"], second["key"]


@pytest.mark.parametrize("path", ["/v1/public/notices", "/oauth/token", "/livez"])
async def test_without_a_key_slow_bodies_are_bounded_by_their_address(start_gateway: StartGateway, path: str) -> None:
    gateway = await start_gateway(requests_per_address=3, upstream_connections=1)
    head = b"POST %b HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n" % path.encode()
    async with slow_bodies(gateway, 3, head):

        async def refused() -> bool:
            mine = {"X-Forwarded-For": "192.0.2.7"}
            return (await gateway.anonymous.post(path, content=b"x=1", headers=mine)).status_code == 429

        await eventually(refused)
        other = await gateway.anonymous.post(path, content=b"x=1", headers={"X-Forwarded-For": "192.0.2.8"})
        assert other.status_code != 429
        assert (await gateway.operator.get("/v1/reports")).status_code == 200


async def test_calls_that_wait_are_bounded_by_client_and_account_and_in_all(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(
        upstream_connections=1, upstream_per_client=1, waiting_per_client=2, waiting_per_account=3, waiting_total=5
    )
    hanging = Hanging(gateway)
    first, second = (gateway.with_key(key) for key in await _two_clients_of_one_account(gateway))
    third, fourth = [gateway.with_key((await gateway.client())["key"]) for _ in range(2)]

    def claim(client: httpx.AsyncClient) -> Any:
        return client.post("/v1/tasks/claim", json=CLAIM)

    def stream(client: httpx.AsyncClient) -> Any:
        return client.get("/v1/events", headers=STREAM)

    async with under_way(claim(first), stream(first), claim(second), claim(third), stream(third)):
        await hanging.count(5)
        refused = await claim(first)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
        assert refused.headers["retry-after"] in AGAIN
        assert refused.headers["ratelimit-policy"] == '"waiting";q=2;qu="concurrent-requests"'
        assert refused.headers["ratelimit"] == '"waiting";r=0'
        assert (await stream(first)).status_code == 429
        assert "one account" in (await claim(second)).json()["detail"]
        assert (await claim(fourth)).json()["code"] == "busy"
        # All the while nobody's other calls are touched: there is one place for them, and it is free.
        for client in (first, second, third, fourth, gateway.operator):
            assert (await client.post("/v1/tasks/claim", json={"reviewer": "kim"})).status_code == 200
            assert (await client.get("/v1/events")).status_code == 200
        hanging.let_go.set()
    await _no_more_in_use(gateway)


async def test_a_call_that_waits_is_told_what_is_left(gateway: RunningGateway) -> None:
    answer = await gateway.operator.post("/v1/tasks/claim", json=CLAIM)
    assert answer.headers["ratelimit-policy"] == '"client";q=1000;w=5, "waiting";q=100;qu="concurrent-requests"'
    assert answer.headers["ratelimit"].endswith(', "waiting";r=99')
    assert "waiting" not in (await gateway.operator.post("/v1/tasks/claim", json={})).headers["ratelimit"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"reviewer": "kim", "wait_seconds": 25}',
        b'{"reviewer": "kim", "wait_seconds": 0, "wait_seconds": 25}',
        b'{"reviewer": "kim", "wait\\u005fseconds": 25}',
        b'{"reviewer": "kim", "wait_seconds": "25"}',
        b'{"wait_seconds": 25, "x": NaN}',
        b'{"wait_seconds": 25' + b" " * 100_000 + b"}",
    ],
)
async def test_a_claim_cannot_hide_that_it_waits(start_gateway: StartGateway, body: bytes) -> None:
    gateway = await start_gateway(waiting_total=1)
    hanging = Hanging(gateway)
    async with under_way(gateway.operator.post("/v1/tasks/claim", json=CLAIM)):
        await hanging.count(1)
        answer = await gateway.operator.post("/v1/tasks/claim", content=body)
        assert answer.status_code == 503
        hanging.let_go.set()


async def test_a_client_waits_for_its_own_share_alone(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(upstream_per_client=2, upstream_connections=3, upstream_wait_seconds=0.2)
    hanging = Hanging(gateway)
    slow = gateway.with_key((await gateway.client())["key"])
    async with under_way(*(slow.get("/v1/rights") for _ in range(3))):
        await hanging.count(2)
        assert (await gateway.operator.get("/v1/reports")).status_code == 200
        refused = await slow.get("/v1/reports")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
        # Another service has places of its own.
        assert (await slow.get("/v1/tasks")).status_code == 200
        hanging.let_go.set()
    await _no_more_in_use(gateway)


async def test_places_go_to_clients_in_turn_and_are_never_lost() -> None:
    places = Places(Allowance("upstream", "Requests", Limits(2, 2, 2)), wait_seconds=20)
    ann, ben = Party("ann", "a"), Party("ben", "b")
    came: list[str] = []

    async def take(name: str, party: Party) -> None:
        await places.take(party)
        came.append(name)

    await places.take(ann)
    await places.take(ann)
    tasks = [asyncio.create_task(take(f"ann {n}", ann)) for n in range(3)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(take(f"ben {n}", ben)) for n in range(2)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    for _ in range(2):
        places.give_back(ann)
    await eventually_len(came, 2)
    assert came == ["ann 0", "ben 0"]
    places.give_back(ben)
    await eventually_len(came, 3)
    places.give_back(ann)
    await eventually_len(came, 4)
    assert came == ["ann 0", "ben 0", "ann 2", "ben 1"]
    places.give_back(ann)
    places.give_back(ben)
    assert places._waiting == {}
    assert places._used._total == 0
    await asyncio.wait(tasks)


async def test_a_place_given_back_just_as_who_waits_for_it_goes_reaches_the_next() -> None:
    places = Places(Allowance("upstream", "Requests", Limits(1, 1, 1)), wait_seconds=20)
    ann, ben = Party("ann", "a"), Party("ben", "b")
    await places.take(ann)
    gone = [asyncio.create_task(places.take(ann)) for _ in range(2)]
    await asyncio.sleep(0)
    waits = asyncio.create_task(places.take(ben))
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    places.give_back(ann)  # before those who have been cancelled come to run
    await waits
    assert [task.cancelled() for task in gone] == [True, True]
    places.give_back(ben)
    assert places._waiting == {}
    assert (places._used._clients, places._used._accounts, places._used._total) == ({}, {}, 0)


def test_those_who_are_refused_together_are_not_all_told_to_come_back_together() -> None:
    allowance = Allowance("waiting", "Claims wait", Limits(0, 0, 0))
    told = {allowance.refusal(Party("ann", "a")).headers["Retry-After"] for _ in range(500)}
    assert told == AGAIN


async def eventually_len(found: list[str], wanted: int) -> None:
    async def there() -> bool:
        return len(found) == wanted

    await eventually(there)


def test_a_refusal_says_whose_share_is_used_up() -> None:
    allowance = Allowance("spilled", "Bytes are held", Limits(10, 15, 20))
    allowance.take(Party("ann", "a"), 10)
    with pytest.raises(TooManyAtOnce, match="for one client, at most 10"):
        allowance.take(Party("ann", "a"), 1)
    with pytest.raises(TooManyAtOnce, match="for one account, at most 15"):
        allowance.take(Party("amy", "a"), 6)
    allowance.take(Party("ben", "b"), 10)
    with pytest.raises(Busy, match="for all callers together, at most 20"):
        allowance.take(Party("cat", "c"), 1)
    allowance.give_back(Party("ann", "a"), 10)
    allowance.take(Party("cat", "c"), 10)


async def _chunks(size: int, then: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    for start in range(0, size, 100_000):
        yield b"x" * min(100_000, size - start)
    if then is not None:
        await then.wait()


@pytest.mark.parametrize("path", ["/v1/evidence", "/v1/imports", "/v1/reports/parse"])
async def test_a_large_body_is_here_whole_before_its_service_is_asked(gateway: RunningGateway, path: str) -> None:
    more = asyncio.Event()
    async with under_way(gateway.operator.post(path, content=_chunks(3_000_000, more))) as (upload,):
        spilled = gateway.application.parts.bodies.spilled

        async def nearly_here() -> bool:
            return spilled._total >= 2_500_000

        await eventually(nearly_here)
        assert gateway.service.got == []
        more.set()
        assert (await upload).json()["bytes"] == 3_000_000
        assert gateway.service.last.header("content-length") == "3000000"
        assert gateway.service.last.header("transfer-encoding") is None
    await _no_more_in_use(gateway)


async def test_spilled_bytes_are_bounded_by_client_and_in_all(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(spilled_per_client=2 * MEBIBYTE, spilled_total=3 * MEBIBYTE)
    client, other = [gateway.with_key((await gateway.client())["key"]) for _ in range(2)]
    more = asyncio.Event()
    async with under_way(client.post("/v1/evidence", content=_chunks(2_000_000, more))) as (upload,):

        async def nearly_here() -> bool:
            return gateway.application.parts.bodies.spilled._total >= 1_800_000

        await eventually(nearly_here)
        for content in (_chunks(2_000_000), b"x" * 2_000_000):
            refused = await client.post("/v1/evidence", content=content)
            assert refused.status_code == 429
            assert refused.headers["retry-after"] in AGAIN
            assert refused.headers["ratelimit-policy"] == f'"spilled";q={2 * MEBIBYTE};qu="content-bytes"'
        busy = await other.post("/v1/evidence", content=_chunks(2_000_000))
        assert (busy.status_code, busy.json()["code"]) == (503, "busy")
        assert busy.headers["retry-after"] in AGAIN
        assert (await other.post("/v1/evidence", content=b"x" * 60_000)).status_code == 200  # held in memory
        more.set()
        assert (await upload).json()["bytes"] == 2_000_000
    assert (await other.post("/v1/evidence", content=_chunks(2_000_000))).status_code == 200
    await _no_more_in_use(gateway)


async def test_where_nothing_can_be_held_the_caller_is_told_to_come_back(
    start_gateway: StartGateway, tmp_path: Path
) -> None:
    gateway = await start_gateway(body_folder=tmp_path / "gone")
    answer = await gateway.operator.post("/v1/evidence", content=b"x" * 200_000)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
    assert answer.headers["retry-after"] == "5"
    await _no_more_in_use(gateway)


async def test_an_upload_that_is_given_up_leaves_nothing_behind(gateway: RunningGateway) -> None:
    never = asyncio.Event()
    async with under_way(gateway.operator.post("/v1/evidence", content=_chunks(1_000_000, never))):

        async def half_here() -> bool:
            return gateway.application.parts.bodies.spilled._total > 300_000

        await eventually(half_here)
    await _no_more_in_use(gateway)


async def test_a_body_has_to_come_at_a_rate_and_not_only_without_pauses(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(body_rate=1_000_000, body_grace_seconds=0.2, body_silence_seconds=30)

    for path in (b"/v1/evidence", b"/v1/accounts"):
        head = b"POST %b HTTP/1.1\r\nAuthorization: Bearer %b\r\n" % (path, gateway.admin["key"].encode())
        async with slow_bodies(gateway, 1, head) as (reader,):
            async with asyncio.timeout(20):
                answer = await reader.readuntil(b"}")
        assert answer.startswith(b"HTTP/1.1 408 ")
        problem = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert problem["code"] == "body_too_slow"
        assert "1000000 a second" in problem["detail"]
    assert (await gateway.operator.post("/v1/evidence", content=_chunks(2_000_000))).status_code == 200
    await _no_more_in_use(gateway)
