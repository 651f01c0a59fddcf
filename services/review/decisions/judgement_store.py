"""Store a batch of judgements in one statement.

That is the judgements, what becomes of the tasks, the decisions, who may read them, what the marketplace is asked to
do, and every event of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.decisions.answers import Answer
from services.review.decisions.decisions import Decision
from services.review.decisions.events import Journal
from shared.contracts.codes import RightType, TaskState
from shared.contracts.ids import AccountId, JudgementId
from shared.runtime import outbox

# The rows come as JSON, which costs a third of what as many arrays cost to send.
_KEEP = """
WITH made AS MATERIALIZED (
    SELECT * FROM json_to_recordset($2::text::json) AS m(
        id text, task_id text, round int, fence bigint, account_id text, reviewer text, outcome text, code text,
        clauses json, note text, seconds_spent int, right_type text, next_state text, next_round int,
        next_version bigint, next_right_type text,
        decision_id text, verdict text, judgement_ids json, enforcement_id text, action text,
        listing json, markets jsonb, readers json)
), judged AS (
    INSERT INTO judgements (id, task_id, round, fence, account_id, reviewer, outcome, code, clauses, note,
                            seconds_spent, right_type, judged_at)
    SELECT id, task_id, round, fence, account_id, reviewer, outcome, code, clauses, note, seconds_spent, right_type, $1
    FROM made
), moved AS (
    UPDATE tasks t SET state = m.next_state, round = m.next_round, version = m.next_version,
                       right_type = m.next_right_type, updated_at = $1
    FROM made m WHERE t.id = m.task_id
), decided AS (
    INSERT INTO decisions (id, task_id, round, version, verdict, code, clauses, right_type, judgement_ids,
                           enforcement_id, decided_at)
    SELECT decision_id, task_id, round, 1, verdict, code, clauses, right_type, judgement_ids, enforcement_id, $1
    FROM made WHERE decision_id IS NOT NULL
), readable AS (
    INSERT INTO decision_readers (account_id, decision_id)
    SELECT r.value, m.decision_id FROM made m CROSS JOIN json_array_elements_text(m.readers) AS r(value)
    WHERE m.decision_id IS NOT NULL
), asked AS (
    INSERT INTO enforcements (id, decision_id, version, action, listing, code, markets, requested_at)
    SELECT enforcement_id, decision_id, 1, action, listing, code, markets, $1
    FROM made WHERE enforcement_id IS NOT NULL
)
INSERT INTO outbox (event_id, type, payload, traceparent, recorded_at)
SELECT event_id, type, payload::text, traceparent, $1
FROM json_to_recordset($3::text::json) AS e(event_id text, type text, payload json, traceparent text)
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
    rows = [{**_judged(made), **({} if made.decision is None else _decided(made.decision))} for made in judgements]
    await connection.execute(_KEEP, journal.now, _text(rows), _text(journal.rows))
    outbox.wake()


def answer_fields(made: Judgement) -> dict[str, Any]:
    """Return who answered and what, under the names that the row and the event share."""
    answer = made.answer
    return {
        "account_id": made.account_id,
        "reviewer": made.task["reviewer"],
        "outcome": answer.outcome,
        "code": answer.code,
        "clauses": [orjson.Fragment(citation) for citation in made.citations],
        "note": answer.note,
        "seconds_spent": answer.seconds_spent,
    }


def _judged(made: Judgement) -> dict[str, Any]:
    task = made.task
    return {
        "id": made.id,
        "task_id": task["id"],
        "round": task["round"],
        "fence": task["fence"],
        **answer_fields(made),
        "right_type": task["right_type"],
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
        "listing": orjson.Fragment(decision.task["listing"]),
        "markets": decision.markets,
        "readers": list(decision.readers),
    }


def _text(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows, option=orjson.OPT_UTC_Z).decode()
