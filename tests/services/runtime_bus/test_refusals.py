"""What is refused of a tool's events is a dead letter, and told to the tool that published it, once."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import nats
import orjson
import pytest
from nats.aio.client import Client
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.envelope import Envelope
from shared.contracts.event import registry
from shared.contracts.events import EventRefused, ListingRemoved, ListingUpserted
from shared.runtime.reading_events import identify, read
from shared.runtime.stream import Broker
from shared.runtime.subscribers import Received, Subscribers
from tests.running import eventually
from tests.services.runtime_bus.conftest import Bus

NAME = "marque.listing.upserted.v1"
SUBJECT = "marque.tool.prices.listing.upserted.v1"
UUID = "0193a6c2-6b1c-7d1e-9f0a-1b2c3d4e5f60"
LISTING = {"marketplace": "market", "listing_id": "9", "listed_at": "2026-11-26T10:00:00Z", "version": 1}


def sent(**changes: Any) -> bytes:
    document = {
        "specversion": "1.0", "id": str(uuid4()), "source": "https://prices.example", "type": NAME,
        "time": "2026-11-26T10:00:00Z", "subject": "market/9", "data": LISTING, **changes,
    }  # fmt: skip
    return orjson.dumps(document)


@pytest.fixture
async def tool(bus: Bus) -> AsyncIterator[Client]:
    async with Broker(bus.settings, name="stranger") as broker:
        await broker.client()
        await broker.ensure_stream()
    client = await nats.connect(bus.nats.url)
    yield client
    await client.close()


async def refusals(bus: Bus, least: int = 1) -> list[EventRefused]:
    async with bus.hearer.pool.acquire() as connection:
        rows = await connection.fetch("SELECT type, payload FROM outbox ORDER BY event_id")
    assert len(rows) >= least
    assert {row["type"] for row in rows} <= {"marque.tool.prices.event.refused.v1"}
    return [EventRefused.model_validate(orjson.loads(row["payload"])["data"]) for row in rows]


async def dead(bus: Bus) -> list[tuple[str, str]]:
    async with bus.hearer.pool.acquire() as connection:
        rows = await connection.fetch("SELECT original_id, type FROM dead_letters ORDER BY number")
    return [(row["original_id"], row["type"]) for row in rows]


def hearing(bus: Bus, heard: list[str], *, answers: bool = True) -> Any:
    subscribers = Subscribers(answers_for=frozenset({ListingRemoved, ListingUpserted} if answers else ()))

    @subscribers.on(ListingUpserted)
    async def hear(_: AsyncSession, event: ListingUpserted, received: Received) -> None:
        if event.title == "poison":
            raise RuntimeError("it does not go down")
        heard.append(str(received.envelope.id))

    return bus.hearing(subscribers=subscribers)


WRONG: dict[str, tuple[bytes, str]] = {
    "an unknown type": (sent(id="1", type="marque.listing.imagined.v1"), "no event has the type"),
    "2 MB": (sent(id="2", data={**LISTING, "description": "x" * 2_000_000}), "a tool's event may have 1,000,000"),
    "the type of another subject": (sent(id="3", type="marque.decision.made.v1"), "published under marque.listing"),
    "a service's source": (sent(id="4", source="/marque/review"), "sources"),
    "a field that is wrong": (sent(id="5", data={**LISTING, "listed_at": "yesterday"}), "listed_at"),
    "what no handler can take": (sent(id="6", data={**LISTING, "title": "poison"}), "it does not go down"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_is_wrong_with_it_is_told_to_its_publisher_once(bus: Bus, tool: Client, case: str) -> None:
    payload, says = WRONG[case]
    says = "begin with /marque/" if says == "sources" else says
    heard: list[str] = []
    async with hearing(bus, heard):
        for _ in range(3):
            await tool.jetstream().publish(SUBJECT, payload)
        await tool.jetstream().publish(SUBJECT, sent(id="good"))
        (refused,) = await eventually(lambda: refusals(bus))
        await eventually(lambda: _is(len(heard), 1))
    original = orjson.loads(payload)["id"]
    assert says in refused.reason
    assert (refused.tool, refused.refused_by, refused.refused_type) == ("prices", "hearer", NAME)
    assert (refused.refused_id, refused.version) == (original, 1)
    assert await dead(bus) == [(original, SUBJECT)]
    assert len(await refusals(bus)) == 1


async def test_an_event_with_a_uuid_as_id_has_its_effect_under_an_id_of_the_platforms(bus: Bus, tool: Client) -> None:
    heard: list[str] = []
    async with hearing(bus, heard):
        for _ in range(2):
            await tool.jetstream().publish(SUBJECT, sent(id=UUID))
        await tool.jetstream().publish(SUBJECT, sent(id=UUID, source="https://other.example"))
        await eventually(lambda: _is(len(heard), 2))
    known = identify({"id": UUID, "source": "https://prices.example"})
    assert known is not None
    assert known.event_id in heard
    assert await dead(bus) == []


async def test_a_tool_that_writes_the_id_of_a_services_event_cannot_stand_in_its_way(bus: Bus, tool: Client) -> None:
    theirs = "evt_01h455vb4pex5vsknk084sn02q"
    heard: list[str] = []
    async with hearing(bus, heard):
        await tool.jetstream().publish(SUBJECT, sent(id=theirs, source="/marque/screening"))
        (refused,) = await eventually(lambda: refusals(bus))
        await tool.jetstream().publish(NAME, sent(id=theirs, source="/marque/screening"))
        await eventually(lambda: _is(heard, [theirs]))
    assert refused.dead_letter_id != theirs


async def test_only_the_service_that_answers_for_an_event_tells(bus: Bus, tool: Client) -> None:
    heard: list[str] = []
    async with hearing(bus, heard, answers=False):
        await tool.jetstream().publish(SUBJECT, sent(type="marque.listing.imagined.v1"))
        await tool.jetstream().publish(NAME, sent(type="marque.listing.imagined.v1"))
        await tool.jetstream().publish(SUBJECT, sent())
        await eventually(lambda: _is(len(heard), 1))
    assert await refusals(bus, least=0) == []
    assert len(await dead(bus)) == 2


def test_a_refusal_is_read_by_the_services_and_stands_under_the_tools_subject() -> None:
    event = EventRefused.model_validate(
        {"version": 1, "tool": "prices", "refused_by": "screening", "refused_type": NAME, "refused_id": "1",
         "dead_letter_id": "evt_1", "reason": "no", "refused_at": "2026-11-26T10:00:00Z"}
    )  # fmt: skip
    assert event.address == "marque.tool.prices.event.refused.v1"
    document = {
        "specversion": "1.0", "id": "evt_01h455vb4pex5vsknk084sn02q", "source": "/marque/screening",
        "type": event.name, "time": "2026-11-26T10:00:00Z", "subject": "1", "data": event.model_dump(mode="json"),
    }  # fmt: skip
    envelope, _ = read(orjson.dumps(document), event.address)
    assert isinstance(envelope, Envelope)
    assert envelope.data == event


def test_each_outside_event_has_one_service_that_answers_for_it() -> None:
    from services.intake.subscribers import subscribers as intake
    from services.notify.subscribers import subscribers as notify
    from services.review.subscribers import subscribers as review
    from services.screening.subscribers import subscribers as screening

    outside = {event for event in registry.values() if "catalogue" in event.producers}
    assert screening.answers_for | review.answers_for == outside
    assert not screening.answers_for & review.answers_for
    assert not intake.answers_for | notify.answers_for
    assert EventRefused.producers == ("review", "screening")


async def _is(value: object, expected: object) -> bool:
    return value == expected
