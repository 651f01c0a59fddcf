"""The life of a task against its table."""

import itertools

import pytest

from services.review.tasks.states import ANSWERS, OPEN, TRANSITIONS, Step, after, begins_round
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
    assert {_PENDING, _LEASED, _ASKED, _ESCALATED} == OPEN
    assert {state for state, _ in TRANSITIONS} == {_PENDING, _LEASED, _ASKED, _ESCALATED}


def test_every_answer_of_a_reviewer_is_a_step_of_a_leased_task() -> None:
    assert ANSWERS == {
        Outcome.ACCEPT: Step.DECIDE, Outcome.REJECT: Step.DECIDE, Outcome.NEEDS_INFORMATION: Step.ASK,
        Outcome.WRONG_RIGHT_TYPE: Step.REROUTE, Outcome.ESCALATE: Step.ESCALATE,
    }  # fmt: skip


_ROUNDS = {(_LEASED, Step.REROUTE), (_ASKED, Step.INFORM), (_ASKED, Step.JOIN), (_ESCALATED, Step.RESOLVE)}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(TaskState, Step)))
def test_a_new_round_begins_only_where_a_task_comes_back_to_be_judged_anew(state: TaskState, step: Step) -> None:
    assert begins_round(state, step) == ((state, step) in _ROUNDS)
