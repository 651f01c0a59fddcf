"""What becomes of report items elsewhere: they are queued, taken up, asked about, decided, acted on.

Events come late and in any order. What review says of a task it numbers by the task's version; a decision ends the
matter, whatever is heard after it; what the marketplace did about a decision is kept until that is known.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.progress import Docket, move, open_docket, settle
from services.intake.domain.service_levels import Clocks, Promises, service_levels
from services.intake.domain.states import OPEN, ItemStep
from services.intake.tables import Enforcement, ReportItem
from shared.contracts.codes import ItemState, ReasonCode, Severity, Verdict
from shared.contracts.events import DecisionMade, EnforcementApplied, ReportInformationRequested, TaskJudged
from shared.contracts.events.reports import RequestedInformation, TriagedItem
from shared.contracts.ids import ItemId
from shared.contracts.things import TaskItem
from shared.runtime.outbox import record

_LOCK_DECISION = text("SELECT pg_advisory_xact_lock(hashtextextended(:decision_id, 7311))")
_KEEP_ENFORCEMENT = text("""
INSERT INTO enforcements (decision_id, applied_at) VALUES (:decision_id, :applied_at) ON CONFLICT DO NOTHING
""")


async def follow_task(
    session: AsyncSession, items: Sequence[TaskItem], step: ItemStep, *, version: int, now: datetime
) -> None:
    """Items were queued or taken up by review, in this version of their task."""
    for report_id, item_ids in _by_report(items).items():
        docket = await open_docket(session, report_id, now=now, item_ids=item_ids)
        for item in _news(session, docket, version):
            move(session, docket, item, step)
        await settle(session, docket)


async def ask(session: AsyncSession, judged: TaskJudged, *, now: datetime) -> None:
    """A reviewer needs to know more about these items: ask their reporters."""
    code = judged.code or ReasonCode.N_EXPLANATION_MISSING
    for report_id, item_ids in _by_report(judged.items).items():
        docket = await open_docket(session, report_id, now=now, item_ids=item_ids)
        for item in _news(session, docket, judged.version):
            move(session, docket, item, ItemStep.ASK, code=code, note=judged.note)
        if docket.moved:
            asked = [
                RequestedInformation(item_id=ItemId(item.id), code=code, note=judged.note) for item in docket.moved
            ]
            event = ReportInformationRequested(
                version=docket.next_version(), report_id=docket.report_id, account_id=docket.account_id, items=asked
            )
            record(session, event, now=now)
        await settle(session, docket)


async def decide(session: AsyncSession, decision: DecisionMade, *, now: datetime) -> None:
    """The platform has decided: its answer is the outcome of the items that are open, and of no other."""
    await (await session.connection()).execute(_LOCK_DECISION, {"decision_id": decision.decision_id})
    applied = await session.get(Enforcement, decision.decision_id) is not None
    step = ItemStep.ACCEPT if decision.verdict is Verdict.ACCEPTED else ItemStep.REJECT
    for report_id, item_ids in _by_report(decision.items).items():
        docket = await open_docket(session, report_id, now=now, item_ids=item_ids)
        for item in docket.items:
            if move(session, docket, item, step, code=decision.code):
                item.decision_id = decision.decision_id
                item.decided_at = decision.decided_at
                if applied:
                    move(session, docket, item, ItemStep.APPLY)
        await settle(session, docket)


async def apply(session: AsyncSession, applied: EnforcementApplied, *, now: datetime) -> None:
    """The marketplace has acted on a decision."""
    await (await session.connection()).execute(_LOCK_DECISION, {"decision_id": applied.decision_id})
    await (await session.connection()).execute(
        _KEEP_ENFORCEMENT, {"decision_id": applied.decision_id, "applied_at": applied.applied_at}
    )
    decided = select(ReportItem.report_id).where(ReportItem.decision_id == applied.decision_id).distinct()
    for report_id in sorted(await session.exec(decided)):
        docket = await open_docket(session, report_id, now=now)
        for item in docket.items:
            if item.decision_id == applied.decision_id:
                move(session, docket, item, ItemStep.APPLY)
        await settle(session, docket)


async def schedule(
    session: AsyncSession,
    report_id: str,
    triaged: Sequence[TriagedItem],
    *,
    version: int,
    clocks: Clocks,
    resumed: bool,
    now: datetime,
) -> None:
    """Take over the severities and clocks of items. After a pause the new due date is what can be expected."""
    promises = Promises(clocks)
    promises.learn(await service_levels(session))
    news = {item.item_id: item for item in triaged}
    docket = await open_docket(session, report_id, now=now, item_ids=news)
    for item in docket.items:
        told = news[ItemId(item.id)]
        if item.scheduled >= version or ItemState(item.state) not in OPEN:
            continue
        item.scheduled = version
        item.severity = told.severity.value
        item.expected_decision_at = (
            told.decide_due_at
            if resumed
            else promises.expected(
                item.right_type, Severity(told.severity), since=item.created_at, due_at=told.decide_due_at
            )
        )
        session.add(item)


def _by_report(items: Sequence[TaskItem]) -> dict[str, list[str]]:
    """The items of each report; in one order, so that two transactions never wait for each other."""
    found: dict[str, list[str]] = {}
    for item in sorted(items, key=lambda item: item.report_id):
        found.setdefault(item.report_id, []).append(item.item_id)
    return found


def _news(session: AsyncSession, docket: Docket, version: int) -> list[ReportItem]:
    """The items for which this version of their task is news."""
    news = [item for item in docket.items if item.heard < version]
    for item in news:
        item.heard = version
        session.add(item)
    return news
