"""Business days: a story of weekends and holidays, and laws that hold for every instant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.clocks.business_days import CountryCalendar, advance, elapsed

GERMANY = CountryCalendar("DE", None, "UTC")
BERLIN = CountryCalendar("DE", "BE", "Europe/Berlin")
EMIRATES = CountryCalendar("AE", None, "Asia/Dubai")
CALENDARS = st.sampled_from([GERMANY, BERLIN, EMIRATES, CountryCalendar("US", "CA", "America/Los_Angeles")])
INSTANTS = st.datetimes(
    datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001 - the zone is given beside
)  # fmt: skip
DURATIONS = st.timedeltas(timedelta(), timedelta(days=40))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23T09:00Z", 1, "2026-11-24T09:00Z"),  # Monday to Tuesday
        ("2026-11-27T15:00Z", 1, "2026-11-30T15:00Z"),  # Friday to Monday
        ("2026-11-28T10:00Z", 1, "2026-12-01T00:00Z"),  # a Saturday counts from Monday's midnight to the end of Monday
        ("2026-11-29T23:59Z", 1, "2026-12-01T00:00Z"),
        ("2026-11-23T09:00Z", 5, "2026-11-30T09:00Z"),  # a week of work
        ("2026-12-23T12:00Z", 2, "2026-12-28T12:00Z"),  # Christmas on a Friday, then the weekend
        ("2026-12-24T12:00Z", 1, "2026-12-28T12:00Z"),
        ("2026-04-02T12:00Z", 1, "2026-04-07T12:00Z"),  # Good Friday to Easter Monday
    ],
)
def test_a_business_day_passes_over_weekends_and_holidays(start: str, days: int, end: str) -> None:
    assert advance(at(start), timedelta(days=days), GERMANY) == at(end)


def test_a_state_has_holidays_of_its_own() -> None:
    eve_of_womens_day = at("2027-03-07T23:30Z")  # half past midnight on Monday in Berlin: a holiday there alone
    assert advance(eve_of_womens_day, timedelta(hours=1), BERLIN) == at("2027-03-09T01:00+01:00")
    assert advance(eve_of_womens_day, timedelta(hours=1), GERMANY) == at("2027-03-08T01:00Z")


def test_a_business_day_begins_at_the_operators_midnight() -> None:
    friday_night_in_berlin = at("2026-11-27T23:30+01:00")
    assert advance(friday_night_in_berlin, timedelta(hours=1), BERLIN) == at("2026-11-30T00:30+01:00")


def test_a_weekend_is_where_the_country_has_it() -> None:
    friday, saturday, sunday = date(2020, 1, 3), date(2020, 1, 4), date(2020, 1, 5)
    assert [EMIRATES.is_business_day(day) for day in (friday, saturday, sunday)] == [False, False, True]


def test_the_hour_that_a_clock_change_repeats_is_counted() -> None:
    @dataclass
    class Always:
        zone = ZoneInfo("Europe/Berlin")

        def is_business_day(self, _: date) -> bool:
            return True

    start = at("2026-10-24T12:00+02:00")
    assert elapsed(start, at("2026-10-25T12:00+01:00"), Always()) == timedelta(hours=25)
    assert advance(start, timedelta(hours=25), Always()) == at("2026-10-25T12:00+01:00")


@given(INSTANTS, DURATIONS, CALENDARS)
def test_what_is_advanced_has_elapsed(start: datetime, duration: timedelta, calendar: CountryCalendar) -> None:
    assert elapsed(start, advance(start, duration, calendar), calendar) == duration


@given(INSTANTS, DURATIONS, DURATIONS, CALENDARS)
def test_two_steps_are_one(start: datetime, one: timedelta, two: timedelta, calendar: CountryCalendar) -> None:
    assert elapsed(start, advance(advance(start, one, calendar), two, calendar), calendar) == one + two


@given(INSTANTS, DURATIONS, CALENDARS)
def test_business_time_is_never_faster_than_time(
    start: datetime, duration: timedelta, calendar: CountryCalendar
) -> None:
    end = advance(start, duration, calendar)
    assert end >= start + duration
    assert elapsed(start, start + duration, calendar) <= duration


@given(INSTANTS, INSTANTS, INSTANTS, CALENDARS)
def test_elapsed_time_adds_up(one: datetime, two: datetime, three: datetime, calendar: CountryCalendar) -> None:
    first, second, third = sorted([one, two, three])
    parts = elapsed(first, second, calendar) + elapsed(second, third, calendar)
    assert parts == elapsed(first, third, calendar)


@given(INSTANTS, DURATIONS, CALENDARS)
def test_a_due_date_falls_on_a_business_day_or_on_its_end(
    start: datetime, duration: timedelta, calendar: CountryCalendar
) -> None:
    if duration:
        moment_before = advance(start, duration, calendar) - timedelta(microseconds=1)
        assert calendar.is_business_day(moment_before.astimezone(calendar.zone).date())


def test_a_calendar_knows_the_weekend_and_the_holidays_of_its_subdivision() -> None:
    berlin, germany = CountryCalendar("DE", "BE", "Europe/Berlin"), CountryCalendar("DE", None, "UTC")
    womens_day = date(2027, 3, 8)  # a Monday, and a holiday in Berlin alone
    assert not berlin.is_business_day(womens_day)
    assert germany.is_business_day(womens_day)
    assert not germany.is_business_day(date(2026, 12, 25))
    assert germany.is_business_day(date(2026, 12, 28))
    assert not CountryCalendar("AE", None, "Asia/Dubai").is_business_day(date(2026, 11, 28))
    assert (berlin.zone, germany.zone) == (ZoneInfo("Europe/Berlin"), ZoneInfo("UTC"))


def test_no_time_is_over_at_once_on_a_day_of_rest_too() -> None:
    saturday = at("2026-11-28T10:00Z")
    assert advance(saturday, timedelta(), CountryCalendar("DE", None, "UTC")) == saturday


def test_what_comes_back_is_in_utc() -> None:
    berlin = CountryCalendar("DE", "BE", "Europe/Berlin")
    start = datetime(2026, 11, 27, 15, tzinfo=ZoneInfo("Europe/Berlin"))
    for days in (0, 1, 3):
        assert advance(start, timedelta(days=days), berlin).tzinfo is UTC
    assert advance(start, timedelta(days=1), berlin) == at("2026-11-30T14:00Z")


def test_elapsed_time_of_a_part_of_a_day_is_that_part() -> None:
    germany = CountryCalendar("DE", None, "UTC")
    assert elapsed(at("2026-11-27T15:00Z"), at("2026-11-27T16:30Z"), germany) == timedelta(hours=1.5)
    assert elapsed(at("2026-11-27T15:00Z"), at("2026-11-30T16:30Z"), germany) == timedelta(hours=25.5)
    assert elapsed(at("2026-11-27T15:00Z"), at("2026-11-27T15:00Z"), germany) == timedelta()
    assert elapsed(at("2026-11-27T15:00Z"), at("2026-11-27T14:00Z"), germany) == timedelta()
