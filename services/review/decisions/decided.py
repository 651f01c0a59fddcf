"""Decisions looked back at: who may read them, and the packet of all that one rested on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.review.captures.tables import Capture
from services.review.decisions import statements
from services.review.decisions.tables import Decision, DecisionReader, Enforcement, Judgement
from services.review.tasks.tables import Task, TaskItem
from shared.contracts.codes import AccountKind
from shared.contracts.events import EnforcementApplied
from shared.contracts.ids import DecisionId, EnforcementId
from shared.runtime.errors import NotFound
from shared.runtime.identity import Caller
from shared.runtime.outbox import record

_SEES_ALL = frozenset({AccountKind.MARKETPLACE, AccountKind.REGULATOR})


def readable_by(caller: Caller) -> SelectOfScalar[Decision]:
    """The decisions that a caller may read: those of its items, those it judged; operator and regulator, all.

    A vendor that is limited to some marketplaces reads of these alone, whatever it has judged before.
    """
    statement = select(Decision)
    if caller.kind in _SEES_ALL:
        return statement
    if caller.marketplaces is not None:
        statement = statement.where(col(Decision.marketplace).in_(caller.marketplaces))
    return statement.join(DecisionReader, col(DecisionReader.decision_id) == col(Decision.id)).where(
        col(DecisionReader.account_id) == caller.account_id
    )


async def read_decision(session: AsyncSession, decision_id: DecisionId, caller: Caller) -> Decision:
    """Raises `NotFound`."""
    statement = readable_by(caller).where(col(Decision.id) == decision_id)
    decision = (await session.exec(statement)).one_or_none()
    if decision is None:
        raise NotFound
    return decision


async def packet_of(session: AsyncSession, decision_id: DecisionId, caller: Caller) -> Mapping[str, Any]:
    """All that a decision rested on, as far as the account may see it.

    A reporter sees its own items, and of the judgements not who gave them; a vendor sees its own judgements whole.
    Raises `NotFound`.
    """
    decision = await read_decision(session, decision_id, caller)
    task = await session.get_one(Task, decision.task_id)
    items = (
        await session.exec(
            select(TaskItem)
            .where(col(TaskItem.task_id) == task.id, col(TaskItem.withdrawn_at).is_(None))
            .order_by(col(TaskItem.item_id))
        )
    ).all()
    judgements = (
        await session.exec(select(Judgement).where(col(Judgement.task_id) == task.id).order_by(col(Judgement.id)))
    ).all()
    enforcement = None if decision.enforcement_id is None else await session.get(Enforcement, decision.enforcement_id)
    by_reporter = caller.kind is AccountKind.BRAND
    things = [item.thing for item in items if not by_reporter or item.account_id == caller.account_id]
    own = next((thing.get("right") for thing in things), None) if by_reporter else None
    return {
        "decision": decision,
        "listing": task.listing,
        "captures": await _captures(session, decision, name_seller=not by_reporter),
        "right": own or task.right_snapshot,
        "items": things,
        "judgements": [_seen(judgement, caller) for judgement in judgements],
        # The findings and notes of a joined task are several reporters'; each may read only what is its own.
        "findings": [] if by_reporter else task.findings,
        "notes": [] if by_reporter else task.notes,
        "enforcement": enforcement,
        "opened_at": task.created_at,
    }


async def _captures(session: AsyncSession, decision: Decision, *, name_seller: bool) -> list[dict[str, Any]]:
    named = [capture["id"] for capture in decision.captures]
    statement = select(Capture).where(col(Capture.id).in_(named)).order_by(col(Capture.captured_at), col(Capture.id))
    captures = [capture.model_dump() for capture in await session.exec(statement)]
    for seller in (capture["listing"].get("seller") for capture in captures):
        if seller is not None and not name_seller:
            seller["name"] = None
    return captures


def _seen(judgement: Judgement, caller: Caller) -> dict[str, Any]:
    whole = caller.kind in _SEES_ALL or judgement.account_id == caller.account_id
    seen = judgement.model_dump()
    if not whole:
        seen |= {"reviewer": None, "account_id": None, "note": None, "seconds_spent": None}
    return seen


async def fill_subjects(session: AsyncSession, *, most: int = 1000) -> None:
    """Note of decisions of earlier releases what they are about, for who looks at what was decided before."""
    await statements.FILL_SUBJECTS.all(session, most=most)


async def note_enforcement(
    session: AsyncSession,
    enforcement_id: EnforcementId,
    applied_at: datetime | None,
    note: str | None = None,
    *,
    decision_id: DecisionId | None = None,
    now: datetime,
) -> Enforcement:
    """Keep that the marketplace has acted, whichever way it says so. Said twice, the first time counts.

    Raises `NotFound`, also where the enforcement is not of the decision that is named.
    """
    statement = select(Enforcement).where(col(Enforcement.id) == enforcement_id).with_for_update()
    enforcement = (await session.exec(statement)).one_or_none()
    if enforcement is None:
        raise NotFound(f"There is no enforcement {enforcement_id}.")
    if decision_id is not None and enforcement.decision_id != decision_id:
        raise NotFound(f"{enforcement_id} enforces {enforcement.decision_id}, not {decision_id}.")
    if enforcement.applied_at is not None:
        return enforcement
    enforcement.applied_at = applied_at or now
    enforcement.note = note
    enforcement.version += 1
    applied = EnforcementApplied(
        version=enforcement.version,
        enforcement_id=enforcement_id,
        decision_id=DecisionId(enforcement.decision_id),
        applied_at=enforcement.applied_at,
    )
    record(session, applied, now=now)
    return enforcement
