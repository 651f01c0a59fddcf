"""The traces that reports leave: which account left which, and when last. Hashes, never the texts themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.misuse import statements

HOUR = "hour"
"""The trace of filing at all: how many items in which hour."""


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
    await statements.KEEP_TRACES.run(session, **values)


async def seen(session: AsyncSession, keys: Iterable[tuple[str, str]], since: datetime) -> dict[tuple[str, str], Seen]:
    """Return where these traces were seen of late."""
    asked = sorted(set(keys))
    values: dict[str, Any] = {
        "kinds": [kind for kind, _ in asked], "traces": [trace for _, trace in asked], "since": since
    }  # fmt: skip
    rows = await statements.SEEN_TRACES.all(session, **values)
    return {(row.kind, row.trace): Seen(tuple(row.accounts), row.rights, int(row.items)) for row in rows}


async def rates(session: AsyncSession, hours: Iterable[Trace], now: datetime) -> dict[tuple[str, str], Rate]:
    """Return how fast accounts filed in these hours, and in all the time before."""
    asked = sorted({(trace.account_id, trace.trace) for trace in hours})
    values = {"accounts": [account for account, _ in asked], "hours": [hour for _, hour in asked], "now": now}
    rows = await statements.FILING_HOURS.all(session, **values)
    return {(row.account_id, row.hour): Rate(int(row.now), int(row.before), float(row.hours)) for row in rows}


async def forget(session: AsyncSession, now: datetime, days: int) -> None:
    """Drop what was not seen for so long."""
    await statements.FORGET_TRACES.run(session, before=now - timedelta(days=days))
