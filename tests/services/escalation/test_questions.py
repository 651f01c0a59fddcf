"""Reviewers' questions end with their task: nobody at the desk answers for a task that all items have left."""

from typing import Any

import pytest

from shared.contracts.events import EscalationResolved, TaskCancelled
from shared.contracts.ids import TaskId
from tests.services.escalation.conftest import Desk, Filed


def _cancelled(desk: Desk, filed: Filed) -> TaskCancelled:
    return TaskCancelled(version=8, task_id=TaskId(filed.task_id), round=1, items=[], cancelled_at=desk.clock.now())


async def test_the_questions_about_a_cancelled_task_are_settled(desk: Desk) -> None:
    filed, other = desk.file(), desk.file()
    for judged in (filed.judged(), filed.judged(), other.judged()):
        await desk.hear(judged)
    await desk.hear(_cancelled(desk, filed))
    await desk.hear(_cancelled(desk, filed))
    states = {matter["task_id"]: matter["state"] for matter in await desk.matters()}
    assert states == {filed.task_id: "resolved", other.task_id: "open"}
    resolved = await desk.recorded(EscalationResolved)
    assert [(event.task_id, event.answer) for event in resolved] == [(filed.task_id, None)] * 2
    assert all("withdrawn" in event.reason for event in resolved)


async def test_a_question_that_comes_after_the_end_of_its_task_is_none(desk: Desk) -> None:
    filed = desk.file()
    await desk.hear(_cancelled(desk, filed))
    await desk.hear(filed.judged())
    assert await desk.matters() == []


@pytest.mark.parametrize("body", [{"reason": "Asked legal.", "answer": "Reject it."}])
async def test_a_settled_question_takes_no_answer_any_more(desk: Desk, body: dict[str, Any]) -> None:
    filed = desk.file()
    await desk.hear(filed.judged())
    (matter,) = await desk.matters()
    await desk.hear(_cancelled(desk, filed))
    answer = await desk.operator.post(f"/v1/escalations/{matter['id']}/resolve", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "escalation_already_resolved")
