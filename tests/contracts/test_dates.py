from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contracts.dates import Day, Instant
from shared.contracts.events import EnforcementApplied, ListingUpserted

_day: TypeAdapter[date] = TypeAdapter(Day)
_instant: TypeAdapter[datetime] = TypeAdapter(Instant)


def test_a_day_is_written_with_hyphens() -> None:
    assert _day.validate_python("2026-01-31") == date(2026, 1, 31)
    assert _day.validate_python("2026-01-31T00:00:00Z") == date(2026, 1, 31)


def test_a_moment_has_an_offset() -> None:
    expected = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for text in ("2026-01-31T12:00:00Z", "2026-01-31 12:00:00Z", "2026-01-31t12:00:00z", "2026-01-31T13:00:00+01:00"):
        assert _instant.validate_python(text) == expected, text
    with pytest.raises(ValidationError, match="timezone"):
        _instant.validate_python("2026-01-31T12:00:00")


@pytest.mark.parametrize("adapter", [_day, _instant])
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("0", "date_digits"), ("4102444800", "date_digits"), ("20200102", "date_digits"), ("-1", "date_digits"),
        ("43831.5", "date_digits"), ("\uff12\uff10\uff12\uff10", "date_digits"), (" 1 ", "date_digits"),
        (0, "date_not_text"), (1.5, "date_not_text"), (True, "date_not_text"), (None, "date_not_text"),
        ("02.01.2020", "date_form"), ("1/2/2020", "date_form"), ("2020-1-2", "date_form"), ("", "date_form"),
        ("2 January 2020", "date_form"), ("2020-01-02x", "date_form"), ("infinity", "date_form"),
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_the_form_wanted(adapter: TypeAdapter[Any], given: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(given)
    (found,) = refused.value.errors()
    assert found["type"] == code
    assert "write YYYY-MM-DD" in found["msg"]


@pytest.mark.parametrize("given", ["2020-02-30", "2020-13-01", "0000-01-01"])
def test_a_day_that_no_calendar_has_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        _day.validate_python(given)


@pytest.mark.parametrize("moment", ["0", 0, "1767225600", "2026-01-01T00:00:00"])
def test_events_from_outside_do_not_count_from_1970_or_leave_the_zone_open(moment: Any) -> None:
    listing = {"version": 1, "marketplace": "shop.example", "listing_id": "1", "listed_at": moment}
    with pytest.raises(ValidationError) as refused:
        ListingUpserted.model_validate(listing)
    assert [error["loc"] for error in refused.value.errors()] == [("listed_at",)]
    assert EnforcementApplied.model_fields["applied_at"].metadata == ListingUpserted.model_fields["listed_at"].metadata


@pytest.mark.parametrize("given", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_utc_cannot_name_is_refused(given: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _instant.validate_python(given)
    assert refused.value.errors()[0]["type"] == "date_out_of_range"


def test_the_last_moment_that_utc_can_name_is_taken() -> None:
    assert _instant.validate_python("9999-12-31T13:00:00-10:59") == datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
