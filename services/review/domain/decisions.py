"""From judgements to a decision, and all that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.domain.packets import HungItem
from shared.contracts.codes import ItemPart, Outcome, ReasonCode, RightType, Verdict
from shared.contracts.event import Event
from shared.contracts.events import DecisionMade, EnforcementRequested
from shared.contracts.events.decisions import EnforcementAction
from shared.contracts.ids import AccountId, DecisionId, EnforcementId, JudgementId, TaskId
from shared.contracts.things import ClauseCitation, Listing, RightSnapshot
from shared.runtime.ids import new_id

_VERDICTS = {Outcome.ACCEPT: Verdict.ACCEPTED, Outcome.REJECT: Verdict.REJECTED}

_KEEP_DECISIONS = """
INSERT INTO decisions (id, task_id, round, version, verdict, code, clauses, right_type, judgement_ids,
                       enforcement_id, decided_at)
SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::int[]), 1, unnest($4::text[]), unnest($5::text[]),
       unnest($6::text[])::jsonb, unnest($7::text[]), unnest($8::text[])::jsonb, unnest($9::text[]), $10
"""
_KEEP_READERS = "INSERT INTO decision_readers (account_id, decision_id) SELECT unnest($1::text[]), unnest($2::text[])"
_KEEP_ENFORCEMENTS = """
INSERT INTO enforcements (id, decision_id, version, action, listing, code, markets, requested_at)
SELECT unnest($1::text[]), unnest($2::text[]), 1, unnest($3::text[]), unnest($4::text[])::jsonb, unnest($5::text[]),
       unnest($6::text[])::jsonb, $7
"""


@dataclass(frozen=True)
class Judged:
    """One judgement as the decision sees it."""

    id: JudgementId
    account_id: AccountId
    outcome: Outcome
    code: ReasonCode | None
    citations: tuple[ClauseCitation, ...]


@dataclass(frozen=True)
class Ruling:
    """What judgements come to: the verdict, its reason, the clauses it rests on."""

    verdict: Verdict
    code: ReasonCode
    citations: tuple[ClauseCitation, ...]


def decide(judgements: Sequence[Judged]) -> Ruling | None:
    """What the judgements of one round come to; None while they do not suffice.

    One judgement that accepts or rejects suffices. Second judgements and adjudication, where they are asked for, belong
    here and nowhere else.
    """
    for judged in judgements:
        verdict = _VERDICTS.get(judged.outcome)
        if verdict is not None and judged.code is not None:
            return Ruling(verdict, judged.code, judged.citations)
    return None


@dataclass(frozen=True)
class DecidedTask:
    """A task with the ruling on it."""

    task_id: TaskId
    round: int
    right_type: RightType
    listing: Listing
    right: RightSnapshot
    items: Sequence[HungItem]
    judgements: Sequence[Judged]
    ruling: Ruling


@dataclass(frozen=True)
class Decision:
    """A decision that was made, and its enforcement where it accepts."""

    id: DecisionId
    task: DecidedTask
    enforcement_id: EnforcementId | None
    decided_at: datetime

    @property
    def action(self) -> EnforcementAction:
        """The whole listing goes, unless every report complains of a part of it alone."""
        parts = all(item.part is not ItemPart.WHOLE for item in self.task.items)
        return EnforcementAction.REMOVE_PART if parts else EnforcementAction.REMOVE_LISTING

    @property
    def markets(self) -> list[str]:
        """Where the action is asked for; empty: wherever the listing is offered."""
        if any(not item.thing.markets for item in self.task.items):
            return []
        return sorted({market for item in self.task.items for market in item.thing.markets})

    @property
    def readers(self) -> set[AccountId]:
        reporters = {item.thing.account_id for item in self.task.items}
        return reporters | {judged.account_id for judged in self.task.judgements}


def make_decision(task: DecidedTask, now: datetime) -> Decision:
    """Give a ruling its id, and its enforcement one where the listing has to go."""
    accepted = task.ruling.verdict is Verdict.ACCEPTED
    return Decision(new_id(DecisionId), task, new_id(EnforcementId) if accepted else None, now)


async def keep_decisions(connection: Any, decisions: Sequence[Decision], *, now: datetime) -> None:
    """Write decisions, who may read them, and what the marketplace is asked to do."""
    if not decisions:
        return
    rulings = [decision.task.ruling for decision in decisions]
    await connection.execute(
        _KEEP_DECISIONS,
        [decision.id for decision in decisions],
        [decision.task.task_id for decision in decisions],
        [decision.task.round for decision in decisions],
        [ruling.verdict.value for ruling in rulings],
        [ruling.code.value for ruling in rulings],
        [_json([citation.model_dump() for citation in ruling.citations]) for ruling in rulings],
        [decision.task.right_type.value for decision in decisions],
        [_json([judged.id for judged in decision.task.judgements]) for decision in decisions],
        [decision.enforcement_id for decision in decisions],
        now,
    )
    readers = [(account, decision.id) for decision in decisions for account in decision.readers]
    await connection.execute(_KEEP_READERS, [account for account, _ in readers], [id_ for _, id_ in readers])
    asked = [decision for decision in decisions if decision.enforcement_id is not None]
    if asked:
        await connection.execute(
            _KEEP_ENFORCEMENTS,
            [decision.enforcement_id for decision in asked],
            [decision.id for decision in asked],
            [decision.action.value for decision in asked],
            [decision.task.listing.model_dump_json() for decision in asked],
            [decision.task.ruling.code.value for decision in asked],
            [_json(decision.markets) for decision in asked],
            now,
        )


def events_of(decision: Decision) -> list[Event]:
    """Each reporter is told of its own items; the marketplace is asked once."""
    task, ruling = decision.task, decision.task.ruling
    by_account: dict[AccountId, list[HungItem]] = {}
    for item in task.items:
        by_account.setdefault(item.thing.account_id, []).append(item)
    events: list[Event] = [
        DecisionMade(
            version=1,
            decision_id=decision.id,
            account_id=account_id,
            task_id=task.task_id,
            round=task.round,
            judgement_ids=[judged.id for judged in task.judgements],
            verdict=ruling.verdict,
            code=ruling.code,
            clauses=list(ruling.citations),
            items=[item.thing for item in items],
            listing=task.listing,
            right=task.right,
            right_type=task.right_type,
            enforcement_id=decision.enforcement_id,
            decided_at=decision.decided_at,
        )
        for account_id, items in by_account.items()
    ]
    if decision.enforcement_id is not None:
        events.append(
            EnforcementRequested(
                version=1,
                enforcement_id=decision.enforcement_id,
                decision_id=decision.id,
                action=decision.action,
                listing=task.listing,
                code=ruling.code,
                markets=decision.markets,
                requested_at=decision.decided_at,
            )
        )
    return events


def decision_shown(decision: Decision) -> Mapping[str, Any]:
    """A new decision as the API answers it to whoever judged."""
    ruling = decision.task.ruling
    return {
        "id": decision.id,
        "task_id": decision.task.task_id,
        "round": decision.task.round,
        "verdict": ruling.verdict,
        "code": ruling.code,
        "clauses": [citation.model_dump() for citation in ruling.citations],
        "right_type": decision.task.right_type,
        "enforcement_id": decision.enforcement_id,
        "decided_at": decision.decided_at,
    }


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
