"""How a report moves: its items take steps, its own state follows, and what changed is told.

Whoever moves a report holds its row, so that its state and its version are one thing after the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.reports import ReportNotFound
from services.intake.domain.states import OPEN, ItemStep, is_complete, item_after, report_state
from services.intake.tables import Report, ReportItem, TimelineEntry
from shared.contracts.codes import ItemState, ReasonCode, ReportState
from shared.contracts.events import ReportCompleted
from shared.contracts.events.reports import CompletedItem
from shared.contracts.ids import AccountId, ItemId, ReportId
from shared.runtime.outbox import record


@dataclass
class Docket:
    """A report that is held, some of its items, and the states that items took in this transaction."""

    report: Report
    items: Sequence[ReportItem]
    now: datetime
    moved: list[ReportItem] = field(default_factory=list)

    @property
    def report_id(self) -> ReportId:
        return ReportId(self.report.id)

    @property
    def account_id(self) -> AccountId:
        return AccountId(self.report.account_id)

    def next_version(self) -> int:
        """Every event of a report has a version of its own, so that no reader takes the second for the first."""
        self.report.version += 1
        return self.report.version


async def open_docket(
    session: AsyncSession,
    report_id: str,
    *,
    now: datetime,
    account_id: str | None = None,
    item_ids: Iterable[str] | None = None,
) -> Docket:
    """Hold a report, with these of its items or with all. Raises `ReportNotFound`."""
    held = select(Report).where(Report.id == report_id).with_for_update()
    report = (await session.exec(held)).one_or_none()
    if report is None or (account_id is not None and report.account_id != account_id):
        raise ReportNotFound
    wanted = select(ReportItem).where(ReportItem.report_id == report_id).order_by(ReportItem.id)
    if item_ids is not None:
        wanted = wanted.where(ReportItem.id.in_(list(item_ids)))  # type: ignore[attr-defined]
    return Docket(report, list(await session.exec(wanted)), now)


def move(
    session: AsyncSession,
    docket: Docket,
    item: ReportItem,
    step: ItemStep,
    *,
    code: ReasonCode | None = None,
    note: str | None = None,
) -> bool:
    """Let an item take a step, if it can. The code says why it is in its new state; an action leaves the decision's."""
    state = item_after(ItemState(item.state), step)
    if state is None or (state.value == item.state and step is not ItemStep.ASK):
        return False
    item.state = state.value
    if step is not ItemStep.APPLY:
        item.code = code.value if code else None
    if state not in OPEN:
        item.expected_decision_at = None
    session.add(item)
    docket.moved.append(item)
    entry = TimelineEntry(
        report_id=item.report_id, item_id=item.id, state=state.value, code=item.code, note=note, at=docket.now
    )
    session.add(entry)
    return True


async def settle(session: AsyncSession, docket: Docket) -> ReportState:
    """Bring the report's state after its items', and tell when every one of them has its outcome."""
    report = docket.report
    if not docket.moved:
        return ReportState(report.state)
    states = await _states(session, report.id)
    state = report_state(states)
    report.version += 1
    report.updated_at = docket.now
    if state.value != report.state:
        report.state = state.value
        session.add(TimelineEntry(report_id=report.id, state=state.value, at=docket.now))
    if report.completed_at is None and is_complete(states):
        report.completed_at = docket.now
        await _tell_completed(session, docket, state)
    session.add(report)
    return state


async def _states(session: AsyncSession, report_id: str) -> list[ItemState]:
    """The different states that a report's items are in."""
    await session.flush()
    found = select(ReportItem.state).where(ReportItem.report_id == report_id).distinct()
    return [ItemState(state) for state in await session.exec(found)]


async def _tell_completed(session: AsyncSession, docket: Docket, state: ReportState) -> None:
    items = select(ReportItem).where(ReportItem.report_id == docket.report.id).order_by(ReportItem.id)
    event = ReportCompleted(
        version=docket.next_version(),
        report_id=docket.report_id,
        account_id=docket.account_id,
        reference=docket.report.reference,
        state=state,
        items=[
            CompletedItem(
                item_id=ItemId(item.id),
                listing_id=item.listing_id,
                state=ItemState(item.state),
                code=ReasonCode(item.code) if item.code else None,
                decision_id=item.decision_id,
            )
            for item in await session.exec(items)
        ],
        completed_at=docket.now,
    )
    record(session, event, now=docket.now)
