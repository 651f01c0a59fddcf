"""From judgements to a decision, and all that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.decisions.answers import Grounds
from services.review.decisions.events import Journal
from services.review.decisions.statements import TaskToJudge
from shared.contracts.codes import ItemPart, Outcome, ReasonCode, Verdict
from shared.contracts.events import DecisionMade, EnforcementRequested
from shared.contracts.events.decisions import EnforcementAction
from shared.contracts.ids import AccountId, DecisionId, EnforcementId, JudgementId
from shared.runtime.ids import new_id

_VERDICTS = {Outcome.ACCEPT: Verdict.ACCEPTED, Outcome.REJECT: Verdict.REJECTED}


@dataclass(frozen=True)
class Judged:
    """One judgement as the decision sees it."""

    id: JudgementId
    account_id: AccountId
    outcome: Outcome
    code: ReasonCode | None
    grounds: Grounds


@dataclass(frozen=True)
class Ruling:
    """The ruling of a round: the verdict, its reason code, and the grounds."""

    verdict: Verdict
    code: ReasonCode
    grounds: Grounds


def decide(judgements: Sequence[Judged]) -> Ruling | None:
    """Return the ruling of the judgements of one round; None while they do not suffice.

    One judgement that accepts or rejects suffices. Second judgements and adjudication, where they are asked for, belong
    here and nowhere else.
    """
    for judged in judgements:
        verdict = _VERDICTS.get(judged.outcome)
        if verdict is not None and judged.code is not None:
            return Ruling(verdict, judged.code, judged.grounds)
    return None


@dataclass(frozen=True)
class Decision:
    """A decision on a task, of which `task` is the row, with its items and the judgements that it was made from.

    `captures` are those of the items, by id and hash, in JSON.
    """

    id: DecisionId
    task: TaskToJudge
    items: Sequence[Mapping[str, Any]]
    captures: str
    judgements: Sequence[Judged]
    ruling: Ruling
    enforcement_id: EnforcementId | None
    decided_at: datetime

    @property
    def action(self) -> EnforcementAction:
        """The whole listing goes, unless every report complains of a part of it alone."""
        parts = all(item["part"] != ItemPart.WHOLE for item in self.items)
        return EnforcementAction.REMOVE_PART if parts else EnforcementAction.REMOVE_LISTING

    @property
    def markets(self) -> list[str]:
        """Return where the action is asked for; empty: wherever the listing is offered."""
        named = [item["markets"] for item in self.items]
        return sorted({market for markets in named for market in markets}) if all(named) else []

    @property
    def readers(self) -> set[str]:
        return {item["account_id"] for item in self.items} | {judged.account_id for judged in self.judgements}

    @property
    def as_out(self) -> dict[str, Any]:
        """The decision as the API answers it to whoever judged."""
        return {
            "id": self.id,
            "task_id": self.task.id,
            "round": self.task.round,
            "verdict": self.ruling.verdict,
            "code": self.ruling.code,
            "clauses": [orjson.Fragment(citation) for citation in self.ruling.grounds.citations],
            "public_reason": self.ruling.grounds.public_reason,
            "right_type": self.task.right_type,
            "captures": orjson.Fragment(self.captures),
            "enforcement_id": self.enforcement_id,
            "decided_at": self.decided_at,
        }


def make_decision(
    task: TaskToJudge,
    items: Sequence[Mapping[str, Any]],
    captures: str | None,
    judgements: Sequence[Judged],
    now: datetime,
) -> Decision | None:
    """The decision, where the judgements suffice for one; it asks for enforcement where the listing has to go."""
    ruling = decide(judgements)
    if ruling is None:
        return None
    accepted = ruling.verdict is Verdict.ACCEPTED
    return Decision(
        new_id(DecisionId),
        task,
        items,
        captures or "[]",
        judgements,
        ruling,
        new_id(EnforcementId) if accepted else None,
        now,
    )


def tell_decision(journal: Journal, decision: Decision, *, trace: str | None) -> None:
    """Each reporter is told of its own items; the marketplace is asked once."""
    task, ruling = decision.task, decision.ruling
    by_account: dict[str, list[Mapping[str, Any]]] = {}
    for item in decision.items:
        by_account.setdefault(item["account_id"], []).append(item)
    listing = orjson.Fragment(task.listing)
    for account_id, items in by_account.items():
        data = {
            "version": 1,
            "decision_id": decision.id,
            "account_id": account_id,
            "task_id": task.id,
            "round": task.round,
            "judgement_ids": [judged.id for judged in decision.judgements],
            "verdict": ruling.verdict,
            "code": ruling.code,
            "clauses": [orjson.Fragment(citation) for citation in ruling.grounds.citations],
            "public_reason": ruling.grounds.public_reason,
            "items": items,
            "listing": listing,
            "captures": orjson.Fragment(decision.captures),
            "right": items[0].get("right") or orjson.Fragment(task.right_snapshot),
            "right_type": task.right_type,
            "enforcement_id": decision.enforcement_id,
            "decided_at": decision.decided_at,
        }
        journal.tell(DecisionMade, decision.id, account_id, data, trace=trace)
    if decision.enforcement_id is not None:
        data = {
            "version": 1,
            "enforcement_id": decision.enforcement_id,
            "decision_id": decision.id,
            "action": decision.action,
            "listing": listing,
            "code": ruling.code,
            "markets": decision.markets,
            "requested_at": decision.decided_at,
        }
        journal.tell(EnforcementRequested, decision.enforcement_id, None, data, trace=trace)
