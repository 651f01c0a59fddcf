"""Consequences of the clocks of report items: warnings, breaches, and clocks that were met after all."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.escalation.clocks.clock_settings import ClockSettings, clock_settings_of
from services.escalation.clocks.item_clocks import (
    ACKNOWLEDGE,
    DECIDE,
    Miss,
    belong,
    derive_due_dates,
    due_at,
    escalation_of,
    missed,
    next_moment,
    of_report,
    warning_at,
)
from services.escalation.clocks.tables import ItemClock
from services.escalation.escalations import desk
from shared.contracts.events import EscalationWarned
from shared.runtime.outbox import record
from shared.runtime.timers import set_timer

TIMER = "report_clocks"
"""One timer for each report with a running clock; its subject is the report's id."""


async def look_again(session: AsyncSession, report_id: str, at: datetime) -> None:
    """Have the clocks of a report looked at. Called before they are locked: the ticker locks in that order too."""
    await set_timer(session, TIMER, report_id, at)


async def act_on_due(session: AsyncSession, report_id: str, now: datetime) -> None:
    """Do what is due for a report, and set the timer for what comes next."""
    clocks = await of_report(session, report_id)
    await settle(session, clocks, now)
    clock_settings = clock_settings_of(session)
    following = next_moment(
        clocks, after=now, warn_percent=clock_settings.warn_percent, calendar=clock_settings.calendar
    )
    if following is not None:
        await look_again(session, report_id, following)


async def settle(session: AsyncSession, clocks: Sequence[ItemClock], now: datetime) -> None:
    """Bring these clocks, which are locked, up to what is known, with all that follows from it, each thing once."""
    clock_settings = clock_settings_of(session)
    missed_by_report: defaultdict[str, list[Miss]] = defaultdict(list)
    kept_by_escalation: defaultdict[str, list[Miss]] = defaultdict(list)
    for clock in clocks:
        derive_due_dates(clock, clock_settings.calendar)
        if clock.severity is None:
            continue
        _warn(session, clock, clock_settings, now)
        for kind in (ACKNOWLEDGE, DECIDE):
            due, escalation = due_at(clock, kind), escalation_of(clock, kind)
            if due is not None and missed(clock, kind, now):
                if escalation is None:
                    missed_by_report[clock.report_id].append(Miss(clock, kind, due))
            elif escalation is not None:
                kept_by_escalation[escalation].append(Miss(clock, kind, due))
    for _, misses in sorted(missed_by_report.items()):
        belong(misses, await desk.open_missed_clocks(session, misses, now=now))
    for escalation, misses in sorted(kept_by_escalation.items()):
        belong(misses, None)
        await session.flush()
        await desk.take_back_missed_clocks(session, escalation, misses, now=now)


def _warn(session: AsyncSession, clock: ItemClock, clock_settings: ClockSettings, now: datetime) -> None:
    if clock.ended_at is not None or clock.severity is None:
        return
    for percent in clock_settings.warn_percent:
        at = warning_at(clock, percent, clock_settings.calendar)
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
