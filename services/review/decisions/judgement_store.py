"""Store a batch of judgements in one statement.

That is the judgements, what becomes of the tasks, the decisions, who may read them, what the marketplace is asked to
do, and every event of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.decisions import statements
from services.review.decisions.answers import Answer, Grounds
from services.review.decisions.decisions import Decision
from services.review.decisions.events import Journal
from services.review.decisions.statements import TaskToJudge
from shared.contracts.codes import RightType, TaskState
from shared.contracts.ids import AccountId, JudgementId
from shared.runtime import outbox
from shared.runtime.statements import Executor


@dataclass(frozen=True)
class Judgement:
    """A judgement that stands: the task's row as it was, and what the task and the answer come to."""

    id: JudgementId
    account_id: AccountId
    answer: Answer
    task: TaskToJudge
    grounds: Grounds
    state: TaskState
    round: int
    version: int
    decision: Decision | None
    judged_at: datetime

    @property
    def right_type(self) -> RightType:
        """The right type under which the task goes on."""
        return self.answer.right_type or RightType(self.task.right_type)


async def keep(connection: Executor, judgements: Sequence[Judgement], journal: Journal) -> None:
    """Write them all."""
    rows = [{**_judged(made), **({} if made.decision is None else _decided(made.decision))} for made in judgements]
    await statements.KEEP_JUDGEMENTS.run(connection, now=journal.now, rows=_text(rows), others=_text(journal.rows))
    outbox.wake()


def answer_fields(made: Judgement) -> dict[str, Any]:
    """Return which reviewer answered and what, under the names that the row, the event and the API share."""
    answer = made.answer
    return {
        "reviewer": made.task.reviewer,
        "outcome": answer.outcome,
        "code": answer.code,
        "clauses": [orjson.Fragment(citation) for citation in made.grounds.citations],
        "note": answer.note,
        "public_reason": made.grounds.public_reason,
        "seconds_spent": answer.seconds_spent,
    }


def _judged(made: Judgement) -> dict[str, Any]:
    task = made.task
    return {
        "id": made.id,
        "task_id": task.id,
        "round": task.round,
        "fence": task.fence,
        "account_id": made.account_id,
        **answer_fields(made),
        "right_type": task.right_type,
        "next_state": made.state,
        "next_round": made.round,
        "next_version": made.version,
        "next_right_type": made.right_type,
    }


def _decided(decision: Decision) -> dict[str, Any]:
    """Return the columns of a decision. Where it rests on several judgements, code and clauses are its own."""
    return {
        "decision_id": decision.id,
        "verdict": decision.ruling.verdict,
        "judgement_ids": [judged.id for judged in decision.judgements],
        "enforcement_id": decision.enforcement_id,
        "action": decision.action,
        "listing": orjson.Fragment(decision.task.listing),
        "markets": decision.markets,
        "readers": list(decision.readers),
        "captures": orjson.Fragment(decision.captures),
    }


def _text(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows, option=orjson.OPT_UTC_Z).decode()
