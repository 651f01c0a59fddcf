"""Notices by people without an account (DSA Art. 16): taken, confirmed, followed; and the operator's list of them."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.intake.accounts.limits import LimitReached
from services.intake.public_notices import status as following
from services.intake.public_notices.endpoints.schemas import (
    ConfirmationIn,
    NoticeDecisionIn,
    NoticeOut,
    NoticeTakenOut,
    PublicNoticeOut,
)
from services.intake.public_notices.endpoints.views import TheNotice, bearer_of, confirmed, taken, view_of
from services.intake.public_notices.errors import (
    NoMailServer,
    NoticeConfirmed,
    NoticeNotFound,
    NoticeNotHandedOn,
    TooManyNotices,
)
from services.intake.public_notices.notice_body import NoticeIn
from services.intake.public_notices.tables import PublicNotice
from services.intake.reports.filing import ReportBlocked
from services.intake.resources import CurrentService
from shared.contracts.codes import NoticeState, Scope
from shared.runtime import idempotency, problems
from shared.runtime.context import Now
from shared.runtime.identity import Visitor, operator
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.routes import Session, router

routes = router(tags=["public notices"])
visitor_routes = router(tags=["public notices"], transactional=False)
_KEYS = (idempotency.KeyInUse, idempotency.KeyInvalid, idempotency.KeyReused)


@visitor_routes.post(
    "/v1/public/notices",
    summary="Notify without an account",
    operation_id="take_notice",
    status_code=202,
    response_model=NoticeTakenOut,
    responses=problems.responses(NoMailServer, TooManyNotices, ReportBlocked, *_KEYS),
)
async def send_notice(body: NoticeIn, request: Request, address: Visitor, service: CurrentService) -> Response:
    """Notify infringing listings without an account. Needs no key.

    A mail with a link goes to the address given; the notice is filed once it is confirmed there, and deleted if it is
    not. What stands in the way of it is answered with 422 `report_blocked`, as for any report.
    """
    return await taken(service, request, address, body)


@visitor_routes.post(
    "/v1/public/notices/{notice_id}/confirm",
    summary="Confirm a notice",
    operation_id="confirm_notice",
    response_model=NoticeTakenOut,
    responses=problems.responses(NoticeNotFound, NoticeConfirmed, ReportBlocked, LimitReached, *_KEYS),
)
async def confirm_notice(
    notice_id: TheNotice, body: ConfirmationIn, request: Request, address: Visitor, service: CurrentService
) -> Response:
    """File a notice with the token that was sent by mail. Needs no key; a second mail brings the status token."""
    return await confirmed(service, request, address, body.token, notice_id)


@routes.get(
    "/v1/public/notices/{notice_id}",
    summary="Follow a notice",
    operation_id="read_notice",
    responses=problems.responses(NoticeNotFound),
)
async def read_notice(notice_id: TheNotice, request: Request, session: Session, service: CurrentService) -> NoticeOut:
    """A notice as it stands. Send the status token that came by mail: `Authorization: Bearer <status token>`."""
    notice = await following.opened_by(session, bearer_of(request), key=service.cursor_key, notice_id=notice_id)
    return await view_of(session, notice)


@routes.get(
    "/v1/public-notices",
    summary="List notices by people without an account",
    operation_id="list_public_notices",
    dependencies=[operator(Scope.REPORTS_READ)],
    responses=problems.responses(CursorInvalid),
)
async def list_public_notices(
    paging: Paged,
    session: Session,
    state: Annotated[
        list[NoticeState] | None, Query(max_length=20, description="Only notices in one of these states")
    ] = None,
) -> Page[PublicNoticeOut]:
    """Confirmed notices, newest first, for the operator. Those in state `handed_on` wait for a decision."""
    found, cursor = await following.list_notices(session, state, paging)
    return Page(data=[_seen(notice) for notice in found], next_cursor=cursor)


@routes.post(
    "/v1/public-notices/{notice_id}/decide",
    summary="Decide a notice that was handed on",
    operation_id="decide_public_notice",
    dependencies=[operator(Scope.REPORTS_WRITE)],
    responses=problems.responses(NoticeNotFound, NoticeNotHandedOn),
)
async def decide_public_notice(
    notice_id: TheNotice, body: NoticeDecisionIn, session: Session, now: Now
) -> PublicNoticeOut:
    """Answer a notice for which the vault has no right; the notifier is told by mail."""
    return _seen(await following.decide_notice(session, notice_id, body.verdict, body.code, body.note, now=now))


def _seen(notice: PublicNotice) -> PublicNoticeOut:
    return PublicNoticeOut.model_validate({**notice.body, **notice.model_dump(exclude={"body"})})
