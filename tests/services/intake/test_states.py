from datetime import UTC, datetime
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.reports.states import OPEN, ItemStep, is_complete, item_after, report_state, withdrawal_of
from services.intake.vault.authorities.states import AuthorityStep, authority_after
from services.intake.vault.states import RightStep, right_after
from shared.contracts.authority_codes import AuthorityState
from shared.contracts.codes import ItemState, ReportState, RightState
from tests import state_tables

states = st.sampled_from(ItemState)
steps = st.sampled_from(ItemStep)
outcomes = frozenset(ItemState) - OPEN - {ItemState.CLOSED}


ITEM = """
state              queue   claim      ask                inform  close   reopen  accept    reject    apply     withdraw
received           queued  in_review  needs_information  -       -       -       accepted  rejected  -         withdrawn
queued             queued  in_review  needs_information  -       -       -       accepted  rejected  -         withdrawn
in_review          queued  in_review  needs_information  -       -       -       accepted  rejected  -         withdrawn
needs_information  queued  in_review  needs_information  queued  closed  -       accepted  rejected  -         withdrawn
closed             -       -          -                  -       -       queued  accepted  rejected  -         withdrawn
accepted           -       -          -                  -       -       -       -         -         actioned  -
rejected           -       -          -                  -       -       -       -         -         -         -
actioned           -       -          -                  -       -       -       -         -         -         -
appealed           -       -          -                  -       -       -       -         -         -         -
restored           -       -          -                  -       -       -       -         -         -         -
withdrawn          -       -          -                  -       -       -       -         -         -         -
"""
RIGHT = """
state     verify    reject    revise   expire   renew
pending   verified  rejected  pending  expired  -
verified  -         rejected  pending  expired  verified
rejected  verified  -         pending  -        -
expired   -         -         pending  -        verified
"""
AUTHORITY = """
state     verify    reject    revise   expire   revoke
pending   verified  rejected  pending  -        revoked
verified  -         rejected  pending  expired  revoked
rejected  verified  -         pending  -        revoked
expired   -         -         pending  -        revoked
revoked   -         -         -        -        -
"""


def test_an_item_moves_as_written_here_and_in_no_other_way() -> None:
    found = {(state.value, step.value): item_after(state, step) for state in ItemState for step in ItemStep}
    assert found == state_tables.read(ITEM)


def test_a_right_moves_as_written_here_and_in_no_other_way() -> None:
    found = {(state.value, step.value): right_after(state, step) for state in RightState for step in RightStep}
    assert found == state_tables.read(RIGHT)


def test_an_authority_moves_as_written_here_and_in_no_other_way() -> None:
    found = {(s.value, step.value): authority_after(s, step) for s in AuthorityState for step in AuthorityStep}
    assert found == state_tables.read(AUTHORITY)


@given(st.lists(st.sampled_from(AuthorityStep), max_size=20))
def test_an_authority_that_was_revoked_never_holds_again(taken: list[AuthorityStep]) -> None:
    assert all(authority_after(AuthorityState.REVOKED, step) is None for step in taken)


@given(st.lists(st.sampled_from(AuthorityStep), max_size=20))
def test_an_authority_holds_only_since_the_operator_verified_it(taken: list[AuthorityStep]) -> None:
    state, last = AuthorityState.PENDING, None
    for step in taken:
        after = authority_after(state, step)
        if after is not None:
            state, last = after, step
    assert (state is AuthorityState.VERIFIED) == (last is AuthorityStep.VERIFY)


@given(st.sampled_from(sorted(outcomes)), st.lists(steps, max_size=20))
def test_an_item_that_has_its_outcome_never_opens_again(state: Any, taken: list[ItemStep]) -> None:
    for step in taken:
        state = item_after(state, step) or state
        assert state in outcomes


@given(st.lists(steps, max_size=20))
def test_what_was_closed_opens_only_by_the_reporters_answer(taken: list[ItemStep]) -> None:
    state = ItemState.CLOSED
    for step in taken:
        after = item_after(state, step) or state
        assert not (state is ItemState.CLOSED and after in OPEN) or step is ItemStep.REOPEN
        state = after


@given(st.lists(steps, max_size=30))
def test_a_withdrawn_item_stays_withdrawn(taken: list[ItemStep]) -> None:
    assert all(item_after(ItemState.WITHDRAWN, step) is None for step in taken)


@given(st.lists(steps, min_size=1, max_size=30))
def test_an_item_is_decided_once_at_most(taken: list[ItemStep]) -> None:
    state, decisions = ItemState.RECEIVED, 0
    for step in taken:
        after = item_after(state, step)
        decisions += after is not None and step in {ItemStep.ACCEPT, ItemStep.REJECT}
        state = after or state
    assert decisions <= 1


@given(st.lists(states, min_size=1, max_size=8), st.randoms())
def test_a_reports_state_is_derived_from_its_items_whatever_their_order(items: list[Any], random: Random) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)
    assert report_state(items) is report_state(shuffled)


@given(st.lists(states, min_size=1, max_size=8))
def test_items_taken_back_count_only_where_there_are_no_others(items: list[Any]) -> None:
    if set(items) != {ItemState.WITHDRAWN}:
        assert report_state(items) is report_state([*items, ItemState.WITHDRAWN])
        assert report_state(items) is not ReportState.WITHDRAWN


@given(st.lists(states, min_size=1, max_size=8))
def test_a_report_has_an_outcome_exactly_when_all_its_items_have(items: list[Any]) -> None:
    still_open = {ReportState.RECEIVED, ReportState.IN_REVIEW, ReportState.NEEDS_INFORMATION}
    assert (report_state(items) not in still_open) == is_complete(items)


@pytest.mark.parametrize(
    ("items", "state"),
    [
        (["received"], "received"),
        (["received", "queued"], "received"),
        (["queued", "in_review"], "in_review"),
        (["queued", "accepted"], "in_review"),
        (["in_review", "needs_information", "accepted"], "needs_information"),
        (["accepted", "actioned"], "accepted"),
        (["accepted", "actioned", "appealed"], "accepted"),
        (["accepted", "rejected"], "partially_accepted"),
        (["actioned", "rejected", "withdrawn"], "partially_accepted"),
        (["rejected", "rejected"], "rejected"),
        (["restored", "rejected"], "rejected"),
        (["withdrawn", "withdrawn"], "withdrawn"),
        (["withdrawn", "rejected"], "rejected"),
        (["closed", "withdrawn"], "closed"),
        (["closed", "queued"], "in_review"),
        (["closed", "accepted"], "partially_accepted"),
        (["closed", "rejected"], "rejected"),
    ],
)
def test_a_reports_state_says_what_became_of_its_items(items: list[Any], state: Any) -> None:
    for order in permutations(items):
        assert report_state(map(ItemState, order)) == state


ASKED_AT = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "withdrawal"),
    [
        ("received", "requested"),
        ("queued", "requested"),
        ("in_review", "requested"),
        ("needs_information", "requested"),
        ("closed", "requested"),
        ("accepted", "too_late"),
        ("rejected", "too_late"),
        ("actioned", "too_late"),
        ("appealed", "too_late"),
        ("restored", "too_late"),
        ("withdrawn", "granted"),
    ],
)
def test_a_withdrawal_is_granted_too_late_or_still_to_be_answered(state: Any, withdrawal: str) -> None:
    assert withdrawal_of(ItemState(state), ASKED_AT) == withdrawal
    assert withdrawal_of(ItemState(state), None) is None


def test_items_without_an_outcome_are_those_written_here() -> None:
    assert {"received", "queued", "in_review", "needs_information"} == OPEN
    assert {state.value for state in ItemState if is_complete([state])} == {
        "closed", "accepted", "rejected", "actioned", "appealed", "restored", "withdrawn",
    }  # fmt: skip
    assert not is_complete([ItemState.ACCEPTED, ItemState.QUEUED])
