"""The codes of listings."""

from enum import StrEnum, unique


@unique
class ListingState(StrEnum):
    """The state of a listing, as the marketplace tells it."""

    LIVE = "live"
    REMOVED = "removed"
    """Taken down by the marketplace."""
    GONE = "gone"
    """No longer offered, for whatever reason."""
