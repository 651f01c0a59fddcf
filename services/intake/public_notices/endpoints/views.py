"""How one notice is taken, confirmed and shown, for the API and for the pages that mails lead to."""

from typing import Annotated, Any

from fastapi import Path, Request, Response

from services.intake.public_notices import status as following
from services.intake.public_notices.endpoints.schemas import NoticeOut, NoticeTakenOut, once
from services.intake.public_notices.errors import NoMailServer, NoticeNotFound
from services.intake.public_notices.notice_body import NoticeIn
from services.intake.public_notices.tables import PublicNotice
from services.intake.resources import CurrentService
from shared.contracts.codes import NoticeState
from shared.contracts.ids import NoticeId
from shared.runtime import outbox
from shared.runtime.routes import Session
from shared.runtime.statements import Connection

TheNotice = Annotated[NoticeId, Path(description="The notice's id")]


async def taken(service: CurrentService, request: Request, address: str, body: NoticeIn) -> Response:
    """Take a notice, once for its `Idempotency-Key`.

    Raises `NoMailServer`, `TooManyNotices`, and `ReportBlocked` where something speaks against the notice.
    """
    if service.settings.mail_server is None:
        raise NoMailServer
    taker = service.resources.taker

    async def take(connection: Connection) -> Response:
        notice = await taker.take(connection, body, address=address, now=service.clock.now())
        return taken_answer(notice.id, NoticeState.AWAITING_CONFIRMATION, 202, findings=notice.findings)

    return await once(service, request, address, take)


async def confirmed(
    service: CurrentService, request: Request, address: str, token: str, notice_id: NoticeId | None = None
) -> Response:
    """Confirm, once for all who ask at the same time."""
    confirmer = service.resources.confirmer
    async with service.database.pool.acquire() as connection:
        found = await confirmer.account_of(connection, token)
    standing = await confirmer.standings.of(found, anew=True)

    async def confirm(connection: Connection) -> Response:
        done, state = await confirmer.confirm(connection, token, notice_id, standing, now=service.clock.now())
        return taken_answer(done, state, 200)

    answer = await once(service, request, address, confirm)
    outbox.wake()
    return answer


def bearer_of(request: Request) -> str:
    """The status token of a request. Raises `NoticeNotFound`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NoticeNotFound
    return token.strip()


async def view_of(session: Session, notice: PublicNotice) -> NoticeOut:
    """A notice as its notifier sees it."""
    decided = notice.state == NoticeState.COMPLETED
    return NoticeOut.model_validate(
        {
            **notice.model_dump(include=set(NoticeOut.model_fields)),
            "items": await following.items_of(session, notice),
            "redress": following.REDRESS if decided else None,
        }
    )


def taken_answer(notice_id: NoticeId, state: NoticeState, status: int, **more: Any) -> Response:
    view = NoticeTakenOut(id=notice_id, state=state, **more)
    return Response(view.model_dump_json(), status_code=status, media_type="application/json")
