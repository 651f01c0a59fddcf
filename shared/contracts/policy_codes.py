"""The codes of policies."""

from enum import StrEnum, unique


@unique
class Demand(StrEnum):
    """A text that a clause asks of each judgement under it, whatever else would do."""

    NOTE = "note"
    """For colleagues."""
    PUBLIC_REASON = "public_reason"
    """For the reporter, in the reviewer's own words."""
