"""How sure one can be of a share after seeing some: the Beta-Binomial posterior, so that three of three is not 100%.

The posterior of a share after `hits` of `seen` is a Beta distribution. Its tail is the regularised incomplete beta
function, computed by the continued fraction of DLMF 8.17.22 with the modified algorithm of Lentz; its quantiles are
found by Newton's steps, kept between ends that close in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import exp, lgamma, log, log1p

_TINY = 1e-300
_PRECISION = 1e-14
_MOST_TERMS = 100_000
_MOST_STEPS = 200


@dataclass(frozen=True)
class Prior:
    """The prior of a share: as if so many hits and misses had been seen before."""

    hits: float = 1.0
    misses: float = 1.0


@dataclass(frozen=True)
class Interval:
    """A share as estimated (the posterior's mean), and the ends between which it credibly is."""

    estimate: float
    low: float
    high: float


@lru_cache(maxsize=65_536)
def credible(hits: int, seen: int, prior: Prior, credibility: float) -> Interval:
    """The equal-tailed credible interval of a share after `hits` of `seen`."""
    a, b = prior.hits + hits, prior.misses + seen - hits
    tail = (1 - credibility) / 2
    return Interval(a / (a + b), quantile(tail, a, b), quantile(1 - tail, a, b))


def incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b), the chance that a share with this posterior is at most x."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(1 - x, b, a)
    front = exp(a * log(x) + b * log1p(-x) - _log_beta(a, b)) / a
    return front / _fraction(x, a, b)


def quantile(probability: float, a: float, b: float) -> float:
    """The share below which the posterior has this probability."""
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(_MOST_STEPS):
        over = incomplete_beta(x, a, b) - probability
        low, high = (low, x) if over > 0 else (x, high)
        slope = exp((a - 1) * log(x) + (b - 1) * log1p(-x) - _log_beta(a, b))
        step = x - over / slope if slope > 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - x) <= _PRECISION * x or not 0 < following < 1:
            return min(max(following, 0.0), 1.0)
        x = following
    return x


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + ...))."""
    numerator, denominator, value = 1.0, 0.0, 1.0
    for term in _terms(x, a, b):
        denominator = 1 / ((1 + term * denominator) or _TINY)
        numerator = (1 + term / numerator) or _TINY
        change = numerator * denominator
        value *= change
        if abs(change - 1) < _PRECISION:
            break
    return value


def _terms(x: float, a: float, b: float) -> Iterator[float]:
    for m in range(_MOST_TERMS):
        if m:
            yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
