"""Which tier counts make, and what would change it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.conduct.standing.credibility import Prior
from services.conduct.standing.terms import FIRST, Terms
from services.conduct.standing.tiers import LADDER, Counts, Measure, fall, rise

BY_DEFAULT = Measure(FIRST, Prior())


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    decided = draw(st.integers(0, 600))
    accepted = draw(st.integers(0, decided))
    return Counts(decided, accepted, draw(st.integers(0, decided - accepted)))


@pytest.mark.parametrize(
    ("found", "tier"),
    [
        (Counts(), "new"),
        (Counts(3, 3), "new"),
        (Counts(19, 0), "new"),
        (Counts(20, 20), "standard"),
        (Counts(27, 27), "standard"),
        (Counts(28, 28), "trusted"),
        (Counts(297, 297), "trusted"),
        (Counts(298, 298), "express"),
        (Counts(200, 190, 10), "trusted"),
        (Counts(200, 189, 11), "standard"),
        (Counts(20, 7), "standard"),
        (Counts(20, 6), "restricted"),
        (Counts(1000, 900), "standard"),
        (Counts(1000, 917), "trusted"),
    ],
)
def test_the_first_terms_ask_for_ninety_and_ninety_nine_percent(found: Counts, tier: str) -> None:
    assert BY_DEFAULT.tier(found) == tier


@given(found=counts())
def test_what_would_change_a_tier_is_the_fewest_decisions_that_do(found: Counts) -> None:
    tier = BY_DEFAULT.tier(found)
    up, down = rise(found, BY_DEFAULT), fall(found, BY_DEFAULT)
    if up is not None:
        assert BY_DEFAULT.tier(found.then(accepted=up.more)) == up.tier
        assert LADDER.index(up.tier) > LADDER.index(tier)
        assert LADDER.index(BY_DEFAULT.tier(found.then(accepted=up.more - 1))) <= LADDER.index(tier)
    if down is not None:
        assert BY_DEFAULT.tier(found.then(rejected=down.more)) == down.tier
        assert LADDER.index(down.tier) < LADDER.index(tier)
        assert LADDER.index(BY_DEFAULT.tier(found.then(rejected=down.more - 1))) >= LADDER.index(tier)
    assert (up is None) == (tier == "express")


@pytest.mark.parametrize(
    ("found", "up", "down"),
    [
        (Counts(), ("standard", 20), ("restricted", 20)),
        (Counts(3, 3), ("standard", 17), ("restricted", 17)),
        (Counts(19, 19), ("standard", 1), ("restricted", 31)),
        (Counts(20, 6), ("standard", 1), None),
        (Counts(27, 27), ("trusted", 1), ("restricted", 41)),
        (Counts(28, 28), ("express", 270), ("standard", 1)),
        (Counts(200, 189, 11), ("trusted", 20), ("restricted", 212)),
        (Counts(298, 298), None, ("trusted", 1)),
    ],
)
def test_what_would_change_a_tier_is_as_written_here(
    found: Counts, up: tuple[str, int] | None, down: tuple[str, int] | None
) -> None:
    rising, falling = rise(found, BY_DEFAULT), fall(found, BY_DEFAULT)
    assert (rising and (rising.tier, rising.more)) == up
    assert (falling and (falling.tier, falling.more)) == down
    assert all(isinstance(change.more, int) for change in (rising, falling) if change)


@given(found=counts(), more=st.integers(1, 50))
def test_more_accepted_items_never_lead_to_a_worse_tier_once_there_are_enough(found: Counts, more: int) -> None:
    if found.decided >= FIRST.tiers.standard.least_decided:
        before, after = BY_DEFAULT.tier(found), BY_DEFAULT.tier(found.then(accepted=more))
        assert LADDER.index(after) >= LADDER.index(before)


@pytest.mark.parametrize(
    "changes",
    [
        {"tiers": {"trusted": {"least_acceptance": 0.9}, "express": {"least_acceptance": 0.8}}},
        {"tiers": {"restricted": {"most_acceptance": 0.95}}},
        {"tiers": {"trusted": {"least_acceptance": "0.9"}}},
        {"tiers": {"new": {"gives": {"max_open_items": 0}}}},
        {"tiers": {"diamond": {}}},
        {"misuse": {"codes": ["A_COUNTERFEIT"]}},
        {"misuse": {"codes": ["R_IMPERSONATION"], "grave_codes": ["R_FRAUDULENT_EVIDENCE"]}},
        {"misuse": {"suspension_days": 200, "longest_suspension_days": 100}},
        {"window_days": 0},
        {"window_days": 92.0},
        {"credibility": 1.0},
    ],
)
def test_terms_that_contradict_themselves_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Terms.model_validate(changes)
