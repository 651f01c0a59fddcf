"""Days in a place: which one it is, when it begins, and what lies so many days later."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from libraries.clocks.days import day_at, days_after, start_of


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-11-26T23:30:00+00:00", "UTC", "2026-11-26"),
        ("2026-11-26T23:30:00+00:00", "Europe/Madrid", "2026-11-27"),
        ("2026-11-27T04:59:00+00:00", "America/New_York", "2026-11-26"),
        ("2026-11-27T05:00:00+00:00", "America/New_York", "2026-11-27"),
    ],
)
def test_the_day_is_that_of_the_place(moment: str, zone: str, day: str) -> None:
    assert day_at(datetime.fromisoformat(moment), ZoneInfo(zone)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("day", "zone", "moment"),
    [
        ("2026-11-27", "UTC", datetime(2026, 11, 27, tzinfo=UTC)),
        ("2026-11-27", "Europe/Madrid", datetime(2026, 11, 26, 23, tzinfo=UTC)),
        ("2026-07-01", "Europe/Madrid", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-11-27", "America/New_York", datetime(2026, 11, 27, 5, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_its_midnight_there(day: str, zone: str, moment: datetime) -> None:
    found = start_of(date.fromisoformat(day), ZoneInfo(zone))
    assert found == moment
    assert found.tzinfo is UTC


def test_days_later_stop_at_the_end_of_the_calendar() -> None:
    assert days_after(date(2026, 2, 27), 2) == date(2026, 3, 1)
    assert days_after(date(2026, 2, 27), 0) == date(2026, 2, 27)
    assert days_after(date(2026, 3, 1), -2) == date(2026, 2, 27)
    assert days_after(date(9999, 12, 30), 1) == date(9999, 12, 31)
    assert days_after(date(9999, 12, 30), 2) == date(9999, 12, 31)
    assert days_after(date(9999, 12, 31), 400) == date(9999, 12, 31)
