"""Time that runs on business days only.

A business day is 24 hours of the clock, from midnight to midnight in the operator's time zone, on a day that is neither
weekend nor public holiday. One business day from Friday at three in the afternoon is Monday at three; a clock that is
started on a Saturday begins to run on Monday at midnight. So `elapsed` undoes `advance`, whatever lies between.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

import holidays

DAY_SECONDS = 86_400
_DAY = timedelta(days=1)


class Calendar(Protocol):
    """Which days are business days, and where they begin."""

    @property
    def zone(self) -> tzinfo: ...

    def is_business_day(self, day: date) -> bool: ...


class CountryCalendar:
    """The business days of a country: neither its weekend nor its public holidays."""

    def __init__(self, country: str, subdivision: str | None, zone: str) -> None:
        self._holidays = holidays.country_holidays(country, subdiv=subdivision)
        self.zone: tzinfo = ZoneInfo(zone)

    def is_business_day(self, day: date) -> bool:
        return bool(self._holidays.is_working_day(day))


def _midnight(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day, time(), tzinfo=calendar.zone).astimezone(UTC)


def advance(start: datetime, duration: timedelta, calendar: Calendar) -> datetime:
    """The earliest instant by which this much business time has passed since the start."""
    at = start.astimezone(UTC)
    left = duration
    day = at.astimezone(calendar.zone).date()
    while left > timedelta():
        ends = _midnight(day + _DAY, calendar)
        if calendar.is_business_day(day):
            if at + left <= ends:
                return at + left
            left -= ends - at
        at = ends
        day += _DAY
    return at


def elapsed(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """The business time between two instants; none where the end is not after the start."""
    at, until = start.astimezone(UTC), end.astimezone(UTC)
    passed = timedelta()
    day = at.astimezone(calendar.zone).date()
    while at < until:
        ends = min(_midnight(day + _DAY, calendar), until)
        if calendar.is_business_day(day):
            passed += ends - at
        at = ends
        day += _DAY
    return passed
