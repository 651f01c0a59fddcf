"""Which events a partner asks for: `report.completed`, `decision.*`, `*`, or an event's full name."""

import re
from collections.abc import Iterable, Sequence

from shared.contracts.event import party_events
from shared.runtime.errors import FieldError, Invalid

_SHAPE = re.compile(r"\*|(?:marque\.)?[a-z_]+\.(?:\*|[a-z_]+(?:\.v[1-9][0-9]*)?)")


class EventTypeUnknown(Invalid):
    """A filter that no event of the platform answers to."""

    code = "event_type_unknown"
    title = "No event of the platform has this name"


def patterns_of(event_types: Sequence[str], *, parameter: str | None = None) -> list[str]:
    """The filters as patterns of SQL's LIKE. Raises `EventTypeUnknown` for each that no event answers to.

    They stand in the body's `event_types` unless a query parameter is named. A name without its version stands for all
    its versions, so that a receiver says `report.completed` once and for all.
    """
    patterns = [_pattern(name) for name in event_types]
    place = "" if parameter else "/event_types/{}"
    unknown = [
        FieldError(place.format(index), "event_type_unknown", f"No event is named {name!r}.", parameter)
        for index, (name, pattern) in enumerate(zip(event_types, patterns, strict=True))
        if pattern is None or not any(_matches(pattern, known) for known in party_events())
    ]
    if unknown:
        raise EventTypeUnknown(errors=unknown)
    return [pattern for pattern in patterns if pattern is not None]


def split(types: Iterable[str]) -> list[str]:
    """The filters of a query parameter, given once with commas or several times."""
    return [part.strip() for value in types for part in value.split(",") if part.strip()]


def _pattern(name: str) -> str | None:
    if not _SHAPE.fullmatch(name):
        return None
    if name == "*":
        return "%"
    full = name if name.startswith("marque.") else f"marque.{name}"
    escaped = full.replace("_", r"\_")
    if full.endswith(".*"):
        return escaped[:-1] + "%"
    return escaped if re.search(r"\.v[0-9]+$", full) else f"{escaped}.v%"


def _matches(pattern: str, name: str) -> bool:
    bare = pattern.replace(r"\_", "_")
    return name.startswith(bare[:-1]) if bare.endswith("%") else name == bare
