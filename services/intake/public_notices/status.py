"""Following a notice: by its notifier with the status token, by the operator in a list; and how it ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.public_notices import statements
from services.intake.public_notices.errors import NoticeNotFound, NoticeNotHandedOn
from services.intake.public_notices.hashes import hash_of
from services.intake.public_notices.tables import PublicNotice
from services.intake.reports.notifiers import write_to
from services.intake.reports.states import withdrawal_of
from services.intake.reports.tables import ReportItem
from shared.contracts.codes import ItemState, NoticeOutcome, NoticeState, ReasonCode, Verdict
from shared.contracts.events import NoticeLetter, NoticeSettled
from shared.contracts.ids import AccountId, NoticeId
from shared.runtime.outbox import record
from shared.runtime.pagination import Paging, among, paginate

REDRESS = (
    "You can refer the dispute to a certified out-of-court dispute settlement body (DSA Art. 21), and go to court at "
    "any time."
)
"""DSA Art. 16(5): a decision names the possibilities of redress. The platform has none of its own yet."""

_OF_ITEM = {
    "id", "url", "state", "code", "public_reason", "expected_decision_at", "answer_due_at", "reopen_until",
    "withdrawal_requested_at",
}  # fmt: skip


async def opened_by(
    session: AsyncSession, token: str, *, key: bytes, notice_id: NoticeId | None = None
) -> PublicNotice:
    """The notice that a status token opens. Raises `NoticeNotFound`."""
    found = await statements.NOTICE_OF_TOKEN.first(session, hash=hash_of(key, "status", token))
    if found is None or (notice_id is not None and found != notice_id):
        raise NoticeNotFound
    return await find_notice(session, found)


async def find_notice(session: AsyncSession, notice_id: str, *, held: bool = False) -> PublicNotice:
    """Raises `NoticeNotFound`."""
    statement = select(PublicNotice).where(PublicNotice.id == notice_id)
    if held:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NoticeNotFound
    return found


async def items_of(session: AsyncSession, notice: PublicNotice) -> list[dict[str, Any]]:
    """Each listing of a notice, how it stands, and what is asked about it."""
    if notice.report_id is None:
        state = ItemState.WITHDRAWN if notice.state == NoticeState.WITHDRAWN else notice.verdict or ItemState.RECEIVED
        return [
            {"url": item["url"], "state": str(state), "code": notice.code, "public_reason": None, "withdrawal": None}
            for item in notice.body["items"]
        ]
    statement = select(ReportItem).where(ReportItem.report_id == notice.report_id).order_by(ReportItem.id)
    items = list(await session.exec(statement))
    asked = [item.id for item in items if item.state in (ItemState.NEEDS_INFORMATION, ItemState.CLOSED)]
    notes: dict[str, str | None] = {}
    if asked:
        found = await statements.QUESTIONS.all(session, report_id=notice.report_id)
        notes = {row.item_id: row.note for row in found}
    return [
        {
            **item.model_dump(include=_OF_ITEM),
            "question": notes.get(item.id) if item.id in asked else None,
            "withdrawal": withdrawal_of(ItemState(item.state), item.withdrawal_requested_at),
        }
        for item in items
    ]


async def list_notices(
    session: AsyncSession, states: Sequence[NoticeState] | None, paging: Paging
) -> tuple[list[PublicNotice], str | None]:
    """Confirmed notices, newest first: what nobody has confirmed is nobody's notice yet."""
    statement = select(PublicNotice).where(PublicNotice.state != NoticeState.AWAITING_CONFIRMATION.value)
    statement = among(statement, PublicNotice.state, states)
    return await paginate(session, statement, PublicNotice.id, paging)


async def decide_notice(
    session: AsyncSession, notice_id: NoticeId, verdict: Verdict, code: ReasonCode, note: str | None, *, now: datetime
) -> PublicNotice:
    """The operator's answer to a notice that was handed on. Raises `NoticeNotFound`, `NoticeNotHandedOn`."""
    notice = await find_notice(session, notice_id, held=True)
    if notice.state == NoticeState.AWAITING_CONFIRMATION:
        raise NoticeNotFound
    if notice.state != NoticeState.HANDED_ON:
        raise NoticeNotHandedOn
    notice.state, notice.completed_at, notice.version = NoticeState.COMPLETED.value, now, notice.version + 1
    notice.verdict, notice.code, notice.note = verdict.value, code.value, note
    await _settle(session, notice, NoticeOutcome(verdict.value), NoticeLetter.OUTCOME, now)
    return notice


async def withdraw_handed_on(session: AsyncSession, notice_id: str, *, now: datetime) -> bool:
    """The notifier takes back what waits for the operator; False where it waits no more. Raises `NoticeNotFound`."""
    notice = await find_notice(session, notice_id, held=True)
    if notice.state != NoticeState.HANDED_ON:
        return False
    notice.state, notice.completed_at, notice.version = NoticeState.WITHDRAWN.value, now, notice.version + 1
    await _settle(session, notice, NoticeOutcome.WITHDRAWN, NoticeLetter.WITHDRAWN, now)
    return True


async def _settle(
    session: AsyncSession, notice: PublicNotice, outcome: NoticeOutcome, letter: NoticeLetter, now: datetime
) -> None:
    """Tell the notifier and the desk how what was handed on has ended."""
    session.add(notice)
    await write_to(session, [notice.id], letter, now=now)
    event = NoticeSettled(
        version=notice.version, notice_id=NoticeId(notice.id), account_id=AccountId(notice.account_id),
        outcome=outcome, code=ReasonCode(notice.code) if notice.code else None, settled_at=now,
    )  # fmt: skip
    record(session, event, now=now)


async def forget(session: AsyncSession, *, keep_days: int, now: datetime) -> None:
    """Delete what was never confirmed in time, and the personal data of what was completed so many days ago."""
    connection = await session.connection()
    await statements.FORGET_UNCONFIRMED.run(connection, now=now)
    await statements.FORGET_ADDRESSES.run(connection, before=now - timedelta(hours=1))
    await statements.FORGET_CONTACTS.run(connection, before=now - timedelta(days=keep_days), now=now)
