"""Following a notice: by its notifier with the status token, by the operator in a list; and how it ends."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.public_notices.refusals import NoticeNotFound, NoticeNotHandedOn
from services.intake.domain.public_notices.secrets import hash_of
from services.intake.notice_tables import PublicNotice
from services.intake.tables import ReportItem
from shared.contracts.codes import NoticeState, ReasonCode, Verdict
from shared.contracts.ids import NoticeId
from shared.runtime.pagination import Paging, paginate

REDRESS = (
    "You can lodge a complaint with the platform, free of charge, within six months (DSA Art. 20), refer the dispute "
    "to a certified out-of-court dispute settlement body (DSA Art. 21), and go to court at any time."
)
"""DSA Art. 16(5): a decision names the possibilities of redress."""

_OPENED = text("SELECT notice_id FROM public_notice_tokens WHERE hash = :hash AND kind = 'status'")
_COMPLETE = text("""
WITH done AS (
    UPDATE public_notices SET state = 'completed', completed_at = :now, version = version + 1
    WHERE report_id = ANY(CAST(:ids AS text[])) AND state = 'filed' RETURNING id
)
INSERT INTO mails (notice_id, letter, created_at, due_at) SELECT id, 'outcome', :now, :now FROM done
""")
_POST = text("INSERT INTO mails (notice_id, letter, created_at, due_at) VALUES (:id, :letter, :now, :now)")
_FORGET_UNCONFIRMED = text("DELETE FROM public_notices WHERE state = 'awaiting_confirmation' AND expires_at <= :now")
# Addresses are only counted for an hour; a notice that was confirmed meanwhile counts too.
_FORGET_ADDRESSES = text(
    "UPDATE public_notices SET address_hash = NULL WHERE address_hash IS NOT NULL AND created_at <= :before"
)
# The contact goes, and with it whatever was signed; what was decided about which listing stays.
_PURGE = text("""
WITH over AS (
    UPDATE public_notices SET email = NULL, body = jsonb_set(body, '{contact}', '{}') WHERE completed_at <= :before
        AND state = 'completed' AND email IS NOT NULL RETURNING id, report_id
), tokens AS (
    DELETE FROM public_notice_tokens WHERE notice_id IN (SELECT id FROM over)
), letters AS (
    DELETE FROM mails WHERE notice_id IN (SELECT id FROM over)
)
UPDATE reports SET contact = '{"name": "", "email": ""}', signature = '' WHERE id IN (SELECT report_id FROM over)
""")


async def opened_by(
    session: AsyncSession, token: str, *, key: bytes, notice_id: NoticeId | None = None
) -> PublicNotice:
    """The notice that a status token opens. Raises `NoticeNotFound`."""
    connection = await session.connection()
    found = (await connection.execute(_OPENED, {"hash": hash_of(key, "status", token)})).scalar()
    if found is None or (notice_id is not None and found != notice_id):
        raise NoticeNotFound
    return await find_notice(session, found)


async def find_notice(session: AsyncSession, notice_id: str, *, held: bool = False) -> PublicNotice:
    """Raises `NoticeNotFound`."""
    statement = select(PublicNotice).where(PublicNotice.id == notice_id)
    found = (await session.exec(statement.with_for_update() if held else statement)).one_or_none()
    if found is None:
        raise NoticeNotFound
    return found


async def items_of(session: AsyncSession, notice: PublicNotice) -> list[dict[str, Any]]:
    """Each listing of a notice, and how it stands."""
    if notice.report_id is not None:
        statement = select(ReportItem).where(ReportItem.report_id == notice.report_id).order_by(ReportItem.id)
        return [
            {"url": item.url, "state": item.state, "code": item.code, "expected_decision_at": item.expected_decision_at}
            for item in await session.exec(statement)
        ]
    state = notice.verdict or "received"
    return [{"url": item["url"], "state": state, "code": notice.code} for item in notice.body["items"]]


async def list_notices(
    session: AsyncSession, state: NoticeState | None, paging: Paging
) -> tuple[list[PublicNotice], str | None]:
    """Confirmed notices, newest first: what nobody has confirmed is nobody's notice yet."""
    statement = select(PublicNotice).where(PublicNotice.state != NoticeState.AWAITING_CONFIRMATION.value)
    if state is not None:
        statement = statement.where(PublicNotice.state == state.value)
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
    session.add(notice)
    await (await session.connection()).execute(_POST, {"id": notice.id, "letter": "outcome", "now": now})
    return notice


async def complete(session: AsyncSession, report_ids: Collection[str], *, now: datetime) -> None:
    """Every item of these reports has its outcome: their notifiers are told, where they were filed by anyone."""
    await (await session.connection()).execute(_COMPLETE, {"ids": list(report_ids), "now": now})


async def forget(session: AsyncSession, *, keep_days: int, now: datetime) -> None:
    """Delete what was never confirmed in time, and the personal data of what was completed so many days ago."""
    connection = await session.connection()
    await connection.execute(_FORGET_UNCONFIRMED, {"now": now})
    await connection.execute(_FORGET_ADDRESSES, {"before": now - timedelta(hours=1)})
    await connection.execute(_PURGE, {"before": now - timedelta(days=keep_days)})
