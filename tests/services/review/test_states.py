"""The life of a task against its table."""

import itertools

import pytest

from services.review.tasks.states import ANSWERS, NEW_ROUND, OPEN, TRANSITIONS, Step, after, begins_round
from shared.contracts.codes import Outcome, TaskState

_PENDING, _LEASED, _ASKED = TaskState.PENDING, TaskState.LEASED, TaskState.NEEDS_INFORMATION
_ESCALATED, _DECIDED, _CANCELLED = TaskState.ESCALATED, TaskState.DECIDED, TaskState.CANCELLED
_EXPECTED = {
    _PENDING: {Step.CLAIM: _LEASED, Step.JOIN: _PENDING, Step.CANCEL: _CANCELLED},
    _LEASED: {
        Step.RELEASE: _PENDING, Step.EXPIRE: _PENDING, Step.JOIN: _LEASED, Step.DECIDE: _DECIDED, Step.ASK: _ASKED,
        Step.REROUTE: _PENDING, Step.ESCALATE: _ESCALATED, Step.CANCEL: _CANCELLED, Step.BREAK: _PENDING,
    },
    _ASKED: {Step.INFORM: _PENDING, Step.JOIN: _PENDING, Step.CANCEL: _CANCELLED},
    _ESCALATED: {Step.RESOLVE: _PENDING, Step.JOIN: _ESCALATED, Step.CANCEL: _CANCELLED},
    _DECIDED: {},
    _CANCELLED: {},
}  # fmt: skip


@pytest.mark.parametrize(("state", "step"), list(itertools.product(TaskState, Step)))
def test_every_step_from_every_state_leads_where_the_table_says(state: TaskState, step: Step) -> None:
    assert after(state, step) is _EXPECTED[state].get(step)


def test_what_has_ended_stays_ended() -> None:
    assert {state for state, _ in TRANSITIONS} == OPEN


def test_every_answer_of_a_reviewer_is_a_step_of_a_leased_task() -> None:
    assert set(ANSWERS) == set(Outcome)
    assert all(after(_LEASED, step) is not None for step in ANSWERS.values())


def test_a_new_round_begins_only_where_a_task_comes_back_to_be_judged_anew() -> None:
    assert all(after(state, step) is _PENDING for state, step in NEW_ROUND)
    assert not begins_round(_LEASED, Step.RELEASE)
    assert not begins_round(_LEASED, Step.EXPIRE)
