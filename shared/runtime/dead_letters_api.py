"""Dead letters over the API: the operator lists them and has them tried again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import select

from shared.contracts.codes import Scope
from shared.contracts.ids import EventId
from shared.runtime import inbox, problems
from shared.runtime.context import CurrentService, Now
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.errors import Conflict, NotFound
from shared.runtime.identity import Caller, operator
from shared.runtime.inputs import Output
from shared.runtime.pagination import Page, Paged, paginate
from shared.runtime.routes import Session, router
from shared.runtime.subscribers import Received, UnreadableEvent, read


class StillFailing(Conflict):
    """The event failed once more."""

    code = "still_failing"
    title = "The event failed once more"


class DeadLetterOut(Output):
    """An event that a service could not take in."""

    event_id: EventId
    type: Annotated[str, Field(max_length=255)]
    payload: Annotated[str, Field(max_length=1_048_576, description="The event as it came")]
    error: Annotated[str, Field(max_length=4000)]
    tries: Annotated[int, Field(ge=1, le=2_147_483_647)]
    died_at: datetime
    settled_at: datetime | None


def dead_letters_router(service_name: str) -> APIRouter:
    """The endpoints for one service's dead letters."""
    routes = router(tags=["dead letters"])
    path = f"/v1/dead-letters/{service_name}"

    @routes.get(path, operation_id=f"list_{service_name}_dead_letters", summary=f"Dead letters of {service_name}")
    async def list_dead_letters(
        session: Session, paging: Paged, _: Annotated[Caller, operator(Scope.ACCOUNTS_ADMIN)]
    ) -> Page[DeadLetterOut]:
        """Events that kept failing and wait for someone; the newest first."""
        waiting = select(DeadLetter).where(DeadLetter.settled_at.is_(None))  # type: ignore[union-attr]
        rows, cursor = await paginate(session, waiting, DeadLetter.event_id, paging)
        return Page(data=[DeadLetterOut.model_validate(row) for row in rows], next_cursor=cursor)

    @routes.post(
        path + "/{event_id}/retry",
        operation_id=f"retry_{service_name}_dead_letter",
        summary=f"Try a dead letter of {service_name} again",
        responses=problems.responses(NotFound, StillFailing),
    )
    async def retry_dead_letter(
        event_id: EventId,
        session: Session,
        service: CurrentService,
        now: Now,
        _: Annotated[Caller, operator(Scope.ACCOUNTS_ADMIN)],
    ) -> DeadLetterOut:
        """Give the event to its handlers once more. Where they fail again, nothing has changed."""
        letter = await session.get(DeadLetter, event_id, with_for_update=True)
        if letter is None:
            raise NotFound
        if letter.settled_at is None:
            try:
                envelope = read(letter.payload.encode())
                if await inbox.take(session, service_name, [event_id], now):
                    await service.subscribers.handle(session, [Received(envelope, now, letter.payload.encode())])
                    await session.flush()
            except UnreadableEvent as error:
                raise StillFailing(str(error)) from error
            except Exception as error:
                raise StillFailing(f"{type(error).__name__}; the service's log has the rest.") from error
            letter.settled_at = now
        return DeadLetterOut.model_validate(letter)

    return routes
