"""The clocks of report items: what events tell is kept as facts, and the due dates follow from the facts alone.

Facts merge in any order and any number of times: an instant is the earliest one told, a pause is known by the report's
version. So an event that comes late, twice or before its cause leaves the same clocks as one that came in time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.clocks.business_days import Calendar
from libraries.clocks.spans import Pause, Span, due, kept, pauses_of
from services.escalation.clocks import statements
from services.escalation.clocks.tables import ItemClock
from shared.contracts.events.escalations import ClockKind
from shared.contracts.things import TaskItem

DECIDE, ACKNOWLEDGE = ClockKind.DECIDE, ClockKind.ACKNOWLEDGE


@dataclass(frozen=True, order=True)
class ItemRef:
    """Which report item, of which report and account."""

    item_id: str
    report_id: str
    account_id: str

    @classmethod
    def of(cls, items: Iterable[TaskItem]) -> "list[ItemRef]":
        return [cls(item.item_id, item.report_id, item.account_id) for item in items]


@dataclass(frozen=True)
class Miss:
    """A clock of a report item that was missed, or that was thought to be."""

    clock: ItemClock
    kind: ClockKind
    due_at: datetime | None


def escalation_of(clock: ItemClock, kind: ClockKind) -> str | None:
    """The escalation that this clock, once missed, is part of."""
    return clock.decide_escalation_id if kind is DECIDE else clock.acknowledge_escalation_id


def belong(misses: Iterable[Miss], escalation_id: str | None) -> None:
    """Make these clocks part of an escalation, or of none."""
    for miss in misses:
        setattr(miss.clock, f"{miss.kind.value}_escalation_id", escalation_id)
        miss.clock.version += 1


async def hold(session: AsyncSession, refs: Sequence[ItemRef]) -> list[ItemClock]:
    """The clocks of these items, locked in the order of their ids; made where no event spoke of an item before."""
    ids = sorted({ref.item_id for ref in refs})
    statement = (
        select(ItemClock)
        .where(col(ItemClock.item_id) == any_(literal(ids, ARRAY(Text))))
        .order_by(col(ItemClock.item_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await session.exec(statement)).all()
    if len(found) == len(ids):
        return list(found)
    missing = sorted(set(refs))
    values = {
        "items": [ref.item_id for ref in missing],
        "reports": [ref.report_id for ref in missing],
        "accounts": [ref.account_id for ref in missing],
    }
    await statements.ADD_CLOCK_STUBS.run(session, **values)
    return list((await session.exec(statement)).all())


async def of_report(session: AsyncSession, report_id: str) -> list[ItemClock]:
    """The clocks of a report that may still run, or that wait for word, locked."""
    statement = (
        select(ItemClock)
        .where(ItemClock.report_id == report_id, col(ItemClock.ended_at).is_(None))
        .order_by(col(ItemClock.item_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.exec(statement)).all())


def earliest(known: datetime | None, told: datetime) -> datetime:
    return told if known is None else min(known, told)


def record_pause(clock: ItemClock, *, version: int, at: datetime, paused: bool) -> None:
    """Keep that the clock was paused or resumed, as this version of the report says."""
    if all(known["version"] != version for known in clock.turns):
        clock.turns = [*clock.turns, {"version": version, "at": at.isoformat(), "paused": paused}]


def span_of(clock: ItemClock, kind: ClockKind) -> Span:
    """The time that a clock was given."""
    if kind is ACKNOWLEDGE:
        return Span(clock.acknowledge_seconds or 0, clock.acknowledge_business)
    return Span(clock.decide_seconds or 0, clock.decide_business)


def stopped_at(clock: ItemClock, kind: ClockKind) -> datetime | None:
    """Return when the promise was kept or became void: taking a task up acknowledges it, its end ends both."""
    told = [clock.ended_at] if kind is DECIDE else [clock.acknowledged_at, clock.ended_at]
    return min((at for at in told if at is not None), default=None)


def due_at(clock: ItemClock, kind: ClockKind) -> datetime | None:
    """The due date as last derived; None while the clock stands."""
    return clock.decide_due_at if kind is DECIDE else clock.acknowledge_due_at


def missed(clock: ItemClock, kind: ClockKind, now: datetime) -> bool:
    """Return whether the promise was broken. It is kept when what was due happened by the due date."""
    ends, stopped = due_at(clock, kind), stopped_at(clock, kind)
    return ends is not None and (stopped > ends if stopped is not None else now >= ends)


def derive_due_dates(clock: ItemClock, calendar: Calendar) -> None:
    """Bring the due dates, and what is kept while they stand, up to what the facts say."""
    if clock.submitted_at is None:
        return
    pauses = pauses_of(clock.turns)
    start = clock.submitted_at

    def of_clock(function: Callable[[datetime, Span, Sequence[Pause], Calendar], Any], kind: ClockKind) -> Any:
        return function(start, span_of(clock, kind), pauses, calendar)

    clock.acknowledge_due_at, clock.decide_due_at = of_clock(due, ACKNOWLEDGE), of_clock(due, DECIDE)
    left = of_clock(kept, ACKNOWLEDGE), of_clock(kept, DECIDE)
    clock.acknowledge_left_seconds, clock.decide_left_seconds = (None if s is None else ceil(s) for s in left)


def warning_at(clock: ItemClock, percent: int, calendar: Calendar) -> datetime | None:
    """Return when this share of the time to decision is used up; None while the clock stands before that."""
    if clock.submitted_at is None:
        return None
    return due(clock.submitted_at, span_of(clock, DECIDE).share(percent), pauses_of(clock.turns), calendar)


def next_moment(
    clocks: Iterable[ItemClock], *, after: datetime, warn_percent: Sequence[int], calendar: Calendar
) -> datetime | None:
    """Return when one of these clocks has to be looked at again: the next warning or due date."""
    moments: list[datetime | None] = []
    for clock in clocks:
        if clock.severity is None or clock.ended_at is not None:
            continue
        moments.append(clock.decide_due_at)
        if clock.acknowledged_at is None:
            moments.append(clock.acknowledge_due_at)
        moments += [warning_at(clock, percent, calendar) for percent in warn_percent if percent > clock.warned_percent]
    return min((at for at in moments if at is not None and at > after), default=None)
