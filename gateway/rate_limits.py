"""How fast a caller may go: the generic cell rate algorithm (GCRA), in memory, for each replica by itself.

For each caller one moment is kept: when all it has asked for would be paid off at the steady rate. A request that
would move it further than the burst allows is refused, and costs nothing. What callers see is written as in
draft-ietf-httpapi-ratelimit-headers.
"""

import math
from dataclasses import dataclass

from prometheus_client import Counter

from shared.runtime.errors import MarqueError

_PRUNE_AT = 10_000
_refused = Counter("marque_gateway_rate_limited", "Requests beyond a limit, by the limit", ["limit"])


class RateLimited(MarqueError):
    """The caller goes faster than it may."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"


@dataclass(frozen=True, slots=True)
class Spent:
    """The state of a caller's quota after one request."""

    allowed: bool
    remaining: int
    reset_seconds: int
    retry_seconds: int


class RateLimit:
    """One limit, kept apart for each caller. Times are those of a monotonic clock, in seconds."""

    def __init__(self, name: str, *, rate: float, burst: int) -> None:
        self.name = name
        self._refused = _refused.labels(name)
        self._step = 1.0 / rate
        self._window = burst / rate
        self._paid_off: dict[str, float] = {}
        self._prune_at = _PRUNE_AT
        self.policy = f'"{name}";q={burst};w={math.ceil(self._window)}'.encode()

    def spend(self, caller: str, now: float) -> Spent:
        """Take one request from a caller's quota, where it has one left."""
        paid_off = max(self._paid_off.get(caller, now), now)
        after = paid_off + self._step
        over = after - now - self._window
        if over > 1e-9:
            self._refused.inc()
            return Spent(False, 0, math.ceil(paid_off - now), max(1, math.ceil(over)))
        if caller not in self._paid_off and len(self._paid_off) >= self._prune_at:
            self._prune(now)
        self._paid_off[caller] = after
        return Spent(True, int((self._window - (after - now)) / self._step + 1e-9), math.ceil(after - now), 0)

    def has_left(self, caller: str, now: float) -> bool:
        """Return whether a request of this caller would be let through. Takes nothing."""
        return max(self._paid_off.get(caller, now), now) + self._step - now <= self._window + 1e-9

    def headers(self, spent: Spent) -> list[tuple[bytes, bytes]]:
        """Return the rate-limit headers of the response."""
        left = b'"%b";r=%d;t=%d' % (self.name.encode(), spent.remaining, spent.reset_seconds)
        return [(b"ratelimit-policy", self.policy), (b"ratelimit", left)]

    def _prune(self, now: float) -> None:
        """Forget those who have paid all off: they are as good as new."""
        self._paid_off = {caller: at for caller, at in self._paid_off.items() if at > now}
        self._prune_at = max(_PRUNE_AT, 2 * len(self._paid_off))
