"""What was answered was committed, once, with its events."""

import asyncio

import asyncpg
from prometheus_client import REGISTRY

from shared.contracts.events import EscalationOpened
from shared.runtime.retrying import until_through
from tests.running import Running
from tests.services.runtime_http.test_bad_input import stored

KEY = {"Idempotency-Key": "one-and-the-same"}


async def test_a_failing_commit_is_not_answered_as_a_success(running: Running) -> None:
    answer = await running.as_("brand").post("/v1/notes", json={"name": "bomb"})
    assert answer.status_code == 500
    assert await stored(running) == 0
    assert await running.recorded(EscalationOpened) == []


async def test_the_event_is_there_when_the_answer_is(running: Running) -> None:
    answer = await running.as_("brand").post("/v1/notes", json={"name": "kept"})
    assert answer.status_code == 201
    assert [event.escalation_id for event in await running.recorded(EscalationOpened)] == [answer.json()["id"]]


async def test_the_same_key_and_body_answer_the_first_response_again(running: Running) -> None:
    brand = running.as_("brand")
    first = await brand.post("/v1/notes", json={"name": "once"}, headers=KEY)
    second = await brand.post("/v1/notes", json={"name": "once"}, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert await stored(running) == 1
    assert len(await running.recorded(EscalationOpened)) == 1


async def test_the_same_key_with_another_body_is_refused(running: Running) -> None:
    brand = running.as_("brand")
    await brand.post("/v1/notes", json={"name": "once"}, headers=KEY)
    second = await brand.post("/v1/notes", json={"name": "twice"}, headers=KEY)
    assert (second.status_code, second.json()["code"]) == (422, "idempotency_key_reused")
    assert await stored(running) == 1


async def test_another_clients_key_is_another_key(running: Running) -> None:
    for which in ("one", "two"):
        answer = await running.as_("brand", which).post("/v1/notes", json={"name": "mine"}, headers=KEY)
        assert answer.status_code == 201
        assert "Idempotency-Replayed" not in answer.headers
    assert await stored(running) == 2


async def test_a_refusal_is_not_kept_under_the_key(running: Running) -> None:
    brand = running.as_("brand")
    assert (await brand.post("/v1/notes", json={"name": ""}, headers=KEY)).status_code == 422
    assert (await brand.post("/v1/notes", json={"name": "mended"}, headers=KEY)).status_code == 201


async def test_a_key_that_is_not_printable_is_refused(running: Running) -> None:
    answer = await running.as_("brand").post("/v1/notes", json={"name": "a"}, headers={"Idempotency-Key": "x" * 256})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")


async def test_while_the_first_request_runs_the_second_is_told_so(running: Running) -> None:
    """The first is held by a lock on the table that it writes to, and let go once the second was answered."""
    brand = running.as_("brand")
    holder = await asyncpg.connect(running.database.url)
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
    first = asyncio.create_task(brand.post("/v1/notes", json={"name": "slow"}, headers=KEY))

    async def waits() -> bool:
        async with running.database.pool.acquire() as connection:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    await running.eventually(waits)
    second = await brand.post("/v1/notes", json={"name": "slow"}, headers=KEY)
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_use")
    await transaction.rollback()
    await holder.close()
    assert (await first).status_code == 201
    assert await stored(running) == 1


async def test_ten_at_once_under_one_key_have_one_effect(running: Running) -> None:
    brand = running.as_("brand")
    answers = await asyncio.gather(*(brand.post("/v1/notes", json={"name": "ten"}, headers=KEY) for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await stored(running) == 1


async def test_a_stale_version_does_not_overwrite(running: Running) -> None:
    brand = running.as_("brand")
    note = (await brand.post("/v1/notes", json={"name": "first"})).json()["id"]
    renamed = await brand.patch(f"/v1/notes/{note}", json={"name": "second"}, headers={"If-Match": '"1"'})
    assert (renamed.status_code, renamed.headers["ETag"]) == (200, '"2"')
    stale = await brand.patch(f"/v1/notes/{note}", json={"name": "third"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")


async def test_the_trace_of_a_request_goes_on_in_its_events(running: Running) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    await running.as_("brand").post(
        "/v1/notes", json={"name": "traced"}, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    )
    async with running.database.pool.acquire() as connection:
        payload = await connection.fetchval("SELECT payload FROM outbox")
    assert trace in str(payload)


async def test_what_the_database_aborts_is_done_again_and_has_its_effect_once(running: Running) -> None:
    for name in ("left", "right"):
        assert (await running.as_("brand").post("/v1/notes", json={"name": name})).status_code == 201
    both_have_one = asyncio.Barrier(2)
    tries: list[str] = []

    async def rename(first: str, second: str) -> None:
        async with running.database.direct() as connection:
            tries.append(first)
            await connection.execute("UPDATE notes SET version = version + 1 WHERE name = $1", first)
            if len(tries) <= 2:
                await both_have_one.wait()
            await connection.execute("UPDATE notes SET version = version + 1 WHERE name = $1", second)

    again = _sample("marque_transactions_tried_again_total")
    await asyncio.gather(
        until_through(lambda: rename("left", "right"), boundary="request"),
        until_through(lambda: rename("right", "left"), boundary="request"),
    )
    assert len(tries) == 3
    assert _sample("marque_transactions_tried_again_total") == again + 1
    async with running.database.pool.acquire() as connection:
        assert [row["version"] for row in await connection.fetch("SELECT version FROM notes")] == [3, 3]


def _sample(name: str) -> float:
    return REGISTRY.get_sample_value(name, {"boundary": "request"}) or 0.0
