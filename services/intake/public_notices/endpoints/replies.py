"""Acts of a notifier without an account, by the private link: answer a question, reopen, withdraw.

The status token that came by mail is all that is needed. An `Idempotency-Key` is the notice's own: nobody else at the
same network address gets its answer.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.public_notices import replies as notice_replies
from services.intake.public_notices import status as following
from services.intake.public_notices.endpoints.schemas import NoticeAnswerIn, NoticeOut, NoticeWithdrawalIn
from services.intake.public_notices.endpoints.views import TheNotice, bearer_of, view_of
from services.intake.public_notices.errors import NoticeNotFound
from services.intake.public_notices.tables import PublicNotice
from services.intake.reports import replies, withdrawals
from services.intake.resources import CurrentService, Service
from shared.contracts.ids import NoticeId
from shared.runtime import idempotency, problems
from shared.runtime.errors import Invalid
from shared.runtime.identity import Visitor
from shared.runtime.routes import router

routes = router(tags=["public notices"], transactional=False)
_KEYS = (idempotency.KeyInUse, idempotency.KeyInvalid, idempotency.KeyReused)
Act = Callable[[AsyncSession, PublicNotice, datetime], Awaitable[None]]


@routes.post(
    "/v1/public/notices/{notice_id}/information",
    summary="Answer a question about a notice",
    operation_id="answer_notice",
    response_model=NoticeOut,
    responses=problems.responses(NoticeNotFound, replies.NothingAsked, replies.WithdrawalUnderWay, Invalid, *_KEYS),
)
async def answer_notice(
    notice_id: TheNotice, body: NoticeAnswerIn, request: Request, _: Visitor, service: CurrentService
) -> Response:
    """Answer what a reviewer asked; the listings go back to review.

    Send the status token that came by mail: `Authorization: Bearer <status token>`.
    """

    async def answer(session: AsyncSession, notice: PublicNotice, now: datetime) -> None:
        await notice_replies.answer(session, notice, body.reply(), now=now)

    return await act(service, request, bearer_of(request), answer, notice_id)


@routes.post(
    "/v1/public/notices/{notice_id}/reopen",
    summary="Reopen closed listings of a notice",
    operation_id="reopen_notice",
    response_model=NoticeOut,
    responses=problems.responses(
        NoticeNotFound,
        replies.NothingToReopen,
        replies.ReopeningOver,
        replies.ReportedAnew,
        replies.WithdrawalUnderWay,
        Invalid,
        *_KEYS,
    ),
)
async def reopen_notice(
    notice_id: TheNotice, body: NoticeAnswerIn, request: Request, _: Visitor, service: CurrentService
) -> Response:
    """Answer a question whose time had passed, so that the listings were closed: they go back to review.

    Send the status token that came by mail: `Authorization: Bearer <status token>`.
    """

    async def reopen(session: AsyncSession, notice: PublicNotice, now: datetime) -> None:
        await notice_replies.reopen(session, notice, body.reply(), now=now)

    return await act(service, request, bearer_of(request), reopen, notice_id)


@routes.post(
    "/v1/public/notices/{notice_id}/withdraw",
    summary="Withdraw a notice",
    operation_id="withdraw_notice",
    response_model=NoticeOut,
    status_code=202,
    responses=problems.responses(NoticeNotFound, withdrawals.ItemsClosed, Invalid, *_KEYS),
)
async def withdraw_notice(
    notice_id: TheNotice, body: NoticeWithdrawalIn, request: Request, _: Visitor, service: CurrentService
) -> Response:
    """Ask to take a notice back, or some of its listings. What has its outcome stays as it is.

    A listing that no reviewer has decided yet becomes `withdrawn` in a moment; where a decision came first, its
    `withdrawal` is `too_late`. A notice that was handed on is withdrawn at once.

    Send the status token that came by mail: `Authorization: Bearer <status token>`.
    """

    async def withdraw(session: AsyncSession, notice: PublicNotice, now: datetime) -> None:
        await notice_replies.withdraw(session, notice, body.item_ids, now=now)

    return await act(service, request, bearer_of(request), withdraw, notice_id, status=202)


async def act(
    service: Service, request: Request, token: str, do: Act, notice_id: NoticeId | None = None, *, status: int = 200
) -> Response:
    """Do something about the notice that a token opens, once for an `Idempotency-Key`; answer how it stands then."""
    now = service.clock.now()
    async with service.database.transaction() as session:
        notice = await following.opened_by(session, token, key=service.cursor_key, notice_id=notice_id)
        key = await idempotency.key_of(request, f"notice {notice.id}")
        first = await idempotency.begin(session, key) if key else None
        if first is not None:
            return first
        await do(session, notice, now)
        await session.flush()
        await session.refresh(notice)
        view = await view_of(session, notice)
        answer = Response(view.model_dump_json(), status_code=status, media_type="application/json")
        if key is not None:
            await idempotency.keep(session, key, answer, now)
    return answer
