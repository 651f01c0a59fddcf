"""How reports move: their items take steps, their own states follow, and what changed is told.

Whoever moves a report holds its row, so that its state and its version are one thing after the other. Many reports are
held, moved and settled with the same few statements as one.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Text, any_, literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain import limits
from services.intake.domain.pauses import keep_pause
from services.intake.domain.public_notices.following import complete
from services.intake.domain.reports import ReportNotFound
from services.intake.domain.states import OPEN, ItemStep, is_complete, item_after, report_state, withdrawal_of
from services.intake.tables import Report, ReportItem, TimelineEntry
from shared.contracts.codes import ItemState, ReasonCode
from shared.contracts.events import ReportCompleted
from shared.contracts.events.reports import CompletedItem
from shared.contracts.ids import AccountId, ItemId, ReportId
from shared.runtime.errors import FieldError, Invalid
from shared.runtime.outbox import record


@dataclass
class Docket:
    """A report that is held, with items of it by their ids."""

    report: Report
    now: datetime
    items: dict[str, ReportItem] = field(default_factory=dict)
    moved: bool = False
    reopened: bool = False

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


async def open_docket(session: AsyncSession, report_id: str, *, now: datetime, account_id: str | None = None) -> Docket:
    """Hold a report, with all of its items. Raises `ReportNotFound`."""
    held = select(Report).where(Report.id == report_id).with_for_update()
    report = (await session.exec(held)).one_or_none()
    if report is None or (account_id is not None and report.account_id != account_id):
        raise ReportNotFound
    items = select(ReportItem).where(ReportItem.report_id == report_id).order_by(ReportItem.id)
    return Docket(report, now, {item.id: item for item in await session.exec(items)})


async def open_dockets(
    session: AsyncSession, item_ids: Mapping[str, Collection[str]], *, now: datetime
) -> dict[str, Docket]:
    """Hold many reports, each with these of its items. Raises `ReportNotFound`."""
    held = select(Report).where(col(Report.id) == _one_of(item_ids)).order_by(Report.id).with_for_update()
    dockets = {report.id: Docket(report, now) for report in await session.exec(held)}
    if len(dockets) < len(item_ids):
        raise ReportNotFound
    named = select(ReportItem).where(
        col(ReportItem.id) == _one_of(item_id for ids in item_ids.values() for item_id in ids)
    )
    for item in await session.exec(named):
        if item.report_id in dockets:
            dockets[item.report_id].items[item.id] = item
    return dockets


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
    if item.state == ItemState.CLOSED:
        docket.reopened = docket.reopened or docket.report.completed_at is not None
        docket.report.completed_at = None
        item.expected_decision_at, item.promised_at = item.promised_at, None
    item.state = state.value
    item.remind_at = item.answer_due_at = item.reopen_until = None
    keep_pause(item, docket.now)
    if step is not ItemStep.APPLY:
        item.code = code.value if code else None
    if state not in OPEN and item.expected_decision_at is not None:
        item.promised_at, item.expected_decision_at = item.expected_decision_at, None
    session.add(item)
    docket.moved = True
    note_in_timeline(session, docket, item, note=note)
    return True


def note_in_timeline(session: AsyncSession, docket: Docket, item: ReportItem, *, note: str | None = None) -> None:
    """Write into the timeline how an item stands now."""
    entry = TimelineEntry(
        report_id=item.report_id,
        item_id=item.id,
        state=item.state,
        code=item.code,
        note=note,
        at=docket.now,
        withdrawal=withdrawal_of(ItemState(item.state), item.withdrawal_requested_at),
    )
    session.add(entry)


def chosen(docket: Docket, item_ids: Sequence[ItemId] | None, step: ItemStep) -> list[ReportItem]:
    """Return the items meant: those named, which must all be able to take the step, or all that can.

    Empty where a named item cannot take it. Raises `Invalid` for an item that the report does not have.
    """
    able = {item.id: item for item in docket.items.values() if item_after(ItemState(item.state), step)}
    if item_ids is None:
        return list(able.values())
    strangers = [
        FieldError(f"/item_ids/{index}", "item_not_found", "This report has no such item.")
        for index, item_id in enumerate(item_ids)
        if item_id not in docket.items
    ]
    if strangers:
        raise Invalid(errors=strangers)
    named = dict.fromkeys(item_ids)
    return [able[item_id] for item_id in named] if able.keys() >= named.keys() else []


async def settle(session: AsyncSession, dockets: Iterable[Docket]) -> None:
    """Bring the states of reports after their items', and tell when every item of one has its outcome."""
    moved = {docket.report.id: docket for docket in dockets if docket.moved}
    if not moved:
        return
    completed = []
    for report_id, states in (await states_of(session, moved)).items():
        docket = moved[report_id]
        report, state = docket.report, report_state(states)
        report.version += 1
        report.updated_at = docket.now
        if state.value != report.state:
            report.state = state.value
            session.add(TimelineEntry(report_id=report.id, state=state.value, at=docket.now))
        if report.completed_at is None and is_complete(states):
            report.completed_at = docket.now
            completed.append(docket)
        session.add(report)
    open_reports: Counter[str] = Counter()
    for docket in moved.values():
        open_reports[docket.account_id] += docket.reopened
        docket.reopened = False
    for docket in completed:
        open_reports[docket.account_id] -= 1
    await limits.count_open_reports(session, open_reports)
    await _tell_completed(session, completed)


async def states_of(session: AsyncSession, report_ids: Iterable[str]) -> dict[str, list[ItemState]]:
    """The different states that the items of each report are in."""
    await session.flush()
    wanted = select(ReportItem.report_id, ReportItem.state).where(col(ReportItem.report_id) == _one_of(report_ids))
    found: dict[str, list[ItemState]] = defaultdict(list)
    for report_id, state in await session.exec(wanted.distinct()):
        found[report_id].append(ItemState(state))
    return found


async def _tell_completed(session: AsyncSession, dockets: Sequence[Docket]) -> None:
    if not dockets:
        return
    await complete(session, {docket.report.id: docket.report.state for docket in dockets}, now=dockets[0].now)
    wanted = select(ReportItem).where(col(ReportItem.report_id) == _one_of(docket.report.id for docket in dockets))
    items: dict[str, list[CompletedItem]] = defaultdict(list)
    for item in await session.exec(wanted.order_by(ReportItem.id)):
        items[item.report_id].append(
            CompletedItem(
                item_id=ItemId(item.id),
                listing_id=item.listing_id,
                state=ItemState(item.state),
                code=ReasonCode(item.code) if item.code else None,
                decision_id=item.decision_id,
            )
        )
    for docket in dockets:
        event = ReportCompleted(
            version=docket.next_version(),
            report_id=docket.report_id,
            account_id=docket.account_id,
            reference=docket.report.reference,
            state=docket.report.state,
            items=items[docket.report.id],
            completed_at=docket.now,
        )
        record(session, event, now=docket.now)


def _one_of(values: Iterable[str]) -> Any:
    """One parameter, however many values there are."""
    return any_(literal(list(values), ARRAY(Text)))
