"""What follows from the clocks of report items: warnings, missed promises, and promises that were kept after all."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.escalation.domain import desk
from services.escalation.domain.item_clocks import (
    ACKNOWLEDGE,
    DECIDE,
    derive,
    due_at,
    missed,
    next_moment,
    of_report,
    warning_at,
)
from services.escalation.domain.keeping import Keeping, keeping_of
from services.escalation.tables import ItemClock
from shared.contracts.events import EscalationWarned
from shared.contracts.events.escalations import ClockKind
from shared.runtime.outbox import record
from shared.runtime.timers import set_timer

TIMER = "report_clocks"
"""One timer for each report with a running clock; its subject is the report's id."""


async def look_again(session: AsyncSession, report_id: str, at: datetime) -> None:
    """Have the clocks of a report looked at. Called before they are locked: the ticker locks in that order too."""
    await set_timer(session, TIMER, report_id, at)


async def keep_promises(session: AsyncSession, report_id: str, now: datetime) -> None:
    """Do what is due for a report, and set the timer for what comes next."""
    clocks = await of_report(session, report_id)
    await settle(session, clocks, now)
    keeping = keeping_of(session)
    following = next_moment(clocks, after=now, warn_percent=keeping.warn_percent, calendar=keeping.calendar)
    if following is not None:
        await look_again(session, report_id, following)


async def settle(session: AsyncSession, clocks: Sequence[ItemClock], now: datetime) -> None:
    """Bring these clocks, which are locked, up to what is known, with all that follows from it, each thing once."""
    keeping = keeping_of(session)
    for clock in clocks:
        derive(clock, keeping.calendar)
        if clock.severity is None:
            continue
        _warn(session, clock, keeping, now)
        for kind in (ACKNOWLEDGE, DECIDE):
            await _settle_one(session, clock, kind, now)


def _warn(session: AsyncSession, clock: ItemClock, keeping: Keeping, now: datetime) -> None:
    if clock.ended_at is not None or clock.severity is None:
        return
    for percent in keeping.warn_percent:
        at = warning_at(clock, percent, keeping.calendar)
        if percent <= clock.warned_percent or at is None or at > now or clock.decide_due_at is None:
            continue
        clock.warned_percent = percent
        clock.version += 1
        warning = EscalationWarned(
            version=clock.version,
            report_id=clock.report_id,
            item_id=clock.item_id,
            severity=clock.severity,
            percent=percent,
            due_at=clock.decide_due_at,
        )
        record(session, warning, now=now)


async def _settle_one(session: AsyncSession, clock: ItemClock, kind: ClockKind, now: datetime) -> None:
    attribute = f"{kind.value}_escalation_id"
    escalation_id: str | None = getattr(clock, attribute)
    due = due_at(clock, kind)
    if missed(clock, kind, now) and due is not None:
        if escalation_id is None:
            setattr(clock, attribute, await desk.open_missed_clock(session, clock, kind, due, now=now))
            clock.version += 1
    elif escalation_id is not None:
        setattr(clock, attribute, None)
        clock.version += 1
        await session.flush()
        await desk.take_back_missed_clock(session, escalation_id, clock, kind, now=now)
