"""What is said of a recovery, by filings whose times are known."""

import pytest

from tests.faults.recovery import recovery


def test_filings_that_go_on_as_before_are_back_at_once() -> None:
    times = [number / 10 for number in range(600)]
    found = recovery(times, began=0.0, fault=30.0, over=35.0)
    assert (round(found.before), round(found.ratio, 1), found.after_seconds) == (10, 1.0, 0.0)


def test_filings_that_wait_three_seconds_are_back_when_the_window_has_nine_tenths() -> None:
    times = [*(number / 10 for number in range(300)), *(38 + number / 10 for number in range(300))]
    found = recovery(times, began=0.0, fault=30.0, over=35.0)
    assert found.after_seconds == pytest.approx(2.5, abs=0.2)


def test_filings_that_stay_away_never_are() -> None:
    found = recovery([number / 10 for number in range(300)], began=0.0, fault=30.0, over=35.0)
    assert (found.best, found.after_seconds) == (0.0, None)
    assert "not within the goal" in str(found)
