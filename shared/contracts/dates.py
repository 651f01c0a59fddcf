"""Days and moments as RFC 3339 writes them, for whatever comes from outside.

A lenient reader takes a number, and digits alone, for seconds since 1970: `0` would be a day.
"""

import re
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
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


Day = Annotated[date, BeforeValidator(partial(_written, "YYYY-MM-DD, such as 2026-01-31"))]
"""A calendar day: `full-date` of RFC 3339, section 5.6."""

Instant = Annotated[
    AwareDatetime, BeforeValidator(partial(_written, "YYYY-MM-DDThh:mm:ssZ, such as 2026-01-31T12:00:00Z"))
]
"""A moment: `date-time` of RFC 3339, section 5.6, with its offset."""
