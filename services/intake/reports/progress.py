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

from services.intake.accounts import limits
from services.intake.reports.errors import ReportNotFound
from services.intake.reports.notifiers import complete
from services.intake.reports.pauses import keep_pause
from services.intake.reports.states import OPEN, ItemStep, is_complete, item_after, report_state, withdrawal_of
from services.intake.reports.tables import Report, ReportItem, TimelineEntry
from shared.contracts.codes import ItemState, ReasonCode
from shared.contracts.events import ReportCompleted
from shared.contracts.events.reports import CompletedItem
from shared.contracts.ids import AccountId, ItemId, ReportId
from shared.runtime.errors import FieldError, Invalid
from shared.runtime.outbox import record


@dataclass
class LockedReport:
    """A report that is held, with items of it by their ids."""

    report: Report
    now: datetime
    items: dict[str, ReportItem] = field(default_factory=dict)
    moved: bool = False
    ended: bool = False
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


async def lock_report(
    session: AsyncSession, report_id: str, *, now: datetime, account_id: str | None = None
) -> LockedReport:
    """Hold a report, with all of its items. Raises `ReportNotFound`."""
    held = select(Report).where(Report.id == report_id).with_for_update()
    report = (await session.exec(held)).one_or_none()
    if report is None or (account_id is not None and report.account_id != account_id):
        raise ReportNotFound
    items = select(ReportItem).where(ReportItem.report_id == report_id).order_by(ReportItem.id)
    return LockedReport(report, now, {item.id: item for item in await session.exec(items)})


async def lock_reports(
    session: AsyncSession, item_ids: Mapping[str, Collection[str]], *, now: datetime
) -> dict[str, LockedReport]:
    """Hold many reports, each with these of its items. Raises `ReportNotFound`."""
    held = select(Report).where(col(Report.id) == _one_of(item_ids)).order_by(Report.id).with_for_update()
    locked_reports = {report.id: LockedReport(report, now) for report in await session.exec(held)}
    if len(locked_reports) < len(item_ids):
        raise ReportNotFound
    named = select(ReportItem).where(
        col(ReportItem.id) == _one_of(item_id for ids in item_ids.values() for item_id in ids)
    )
    for item in await session.exec(named):
        if item.report_id in locked_reports:
            locked_reports[item.report_id].items[item.id] = item
    return locked_reports


def move(
    session: AsyncSession,
    locked: LockedReport,
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
        locked.reopened = locked.reopened or locked.report.completed_at is not None
        locked.report.completed_at = None
        item.expected_decision_at, item.promised_at = item.promised_at, None
    item.state = state.value
    item.remind_at = item.answer_due_at = item.reopen_until = None
    keep_pause(item, locked.now)
    if step is not ItemStep.APPLY:
        item.code = code.value if code else None
    locked.ended = locked.ended or state not in OPEN
    if state not in OPEN and item.expected_decision_at is not None:
        item.promised_at, item.expected_decision_at = item.expected_decision_at, None
    session.add(item)
    locked.moved = True
    note_in_timeline(session, locked, item, note=note)
    return True


def note_in_timeline(session: AsyncSession, locked: LockedReport, item: ReportItem, *, note: str | None = None) -> None:
    """Write into the timeline how an item stands now."""
    entry = TimelineEntry(
        report_id=item.report_id,
        item_id=item.id,
        state=item.state,
        code=item.code,
        note=note,
        at=locked.now,
        withdrawal=withdrawal_of(ItemState(item.state), item.withdrawal_requested_at),
    )
    session.add(entry)


def note_listing_gone(session: AsyncSession, locked: LockedReport, item: ReportItem) -> None:
    """Write into the timeline that the listing of an item is not offered any more. Its state stays."""
    note = f"The marketplace says that this listing is {item.listing_state}."
    gone = TimelineEntry(
        report_id=item.report_id, item_id=item.id, state=item.state, code=ReasonCode.R_LISTING_GONE, note=note,
        at=locked.now, withdrawal=withdrawal_of(ItemState(item.state), item.withdrawal_requested_at),
    )  # fmt: skip
    session.add(gone)


def chosen(locked: LockedReport, item_ids: Sequence[ItemId] | None, step: ItemStep) -> list[ReportItem]:
    """Return the items meant: those named, which must all be able to take the step, or all that can.

    Empty where a named item cannot take it. Raises `Invalid` for an item that the report does not have.
    """
    able = {item.id: item for item in locked.items.values() if item_after(ItemState(item.state), step)}
    if item_ids is None:
        return list(able.values())
    strangers = [
        FieldError(f"/item_ids/{index}", "item_not_found", "This report has no such item.")
        for index, item_id in enumerate(item_ids)
        if item_id not in locked.items
    ]
    if strangers:
        raise Invalid(errors=strangers)
    named = dict.fromkeys(item_ids)
    return [able[item_id] for item_id in named] if able.keys() >= named.keys() else []


async def settle(session: AsyncSession, locked_reports: Iterable[LockedReport]) -> None:
    """Bring the states of reports after their items', and tell when every item of one has its outcome."""
    moved = {locked.report.id: locked for locked in locked_reports if locked.moved}
    if not moved:
        return
    completed = []
    for report_id, states in (await states_of(session, moved)).items():
        locked = moved[report_id]
        report, state = locked.report, report_state(states)
        report.version += 1
        report.updated_at = locked.now
        if state.value != report.state:
            report.state = state.value
            session.add(TimelineEntry(report_id=report.id, state=state.value, at=locked.now))
        if report.completed_at is None and is_complete(states):
            report.completed_at = locked.now
            completed.append(locked)
        session.add(report)
    open_reports: Counter[str] = Counter()
    for locked in moved.values():
        if locked.ended or locked.reopened:  # also where no report ends: fewer or more of its items are open
            open_reports[locked.account_id] += locked.reopened
        locked.ended = locked.reopened = False
    for locked in completed:
        open_reports[locked.account_id] -= 1
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


async def _tell_completed(session: AsyncSession, locked_reports: Sequence[LockedReport]) -> None:
    if not locked_reports:
        return
    await complete(
        session, {locked.report.id: locked.report.state for locked in locked_reports}, now=locked_reports[0].now
    )
    wanted = select(ReportItem).where(
        col(ReportItem.report_id) == _one_of(locked.report.id for locked in locked_reports)
    )
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
    for locked in locked_reports:
        event = ReportCompleted(
            version=locked.next_version(),
            report_id=locked.report_id,
            account_id=locked.account_id,
            reference=locked.report.reference,
            state=locked.report.state,
            items=items[locked.report.id],
            completed_at=locked.now,
        )
        record(session, event, now=locked.now)


def _one_of(values: Iterable[str]) -> Any:
    """One parameter, however many values there are."""
    return any_(literal(list(values), ARRAY(Text)))
