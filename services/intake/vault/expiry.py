"""The end of a thing on a day: until when it holds, the timers of its end, and the reminders before, each told once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final, Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.clocks.days import day_at, days_after, start_of
from shared.runtime.timers import cancel_timer, set_timer

REMINDERS: Final = (30, 7)
"""Days before the end of a thing at which its account is told."""


def is_over(last_day: date | None, now: datetime, zone: tzinfo) -> bool:
    """Return whether a last day has passed: it lasts to its end at the office (`office_days`)."""
    return last_day is not None and last_day < day_at(now, zone)


def days_left(last_day: date, now: datetime, zone: tzinfo) -> int:
    return (last_day - day_at(now, zone)).days


def is_awaited(renewal: Mapping[str, Any] | None, now: datetime, zone: tzinfo) -> bool:
    """Return whether a renewal that nobody has looked at yet keeps its right in force."""
    return (
        renewal is not None
        and renewal["state"] == "pending"
        and not is_over(date.fromisoformat(renewal["holds_until"]), now, zone)
    )


class Ends(Protocol):
    """A thing that records which reminder of its end was sent."""

    reminded_of: date | None
    reminded_days: int | None


def reminder(thing: Ends, last_day: date | None, now: datetime, zone: tzinfo) -> int | None:
    """The days left, where a reminder is due that was not told yet; the thing remembers that it is told now.

    Where two are due at once, for a thing that was verified late or clocks that stood still, they are told as one.
    """
    if last_day is None or is_over(last_day, now, zone):
        return None
    left = days_left(last_day, now, zone)
    due = min((days for days in REMINDERS if left <= days), default=None)
    told = thing.reminded_days if thing.reminded_of == last_day else None
    if due is None or (told is not None and told <= due):
        return None
    thing.reminded_of, thing.reminded_days = last_day, due
    return left


@dataclass(frozen=True)
class Timers:
    """The timers of things of one kind that end."""

    noun: str

    @property
    def end(self) -> str:
        return f"{self.noun}_expires"

    @property
    def reminders(self) -> dict[str, int]:
        return {f"{self.noun}_expires_in_{days}_days": days for days in REMINDERS}

    async def start(
        self, session: AsyncSession, subject: str, last_day: date | None, now: datetime, zone: tzinfo
    ) -> None:
        """Set what is still to come before a last day, and its end."""
        if last_day is None:
            return
        await self.end_after(session, subject, last_day, zone)
        for kind, days in self.reminders.items():
            due_at = start_of(last_day - timedelta(days=days), zone)
            if due_at > now:
                await set_timer(session, kind, subject, due_at)

    async def end_after(self, session: AsyncSession, subject: str, last_day: date, zone: tzinfo) -> None:
        """Set the end alone."""
        if days_after(last_day, 2) - last_day == timedelta(days=2):  # beyond, no calendar has a day
            await set_timer(session, self.end, subject, start_of(days_after(last_day, 1), zone))

    async def stop(self, session: AsyncSession, subject: str) -> None:
        for kind in (self.end, *self.reminders):
            await cancel_timer(session, kind, subject)
