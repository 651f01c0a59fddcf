"""Days as the offices of the tests' rights count them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def office_today() -> date:
    """Today at the EUIPO and in Germany, where it is tomorrow an hour or two before it is in UTC."""
    return datetime.now(ZoneInfo("Europe/Madrid")).date()
