"""When a call is tried again, and after how long."""

import random
import uuid
from dataclasses import dataclass

import httpx

from marque_client.errors import ApiError

IDEMPOTENCY_KEY = "Idempotency-Key"
_SAFE = frozenset({"GET", "HEAD", "PUT"})
_PASSING = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Retries:
    """Number of tries of a call, and the pauses between: they double, and vary so that clients do not march in step."""

    tries: int = 5
    first_seconds: float = 0.5
    most_seconds: float = 30.0
    """The longest pause; a platform that asks for a longer one is taken at its word, and the error is raised."""

    def after_refusal(self, request: httpx.Request, error: ApiError, tried: int) -> float | None:
        """Return for how many seconds to wait before the next try; None where there is none."""
        asked = error.retry_after
        undone = error.status == 429 or (error.status == 503 and asked is not None)
        running = error.code == "idempotency_key_in_use"  # an earlier try of ours
        if not (undone or running or (error.status in _PASSING and may_repeat(request))):
            return None
        return self._pause(tried, asked)

    def after_failure(self, request: httpx.Request, error: httpx.TransportError, tried: int) -> float | None:
        """Return for how many seconds to wait after a try that had no answer; None where there is no next."""
        unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        return self._pause(tried, None) if unsent or may_repeat(request) else None

    def _pause(self, tried: int, asked: float | None) -> float | None:
        if tried >= self.tries or (asked or 0) > self.most_seconds:
            return None
        if asked is not None:
            return asked
        pause: float = min(self.first_seconds * 2 ** (tried - 1), self.most_seconds)
        return pause * random.uniform(0.5, 1)  # noqa: S311 - spreads retries, guards nothing


def with_idempotency_key(request: httpx.Request) -> None:
    """Give a POST that has none an idempotency key: the same for each try, so that it is done once."""
    if request.method == "POST" and request.url.path.startswith("/v1/"):
        request.headers.setdefault(IDEMPOTENCY_KEY, str(uuid.uuid4()))


def may_repeat(request: httpx.Request) -> bool:
    """Return whether doing it twice has the effect of doing it once."""
    return request.method in _SAFE or IDEMPOTENCY_KEY in request.headers
