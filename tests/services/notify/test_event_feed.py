"""What a reader is promised of the feed: everything, once, in one order, and nothing of anybody else."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import uvicorn

from services.notify.feed import feed
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.events import ListingUpserted
from shared.contracts.ids import EventId
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from tests.services.notify.test_webhooks import FAST, make
from tests.services.notify.things import completed, decision, receiving

SSE = {"Accept": "text/event-stream"}


def enveloped(event: Event) -> Envelope:
    return Envelope(
        id=new_id(EventId), source="/marque/elsewhere", type=event.name, time=SystemClock().now(),
        subject=event.subject_id, marqueaccount=event.owner, data=event,
    )  # fmt: skip


async def ids_of(client: Any, **params: Any) -> list[str]:
    """Every id of a feed, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {**params, **({"cursor": cursor} if cursor else {})}
        answer = await client.get("/v1/events", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [event["id"] for event in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@asynccontextmanager
async def serving(running: Any) -> AsyncIterator[str]:
    """The same app behind a real HTTP server, for answers that do not end."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(running.app, lifespan="off", log_level="warning"))
        task = asyncio.create_task(server._serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            running.service.resources.streams.stop()
            server.should_exit = True
            await task


@asynccontextmanager
async def streaming(running: Any, base: str, *, kind: str = "brand", **options: Any) -> AsyncIterator[Any]:
    headers = {**SSE, **running.callers.header(running.caller(kind), "notify"), **options.pop("headers", {})}
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{base}/v1/events", headers=headers, timeout=aiohttp.ClientTimeout(total=60), **options) as answer,
    ):
        assert answer.status == 200, await answer.text()
        yield answer


async def message(answer: Any) -> dict[str, str]:
    """The next event of a stream; comments are passed over."""
    fields: dict[str, str] = {}
    async for raw in answer.content:
        line = raw.decode().rstrip("\n")
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and "data" in fields:
            return fields
    raise EOFError


async def test_the_feed_gives_the_accounts_events_oldest_first_in_pages(start_notify: Any) -> None:
    running = await start_notify()
    account = running.caller("brand").account_id
    sent = [(await running.publish(completed(account))).id for _ in range(5)]

    async def all_there() -> bool:
        return await ids_of(running.as_("brand"), limit=2) == sent

    await running.eventually(all_there)
    event = (await running.as_("brand").get("/v1/events", params={"limit": 1})).json()["data"][0]
    assert event["specversion"] == "1.0"
    assert event["marqueaccount"] == account
    assert await ids_of(running.as_("brand"), after=sent[2]) == sent[3:]
    assert await ids_of(running.as_("brand"), after="latest") == []


async def test_an_account_sees_its_own_events_and_the_operator_all(start_notify: Any) -> None:
    running = await start_notify()
    mine = (await running.publish(completed(running.caller("brand").account_id))).id
    theirs = (await running.publish(completed(running.caller("brand", "two").account_id))).id

    async def everything() -> bool:
        return await ids_of(running.as_("marketplace")) == [mine, theirs]

    await running.eventually(everything)
    assert await ids_of(running.as_("brand")) == [mine]
    assert await ids_of(running.as_("brand", "two")) == [theirs]
    assert await ids_of(running.as_("regulator")) == []
    answer = await running.as_("brand").get("/v1/events", params={"after": theirs})
    assert (answer.status_code, answer.json()["code"]) == (422, "event_position_unknown")


async def test_types_filter_the_feed(start_notify: Any) -> None:
    running = await start_notify()
    account = running.caller("brand").account_id
    report = (await running.publish(completed(account))).id
    made = (await running.publish(decision(account))).id

    async def both() -> bool:
        return await ids_of(running.as_("brand")) == [report, made]

    await running.eventually(both)
    brand = running.as_("brand")
    assert await ids_of(brand, types="decision.*") == [made]
    assert await ids_of(brand, types="report.completed") == [report]
    assert await ids_of(brand, types="report.completed,marque.decision.made.v1") == [report, made]


async def test_an_event_is_in_the_feed_once_however_often_it_comes(start_notify: Any) -> None:
    running = await start_notify()
    envelope = enveloped(completed(running.caller("brand").account_id))
    for _ in range(3):
        await running.publish_raw(envelope.type, envelope.model_dump_json().encode(), f"{new_id(EventId)}")
    last = (await running.publish(completed(running.caller("brand").account_id))).id

    async def told() -> bool:
        return await ids_of(running.as_("brand")) == [envelope.id, last]

    await running.eventually(told)


async def test_a_reader_never_passes_over_an_event_whose_transaction_is_still_open(start_notify: Any) -> None:
    running = await start_notify()
    account = running.caller("brand").account_id
    first = enveloped(completed(account))
    now = SystemClock().now()
    async with running.database.transaction() as session:
        await feed.keep_events(session, [feed.Kept(first, first.model_dump_json())], now)
        second = (await running.publish(completed(account))).id

        async def second_waits() -> bool:
            async with running.database.pool.acquire() as connection:
                return bool(
                    await connection.fetchval(
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                    )
                )

        await running.eventually(second_waits)
        assert await ids_of(running.as_("brand")) == []

    async def in_order() -> bool:
        return await ids_of(running.as_("brand")) == [first.id, second]

    await running.eventually(in_order)


async def test_many_writers_at_once_never_show_a_later_event_first(start_notify: Any) -> None:
    running = await start_notify()
    account = running.caller("brand").account_id
    now = SystemClock().now()
    total = 60

    async def write(pause: float) -> None:
        async with running.database.transaction() as session:
            envelope = enveloped(completed(account))
            await feed.keep_events(session, [feed.Kept(envelope, envelope.model_dump_json())], now)
            await asyncio.sleep(pause)

    seen: list[str] = []
    reader = feed.Reader(account)

    async def read() -> None:
        position = 0
        while len(seen) < total:
            async with running.database.pool.acquire() as connection:
                page = await feed.read_feed(connection, reader, position, 7)
            seen.extend(event.event_id for event in page.events)
            position = page.position

    writing = [asyncio.create_task(write(index % 3 / 1000)) for index in range(total)]
    async with asyncio.timeout(60):
        await asyncio.gather(read(), *writing)
    assert len(set(seen)) == total
    assert seen == await ids_of(running.as_("brand"))


async def test_a_stream_goes_on_with_what_comes(start_notify: Any) -> None:
    running = await start_notify(event_heartbeat_seconds="0.05")
    account = running.caller("brand").account_id
    first = await running.publish(completed(account))
    async with serving(running) as base, streaming(running, base) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        told = await message(answer)
        assert (told["id"], told["event"]) == (first.id, first.type)
        assert json.loads(told["data"])["data"]["report_id"] == first.subject
        second = await running.publish(completed(account))
        assert (await message(answer))["id"] == second.id
        async for line in answer.content:  # a heart-beat while nothing comes
            if line.startswith(b":"):
                break


async def test_a_stream_that_breaks_off_goes_on_without_a_gap_while_events_come(start_notify: Any) -> None:
    running = await start_notify()
    account = running.caller("brand").account_id
    sent: list[str] = []

    async def publish() -> None:
        for index in range(60):
            event = completed(running.caller("brand", "two").account_id if index % 4 == 3 else account)
            envelope = await running.publish(event)
            if envelope.marqueaccount == account:
                sent.append(envelope.id)

    got: list[str] = []
    async with serving(running) as base:
        publishing = asyncio.create_task(publish())
        async with asyncio.timeout(60):
            while len(got) < 45:
                resume = {"Last-Event-ID": got[-1]} if got else {}
                async with streaming(running, base, headers=resume) as answer:
                    got.extend([(await message(answer))["id"] for _ in range(min(7, 45 - len(got)))])
        await publishing
    assert got == sent


async def test_streams_are_counted_and_give_their_place_back(start_notify: Any) -> None:
    running = await start_notify(event_streams_per_account="1")
    async with serving(running) as base:
        async with streaming(running, base), aiohttp.ClientSession() as client:
            headers = {**SSE, **running.callers.header(running.caller("brand"), "notify")}
            async with client.get(f"{base}/v1/events", headers=headers) as answer:
                assert answer.status == 429
                assert (await answer.json(content_type=None))["code"] == "too_many_streams"
            async with streaming(running, base, kind="vendor"):
                pass

        async def place() -> bool:
            async with aiohttp.ClientSession() as client, client.get(f"{base}/v1/events", headers=headers) as answer:
                return answer.status == 200

        await running.eventually(place)


async def test_a_stopping_service_ends_its_streams_and_itself(start_notify: Any) -> None:
    running = await start_notify()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uvicorn", "services.notify.app:app", "--port", str(port), "--log-level", "warning",
        env=dict(os.environ), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:

        async def up() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        await running.eventually(up)
        async with streaming(running, f"http://127.0.0.1:{port}") as answer:
            await answer.content.readline()
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                await answer.content.read()
                assert await process.wait() in {0, -signal.SIGTERM}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"cursor": "AAAAAAAAAAAAAAAAAAAAAAAA"}, "cursor_invalid"),
        ({"limit": "0"}, "validation_failed"),
        ({"limit": "many"}, "validation_failed"),
        ({"after": "evt_nonsense"}, "validation_failed"),
        ({"after": "evt_01h455vb4pex5vsknk084sn02q"}, "event_position_unknown"),
        ({"types": "nonsense.*"}, "event_type_unknown"),
        ({"types": "report.complete%"}, "event_type_unknown"),
        ({"types": "report.completed\0"}, "validation_failed"),
    ],
)
async def test_a_question_that_makes_no_sense_is_told_why(start_notify: Any, params: Any, code: str) -> None:
    running = await start_notify()
    answer = await running.as_("brand").get("/v1/events", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_feed_needs_its_scope(start_notify: Any) -> None:
    running = await start_notify()
    answer = await running.as_("brand", scopes=frozenset({"reports:read"})).get("/v1/events")
    assert (answer.status_code, answer.json()["required_scope"]) == (403, "events:read")
    assert (await running.anonymous.get("/v1/events")).status_code == 401


async def test_what_no_document_can_hold_is_told_without_it(start_notify: Any) -> None:
    """A character that PostgreSQL keeps in no document, and that others have written, loses no event and stops none."""
    running = await start_notify(**FAST)
    operator = running.as_("marketplace")
    async with receiving() as receiver:
        await make(operator, receiver.url, ["listing.upserted"])
        listing = {"marketplace": "shop.example", "listing_id": "9", "listed_at": SystemClock().now()}
        event = await running.publish(ListingUpserted(version=1, title="a\0b \\u0000", **listing))

        async def came() -> bool:
            return event.id in receiver.ids

        await running.eventually(came)
        (told,) = (await operator.get("/v1/events", params={"types": "listing.upserted"})).json()["data"]
        assert told["data"]["title"] == "a\ufffdb \\u0000"
        assert json.loads(receiver.received[0][1])["data"]["title"] == "a\ufffdb \\u0000"
