"""Withdrawals: a reporter asks for one, and review says whether it came before a decision.

Intake alone cannot say: a judgement may be committed in review that was not heard of here yet. So asking changes no
state. Either review lets the items leave their tasks, and they are withdrawn; or the decision comes, and it stands.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.progress import Docket, chosen, move, note_in_timeline, open_docket, states_of
from services.intake.domain.states import ItemStep, report_state
from services.intake.tables import ReportItem
from shared.contracts.codes import ItemState
from shared.contracts.events import ReportWithdrawalRefused, ReportWithdrawalRequested, ReportWithdrawn
from shared.contracts.events.reports import DecidedItem
from shared.contracts.ids import DecisionId, ItemId, ReportId
from shared.runtime.errors import Conflict
from shared.runtime.outbox import record


class ItemsClosed(Conflict):
    """What is to be withdrawn has its outcome already, or was withdrawn."""

    code = "items_closed"
    title = "The items have their outcome already"


async def request_withdrawal(
    session: AsyncSession, report_id: ReportId, item_ids: Sequence[ItemId] | None, *, account_id: str, now: datetime
) -> None:
    """Ask to take a report back, whole or some items of it. Asked again, nothing changes.

    Raises `ReportNotFound`, `Invalid`, `ItemsClosed`.
    """
    docket = await open_docket(session, report_id, now=now, account_id=account_id)
    items = chosen(docket, item_ids, ItemStep.WITHDRAW)
    if not items:
        raise ItemsClosed(_why_closed(docket, item_ids))
    asked = [item for item in items if item.withdrawal_requested_at is None]
    if not asked:
        return
    for item in asked:
        item.withdrawal_requested_at = now
        session.add(item)
        note_in_timeline(session, docket, item)
    event = ReportWithdrawalRequested(
        version=docket.next_version(),
        report_id=docket.report_id,
        account_id=docket.account_id,
        item_ids=[ItemId(item.id) for item in asked],
        requested_at=now,
    )
    docket.report.updated_at = now
    session.add(docket.report)
    record(session, event, now=now)


def withdraw(session: AsyncSession, docket: Docket, items: Sequence[ReportItem]) -> list[ReportItem]:
    """Move items that have left review undecided; return those that moved, to be passed to `tell_withdrawn`."""
    return [item for item in items if move(session, docket, item, ItemStep.WITHDRAW)]


async def tell_withdrawn(session: AsyncSession, gone: Sequence[tuple[Docket, Sequence[ReportItem]]]) -> None:
    """Tell reporters that these items were withdrawn."""
    if not gone:
        return
    states = await states_of(session, {docket.report.id for docket, _ in gone})
    for docket, items in gone:
        event = ReportWithdrawn(
            version=docket.next_version(),
            report_id=docket.report_id,
            account_id=docket.account_id,
            item_ids=[ItemId(item.id) for item in items],
            state=report_state(states[docket.report.id]),
        )
        record(session, event, now=docket.now)


def tell_too_late(session: AsyncSession, docket: Docket, decided: Sequence[ReportItem]) -> None:
    """Tell a reporter of which of these items, just decided, it had asked the withdrawal too late."""
    items = [
        DecidedItem(item_id=ItemId(item.id), state=ItemState(item.state), decision_id=DecisionId(item.decision_id))
        for item in decided
        if item.withdrawal_requested_at is not None and item.decision_id is not None
    ]
    if items:
        event = ReportWithdrawalRefused(
            version=docket.next_version(), report_id=docket.report_id, account_id=docket.account_id, items=items
        )
        record(session, event, now=docket.now)


def _why_closed(docket: Docket, item_ids: Sequence[ItemId] | None) -> str:
    items = docket.items.values() if item_ids is None else [docket.items[item_id] for item_id in item_ids]
    decided = next((item for item in items if item.decision_id is not None), None)
    if decided is None:
        return "The items were withdrawn before."
    return (
        f"{decided.id} was decided ({decided.state}). A decision is undone by its reversal alone: ask the marketplace "
        f"for that, and name {decided.decision_id}."
    )
