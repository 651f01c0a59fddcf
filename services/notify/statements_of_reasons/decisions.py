"""Statements of reasons (DSA Art. 17): what a seller whose listing was restricted is told, and the EU's database.

A decision is told to each of its reporters by an event of its own; its statement is one, made of all of them. It is
written when it is read, so that it says when the restriction took effect as soon as the marketplace has said so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.statements_of_reasons import reasons, statements
from services.notify.statements_of_reasons.tables import DecisionEnforcement, DecisionTold, TrustedReport
from shared.contracts.codes import Verdict
from shared.contracts.events import DecisionMade, EnforcementApplied, EnforcementRequested, ReportSubmitted
from shared.contracts.ids import AccountId, DecisionId
from shared.runtime.errors import NotFound


class NoRestriction(NotFound):
    """The decision restricts nothing, so there are no reasons to state (DSA Art. 17(1))."""

    code = "no_restriction"
    title = "The decision restricts nothing, so it has no statement of reasons"


@dataclass(frozen=True)
class Asking:
    """Who asks for a statement: a reporter sees those of decisions on its own items, the others every one."""

    account_id: AccountId
    sees_all: bool


async def keep_decision(session: AsyncSession, event: DecisionMade) -> None:
    """Keep a decision as one of its reporters was told of it."""
    await statements.KEEP_DECISION.run(
        session,
        decision_id=event.decision_id,
        account_id=event.account_id,
        version=event.version,
        event=event.model_dump_json(),
    )


async def keep_enforcement(session: AsyncSession, event: EnforcementRequested) -> None:
    """Keep what the marketplace was asked to do."""
    await statements.KEEP_REQUEST.run(
        session, decision_id=event.decision_id, action=event.action.value, markets=event.markets
    )


async def keep_effect(session: AsyncSession, event: EnforcementApplied) -> None:
    """Keep when a restriction took effect."""
    await statements.KEEP_APPLIED.run(session, decision_id=event.decision_id, applied_at=event.applied_at)


async def keep_reporter(session: AsyncSession, event: ReportSubmitted) -> None:
    """Remember that a report came from a trusted flagger."""
    if event.reporter.trusted_flagger:
        await statements.KEEP_TRUSTED_REPORT.run(session, report_id=event.report_id)


async def statement_of_reasons(session: AsyncSession, decision_id: DecisionId, asking: Asking) -> dict[str, Any]:
    """The statement about a decision, without its absent fields. Raises `NotFound`, `NoRestriction`."""
    told = await _decisions(session, decision_id)
    if not told or not (asking.sees_all or any(event.account_id == asking.account_id for event in told)):
        raise NotFound
    if told[0].verdict is not Verdict.ACCEPTED:
        raise NoRestriction
    enforcement = await session.get(DecisionEnforcement, decision_id)
    applied_at: datetime | None = enforcement.applied_at if enforcement else None
    case = reasons.Case(
        decision=told[0],
        items=[item for event in told for item in event.items],
        trusted=await _any_trusted(session, told),
        action=enforcement.action if enforcement else None,
        markets=(enforcement.markets if enforcement else None) or [],
        applied_at=applied_at,
    )
    return reasons.statement(case)


async def _decisions(session: AsyncSession, decision_id: DecisionId) -> list[DecisionMade]:
    statement = (
        select(DecisionTold).where(col(DecisionTold.decision_id) == decision_id).order_by(col(DecisionTold.account_id))
    )
    rows = (await session.exec(statement)).all()
    return [DecisionMade.model_validate(row.event) for row in rows]


async def _any_trusted(session: AsyncSession, told: list[DecisionMade]) -> bool:
    report_ids = {item.report_id for event in told for item in event.items}
    statement = select(col(TrustedReport.report_id)).where(col(TrustedReport.report_id).in_(report_ids)).limit(1)
    return (await session.exec(statement)).first() is not None
