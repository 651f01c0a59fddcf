"""Every event side by side with those who should have taken it in; what is still on its way; when there is peace."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

from cli.check.evidence import Asked, Evidence, look
from cli.check.platform import Platform
from cli.check.reading import Along, Row, together
from shared.contracts.addresses import address_of

_OUTBOX = "SELECT event_id, type, stream_seq IS NOT NULL AS published, recorded_at FROM outbox ORDER BY event_id"
_INBOX = 'SELECT event_id COLLATE "C" AS event_id FROM inbox WHERE consumer = $1 ORDER BY event_id COLLATE "C"'
_DEAD = """
SELECT event_id COLLATE "C" AS event_id, error FROM dead_letters WHERE settled_at IS NULL
ORDER BY event_id COLLATE "C"
"""
_FAILING = 'SELECT event_id COLLATE "C" AS event_id FROM inbox_failures ORDER BY event_id COLLATE "C"'
_PAYLOADS = "SELECT payload FROM outbox WHERE event_id = ANY($1)"
_UNSETTLED = """
SELECT count(*) FROM deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
WHERE d.state = 'pending' AND e.enabled AND e.deleted_at IS NULL
"""
_LOT = 500
_PAUSE = 0.5


@dataclass(frozen=True)
class Effect:
    """One event and one service that subscribes to it."""

    event: Row
    source: str
    reader: str
    times: int
    dead: str | None
    failing: bool

    @property
    def missing(self) -> bool:
        return self.times == 0


async def effects(evidence: Evidence) -> AsyncIterator[Effect]:
    """Every event of every outbox with every service that subscribes to it, in one pass over all of them."""
    readers = {name: subjects for name, subjects in evidence.platform.hears.items() if subjects}
    inboxes = {name: Along(evidence.read(name, _INBOX, name), "event_id") for name in readers}
    dead = {name: Along(evidence.read(name, _DEAD), "event_id") for name in readers}
    failing = {name: Along(evidence.read(name, _FAILING), "event_id") for name in readers}
    outboxes = {name: evidence.read(name, _OUTBOX) for name in evidence.platform.urls}
    async for event_id, sources in together("event_id", **outboxes):
        for source, event in sources.items():
            for reader, subjects in readers.items():
                if address_of(event["type"]).name not in subjects:
                    continue
                letters = await dead[reader].at(event_id)
                yield Effect(
                    event,
                    source,
                    reader,
                    times=len(await inboxes[reader].at(event_id)),
                    dead=letters[0]["error"] if letters else None,
                    failing=bool(await failing[reader].at(event_id)),
                )


def on_its_way(one: Effect, evidence: Evidence) -> bool:
    """Return whether it is too early to miss this event: unpublished, tried again, or younger than the grace."""
    if not one.missing or one.dead is not None:
        return False
    young = evidence.taken_at - one.event["recorded_at"] < evidence.asked.grace
    return not one.event["published"] or one.failing or young


async def find_moving(evidence: Evidence) -> int:
    """Mark the things that events on their way speak of; how many events are on their way."""
    found = 0
    lots: dict[str, list[str]] = {}

    async def mark(source: str) -> None:
        payloads = await evidence.connections[source].fetch(_PAYLOADS, lots.pop(source))
        evidence.move(row["payload"] for row in payloads)

    async for one in effects(evidence):
        if not one.missing:
            continue
        found += on_its_way(one, evidence)
        lot = lots.setdefault(one.source, [])
        lot.append(one.event["event_id"])
        if len(lot) >= _LOT:
            await mark(one.source)
    for source in list(lots):
        await mark(source)
    return found


async def wait_until_quiet(platform: Platform, seconds: float, say: Callable[[str], None]) -> bool:
    """Wait until every event had its effect and every delivery is settled; whether that came about in time."""
    until = time.monotonic() + seconds
    patient = Asked(grace=timedelta(days=36500))
    while True:
        async with look(platform, patient) as evidence:
            events = 0
            async for one in effects(evidence):
                events += on_its_way(one, evidence)
            deliveries = await evidence.connections["notify"].fetchval(_UNSETTLED)
        if not events and not deliveries:
            return True
        if time.monotonic() > until:
            return False
        say(f"waiting for {events} events to have their effect and {deliveries} webhooks to be settled")
        await asyncio.sleep(min(_PAUSE, max(until - time.monotonic(), 0)))
