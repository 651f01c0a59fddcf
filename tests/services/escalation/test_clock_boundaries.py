"""The clocks of a report item at the instants where they begin, stand, go on and end. Values only, no database."""

from datetime import UTC, datetime, timedelta

import pytest

from libraries.clocks.business_days import CountryCalendar
from services.escalation.clocks.item_clocks import (
    ACKNOWLEDGE,
    DECIDE,
    ItemRef,
    Miss,
    belong,
    derive_due_dates,
    due_at,
    earliest,
    escalation_of,
    missed,
    next_moment,
    record_pause,
    span_of,
    stopped_at,
    warning_at,
)
from services.escalation.clocks.tables import ItemClock
from shared.contracts.codes import Severity

CALENDAR = CountryCalendar("DE", None, "UTC")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def a_clock(*changes: tuple[float, bool], **values: object) -> ItemClock:
    """An hour to acknowledge and eight to decide; `changes` are hours at which it was paused or resumed."""
    clock = ItemClock(item_id="itm_1", report_id="rpt_1", account_id="acc_1", turns=[])
    clock.severity, clock.submitted_at = Severity.P1, START
    clock.acknowledge_seconds, clock.decide_seconds = 3600, 8 * 3600
    for version, (hours, paused) in enumerate(changes, 2):
        record_pause(clock, version=version, at=START + hours * HOUR, paused=paused)
    for name, value in values.items():
        setattr(clock, name, value)
    derive_due_dates(clock, CALENDAR)
    return clock


def shown(clock: ItemClock) -> tuple[datetime | None, int | None, datetime | None, int | None]:
    return (
        clock.acknowledge_due_at, clock.acknowledge_left_seconds, clock.decide_due_at, clock.decide_left_seconds
    )  # fmt: skip


PAUSED, RESUMED = True, False


@pytest.mark.parametrize(
    ("changes", "acknowledge", "decide"),
    [
        ([], (1, None), (8, None)),
        # Paused as it begins, and resumed at once or later.
        ([(0, PAUSED)], (None, 3600), (None, 28_800)),
        ([(0, PAUSED), (0, RESUMED)], (1, None), (8, None)),
        ([(0, PAUSED), (5, RESUMED)], (6, None), (13, None)),
        # Paused as the first of the two ends: that one is over, the other stands.
        ([(1, PAUSED)], (1, None), (None, 25_200)),
        # Resumed as each would have ended.
        ([(0.5, PAUSED), (1, RESUMED)], (1.5, None), (8.5, None)),
        ([(2, PAUSED), (8, RESUMED)], (1, None), (14, None)),
        # Paused as the second ends, and after it.
        ([(8, PAUSED)], (1, None), (8, None)),
        ([(9, PAUSED), (20, RESUMED)], (1, None), (8, None)),
        # Paused twice, resumed twice, resumed without a pause.
        ([(2, PAUSED), (3, PAUSED), (4, RESUMED)], (1, None), (10, None)),
        ([(2, PAUSED), (3, RESUMED), (4, RESUMED)], (1, None), (9, None)),
        ([(2, RESUMED)], (1, None), (8, None)),
        # Paused again as it is resumed.
        ([(2, PAUSED), (3, RESUMED), (3, PAUSED)], (1, None), (None, 21_600)),
    ],
)
def test_both_clocks_at_the_edges_of_their_pauses(
    changes: list[tuple[float, bool]], acknowledge: tuple[float | None, int], decide: tuple[float | None, int]
) -> None:
    told = [(None if hours is None else START + hours * HOUR, left) for hours, left in (acknowledge, decide)]
    assert shown(a_clock(*changes)) == (*told[0], *told[1])


def test_what_is_left_is_shown_in_whole_seconds_and_never_as_less() -> None:
    clock = a_clock()
    record_pause(clock, version=2, at=START + timedelta(microseconds=1), paused=True)
    derive_due_dates(clock, CALENDAR)
    assert (clock.acknowledge_left_seconds, clock.decide_left_seconds) == (3600, 28_800)


def test_a_version_that_is_told_twice_counts_as_it_was_told_first() -> None:
    clock = a_clock((2, PAUSED))
    record_pause(clock, version=2, at=START + 3 * HOUR, paused=False)
    assert clock.turns == [{"version": 2, "at": "2026-11-23T11:00:00+00:00", "paused": True}]


def test_a_clock_of_which_no_report_was_told_stands_without_dates() -> None:
    clock = ItemClock(item_id="itm_1", report_id="rpt_1", account_id="acc_1", turns=[])
    derive_due_dates(clock, CALENDAR)
    assert shown(clock) == (None, None, None, None)
    assert warning_at(clock, 50, CALENDAR) is None
    assert next_moment([clock], after=START, warn_percent=[50], calendar=CALENDAR) is None


@pytest.mark.parametrize(
    ("values", "now", "acknowledge", "decide"),
    [
        ({}, START + HOUR - SECOND, False, False),
        ({}, START + HOUR, True, False),
        ({}, START + 8 * HOUR - SECOND, True, False),
        ({}, START + 8 * HOUR, True, True),
        # What was due happened at the due date, or a second later.
        ({"acknowledged_at": START + HOUR}, START + 7 * HOUR, False, False),
        ({"acknowledged_at": START + HOUR + SECOND}, START + 7 * HOUR, True, False),
        ({"ended_at": START + 8 * HOUR}, START + 99 * HOUR, True, False),
        ({"ended_at": START + 8 * HOUR + SECOND}, START + 8 * HOUR, True, True),
        # An end acknowledges too; the earlier of the two counts.
        ({"ended_at": START + HOUR}, START + 99 * HOUR, False, False),
        ({"acknowledged_at": START + 3 * HOUR, "ended_at": START + HOUR}, START + 99 * HOUR, False, False),
    ],
)
def test_a_promise_is_kept_at_its_due_date_and_broken_after_it(
    values: dict[str, datetime], now: datetime, *, acknowledge: bool, decide: bool
) -> None:
    clock = a_clock(**values)
    assert (missed(clock, ACKNOWLEDGE, now), missed(clock, DECIDE, now)) == (acknowledge, decide)


def test_a_clock_that_stands_breaks_no_promise() -> None:
    clock = a_clock((2, PAUSED))
    assert (missed(clock, ACKNOWLEDGE, START + 999 * HOUR), missed(clock, DECIDE, START + 999 * HOUR)) == (True, False)


def test_each_clock_has_its_own_time_date_and_end() -> None:
    clock = a_clock(acknowledged_at=START + HOUR, ended_at=START + 2 * HOUR)
    assert (span_of(clock, ACKNOWLEDGE).seconds, span_of(clock, DECIDE).seconds) == (3600, 28_800)
    assert (due_at(clock, ACKNOWLEDGE), due_at(clock, DECIDE)) == (START + HOUR, START + 8 * HOUR)
    assert (stopped_at(clock, ACKNOWLEDGE), stopped_at(clock, DECIDE)) == (START + HOUR, START + 2 * HOUR)
    business = a_clock(acknowledge_business=True, decide_business=True, acknowledge_seconds=None, decide_seconds=None)
    assert [(span_of(business, kind).seconds, span_of(business, kind).business) for kind in (ACKNOWLEDGE, DECIDE)] == [
        (0, True), (0, True),
    ]  # fmt: skip
    assert stopped_at(a_clock(), ACKNOWLEDGE) is None


@pytest.mark.parametrize(
    ("changes", "half"),
    [
        ([], 4),
        ([(4, PAUSED)], 4),
        ([(3, PAUSED)], None),
        ([(3, PAUSED), (4, RESUMED)], 5),
        ([(0, PAUSED), (4, RESUMED)], 8),
    ],
)
def test_a_warning_comes_with_its_share_of_the_time_and_waits_while_the_clock_stands(
    changes: list[tuple[float, bool]], half: float | None
) -> None:
    assert warning_at(a_clock(*changes), 50, CALENDAR) == (None if half is None else START + half * HOUR)


@pytest.mark.parametrize(
    ("after", "values", "hours"),
    [
        (START, {}, 1),
        (START + HOUR - SECOND, {}, 1),
        (START + HOUR, {}, 4),
        (START, {"acknowledged_at": START}, 4),
        (START + 4 * HOUR, {}, 8),
        (START + HOUR, {"warned_percent": 50}, 8),
        (START + HOUR, {"warned_percent": 49}, 4),
        (START + 8 * HOUR, {}, None),
        (START, {"ended_at": START + HOUR}, None),
        (START, {"severity": None}, None),
    ],
)
def test_the_next_look_is_at_the_first_moment_that_is_still_to_come(
    after: datetime, values: dict[str, object], hours: float | None
) -> None:
    found = next_moment([a_clock(**values)], after=after, warn_percent=[50], calendar=CALENDAR)
    assert found == (None if hours is None else START + hours * HOUR)


def test_one_ended_clock_does_not_hide_the_others() -> None:
    clocks = [a_clock(ended_at=START), a_clock(severity=None), a_clock()]
    assert next_moment(clocks, after=START, warn_percent=[], calendar=CALENDAR) == START + HOUR


def test_the_earliest_instant_told_is_kept() -> None:
    assert earliest(None, START) == START
    assert earliest(START, START + HOUR) == START
    assert earliest(START + HOUR, START) == START


def test_a_missed_clock_becomes_part_of_one_escalation_and_leaves_it() -> None:
    clock = a_clock()
    belong([Miss(clock, DECIDE, START)], "esc_1")
    belong([Miss(clock, ACKNOWLEDGE, START)], "esc_2")
    assert (escalation_of(clock, DECIDE), escalation_of(clock, ACKNOWLEDGE), clock.version) == ("esc_1", "esc_2", 3)
    belong([Miss(clock, DECIDE, START)], None)
    assert (escalation_of(clock, DECIDE), clock.version) == (None, 4)


def test_items_are_named_with_their_report_and_account() -> None:
    assert ItemRef("itm_1", "rpt_2", "acc_3") < ItemRef("itm_2", "rpt_1", "acc_1")
