"""How sure one can be of a share, against sums that are exact."""

from fractions import Fraction
from itertools import islice
from math import comb, isclose, log, pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conduct.standing import credibility
from services.conduct.standing.credibility import (
    Prior,
    _fraction,
    _log_beta,
    _terms,
    credible,
    incomplete_beta,
    quantile,
)

UNIFORM = Prior(1, 1)


def _exactly(x: Fraction, a: int, b: int) -> float:
    """I_x(a, b) for whole a and b: the chance of at least a hits in a + b - 1 tries (DLMF 8.17.5)."""
    tries = a + b - 1
    return float(sum(comb(tries, hits) * x**hits * (1 - x) ** (tries - hits) for hits in range(a, tries + 1)))


@given(
    x=st.fractions(min_value=Fraction(1, 1000), max_value=Fraction(999, 1000), max_denominator=1000),
    a=st.integers(1, 80),
    b=st.integers(1, 80),
)
def test_the_tail_of_the_posterior_is_that_of_exact_arithmetic(x: Fraction, a: int, b: int) -> None:
    assert isclose(incomplete_beta(float(x), a, b), _exactly(x, a, b), rel_tol=1e-9, abs_tol=1e-13)


@given(
    a=st.floats(0.5, 1e6), b=st.floats(0.5, 1e6), probability=st.floats(0.01, 0.99),
)  # fmt: skip
def test_a_quantile_has_its_probability_below_it(a: float, b: float, probability: float) -> None:
    assert isclose(incomplete_beta(quantile(probability, a, b), a, b), probability, abs_tol=1e-6)


def test_the_ends_of_the_range_are_never_passed() -> None:
    assert (incomplete_beta(0.0, 2, 3), incomplete_beta(1.0, 2, 3)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("hits", "seen", "low"),
    [(3, 3, 0.05 ** (1 / 4)), (27, 27, 0.05 ** (1 / 28)), (28, 28, 0.05 ** (1 / 29)), (298, 298, 0.05 ** (1 / 299))],
)
def test_three_of_three_is_not_all_of_them(hits: int, seen: int, low: float) -> None:
    found = credible(hits, seen, UNIFORM, 0.9)
    assert isclose(found.low, low, rel_tol=1e-9)
    assert found.low < found.estimate < found.high < 1


@given(seen=st.integers(0, 2000), data=st.data())
def test_an_interval_holds_its_estimate_and_narrows_with_what_was_seen(seen: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, seen))
    one, ten = credible(hits, seen, UNIFORM, 0.9), credible(10 * hits, 10 * seen, UNIFORM, 0.9)
    assert 0 <= one.low <= one.estimate <= one.high <= 1
    assert ten.high - ten.low <= one.high - one.low


@given(seen=st.integers(1, 500), data=st.data())
def test_one_more_hit_never_lowers_either_end(seen: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, seen - 1))
    before, after = credible(hits, seen, UNIFORM, 0.9), credible(hits + 1, seen, UNIFORM, 0.9)
    assert before.low < after.low
    assert before.high < after.high


@pytest.mark.parametrize(
    ("x", "a", "b", "share"),
    [
        (-1.0, 2, 3, 0.0),
        (0.0, 2, 3, 0.0),
        (1.0, 2, 3, 1.0),
        (1.5, 2, 3, 1.0),
        (0.3, 1, 1, 0.3),
        (0.7, 1, 1, 0.7),
        (0.25, 2, 2, 0.15625),
        (0.5, 2, 3, 0.6875),
        (0.9, 2, 3, 0.9963),
        (0.1, 5, 1, 0.00001),
        (0.1, 1, 5, 0.40951),
        (3 / 7, 2, 3, 1 - (4 / 7) ** 4 - 4 * 3 / 7 * (4 / 7) ** 3),
    ],
)
def test_the_tail_of_the_posterior_is_as_written_here(x: float, a: float, b: float, share: float) -> None:
    assert isclose(incomplete_beta(x, a, b), share, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("probability", "a", "b", "share"),
    [
        (0.25, 1, 1, 0.25),
        (0.9, 1, 1, 0.9),
        (0.15625, 2, 2, 0.25),
        (0.6875, 2, 3, 0.5),
        (0.05, 4, 1, 0.05**0.25),
        (0.95, 1, 4, 1 - 0.05**0.25),
        (0.95, 300, 1, 0.95 ** (1 / 300)),
        (0.05, 0.5, 0.5, sin(0.05 * pi / 2) ** 2),
        (0.99, 0.5, 0.5, sin(0.99 * pi / 2) ** 2),
    ],
)
def test_a_quantile_is_as_written_here(probability: float, a: float, b: float, share: float) -> None:
    assert isclose(quantile(probability, a, b), share, rel_tol=1e-12)


def test_an_interval_is_as_written_here() -> None:
    three = credible(3, 3, UNIFORM, 0.9)
    assert isclose(three.estimate, 0.8)
    assert isclose(three.low, 0.05**0.25)
    assert isclose(three.high, 0.95**0.25)
    half = credible(1, 2, UNIFORM, 0.5)
    assert isclose(half.estimate, 0.5)
    assert isclose(half.low, 0.5 - sin(pi / 18))
    assert isclose(half.high, 0.5 + sin(pi / 18))
    assert isclose(credible(0, 0, Prior(2, 3), 0.9).estimate, 0.4)
    assert isclose(credible(1, 3, Prior(2, 3), 0.9).estimate, 0.375)


def test_the_continued_fraction_has_the_terms_of_the_handbook() -> None:
    found = list(islice(_terms(0.5, 2, 3), 5))
    assert all(map(isclose, found, [-5 / 6, 1 / 12, -9 / 20, 1 / 30, -2 / 6]))
    assert isclose(_fraction(0.5, 2, 3), 3 / 11)
    assert isclose(_log_beta(2, 3), -log(12))


@pytest.mark.parametrize(
    ("probability", "a", "b", "most"),
    [(0.05, 4, 1, 9), (0.05, 20, 30, 7), (0.5, 2, 2, 2)],
)
def test_a_quantile_is_found_in_few_steps(
    monkeypatch: pytest.MonkeyPatch, probability: float, a: float, b: float, most: int
) -> None:
    asked: list[float] = []

    def counting(x: float, a: float, b: float) -> float:
        asked.append(x)
        return incomplete_beta(x, a, b)

    monkeypatch.setattr(credibility, "incomplete_beta", counting)
    quantile(probability, a, b)
    assert len(asked) <= most, asked
