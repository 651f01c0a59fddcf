"""What comes from outside may be anything: it is taken in or kept as a dead letter, and holds nobody up."""

import base64
import logging
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.events import EscalationWarned
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Received, Subscribers
from tests.running import eventually
from tests.services.runtime_bus.conftest import Bus, count_effect, warned

SUBJECT = "marque.escalation.warned.v1"
UUID_OF_CATALOGUE = "0193a6c2-6b1c-7d1e-9f0a-1b2c3d4e5f60"


def sent(number: int, **changes: Any) -> bytes:
    """An event as another system would write it."""
    document = {
        "specversion": "1.0", "id": str(uuid4()), "source": "https://catalogue.example/feed", "type": SUBJECT,
        "time": "2026-11-26T10:00:00Z", "datacontenttype": "application/json", "subject": "rep_1",
        "data": warned(number).model_dump(mode="json"), **changes,
    }  # fmt: skip
    return orjson.dumps({name: value for name, value in document.items() if value is not None})


async def publish(bus: Bus, *payloads: bytes, subject: str = SUBJECT) -> None:
    async with Broker(bus.settings, name="stranger") as broker:
        await broker.client()
        await broker.ensure_stream()
        jetstream = await broker.jetstream()
        for payload in payloads:
            await jetstream.publish(subject, payload)


async def letters(bus: Bus, least: int = 0) -> list[dict[str, Any]] | None:
    async with bus.hearer.pool.acquire() as connection:
        rows = [dict(row) for row in await connection.fetch("SELECT * FROM dead_letters ORDER BY number")]
    return rows if len(rows) >= least else None


async def has(bus: Bus, *numbers: int) -> bool:
    return await bus.effects() == list(numbers)


UNREADABLE: dict[str, bytes] = {
    "no JSON": b"not json",
    "no UTF-8": b'{"id": "\xff"}',
    "raw NUL": b"\x00\x01",
    "empty": b"",
    "no object": b"[1]",
    "nested 10,000 deep": b"[" * 10_000,
    "nested 400 deep where nobody looks": sent(0)[:-1] + b',"more":' + b"[" * 400 + b"]" * 400 + b"}",
    "no CloudEvent": b"{}",
    "another specification": sent(0, specversion="0.3"),
    "unknown type": sent(0, type="marque.escalation.imagined.v1"),
    "type that is no text": sent(0, type=["a"]),
    "type of another subject": sent(0, type="marque.report.submitted.v1"),
    "no id": sent(0, id=None),
    "empty id": sent(0, id=""),
    "NUL in the id": sent(0, id="a\0b"),
    "an id of 2,000 characters": sent(0, id="a" * 2000),
    "no source": sent(0, source=None),
    "no data": sent(0, data=None),
    "data of another schema": sent(0, data={"version": "one"}),
    "data that is no object": sent(0, data=7),
    "a megabyte": sent(0, data={"version": "x" * 1_000_000}),
}


async def test_what_cannot_be_read_is_kept_whole_once_and_holds_nobody_up(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    async with bus.hearing():
        await publish(bus, *UNREADABLE.values(), *UNREADABLE.values(), sent(1))
        await eventually(lambda: has(bus, 1))
        found = await eventually(lambda: letters(bus, len(UNREADABLE)))
    assert len(found) == len(UNREADABLE)
    kept = {payload_of(letter) for letter in found}
    assert kept == set(UNREADABLE.values())
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    for letter in found:
        assert letter["event_id"].startswith("evt_")
        assert any(letter["event_id"] in line and letter["error"][:100] in line for line in warnings)


def payload_of(letter: dict[str, Any]) -> bytes:
    raw: str = letter["payload"]
    return base64.b64decode(raw) if letter["encoding"] == "base64" else raw.encode()


async def test_any_id_that_cloudevents_allows_has_its_effect_once(bus: Bus) -> None:
    ids = [
        UUID_OF_CATALOGUE,
        "a/b/../c?d=e&f#g",
        "Ünïcode 🙂",
        "1",
        "x" * 1024,
        "%2F",
        "evt_01h455vb4pex5vsknk084sn02q",
    ]
    async with bus.hearing():
        for number, outside in enumerate(ids):
            await publish(bus, sent(number, id=outside), sent(number, id=outside))
        await publish(bus, sent(100, id="1", source="https://finance.example"))
        await eventually(lambda: has(bus, *range(len(ids)), 100))
        await publish(bus, *(sent(number, id=outside) for number, outside in enumerate(ids)), sent(101))
        await eventually(lambda: has(bus, *range(len(ids)), 100, 101))
    assert await letters(bus) == []


async def test_what_is_ours_keeps_its_id_and_what_says_so_does_not_take_it(bus: Bus) -> None:
    seen: list[tuple[str, bytes]] = []
    subscribers = Subscribers()

    @subscribers.on(EscalationWarned)
    async def note(session: AsyncSession, event: EscalationWarned, received: Received) -> None:
        seen.append((str(received.envelope.id), received.payload))
        await count_effect(session, event, received)

    own = "evt_01h455vb4pex5vsknk084sn02q"
    async with bus.hearing(subscribers=subscribers):
        await publish(bus, sent(1, id=own, source="/marque/escalation"), sent(2, id=own), sent(3, id="7"))
        await eventually(lambda: has(bus, 1, 2, 3))
    ids = [event_id for event_id, _ in seen]
    assert ids[0] == own
    assert len(set(ids)) == 3
    assert all(event_id.startswith("evt_") for event_id in ids)
    assert [orjson.loads(payload)["id"] for _, payload in seen] == ids
    assert [orjson.loads(payload).get("originalid") for _, payload in seen] == [None, own, "7"]


async def test_an_event_from_outside_that_keeps_failing_is_known_by_its_id_and_its_source(bus: Bus) -> None:
    subscribers = Subscribers()

    @subscribers.on(EscalationWarned)
    async def refuse(session: AsyncSession, event: EscalationWarned, received: Received) -> None:
        if event.percent == 7:
            raise ValueError("seven\0 is not for me")
        await count_effect(session, event, received)

    async with bus.hearing(subscribers=subscribers):
        for source in ("https://catalogue.example/feed", "https://finance.example"):
            await publish(bus, sent(7, id=UUID_OF_CATALOGUE, source=source))
        await publish(bus, sent(8))
        found = await eventually(lambda: letters(bus, 2))
        await eventually(lambda: has(bus, 8))
    assert [(letter["original_id"], letter["source"], letter["tries"]) for letter in found] == [
        (UUID_OF_CATALOGUE, "https://catalogue.example/feed", 3), (UUID_OF_CATALOGUE, "https://finance.example", 3),
    ]  # fmt: skip
    assert found[0]["error"] == "ValueError: seven\N{REPLACEMENT CHARACTER} is not for me"
