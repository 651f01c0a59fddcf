"""Inbound events about report items: severity and clocks when they are filed, and changes after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.escalation.clocks.clock_settings import clock_settings_of
from services.escalation.clocks.item_clocks import (
    DECIDE,
    ItemRef,
    derive_due_dates,
    due_at,
    earliest,
    hold,
    missed,
    next_moment,
    record_pause,
)
from services.escalation.clocks.tables import ItemClock
from services.escalation.severities.rules import rules_in_force
from services.escalation.severities.severities import clocks_by_severity
from services.escalation.triage import statements
from services.escalation.triage.consequences import look_again, settle
from services.escalation.triage.deadlines import Deadlines, deadlines_of_report
from services.escalation.triage.measures import observe_decision
from shared.contracts.events import ReportRescheduled, ReportSubmitted, ReportTriaged
from shared.contracts.events.reports import TriagedItem
from shared.runtime.outbox import record


def _given(clock: ItemClock, submitted_at: datetime, given: Deadlines) -> None:
    clock.severity = given.found.severity
    clock.rule_id = given.found.rule_id
    clock.submitted_at = submitted_at
    clock.acknowledge_seconds = int(given.acknowledge.seconds)
    clock.acknowledge_business = given.acknowledge.business
    clock.decide_seconds = int(given.decide.seconds)
    clock.decide_business = given.decide.business


async def triage_report(session: AsyncSession, report: ReportSubmitted, *, now: datetime) -> None:
    """Give every item of a report its severity and its clocks, and say so. A report is triaged once."""
    clock_settings = clock_settings_of(session)
    rules, by_severity = await rules_in_force(session), await clocks_by_severity(session)
    deadlines = deadlines_of_report(report, rules, by_severity, clock_settings.fallback, clock_settings.calendar)
    fresh = []
    for item_id, given in deadlines.items():
        clock = ItemClock(item_id=item_id, report_id=report.report_id, account_id=report.account_id)
        _given(clock, report.submitted_at, given)
        derive_due_dates(clock, clock_settings.calendar)
        fresh.append(clock)
    added = await _add(session, fresh)
    following = next_moment(
        fresh, after=report.submitted_at, warn_percent=clock_settings.warn_percent, calendar=clock_settings.calendar
    )
    if added and following is not None:
        await look_again(session, report.report_id, following)
    early = [clock for clock in fresh if clock.item_id not in added]
    if early and not await _catch_up(session, early, report, deadlines, now=now):
        return  # every item had its severity: this report came before
    record(session, _triaged(report, deadlines), now=now)


async def _add(session: AsyncSession, clocks: Sequence[ItemClock]) -> set[str]:
    """Store the clocks of items of which nothing was known; which ones those are."""
    rows = orjson.dumps([clock.model_dump() for clock in clocks]).decode()
    return set(await statements.ADD_CLOCKS.all(session, rows=rows))


async def _catch_up(
    session: AsyncSession,
    early: Sequence[ItemClock],
    report: ReportSubmitted,
    deadlines: dict[str, Deadlines],
    *,
    now: datetime,
) -> bool:
    """Triage items of which other events spoke before the report came; whether there were any."""
    await look_again(session, report.report_id, now)
    clocks = await hold(session, [ItemRef(c.item_id, c.report_id, c.account_id) for c in early])
    waiting = [clock for clock in clocks if clock.severity is None]
    for clock in waiting:
        _given(clock, report.submitted_at, deadlines[clock.item_id])
    await settle(session, waiting, now)
    return bool(waiting)


def _triaged(report: ReportSubmitted, deadlines: dict[str, Deadlines]) -> ReportTriaged:
    items = [
        TriagedItem(
            item_id=item_id,
            severity=given.found.severity,
            acknowledge_due_at=given.acknowledge_due_at,
            decide_due_at=given.decide_due_at,
            rule_id=given.found.rule_id,
        )
        for item_id, given in deadlines.items()
    ]
    most_pressing = min(deadlines.values(), key=lambda given: given.found.severity)
    return ReportTriaged(
        version=report.version,
        report_id=report.report_id,
        account_id=report.account_id,
        rule_id=most_pressing.found.rule_id,
        items=items,
    )


@dataclass(frozen=True)
class ItemProgress:
    """The fields of one event about one report item, besides pauses. Those that it lacks are None."""

    item: ItemRef
    task_id: str | None = None
    acknowledged_at: datetime | None = None
    ended_at: datetime | None = None


async def take_note(session: AsyncSession, steps: Sequence[ItemProgress], *, now: datetime) -> None:
    """Keep what events told of report items: to which task they are attached, when it was taken up, when they ended."""
    clocks = {clock.item_id: clock for clock in await hold(session, [one.item for one in steps])}
    for one in steps:
        clock = clocks[one.item.item_id]
        clock.task_id = one.task_id or clock.task_id
        if one.acknowledged_at is not None:
            clock.acknowledged_at = earliest(clock.acknowledged_at, one.acknowledged_at)
        if one.ended_at is not None:
            if clock.ended_at is None and clock.severity is not None and clock.submitted_at is not None:
                observe_decision(clock.severity, clock.submitted_at, one.ended_at)
            clock.ended_at = earliest(clock.ended_at, one.ended_at)
    await settle(session, list(clocks.values()), now)


async def pause_items(
    session: AsyncSession, refs: Sequence[ItemRef], *, version: int, at: datetime, now: datetime
) -> None:
    """The reporter is asked about these items: their clocks stand, and keep what is left."""
    clocks = await hold(session, refs)
    for clock in clocks:
        record_pause(clock, version=version, at=at, paused=True)
    await settle(session, clocks, now)


async def resume_items(
    session: AsyncSession, refs: Sequence[ItemRef], *, version: int, at: datetime, now: datetime
) -> None:
    """The reporter answered about these items: their clocks run again with what was left, and others are told."""
    await look_again(session, refs[0].report_id, now)
    clocks = await hold(session, refs)
    for clock in clocks:
        record_pause(clock, version=version, at=at, paused=False)
    await settle(session, clocks, now)
    items = [item for clock in clocks if clock.ended_at is None and (item := _rescheduled(clock, now)) is not None]
    if items:
        first = clocks[0]
        moved = ReportRescheduled(version=version, report_id=first.report_id, account_id=first.account_id, items=items)
        record(session, moved, now=now)


def _rescheduled(clock: ItemClock, now: datetime) -> TriagedItem | None:
    if clock.severity is None or clock.acknowledge_due_at is None or missed(clock, DECIDE, now):
        return None
    decide_due_at = due_at(clock, DECIDE)
    if decide_due_at is None:
        return None
    return TriagedItem(
        item_id=clock.item_id,
        severity=clock.severity,
        acknowledge_due_at=clock.acknowledge_due_at,
        decide_due_at=decide_due_at,
        rule_id=clock.rule_id,
    )
