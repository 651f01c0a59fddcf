"""Dead letters: events that kept failing. They stay with their error until they are tried again or discarded."""

import base64
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from prometheus_client import Counter, Gauge
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.ids import EventId
from shared.runtime import inbox
from shared.runtime.reading_events import Identity
from shared.runtime.statements import Query, Statement

_log = logging.getLogger(__name__)
_total = Counter("marque_events_dead", "Events that became dead letters", ["type"])
_waiting = Gauge("marque_dead_letters", "Dead letters that wait for someone")
_discarded = Counter("marque_dead_letters_discarded", "Dead letters that were discarded")

DDL = """
CREATE TABLE dead_letters (
    event_id text COLLATE "C" PRIMARY KEY,
    consumer text NOT NULL,
    type text NOT NULL,
    payload text NOT NULL,
    error text NOT NULL,
    tries integer NOT NULL,
    died_at timestamptz NOT NULL,
    settled_at timestamptz
);
"""
"""As the first migration made it; `runtime_0002` added the rest."""

LONGEST_ERROR = 4000
SHOWN = 4096
"""Characters of a payload that a list shows."""


class StoredLetter(NamedTuple):
    """A dead letter as it is stored; `cut` where only the beginning of its payload was asked for."""

    number: int
    event_id: str
    original_id: str | None
    source: str | None
    type: str
    payload: str
    cut: bool
    encoding: str
    error: str
    tries: int
    died_at: datetime
    settled_at: datetime | None
    discard_reason: str | None


_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ADD = Query(
    "add_dead_letter",
    """
INSERT INTO dead_letters (event_id, original_id, source, consumer, type, payload, encoding, error, tries, died_at)
VALUES (:event_id, :original_id, :source, :consumer, :type, :payload, :encoding, :error, :tries, :died_at)
ON CONFLICT (event_id) DO UPDATE SET error = :error, tries = :tries, died_at = :died_at
RETURNING xmax = 0 AS is_new
""",
    bool,
)
_FIELDS = """
number, event_id, original_id, source, type, left(payload, :shown) AS payload, length(payload) > :shown AS cut,
encoding, error, tries, died_at, settled_at, discard_reason
"""
_LIST = Query(
    "list_dead_letters",
    f"""
SELECT {_FIELDS} FROM dead_letters WHERE settled_at IS NULL AND number < :before ORDER BY number DESC LIMIT :most
""",
    StoredLetter,
)
_FIND = Query(
    "find_dead_letters",
    f"""
SELECT {_FIELDS} FROM dead_letters WHERE event_id = :named OR original_id = :named
ORDER BY event_id = :named DESC, number LIMIT 11 FOR UPDATE
""",
    StoredLetter,
)
_SETTLE = Statement(
    "settle_dead_letter",
    """
UPDATE dead_letters SET settled_at = :now, discard_reason = :reason, discarded_by = :by WHERE event_id = :event_id
""",
)
_COUNT = Query("count_dead_letters", "SELECT count(*) FROM dead_letters WHERE settled_at IS NULL", int)
_WHOLE = 2**31 - 1


@dataclass(frozen=True)
class DeadLetter:
    """An event that this service could not take in, and why."""

    identity: Identity
    type: str
    payload: bytes
    error: str
    tries: int


async def add(session: AsyncSession, letter: DeadLetter, *, consumer: str, now: datetime) -> None:
    """Keep an event that failed for the last time, and say so in the log. It may come again."""
    payload, encoding = _stored(letter.payload)
    values = {
        "event_id": letter.identity.event_id,
        "original_id": letter.identity.original_id,
        "source": letter.identity.source,
        "consumer": consumer,
        "type": letter.type,
        "payload": payload,
        "encoding": encoding,
        "error": storable(letter.error),
        "tries": letter.tries,
        "died_at": now,
    }
    if await _ADD.one(session, **values):
        _total.labels(letter.type).inc()
    _log.warning(
        "event %s (%s, id %r of source %r) is a dead letter of %s after %d tries: %s",
        letter.identity.event_id, letter.type, letter.identity.original_id, letter.identity.source, consumer,
        letter.tries, next(iter(storable(letter.error).splitlines()), "")[:500],
    )  # fmt: skip


async def waiting(session: AsyncSession, *, before: int | None, most: int) -> list[StoredLetter]:
    """Dead letters that wait for someone, the newest first, with the beginning of their payload."""
    return await _LIST.all(session, before=before or 2**62, most=most, shown=SHOWN)


async def named(session: AsyncSession, event_id: str) -> list[StoredLetter]:
    """The dead letters that an id may mean, locked: by the platform's id one, by the id that it came with several."""
    rows = await _FIND.all(session, named=event_id, shown=_WHOLE)
    return rows[:1] if rows and rows[0].event_id == event_id else rows


def payload_of(row: StoredLetter) -> bytes:
    """The event as it came, byte for byte."""
    return base64.b64decode(row.payload) if row.encoding == "base64" else str(row.payload).encode()


async def settle(session: AsyncSession, event_id: str, *, now: datetime) -> None:
    """Note that the event had its effect after all."""
    await _SETTLE.run(session, event_id=event_id, now=now, reason=None, by=None)
    await measure(session)
    _log.info("the dead letter %s had its effect", event_id)


async def discard(session: AsyncSession, event_id: str, *, consumer: str, reason: str, by: str, now: datetime) -> None:
    """Give an event up for good: should it come again, it is passed over."""
    await inbox.take(session, consumer, [EventId(event_id)], now)
    await _SETTLE.run(session, event_id=event_id, now=now, reason=reason, by=by)
    _discarded.inc()
    await measure(session)
    _log.warning("the dead letter %s of %s was discarded by %s: %s", event_id, consumer, by, reason)


async def measure(session: AsyncSession) -> None:
    """Bring the gauge of waiting dead letters up to date."""
    _waiting.set(await _COUNT.one(session))


def storable(words: str) -> str:
    """Text as PostgreSQL can keep it: an error may quote what was wrong."""
    whole = words.encode("utf-8", "replace").decode()
    return whole.replace("\0", _REPLACEMENT)[:LONGEST_ERROR]


def _stored(payload: bytes) -> tuple[str, str]:
    try:
        found = payload.decode()
    except UnicodeDecodeError:
        found = "\0"
    return (found, "utf-8") if "\0" not in found else (base64.b64encode(payload).decode(), "base64")
