"""Days of a calendar somewhere on earth, and the instants at which they begin."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def day_at(moment: datetime, zone: tzinfo) -> date:
    """Return the day that it is there."""
    return moment.astimezone(zone).date()


def start_of(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which a day begins there, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def days_after(day: date, days: int) -> date:
    """Return a day so many days later, or the last one that a calendar has: `9999-12-31` stands for no end."""
    return day + timedelta(days=min(days, (date.max - day).days))
