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


@unique
class CaptureSource(StrEnum):
    """Who told of the listing that was captured."""

    LISTINGS = "listings"
    """The marketplace, by itself."""
    LOOKUP = "lookup"
    """The marketplace, because it was asked."""


@unique
class PictureProblem(StrEnum):
    """The reason why a picture of a capture could not be had."""

    ADDRESS_REFUSED = "address_refused"
    """The address is not one that may be called, such as one within a private network."""
    UNREACHABLE = "unreachable"
    """Nobody answered there, or the connection broke."""
    NOT_FOUND = "not_found"
    """There is no picture at the address (404 or 410)."""
    ANSWER_REFUSED = "answer_refused"
    """The answer was another status than 200, or led elsewhere once too often."""
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    """More bytes, pixels or frames than a picture may have, or a side that is too long."""
    NOT_A_PICTURE = "not_a_picture"
    """The content is no PNG, JPEG, GIF or WebP, whatever it is called."""
    BROKEN = "broken"
    EVIDENCE_UNKNOWN = "evidence_unknown"
    """No evidence has this id."""
