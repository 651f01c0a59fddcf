"""How much time a clock gives, and when that is over although it was paused in between. Functions of plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from libraries.clocks.business_days import DAY_SECONDS, Calendar, advance, elapsed


@dataclass(frozen=True)
class Span:
    """An amount of time: of the clock on the wall, or of business days (of 86,400 seconds each)."""

    seconds: float
    business: bool = False

    @classmethod
    def of(cls, data: dict[str, int]) -> "Span":
        """The span that `{"seconds": n}` or `{"business_days": n}` stands for."""
        if "business_days" in data:
            return cls(data["business_days"] * DAY_SECONDS, business=True)
        return cls(data["seconds"])

    def share(self, percent: int) -> "Span":
        return Span(self.seconds * percent / 100, self.business)


@dataclass(frozen=True)
class Pause:
    """A while in which a clock stands; without an end it still does."""

    began: datetime
    ended: datetime | None = None


def _advance(start: datetime, seconds: float, business: bool, calendar: Calendar) -> datetime:
    duration = timedelta(seconds=seconds)
    return advance(start, duration, calendar) if business else start + duration


def _elapsed(start: datetime, end: datetime, business: bool, calendar: Calendar) -> float:
    if end <= start:
        return 0.0
    return (elapsed(start, end, calendar) if business else end - start).total_seconds()


def _walk(start: datetime, span: Span, pauses: Sequence[Pause], calendar: Calendar) -> tuple[datetime | None, float]:
    at, left = start, span.seconds
    for pause in pauses:
        passed = _elapsed(at, pause.began, span.business, calendar)
        if passed >= left:
            break
        left -= passed
        if pause.ended is None:
            return None, left
        at = max(at, pause.ended)
    return _advance(at, left, span.business, calendar), left


def due(start: datetime, span: Span, pauses: Sequence[Pause], calendar: Calendar) -> datetime | None:
    """Return when the span is over. None while the clock stands with time left. The pauses are in order."""
    return _walk(start, span, pauses, calendar)[0]


def over(start: datetime, span: Span, calendar: Calendar) -> datetime:
    """Return when the span is over, where nothing pauses it."""
    return _advance(start, span.seconds, span.business, calendar)


def kept(start: datetime, span: Span, pauses: Sequence[Pause], calendar: Calendar) -> float | None:
    """The seconds that are kept while the clock stands; None where it runs."""
    at, left = _walk(start, span, pauses, calendar)
    return left if at is None else None


def pauses_of(changes: Sequence[dict[str, object]]) -> list[Pause]:
    """The pauses that a set of changes makes, whatever order they came in: the versions of the report order them."""
    pauses: list[Pause] = []
    began: datetime | None = None
    for change in sorted(changes, key=lambda change: int(str(change["version"]))):
        at = datetime.fromisoformat(str(change["at"]))
        if change["paused"]:
            began = began or max([at, *(p.ended for p in pauses[-1:] if p.ended)])
        elif began is not None:
            pauses.append(Pause(began, max(began, at)))
            began = None
    if began is not None:
        pauses.append(Pause(began))
    return pauses
