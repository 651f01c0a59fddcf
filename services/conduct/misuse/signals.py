"""Signals of misuse, each a small function of plain values, and the limits that an operator sets."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.conduct.misuse.traces import Rate, Seen
from services.conduct.settings import ConductSettings


@dataclass(frozen=True)
class Limits:
    """From where on something is suspicious, and over which time."""

    days: int
    accounts: int
    rights: int
    burst_items: int
    burst_times: float

    @classmethod
    def of(cls, settings: ConductSettings) -> "Limits":
        return cls(
            settings.abuse_days,
            settings.abuse_accounts,
            settings.abuse_rights,
            settings.abuse_burst_items,
            settings.abuse_burst_times,
        )


def is_burst(rate: Rate, limits: Limits) -> bool:
    """Many times what the account has filed in an hour so far, and many at all. A newcomer has no usual rate yet."""
    usual = rate.before / max(rate.hours, 1)
    return rate.now >= limits.burst_items and rate.now >= limits.burst_times * max(usual, 1)


def is_cloned(seen: Seen, limits: Limits) -> bool:
    """One explanation under the rights of many, or of many accounts: it cannot have been written for each."""
    return len(seen.accounts) >= limits.accounts or seen.rights >= limits.rights


def is_shared(seen: Seen, limits: Limits) -> bool:
    """One person behind many accounts."""
    return len(seen.accounts) >= limits.accounts


def listed(values: Sequence[str], most: int = 5) -> str:
    """Some of many, for a sentence."""
    shown = ", ".join(values[:most])
    return f"{shown} and {len(values) - most} more" if len(values) > most else shown
