"""Replies of a notifier without an account to a confirmed notice, by the rules of every reporter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.public_notices import status
from services.intake.public_notices.letters import call_off_questions
from services.intake.public_notices.tables import PublicNotice
from services.intake.reports import replies, withdrawals
from services.intake.reports.replies import NothingAsked, NothingToReopen, Reply
from services.intake.reports.states import ItemStep, item_after
from services.intake.reports.withdrawals import ItemsClosed
from shared.contracts.codes import ItemState, NoticeState
from shared.contracts.ids import ItemId, ReportId
from shared.contracts.withdrawal_codes import Withdrawal
from shared.runtime.errors import FieldError, Invalid


async def answer(session: AsyncSession, notice: PublicNotice, reply: Reply, *, now: datetime) -> None:
    """Answer what a reviewer asked. Raises `Invalid`, `NothingAsked`."""
    if notice.report_id is None:
        raise NothingAsked("Nobody asks about a notice that is not in review.")
    report_id = ReportId(notice.report_id)
    await replies.provide_information(session, report_id, reply, account_id=notice.account_id, now=now)
    await call_off_questions(session, notice, now=now)


async def reopen(session: AsyncSession, notice: PublicNotice, reply: Reply, *, now: datetime) -> None:
    """Answer once the time for it had passed. Raises as `replies.reopen` does."""
    if notice.report_id is None:
        raise NothingToReopen("A notice that is not in review is closed by its decision alone.")
    report_id = ReportId(notice.report_id)
    await replies.reopen(session, report_id, reply, account_id=notice.account_id, now=now)


async def withdraw(
    session: AsyncSession, notice: PublicNotice, item_ids: Sequence[ItemId] | None, *, now: datetime
) -> None:
    """Ask to take a notice back, whole or some listings of it; what waits for the operator is withdrawn at once.

    Raises `Invalid`, `ItemsClosed`.
    """
    if notice.report_id is not None:
        report_id = ReportId(notice.report_id)
        await withdrawals.request_withdrawal(session, report_id, item_ids, account_id=notice.account_id, now=now)
        return
    if item_ids:
        raise Invalid(errors=[FieldError("/item_ids/0", "item_not_found", "This notice has no such item.")])
    if not await status.withdraw_handed_on(session, notice.id, now=now):
        raise ItemsClosed("A notice that was decided or withdrawn stays as it is.")


def steps(notice: PublicNotice, items: Sequence[Mapping[str, Any]], *, now: datetime) -> frozenset[ItemStep]:
    """Return what the notifier can do about a notice in its present state."""
    if notice.report_id is None:
        return frozenset({ItemStep.WITHDRAW} if notice.state == NoticeState.HANDED_ON else ())
    return frozenset(
        step
        for step in (ItemStep.INFORM, ItemStep.REOPEN, ItemStep.WITHDRAW)
        for item in items
        if item["withdrawal"] is not Withdrawal.REQUESTED
        and item_after(ItemState(item["state"]), step)
        and (step is not ItemStep.REOPEN or (item["reopen_until"] is not None and item["reopen_until"] >= now))
    )
