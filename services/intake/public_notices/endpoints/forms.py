"""Forms of a notice's page: answer a question, reopen closed items, withdraw."""

from datetime import datetime

from fastapi import Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.public_notices import replies
from services.intake.public_notices.endpoints.pages import form_of, page, pages, read_form, status_page
from services.intake.public_notices.endpoints.replies import Act, act
from services.intake.public_notices.endpoints.schemas import AnswerFormIn, TokenFormIn
from services.intake.public_notices.errors import NoticeNotFound
from services.intake.public_notices.tables import PublicNotice
from services.intake.reports.replies import (
    NothingAsked,
    NothingToReopen,
    ReopeningOver,
    Reply,
    ReportedAnew,
    WithdrawalUnderWay,
)
from services.intake.reports.withdrawals import ItemsClosed
from services.intake.resources import CurrentService, Service
from shared.runtime.identity import Visitor
from shared.runtime.routes import router

routes = router(tags=["public notices"], transactional=False)
_EXPLANATION = ({"type": "string", "minLength": 1, "maxLength": 10_000}, "The seam is glued; ours is sewn.")
_REFUSALS = (ItemsClosed, NothingAsked, NothingToReopen, ReopeningOver, ReportedAnew, WithdrawalUnderWay)


@routes.post(
    "/v1/public/notices/information",
    summary="Answer a question about a notice by its page",
    operation_id="answer_notice_by_page",
    response_class=Response,
    openapi_extra=form_of(explanation=_EXPLANATION),
    responses=pages(
        "The notice as it stands", r404="`notice_not_found`", r409="`nothing_asked`, `withdrawal_requested`"
    ),
)
async def answer_by_page(request: Request, _: Visitor, service: CurrentService) -> Response:
    """Send the answer to a question to the reviewers."""
    form = read_form(await request.body(), AnswerFormIn)

    async def answer(session: AsyncSession, notice: PublicNotice, now: datetime) -> None:
        await replies.answer(session, notice, Reply(None, form.explanation), now=now)

    return await _done(service, request, form, answer, "answered")


@routes.post(
    "/v1/public/notices/reopen",
    summary="Reopen closed listings of a notice by its page",
    operation_id="reopen_notice_by_page",
    response_class=Response,
    openapi_extra=form_of(explanation=_EXPLANATION),
    responses=pages(
        "The notice as it stands",
        r404="`notice_not_found`",
        r409="`nothing_to_reopen`, `reopening_over`, `reported_anew`, `withdrawal_requested`",
    ),
)
async def reopen_by_page(request: Request, _: Visitor, service: CurrentService) -> Response:
    """Send closed listings back to the reviewers, with the answer."""
    form = read_form(await request.body(), AnswerFormIn)

    async def reopen(session: AsyncSession, notice: PublicNotice, now: datetime) -> None:
        await replies.reopen(session, notice, Reply(None, form.explanation), now=now)

    return await _done(service, request, form, reopen, "answered")


@routes.post(
    "/v1/public/notices/withdraw",
    summary="Withdraw a notice by its page",
    operation_id="withdraw_notice_by_page",
    response_class=Response,
    openapi_extra=form_of(),
    responses=pages("The notice as it stands", r404="`notice_not_found`", r409="`items_closed`"),
)
async def withdraw_by_page(request: Request, _: Visitor, service: CurrentService) -> Response:
    """Ask for the withdrawal of everything that is open."""
    form = read_form(await request.body(), TokenFormIn)

    async def withdraw(session: AsyncSession, notice: PublicNotice, now: datetime) -> None:
        await replies.withdraw(session, notice, None, now=now)

    return await _done(service, request, form, withdraw, "withdrawn")


async def _done(service: Service, request: Request, form: TokenFormIn, do: Act, said: str) -> Response:
    try:
        await act(service, request, form.token, do)
    except NoticeNotFound as error:
        return page(error.status, form.language, "gone")
    except _REFUSALS as error:
        return await status_page(service, form.token, form.language, status=error.status, said=error.code)
    return await status_page(service, form.token, form.language, said=said)
