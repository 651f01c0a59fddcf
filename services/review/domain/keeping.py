"""What a turn of judgements writes, in one statement.

That is the judgements, what becomes of the tasks, the decisions, who may read them, what the marketplace is asked to do,
and every event of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.domain.answers import Answer
from services.review.domain.decisions import Decision
from services.review.domain.journal import Journal
from shared.contracts.codes import RightType, TaskState
from shared.contracts.ids import AccountId, JudgementId
from shared.runtime import outbox

_KEEP = """
WITH judged AS (
    INSERT INTO judgements (id, task_id, round, fence, account_id, reviewer, outcome, code, clauses, note, seconds_spent,
                            right_type, judged_at)
    SELECT unnest($2::text[]), unnest($3::text[]), unnest($4::int[]), unnest($5::bigint[]), unnest($6::text[]),
           unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[])::json, unnest($11::text[]),
           unnest($12::int[]), unnest($13::text[]), $1
), moved AS (
    UPDATE tasks t SET state = j.state, round = j.round, version = j.version, right_type = j.right_type, updated_at = $1
    FROM (SELECT unnest($3::text[]) AS id, unnest($14::text[]) AS state, unnest($15::int[]) AS round,
                 unnest($16::bigint[]) AS version, unnest($17::text[]) AS right_type) j
    WHERE t.id = j.id
), decided AS (
    INSERT INTO decisions (id, task_id, round, version, verdict, code, clauses, right_type, judgement_ids,
                           enforcement_id, decided_at)
    SELECT unnest($18::text[]), unnest($19::text[]), unnest($20::int[]), 1, unnest($21::text[]), unnest($22::text[]),
           unnest($23::text[])::json, unnest($24::text[]), unnest($25::text[])::json, unnest($26::text[]), $1
), readable AS (
    INSERT INTO decision_readers (account_id, decision_id) SELECT unnest($27::text[]), unnest($28::text[])
), asked AS (
    INSERT INTO enforcements (id, decision_id, version, action, listing, code, markets, requested_at)
    SELECT n.id, n.decision_id, 1, n.action, n.listing, n.code, n.markets, $1
    FROM (SELECT unnest($26::text[]) AS id, unnest($18::text[]) AS decision_id, unnest($29::text[]) AS action,
                 unnest($30::text[])::json AS listing, unnest($22::text[]) AS code,
                 unnest($31::text[])::jsonb AS markets) n
    WHERE n.id IS NOT NULL
)
INSERT INTO outbox (event_id, type, payload, traceparent, recorded_at)
SELECT unnest($32::text[]), unnest($33::text[]), unnest($34::text[]), unnest($35::text[]), $1
"""


@dataclass(frozen=True)
class Judgement:
    """A judgement that stands: the task's row as it was, and what the task and the answer come to."""

    id: JudgementId
    account_id: AccountId
    answer: Answer
    task: Any
    citations: tuple[str, ...]
    state: TaskState
    round: int
    version: int
    decision: Decision | None
    judged_at: datetime

    @property
    def right_type(self) -> RightType:
        """The right type under which the task goes on."""
        return self.answer.right_type or RightType(self.task["right_type"])


async def keep(connection: Any, judgements: Sequence[Judgement], journal: Journal) -> None:
    """Write them all."""
    decisions = [made.decision for made in judgements if made.decision is not None]
    await connection.execute(
        _KEEP,
        journal.now,
        *_judgement_columns(judgements),
        *_decision_columns(decisions),
        journal.ids,
        journal.types,
        journal.payloads,
        journal.traces,
    )
    outbox.wake()


def _judgement_columns(judgements: Sequence[Judgement]) -> tuple[list[Any], ...]:
    return (
        [made.id for made in judgements],
        [made.task["id"] for made in judgements],
        [made.task["round"] for made in judgements],
        [made.task["fence"] for made in judgements],
        [made.account_id for made in judgements],
        [made.task["reviewer"] for made in judgements],
        [made.answer.outcome.value for made in judgements],
        [made.answer.code for made in judgements],
        [_listed(made.citations) for made in judgements],
        [made.answer.note for made in judgements],
        [made.answer.seconds_spent for made in judgements],
        [made.task["right_type"] for made in judgements],
        [made.state.value for made in judgements],
        [made.round for made in judgements],
        [made.version for made in judgements],
        [made.right_type.value for made in judgements],
    )


def _decision_columns(decisions: Sequence[Decision]) -> tuple[list[Any], ...]:
    readers = [(account, decision.id) for decision in decisions for account in decision.readers]
    return (
        [decision.id for decision in decisions],
        [decision.task["id"] for decision in decisions],
        [decision.task["round"] for decision in decisions],
        [decision.ruling.verdict.value for decision in decisions],
        [decision.ruling.code.value for decision in decisions],
        [_listed(decision.ruling.citations) for decision in decisions],
        [decision.task["right_type"] for decision in decisions],
        [_text([judged.id for judged in decision.judgements]) for decision in decisions],
        [decision.enforcement_id for decision in decisions],
        [account for account, _ in readers],
        [decision_id for _, decision_id in readers],
        [decision.action.value for decision in decisions],
        [decision.task["listing"] for decision in decisions],
        [_text(decision.markets) for decision in decisions],
    )


def _listed(documents: Sequence[str]) -> str:
    return f"[{','.join(documents)}]"


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
