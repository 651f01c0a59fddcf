"""How it went with a listing that was given to the store."""

from enum import StrEnum, unique


@unique
class ListingStatus(StrEnum):
    """The outcome of one listing."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """The store has it so."""
    OUTDATED = "outdated"
    """The store has a newer version, and keeps it."""
    REFUSED = "refused"
    """It is no sound listing, or the store has this version with another content and keeps that."""
