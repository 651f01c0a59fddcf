"""Days and moments as RFC 3339 writes them, for whatever comes from outside.

A lenient reader takes a number, and digits alone, for seconds since 1970: `0` would be a day.
"""

import re
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

_DATE_FIRST = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ]|$)")


def _written(form: str, value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("date_not_text", "A date is written as text; write {form}", {"form": form})
    if _DATE_FIRST.match(value):
        return value
    if value.strip().lstrip("+-").replace(".", "", 1).isdecimal():
        raise PydanticCustomError("date_digits", "Digits alone are no date; write {form}", {"form": form})
    raise PydanticCustomError("date_form", "This is not the form of a date here; write {form}", {"form": form})


def _in_utc(moment: datetime) -> datetime:
    """The moment as it is. In the first and the last hours of the calendar UTC may be in a year that is none."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("date_out_of_range", "In UTC this is outside the years 0001 to 9999") from None
    return moment


Day = Annotated[date, BeforeValidator(partial(_written, "YYYY-MM-DD, such as 2026-01-31"))]
"""A calendar day: `full-date` of RFC 3339, section 5.6."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(partial(_written, "YYYY-MM-DDThh:mm:ssZ, such as 2026-01-31T12:00:00Z")),
    AfterValidator(_in_utc),
]
"""A moment: `date-time` of RFC 3339, section 5.6, with its offset."""
