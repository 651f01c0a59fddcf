"""Truth 5: every event in an outbox has its effect in every subscriber, exactly once."""

import asyncio
from datetime import timedelta

import asyncpg

from cli.check.events import Effect, effects, on_its_way
from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import together

_TOLD = """
SELECT event_id COLLATE "C" AS event_id, received_at FROM inbox i WHERE consumer = 'notify' AND NOT EXISTS (
    SELECT FROM dead_letters d WHERE d.event_id = i.event_id AND d.discard_reason IS NOT NULL
) ORDER BY 1
"""
_DEAD_JOBS = "SELECT id, kind, error FROM jobs WHERE died_at IS NOT NULL ORDER BY id"
_DEAD = """
SELECT event_id, original_id, source, type, error FROM dead_letters WHERE settled_at IS NULL ORDER BY number
"""
_SHOWN = 'SELECT event_id COLLATE "C" AS event_id FROM feed ORDER BY 1'
_RECORDED = "SELECT event_id, type LIKE 'marque.internal.%' AS internal FROM outbox ORDER BY event_id"
_REMEMBERED = timedelta(hours=20)
_FIRST = "SELECT min(received_at) FROM inbox WHERE consumer = 'notify'"

_HEAD = """
SELECT event_id, recorded_at, (SELECT count(*) FROM outbox WHERE stream_seq IS NULL) AS waiting
FROM outbox WHERE stream_seq IS NULL ORDER BY event_id LIMIT 1
"""
_HAS_LEFT = "SELECT stream_seq IS NOT NULL FROM outbox WHERE event_id = $1"
_PATIENCE_SECONDS = 5
_PAUSE = 0.5


async def every_event_has_its_effect_once(evidence: Evidence) -> Findings:
    """The inbox row is committed with the effect, so there is one for each event and each of its subscribers."""
    findings = Findings(5, "every event in an outbox has its effect in every subscriber exactly once")
    async for one in effects(evidence):
        findings.checked += 1
        name = f"{one.event['event_id']} ({one.event['type']})"
        if one.times > 1:
            findings.offend(name, f"had its effect in {one.reader} {one.times} times")
        elif one.dead is not None:
            continue  # told below, with those that came from outside
        elif one.missing and on_its_way(one, evidence) and (not evidence.asked.quiet or _at_any_time(one)):
            findings.in_flight += 1
        elif one.missing:
            how = "" if one.event["published"] else ", and was not published"
            findings.offend(name, f"recorded by {one.source}, had no effect in {one.reader}{how}")
    await _no_dead_letter_waits(evidence, findings)
    await _no_dead_job_waits(evidence, findings)
    await _the_feed_shows_what_came_in(evidence, findings)
    for name in evidence.platform.urls:
        await _the_outbox_moves(name, evidence, findings)
    return findings


def _at_any_time(one: Effect) -> bool:
    """Return whether services tell each other of this when a clock strikes, also where nobody does anything."""
    return str(one.event["type"]).startswith("marque.internal.")


async def _no_dead_letter_waits(evidence: Evidence, findings: Findings) -> None:
    """A lost effect is a broken promise until the event was tried again with success, or discarded with a reason."""
    for reader in (name for name, subjects in evidence.platform.hears.items() if subjects):
        async for row in evidence.read(reader, _DEAD):
            findings.checked += 1
            outside = row["original_id"] != row["event_id"]
            came = f", sent by {row['source']!r} as {row['original_id']!r}" if outside else ""
            why = next(iter(row["error"].splitlines()), "")[:200]
            findings.offend(f"{row['event_id']} ({row['type']})", f"is a dead letter of {reader}{came}: {why}")


async def _no_dead_job_waits(evidence: Evidence, findings: Findings) -> None:
    """Work that was promised and failed to the last is as lost as an event, until it is tried again or discarded."""
    for name in evidence.platform.urls:
        async for row in evidence.read(name, _DEAD_JOBS):
            findings.checked += 1
            why = next(iter((row["error"] or "").splitlines()), "")[:200]
            findings.offend(f"{row['id']} ({row['kind']})", f"is a dead job of {name}: {why}")


async def _the_outbox_moves(name: str, evidence: Evidence, findings: Findings) -> None:
    """An event that has waited for longer than the grace must leave now; where it does not, nothing does."""
    head = await evidence.connections[name].fetchrow(_HEAD)
    if head is None or evidence.taken_at - head["recorded_at"] < evidence.asked.grace:
        return
    if not await _leaves(evidence.platform.urls[name], head["event_id"]):
        since = head["recorded_at"].isoformat(timespec="seconds")
        wait = f"{head['waiting']} events wait for the stream, the oldest, {head['event_id']}, since {since}"
        findings.offend(f"the outbox of {name}", f"stands still: {wait}")


async def _leaves(url: str, event_id: str) -> bool:
    """Return whether an event leaves its outbox within some seconds; seen from outside of the snapshot."""
    connection = await asyncpg.connect(url)
    try:
        for _ in range(int(_PATIENCE_SECONDS / _PAUSE)):
            if await connection.fetchval(_HAS_LEFT, event_id):
                return True
            await asyncio.sleep(_PAUSE)
    finally:
        await connection.close()
    return False


async def _the_feed_shows_what_came_in(evidence: Evidence, findings: Findings) -> None:
    """Notify's effect is a row itself, so that here the effect can be looked at and not only its mark.

    What services tell each other alone is in no feed.
    """
    if await evidence.connections["notify"].fetchval(_FIRST) is None:
        return
    sides = {name: evidence.read(name, _RECORDED) for name in evidence.platform.urls}
    sides |= {"told": evidence.read("notify", _TOLD), "shown": evidence.read("notify", _SHOWN)}
    async for event_id, met in together("event_id", **sides):
        if "told" not in met or "shown" in met:
            continue
        recorded = [row for name, row in met.items() if name != "told"]
        # An outbox forgets, after a day at the earliest. Where none has the event, it came from the marketplace itself.
        known = recorded or evidence.taken_at - met["told"]["received_at"] < _REMEMBERED
        if known and not any(row["internal"] for row in recorded):
            findings.offend(event_id, "came in at notify, and is not in the feed")
