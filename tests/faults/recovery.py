"""How fast filing comes back after a fault: reports a second over five seconds, beside those of before."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_SECONDS = 5.0
GOAL = 0.9


@dataclass(frozen=True)
class Recovery:
    """Filings before a fault and after it. `after_seconds`: when the goal was reached, from its end; none: never."""

    before: float
    best: float
    after_seconds: float | None

    @property
    def ratio(self) -> float:
        return self.best / self.before if self.before else 0.0

    def __str__(self) -> str:
        when = "not within the goal" if self.after_seconds is None else f"after {self.after_seconds:.1f} s"
        return f"{self.before:.1f}/s before, {self.best:.1f}/s after ({self.ratio:.2f}); at {GOAL} of before {when}"


def recovery(
    filed_at: Sequence[float], *, began: float, fault: float, over: float, within: float = 10.0, goal: float = GOAL
) -> Recovery:
    """What filings, by their times, say of a fault that lasted from `fault` to `over`, with load since `began`.

    Looked at are the windows that end within some seconds after the fault, and one window more.
    """
    before = _count(filed_at, began, fault) / (fault - began)
    best, reached = 0.0, None
    for tenth in range(int(within * 10) + 1):
        end = over + WINDOW_SECONDS + tenth / 10
        rate = _count(filed_at, end - WINDOW_SECONDS, end) / WINDOW_SECONDS
        best = max(best, rate)
        if reached is None and before and rate >= goal * before:
            reached = tenth / 10
    return Recovery(before, best, reached)


def _count(times: Sequence[float], start: float, end: float) -> int:
    return bisect_right(times, end) - bisect_left(times, start)
