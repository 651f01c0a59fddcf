"""Withdrawals: a reporter asks for one, and review says whether it came before a decision.

Intake alone cannot say: a judgement may be committed in review whose event has not come in yet. So asking changes no
state. Either review lets the items leave their tasks, and they are withdrawn; or the decision comes, and it stands.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.reports.progress import LockedReport, chosen, lock_report, move, note_in_timeline, states_of
from services.intake.reports.states import ItemStep, report_state
from services.intake.reports.tables import ReportItem
from shared.contracts.codes import ItemState
from shared.contracts.events import ReportWithdrawalRefused, ReportWithdrawalRequested, ReportWithdrawn
from shared.contracts.events.reports import DecidedItem
from shared.contracts.ids import DecisionId, ItemId, ReportId
from shared.runtime.errors import Conflict
from shared.runtime.outbox import record


class ItemsClosed(Conflict):
    """The items to be withdrawn have their outcome already, or were withdrawn."""

    code = "items_closed"
    title = "The items have their outcome already"


async def request_withdrawal(
    session: AsyncSession, report_id: ReportId, item_ids: Sequence[ItemId] | None, *, account_id: str, now: datetime
) -> None:
    """Ask to take a report back, whole or some items of it. Asked again, nothing changes.

    Raises `ReportNotFound`, `Invalid`, `ItemsClosed`.
    """
    locked = await lock_report(session, report_id, now=now, account_id=account_id)
    items = chosen(locked, item_ids, ItemStep.WITHDRAW)
    if not items:
        raise ItemsClosed(_why_closed(locked, item_ids))
    asked = [item for item in items if item.withdrawal_requested_at is None]
    if not asked:
        return
    for item in asked:
        item.withdrawal_requested_at = now
        session.add(item)
        note_in_timeline(session, locked, item)
    event = ReportWithdrawalRequested(
        version=locked.next_version(),
        report_id=locked.report_id,
        account_id=locked.account_id,
        item_ids=[ItemId(item.id) for item in asked],
        requested_at=now,
    )
    locked.report.updated_at = now
    session.add(locked.report)
    record(session, event, now=now)


def withdraw(session: AsyncSession, locked: LockedReport, items: Sequence[ReportItem]) -> list[ReportItem]:
    """Move items that have left review undecided; return those that moved, to be passed to `tell_withdrawn`."""
    return [item for item in items if move(session, locked, item, ItemStep.WITHDRAW)]


async def tell_withdrawn(session: AsyncSession, gone: Sequence[tuple[LockedReport, Sequence[ReportItem]]]) -> None:
    """Tell reporters that these items were withdrawn."""
    if not gone:
        return
    states = await states_of(session, {locked.report.id for locked, _ in gone})
    for locked, items in gone:
        event = ReportWithdrawn(
            version=locked.next_version(),
            report_id=locked.report_id,
            account_id=locked.account_id,
            item_ids=[ItemId(item.id) for item in items],
            state=report_state(states[locked.report.id]),
        )
        record(session, event, now=locked.now)


def tell_too_late(session: AsyncSession, locked: LockedReport, decided: Sequence[ReportItem]) -> None:
    """Tell a reporter of which of these items, just decided, it had asked the withdrawal too late."""
    items = [
        DecidedItem(item_id=ItemId(item.id), state=ItemState(item.state), decision_id=DecisionId(item.decision_id))
        for item in decided
        if item.withdrawal_requested_at is not None and item.decision_id is not None
    ]
    if items:
        event = ReportWithdrawalRefused(
            version=locked.next_version(), report_id=locked.report_id, account_id=locked.account_id, items=items
        )
        record(session, event, now=locked.now)


def _why_closed(locked: LockedReport, item_ids: Sequence[ItemId] | None) -> str:
    items = locked.items.values() if item_ids is None else [locked.items[item_id] for item_id in item_ids]
    decided = next((item for item in items if item.decision_id is not None), None)
    if decided is None:
        return "The items were withdrawn before."
    return (
        f"{decided.id} was decided ({decided.state}). A decision is undone by its reversal alone: ask the marketplace "
        f"for that, and name {decided.decision_id}."
    )
