"""The standing of reporters for filing, cached by each process for a moment."""

import asyncio
from collections import OrderedDict
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from services.intake.standing import statements
from services.intake.standing.standing import NEWCOMER, Standing
from shared.contracts.codes import ReporterTier
from shared.contracts.events.conduct import FilingLimits
from shared.contracts.things import ReporterAccuracy
from shared.runtime.clock import Clock
from shared.runtime.database import Database

_REMEMBERED = 10_000


class Standings:
    """The standing of the reporters that file here. One for each process."""

    def __init__(self, database: Database, clock: Clock, *, seconds: float) -> None:
        """Args:
        seconds: how long a standing is taken for granted; a suspension takes hold here after that.
        """
        self._database = database
        self._clock = clock
        self._lasts = timedelta(seconds=seconds)
        self._known: OrderedDict[str, tuple[Standing, datetime]] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, account_id: str, *, anew: bool = False) -> Standing:
        """A reporter's standing, as it was a moment ago."""
        now = self._clock.now()
        standing = await self._recent(account_id, now, anew=anew)
        return await self._in_use(account_id, standing, now) if standing.limited else standing

    async def one_at_a_time(self, account_id: str) -> AbstractAsyncContextManager[Any]:
        """Reporters whose tier has limits file one report after the other, so that no two take the same last place.

        Other processes have locks of their own: each may let one report more pass.
        """
        standing = await self._recent(account_id, self._clock.now())
        return self._locks.setdefault(account_id, asyncio.Lock()) if standing.limited else nullcontext()

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
        row = await statements.RATING.one(self._database.pool, account_id=account_id)
        limits = FilingLimits(max_open_items=row.max_open_items, max_filings_a_day=row.max_filings_a_day)
        if row.tier is None:
            return replace(NEWCOMER, limits=limits)
        accuracy = ReporterAccuracy.model_validate_json(row.accuracy) if row.accuracy else None
        until = row.suspended_until
        if until is None or until <= now:
            return Standing(ReporterTier(row.tier), limits, accuracy)
        return Standing(ReporterTier.SUSPENDED, FilingLimits(), accuracy, until)

    async def _in_use(self, account_id: str, standing: Standing, now: datetime) -> Standing:
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        limits = standing.limits
        used = await statements.IN_USE.one(
            self._database.pool, account_id=account_id, since=today,
            most_filings=limits.max_filings_a_day or 0, most_items=limits.max_open_items or 0,
        )  # fmt: skip
        return replace(standing, filings_today=used.filings, open_items=used.items)
