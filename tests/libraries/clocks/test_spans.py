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
