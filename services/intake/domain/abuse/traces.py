"""The traces that reports leave: which account left which, and when last. Hashes, never the texts themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_LEAVE = text("""
INSERT INTO traces AS t (kind, trace, account_id, right_id, items, first_at, last_at)
SELECT kind, trace, account_id, right_id, sum(items), :now, :now
FROM unnest(
    CAST(:kinds AS text[]), CAST(:traces AS text[]), CAST(:accounts AS text[]), CAST(:rights AS text[]),
    CAST(:items AS int[])
) AS n(kind, trace, account_id, right_id, items)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (kind, trace, account_id, right_id) DO UPDATE
SET items = t.items + excluded.items, last_at = greatest(t.last_at, excluded.last_at)
""")
_SEEN = text("""
SELECT kind, trace, array_agg(DISTINCT account_id ORDER BY account_id) AS accounts,
       count(DISTINCT (account_id, right_id)) AS rights, sum(items) AS items
FROM traces WHERE (kind, trace) IN (
    SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:traces AS text[]))
) AND last_at > :since GROUP BY kind, trace
""")
_HOURS = text("""
SELECT account_id, sum(items) FILTER (WHERE trace = :hour) AS now,
       coalesce(sum(items) FILTER (WHERE trace <> :hour), 0) AS before,
       extract(epoch FROM :now - min(first_at)) / 3600 AS hours
FROM traces WHERE kind = 'hour' AND account_id = ANY(CAST(:accounts AS text[])) GROUP BY account_id
""")
_FORGET = text("DELETE FROM traces WHERE last_at < :before")


@dataclass(frozen=True)
class Trace:
    """Something that a report left, by which it can be seen beside others."""

    kind: str
    trace: str
    account_id: str
    right_id: str = ""
    items: int = 1

    @property
    def key(self) -> tuple[str, str]:
        return (self.kind, self.trace)


@dataclass(frozen=True)
class Seen:
    """Where a trace was seen: by whom, under how many rights, on how many items."""

    accounts: tuple[str, ...]
    rights: int
    items: int


@dataclass(frozen=True)
class Rate:
    """How many items an account filed in this hour, and in how many hours how many before it."""

    now: int
    before: int
    hours: float


def hour_of(at: datetime) -> str:
    """The name of an hour, among traces."""
    return f"{at:%Y-%m-%dT%H}"


async def leave(session: AsyncSession, traces: Iterable[Trace], now: datetime) -> None:
    """Keep what reports left."""
    found = list(traces)
    values = {
        "kinds": [one.kind for one in found],
        "traces": [one.trace for one in found],
        "accounts": [one.account_id for one in found],
        "rights": [one.right_id for one in found],
        "items": [one.items for one in found],
        "now": now,
    }
    await (await session.connection()).execute(_LEAVE, values)


async def seen(session: AsyncSession, keys: Iterable[tuple[str, str]], since: datetime) -> dict[tuple[str, str], Seen]:
    """Where these traces were seen of late."""
    asked = sorted(set(keys))
    values: dict[str, Any] = {
        "kinds": [kind for kind, _ in asked], "traces": [trace for _, trace in asked], "since": since
    }  # fmt: skip
    rows = await (await session.connection()).execute(_SEEN, values)
    return {(row.kind, row.trace): Seen(tuple(row.accounts), row.rights, row.items) for row in rows}


async def rates(session: AsyncSession, accounts: Iterable[str], now: datetime) -> Mapping[str, Rate]:
    """How fast these accounts file, now and until now."""
    values = {"accounts": sorted(set(accounts)), "hour": hour_of(now), "now": now}
    rows = await (await session.connection()).execute(_HOURS, values)
    return {row.account_id: Rate(int(row.now or 0), int(row.before), float(row.hours)) for row in rows}


async def forget(session: AsyncSession, now: datetime, days: int) -> None:
    """Drop what was not seen for so long."""
    await (await session.connection()).execute(_FORGET, {"before": now - timedelta(days=days)})
