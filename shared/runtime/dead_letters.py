"""Dead letters: events that kept failing. They stay with their error until they are tried again or discarded."""

import base64
import logging
from collections.abc import Sequence
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
COUNTED = 100_000
_waiting = Gauge("marque_dead_letters", f"Dead letters that wait for someone; counted to {COUNTED:,}")
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


class WaitingLetter(NamedTuple):
    """A dead letter that waits, and its place among them."""

    number: int
    event_id: str


@dataclass(frozen=True)
class LetterFilter:
    """Which dead letters are meant: all of these conditions hold, those that are none hold of each.

    Attributes:
        error: stands somewhere in the error, in whatever case.
        died_before: when it became one; a later failure counts anew.
    """

    types: Sequence[str] | None = None
    source: str | None = None
    error: str | None = None
    died_before: datetime | None = None


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
_MATCHES = """
settled_at IS NULL AND (:types::text[] IS NULL OR type = ANY(:types))
AND (:source::text IS NULL OR source = :source)
AND (:error::text IS NULL OR strpos(lower(error), lower(:error)) > 0)
AND (:died_before::timestamptz IS NULL OR died_at < :died_before)
"""
_LIST = Query(
    "list_dead_letters",
    f"""
SELECT {_FIELDS} FROM dead_letters WHERE {_MATCHES} AND number < :before ORDER BY number DESC LIMIT :most
""",
    StoredLetter,
)
_OLDEST = Query(
    "oldest_dead_letters",
    f"""
SELECT number, event_id FROM dead_letters WHERE {_MATCHES} AND number > :after ORDER BY number LIMIT :most
""",
    WaitingLetter,
)
_NUMBER = Query("number_of_dead_letter", "SELECT number FROM dead_letters WHERE event_id = :event_id", int)
_DISCARD_MANY = Query(
    "discard_dead_letters",
    f"""
UPDATE dead_letters SET settled_at = :now, discard_reason = :reason, discarded_by = :by
WHERE event_id IN (
    SELECT event_id FROM dead_letters WHERE {_MATCHES} ORDER BY number LIMIT :most FOR UPDATE SKIP LOCKED
)
RETURNING event_id
""",
    str,
)
_COUNT_MATCHING = Query(
    "count_matching_dead_letters",
    f"SELECT count(*) FROM (SELECT FROM dead_letters WHERE {_MATCHES} LIMIT :most) AS matching",
    int,
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
_COUNT = Query(
    "count_dead_letters",
    "SELECT count(*) FROM (SELECT FROM dead_letters WHERE settled_at IS NULL LIMIT :most) AS waiting",
    int,
)
_WHOLE = 2**31 - 1


@dataclass(frozen=True)
class DeadLetter:
    """An event that this service could not take in, and why."""

    identity: Identity
    type: str
    payload: bytes
    error: str
    tries: int


async def add(session: AsyncSession, letter: DeadLetter, *, consumer: str, now: datetime) -> bool:
    """Keep an event that failed for the last time, and say so in the log; return whether it had not come before."""
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
    is_new = await _ADD.one(session, **values)
    if is_new:
        _total.labels(letter.type).inc()
    _log.warning(
        "event %s (%s, id %r of source %r) is a dead letter of %s after %d tries: %s",
        letter.identity.event_id, letter.type, letter.identity.original_id, letter.identity.source, consumer,
        letter.tries, next(iter(storable(letter.error).splitlines()), "")[:500],
    )  # fmt: skip
    return is_new


async def waiting(session: AsyncSession, which: LetterFilter, *, before: int | None, most: int) -> list[StoredLetter]:
    """Dead letters that wait for someone, the newest first, with the beginning of their payload."""
    return await _LIST.all(session, **vars(which), before=before or 2**62, most=most, shown=SHOWN)


async def oldest(session: AsyncSession, which: LetterFilter, *, after: int, most: int) -> list[WaitingLetter]:
    """Dead letters that wait for someone, the oldest first, from a place on. They are not locked."""
    return await _OLDEST.all(session, **vars(which), after=after, most=most)


async def number_of(session: AsyncSession, event_id: str) -> int:
    """Return the place of a dead letter, settled or not; 0, before all, where there is none."""
    return await _NUMBER.first(session, event_id=event_id) or 0


async def count(session: AsyncSession, which: LetterFilter) -> int:
    """Return how many dead letters wait, counted to a bound."""
    return await _COUNT_MATCHING.one(session, **vars(which), most=COUNTED)


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


async def discard_many(
    session: AsyncSession, which: LetterFilter, *, most: int, consumer: str, reason: str, by: str, now: datetime
) -> list[str]:
    """Give events up for good, the oldest first, but for those that someone else is about to settle; their ids."""
    ids = await _DISCARD_MANY.all(session, **vars(which), most=most, reason=reason, by=by, now=now)
    await inbox.take(session, consumer, ids, now)
    _discarded.inc(len(ids))
    await measure(session)
    if ids:
        _log.warning("%d dead letters of %s were discarded by %s: %s", len(ids), consumer, by, reason)
    return ids


async def measure(session: AsyncSession) -> None:
    """Bring the gauge of waiting dead letters up to date."""
    _waiting.set(await _COUNT.one(session, most=COUNTED))


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
