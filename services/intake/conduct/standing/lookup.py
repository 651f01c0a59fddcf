"""The standing of reporters for filing, cached by each process for a moment."""

import asyncio
from collections import OrderedDict
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from services.intake.conduct.standing.counts import since
from services.intake.conduct.standing.credibility import Prior
from services.intake.conduct.standing.published_terms import FIRST_VERSION, Published
from services.intake.conduct.standing.standing import Standing
from services.intake.conduct.standing.terms import FIRST, Terms
from services.intake.conduct.standing.tiers import Counts, Measure
from shared.contracts.codes import ReporterTier
from shared.contracts.things import ReporterAccuracy
from shared.runtime.clock import Clock
from shared.runtime.database import Database

_REMEMBERED = 10_000
_TERMS = "SELECT version, terms, created_at FROM standing_terms ORDER BY version DESC LIMIT 1"
_RECORD = """
SELECT coalesce(sum(decided), 0)::bigint AS decided, coalesce(sum(accepted), 0)::bigint AS accepted,
       coalesce(sum(overturned), 0)::bigint AS overturned,
       (SELECT suspended_until FROM reporter_conduct WHERE account_id = $1) AS suspended_until
FROM standing_days WHERE account_id = $1 AND day > $2
"""
# As many of the newest reports as the limit allows: whether they are all of today. And no more items than the limit.
IN_USE = """
SELECT (SELECT count(*) FROM (SELECT created_at FROM reports WHERE account_id = $1 ORDER BY id DESC LIMIT $2) newest
        WHERE created_at >= $3) AS filings,
       (SELECT count(*) FROM (SELECT FROM report_items WHERE account_id = $1
            AND state IN ('received', 'queued', 'in_review', 'needs_information') LIMIT $4) waiting) AS items
"""


class Standings:
    """The standing of the reporters that file here. One for each process."""

    def __init__(self, database: Database, clock: Clock, prior: Prior, *, seconds: float) -> None:
        """Args:
        seconds: how long a standing is taken for granted; a suspension takes hold here after that.
        """
        self._database = database
        self._clock = clock
        self._prior = prior
        self._lasts = timedelta(seconds=seconds)
        self._known: OrderedDict[str, tuple[Standing, datetime]] = OrderedDict()
        self._published = Published(FIRST_VERSION, FIRST)
        self._doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, account_id: str, *, anew: bool = False) -> Standing:
        """A reporter's standing, as it was a moment ago."""
        now = self._clock.now()
        standing = await self._recent(account_id, now, anew=anew)
        return await self._in_use(account_id, standing, now) if standing.limited else standing

    async def door(self, account_id: str) -> AbstractAsyncContextManager[Any]:
        """Reporters whose tier has limits file one report after the other, so that no two take the same last place.

        Other processes have doors of their own: each may let one report more pass.
        """
        standing = await self._recent(account_id, self._clock.now())
        return self._doors.setdefault(account_id, asyncio.Lock()) if standing.limited else nullcontext()

    async def _recent(self, account_id: str, now: datetime, *, anew: bool = False) -> Standing:
        known = self._known.get(account_id)
        if known is not None and known[1] > now and not anew:
            return known[0]
        standing = await self._look_up(account_id, now)
        self._known[account_id] = standing, now + self._lasts
        self._known.move_to_end(account_id)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return standing

    async def _look_up(self, account_id: str, now: datetime) -> Standing:
        async with self._database.pool.acquire() as connection:
            row = await connection.fetchrow(_TERMS)
            if row is not None and row["version"] != self._published.version:
                self._published = Published(row["version"], Terms.model_validate(row["terms"]), row["created_at"])
            terms = self._published.terms
            record = await connection.fetchrow(_RECORD, account_id, since(terms.window_days, now))
        counts = Counts(record["decided"], record["accepted"], record["overturned"])
        return _standing(counts, Measure(terms, self._prior), record["suspended_until"], now)

    async def _in_use(self, account_id: str, standing: Standing, now: datetime) -> Standing:
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        gives = standing.gives
        async with self._database.pool.acquire() as connection:
            row = await connection.fetchrow(
                IN_USE, account_id, gives.max_filings_a_day or 0, today, gives.max_open_items or 0
            )
        return replace(standing, filings_today=row["filings"], open_items=row["items"])


def _standing(counts: Counts, measure: Measure, suspended_until: datetime | None, now: datetime) -> Standing:
    accuracy = None
    if counts.decided:
        ends = measure.acceptance(counts)
        accuracy = ReporterAccuracy(
            decided=counts.decided, accepted=counts.accepted, low=round(ends.low, 4), high=round(ends.high, 4),
            window_days=measure.terms.window_days,
        )  # fmt: skip
    suspended = suspended_until is not None and suspended_until > now
    tier = ReporterTier.SUSPENDED if suspended else measure.tier(counts)
    gives = measure.terms.tiers.gives(tier)
    return Standing(tier, gives, accuracy, suspended_until if suspended else None)
