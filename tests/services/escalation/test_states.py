"""The life of an escalation as it is written here."""

import pytest

from services.escalation.escalations.states import after
from shared.contracts.codes import EscalationState, EscalationStep
from tests import state_tables
from tests.services.escalation.conftest import Desk

ESCALATION = """
state         acknowledged  assigned      resolved
open          acknowledged  open          resolved
acknowledged  -             acknowledged  resolved
resolved      -             -             -
"""
STEPS = {
    EscalationStep.ACKNOWLEDGED: ("acknowledge", {"by": "Dana"}),
    EscalationStep.ASSIGNED: ("assign", {"assignee": "Lee"}),
    EscalationStep.RESOLVED: ("resolve", {"reason": "Settled."}),
}
WAY_TO = {
    EscalationState.OPEN: [],
    EscalationState.ACKNOWLEDGED: [EscalationStep.ACKNOWLEDGED],
    EscalationState.RESOLVED: [EscalationStep.ACKNOWLEDGED, EscalationStep.RESOLVED],
}


@pytest.mark.parametrize("state", list(EscalationState))
@pytest.mark.parametrize("step", list(STEPS))
async def test_a_step_does_what_the_table_says_and_nothing_else(
    desk: Desk, state: EscalationState, step: EscalationStep
) -> None:
    matter = await desk.raised()
    for before in WAY_TO[state]:
        verb, body = STEPS[before]
        assert (await desk.operator.post(f"/v1/escalations/{matter['id']}/{verb}", json=body)).status_code == 200
    before_step = (await desk.operator.get(f"/v1/escalations/{matter['id']}")).json()
    verb, body = STEPS[step]
    answer = await desk.operator.post(f"/v1/escalations/{matter['id']}/{verb}", json=body)
    expected = state_tables.read(ESCALATION)[state.value, step.value]
    if expected is None:
        assert answer.status_code == 409
        assert answer.json()["code"] == (
            "escalation_already_resolved" if state is EscalationState.RESOLVED else "escalation_already_acknowledged"
        )
        assert (await desk.operator.get(f"/v1/escalations/{matter['id']}")).json() == before_step
    else:
        assert answer.status_code == 200
        assert answer.json()["state"] == expected


ALL_STEPS = """
state         opened  clock_missed  clock_kept  acknowledged  assigned      breached  resolved
open          -       -             -           acknowledged  open          -         resolved
acknowledged  -       -             -           -             acknowledged  -         resolved
resolved      -       -             -           -             -             -         -
"""


def test_an_escalation_moves_as_written_here_and_in_no_other_way() -> None:
    found = {(state.value, step.value): after(state, step) for state in EscalationState for step in EscalationStep}
    assert found == state_tables.read(ALL_STEPS)
