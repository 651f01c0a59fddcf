"""Clocks with pauses: what is left is kept, whatever order the news came in."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from libraries.clocks.business_days import CountryCalendar
from libraries.clocks.spans import Pause, Span, due, kept, over, pauses_of

CALENDAR = CountryCalendar("DE", None, "UTC")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPANS = st.builds(Span, st.integers(1, 10 * 86_400), st.booleans())


def _turns(*hours: float) -> list[dict[str, Any]]:
    """Pause, resume, pause, ... at these hours after the start."""
    return [{"version": n + 2, "at": (START + h * HOUR).isoformat(), "paused": n % 2 == 0} for n, h in enumerate(hours)]


def test_a_clock_stands_while_it_is_paused() -> None:
    span = Span(8 * 3600)
    assert due(START, span, pauses_of(_turns(2)), CALENDAR) is None
    assert kept(START, span, pauses_of(_turns(2)), CALENDAR) == 6 * 3600


def test_a_resumed_clock_has_what_was_left() -> None:
    span = Span(8 * 3600)
    assert due(START, span, pauses_of(_turns(2, 50)), CALENDAR) == START + 56 * HOUR
    assert kept(START, span, pauses_of(_turns(2, 50)), CALENDAR) is None


def test_a_pause_after_the_due_date_changes_nothing() -> None:
    assert due(START, Span(3600), pauses_of(_turns(2)), CALENDAR) == START + HOUR


def test_business_days_are_kept_as_business_days() -> None:
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
    sunday = datetime(2026, 11, 29, 12, tzinfo=UTC)
    day = Span(86_400, business=True)
    pauses = [Pause(friday + 6 * HOUR, sunday)]
    assert due(friday, day, pauses, CALENDAR) == datetime(2026, 11, 30, 18, tzinfo=UTC)


@given(SPANS, st.lists(st.floats(0, 300), max_size=8).map(sorted))
def test_pausing_never_takes_time_away(span: Span, hours: list[float]) -> None:
    whole = hours[: len(hours) // 2 * 2]
    ends = due(START, span, pauses_of(_turns(*whole)), CALENDAR)
    assert ends is not None
    assert ends >= over(START, span, CALENDAR)


@given(SPANS, st.lists(st.floats(0, 300), min_size=1, max_size=7).map(sorted))
def test_a_clock_either_runs_or_keeps(span: Span, hours: list[float]) -> None:
    pauses = pauses_of(_turns(*hours))
    assert (due(START, span, pauses, CALENDAR) is None) is (kept(START, span, pauses, CALENDAR) is not None)


@given(SPANS, st.integers(1, 99), st.lists(st.floats(0, 300), max_size=6).map(sorted))
def test_a_share_of_the_time_is_over_before_the_whole(span: Span, percent: int, hours: list[float]) -> None:
    pauses = pauses_of(_turns(*hours))
    part, whole = due(START, span.share(percent), pauses, CALENDAR), due(START, span, pauses, CALENDAR)
    assert whole is None or (part is not None and part <= whole)


@given(st.lists(st.floats(0, 300), max_size=6).map(sorted), st.randoms())
def test_the_order_in_which_turns_are_heard_does_not_matter(hours: list[float], random: Any) -> None:
    turns = _turns(*hours)
    shuffled = turns.copy()
    random.shuffle(shuffled)
    assert pauses_of(shuffled) == pauses_of(turns)


def test_turns_that_overlap_or_repeat_make_sane_pauses() -> None:
    for turns in itertools.product([True, False], repeat=4):
        told = [
            {"version": n, "at": (START + n * HOUR).isoformat(), "paused": paused} for n, paused in enumerate(turns)
        ]
        pauses = pauses_of(told)
        assert all(p.ended is None or p.began <= p.ended for p in pauses)
        assert all(p.ended is not None and p.ended <= q.began for p, q in itertools.pairwise(pauses))


def test_a_span_is_read_from_what_an_operator_writes() -> None:
    assert Span.of({"seconds": 90}) == Span(90, business=False)
    assert Span.of({"business_days": 2}) == Span(172_800, business=True)


def test_a_share_of_a_span_is_of_its_kind() -> None:
    assert Span(400, business=True).share(25) == Span(100, business=True)
    assert Span(400, business=False).share(50) == Span(200, business=False)


def test_wall_time_runs_over_a_weekend_and_business_time_does_not() -> None:
    friday, two_days = datetime(2026, 11, 27, 12, tzinfo=UTC), 2 * 86_400
    assert over(friday, Span(two_days), CALENDAR) == datetime(2026, 11, 29, 12, tzinfo=UTC)
    assert over(friday, Span(two_days, business=True), CALENDAR) == datetime(2026, 12, 1, 12, tzinfo=UTC)
    monday = [Pause(datetime(2026, 11, 30, 12, tzinfo=UTC))]
    assert kept(friday, Span(4 * 86_400), monday, CALENDAR) == 86_400
    assert kept(friday, Span(4 * 86_400, business=True), monday, CALENDAR) == 3 * 86_400


def test_a_pause_that_begins_as_the_time_is_over_changes_nothing() -> None:
    ends = START + 2 * HOUR
    assert due(START, Span(7200), [Pause(ends)], CALENDAR) == ends
    assert kept(START, Span(7200), [Pause(ends)], CALENDAR) is None


def test_a_pause_that_begins_with_the_clock_keeps_all_of_it() -> None:
    assert kept(START, Span(7200), [Pause(START)], CALENDAR) == 7200
    assert due(START, Span(7200), [Pause(START, START + HOUR)], CALENDAR) == START + 3 * HOUR


def test_a_pause_of_before_the_clock_began_takes_nothing_from_it() -> None:
    assert due(START, Span(7200), [Pause(START - 5 * HOUR, START - HOUR)], CALENDAR) == START + 2 * HOUR
    assert due(START, Span(7200), [Pause(START - 5 * HOUR, START + HOUR)], CALENDAR) == START + 3 * HOUR


def test_a_pause_without_length_changes_nothing() -> None:
    assert due(START, Span(7200), [Pause(START + HOUR, START + HOUR)], CALENDAR) == START + 2 * HOUR


def test_a_pause_that_is_told_to_begin_within_the_one_before_begins_where_that_ends() -> None:
    assert pauses_of(_turns(0, 10, 5)) == [Pause(START, START + 10 * HOUR), Pause(START + 10 * HOUR)]
    assert pauses_of(_turns(0, 10, 5, 8)) == [
        Pause(START, START + 10 * HOUR), Pause(START + 10 * HOUR, START + 10 * HOUR),
    ]  # fmt: skip


def test_versions_order_what_was_told_not_times_and_not_text() -> None:
    told = [
        {"version": v, "at": (START + h * HOUR).isoformat(), "paused": p} for v, h, p in ((10, 3, False), (9, 1, True))
    ]
    assert pauses_of(told) == [Pause(START + HOUR, START + 3 * HOUR)]


def test_a_clock_that_is_resumed_as_it_would_have_ended_has_what_was_left_before_the_pause() -> None:
    assert due(START, Span(7200), [Pause(START + HOUR, START + 2 * HOUR)], CALENDAR) == START + 3 * HOUR
    assert kept(START, Span(7200), [Pause(START + HOUR, START + 2 * HOUR)], CALENDAR) is None


def test_a_pause_one_second_before_the_end_keeps_that_second() -> None:
    last = START + timedelta(seconds=7199)
    assert due(START, Span(7200), [Pause(last)], CALENDAR) is None
    assert kept(START, Span(7200), [Pause(last)], CALENDAR) == 1
    assert due(START, Span(7200), [Pause(last, last + 9 * HOUR)], CALENDAR) == START + 11 * HOUR


def test_a_clock_without_time_is_over_as_it_begins_even_if_it_is_paused_then() -> None:
    assert due(START, Span(0), [Pause(START)], CALENDAR) == START
    assert kept(START, Span(0), [Pause(START)], CALENDAR) is None


def test_pauses_that_touch_are_as_long_as_one() -> None:
    touching = [Pause(START + HOUR, START + 2 * HOUR), Pause(START + 2 * HOUR, START + 5 * HOUR)]
    assert due(START, Span(7200), touching, CALENDAR) == START + 6 * HOUR
    assert kept(START, Span(7200), [touching[0], Pause(START + 2 * HOUR)], CALENDAR) == 3600


def test_a_second_pause_as_the_resumed_time_is_over_changes_nothing() -> None:
    first, second = Pause(START + HOUR, START + 4 * HOUR), Pause(START + 5 * HOUR)
    assert due(START, Span(7200), [first, second], CALENDAR) == START + 5 * HOUR
    assert kept(START, Span(7200), [first, second], CALENDAR) is None


def test_a_business_clock_paused_at_the_midnight_that_ends_it_is_over_and_a_second_earlier_is_not() -> None:
    thursday, saturday = datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC)
    two_days = Span(2 * 86_400, business=True)
    assert due(thursday, two_days, [Pause(saturday)], CALENDAR) == saturday
    assert due(thursday, two_days, [Pause(saturday + 12 * HOUR)], CALENDAR) == saturday
    early = [Pause(saturday - timedelta(seconds=1), saturday + 12 * HOUR)]
    assert due(thursday, two_days, early, CALENDAR) == datetime(2026, 11, 30, 0, 0, 1, tzinfo=UTC)


def test_a_business_clock_loses_nothing_to_a_pause_within_a_weekend() -> None:
    friday, saturday = datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 11, 28, 9, tzinfo=UTC)
    day = Span(86_400, business=True)
    assert due(friday, day, [Pause(saturday, saturday + 30 * HOUR)], CALENDAR) == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert kept(friday, day, [Pause(saturday)], CALENDAR) == 43_200


def test_a_pause_told_twice_lasts_from_the_first_to_the_next_resumption() -> None:
    told = [(1, 1, True), (2, 3, True), (3, 4, False), (4, 6, False)]
    changes = [{"version": v, "at": (START + h * HOUR).isoformat(), "paused": p} for v, h, p in told]
    assert pauses_of(changes) == [Pause(START + HOUR, START + 4 * HOUR)]


def test_a_resumption_before_any_pause_is_none() -> None:
    told = [(1, 1, False), (2, 3, True)]
    changes = [{"version": v, "at": (START + h * HOUR).isoformat(), "paused": p} for v, h, p in told]
    assert pauses_of(changes) == [Pause(START + 3 * HOUR)]
    assert pauses_of([]) == []


def test_a_resumption_told_for_before_its_pause_makes_a_pause_without_length() -> None:
    assert pauses_of(_turns(5, 3)) == [Pause(START + 5 * HOUR, START + 5 * HOUR)]
