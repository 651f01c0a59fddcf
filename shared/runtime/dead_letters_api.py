"""Dead letters over the API: the operator lists them, reads them, has them tried again, or discards them."""

import logging
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.codes import Scope
from shared.contracts.ids import EventId
from shared.runtime import dead_letters, inbox, problems
from shared.runtime.away import is_away
from shared.runtime.context import CurrentService, Now, Service
from shared.runtime.dead_letter_filters import filter_of_query
from shared.runtime.dead_letters import LetterFilter, StoredLetter
from shared.runtime.errors import Conflict, NotFound
from shared.runtime.identity import Caller, operator
from shared.runtime.inputs import Input, Line, Output
from shared.runtime.pagination import CursorInvalid, Page, Paged
from shared.runtime.reading_events import LONGEST_ID, UnreadableEvent, read
from shared.runtime.retrying import was_aborted
from shared.runtime.routes import Session, router
from shared.runtime.subscribers import Received

_log = logging.getLogger(__name__)


class StillFailing(Conflict):
    """The event failed once more."""

    code = "still_failing"
    title = "The event failed once more"


class DeadLetterSettled(Conflict):
    """The event had its effect, or was discarded."""

    code = "dead_letter_settled"
    title = "The dead letter is settled already"


class DeadLetterAmbiguous(Conflict):
    """Several sources have sent an event with this id."""

    code = "dead_letter_ambiguous"
    title = "Events of several sources have this id"


class DeadLetterOut(Output):
    """An event that a service could not take in."""

    id: EventId = Field(description="The platform's own id of the event; takes the place of `event_id` in every path")
    event_id: Annotated[
        str, Field(max_length=LONGEST_ID, description="The id that the event came with, where it had one")
    ]
    source: Annotated[
        str, Field(max_length=LONGEST_ID, description="The source that it names; empty where it has none")
    ]
    type: Annotated[str, Field(max_length=255)]
    payload: Annotated[
        str,
        Field(
            max_length=16_777_216, description=f"The event as it came; of a list, {dead_letters.SHOWN} characters of it"
        ),
    ]
    payload_encoding: Annotated[str, Field(max_length=10, description="`utf-8`, or `base64` of what is no text")]
    payload_cut: Annotated[bool, Field(description="Whether there is more of the payload than is shown")]
    error: Annotated[str, Field(max_length=dead_letters.LONGEST_ERROR)]
    tries: Annotated[int, Field(ge=1, le=2_147_483_647)]
    died_at: datetime
    settled_at: datetime | None
    discard_reason: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="Why it was discarded; null where it had its effect or waits"
    )


class DiscardIn(Input):
    """Why an event is given up."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "A test of the catalogue team; the listing does not exist."}]}
    )

    reason: Annotated[Line, Field(min_length=3, max_length=1000)]


TheLetter = Annotated[
    str,
    Path(
        max_length=LONGEST_ID,
        description="The dead letter's `id`, or the `event_id` that it came with, which may hold slashes",
    ),
]
Admin = Annotated[Caller, operator(Scope.ACCOUNTS_ADMIN)]


async def _the_letter(session: AsyncSession, event_id: str) -> StoredLetter:
    """The one that is meant, locked. Raises `NotFound`, `DeadLetterAmbiguous`."""
    rows = await dead_letters.named(session, event_id)
    if not rows:
        raise NotFound
    if len(rows) > 1:
        ids = [row.event_id for row in rows]
        raise DeadLetterAmbiguous("Name one of them by its `id`; see `ids`.", extensions={"ids": ids})
    return rows[0]


def _out(row: StoredLetter, **changes: Any) -> DeadLetterOut:
    values = {
        "id": row.event_id, "event_id": row.original_id, "source": row.source, "type": row.type,
        "payload": row.payload, "payload_encoding": row.encoding, "payload_cut": row.cut, "error": row.error,
        "tries": row.tries, "died_at": row.died_at, "settled_at": row.settled_at,
        "discard_reason": row.discard_reason, **changes,
    }  # fmt: skip
    return DeadLetterOut.model_validate(values)


async def try_again(session: AsyncSession, service: Service, letter: StoredLetter, now: datetime) -> DeadLetterOut:
    """Give an event to its handlers. Raises `DeadLetterSettled`, `StillFailing`."""
    if letter.discard_reason is not None:
        raise DeadLetterSettled(f"It was discarded: {letter.discard_reason}")
    if letter.settled_at is not None:
        return _out(letter)
    try:
        envelope, payload = read(dead_letters.payload_of(letter))
        if await inbox.take(session, service.name, [letter.event_id], now):
            await service.subscribers.handle(session, [Received(envelope, now, payload)])
            await session.flush()
    except UnreadableEvent as error:
        raise StillFailing(str(error)) from error
    except Exception as error:
        if was_aborted(error) or is_away(error):
            raise  # it is tried again with the request, or with the next one
        _log.exception("the dead letter %s failed once more", letter.event_id)
        raise StillFailing(f"{type(error).__name__}; the service's log has the rest.") from error
    await dead_letters.settle(session, letter.event_id, now=now)
    return _out(letter, settled_at=now)


async def list_dead_letters(
    session: Session, paging: Paged, _: Admin, which: Annotated[LetterFilter, Depends(filter_of_query)]
) -> Page[DeadLetterOut]:
    """Events that kept failing and wait for someone; the newest first."""
    before = int(paging.after) if paging.after else None
    rows = await dead_letters.waiting(session, which, before=before, most=paging.limit + 1)
    page = rows[: paging.limit]
    following = paging.cursor(str(page[-1].number)) if len(rows) > paging.limit else None
    return Page(data=[_out(row) for row in page], next_cursor=following)


async def read_dead_letter(event_id: TheLetter, session: Session, _: Admin) -> DeadLetterOut:
    """One event with its whole payload, also once it is settled."""
    return _out(await _the_letter(session, event_id))


async def retry_dead_letter(
    event_id: TheLetter, session: Session, service: CurrentService, now: Now, _: Admin
) -> DeadLetterOut:
    """Give the event to its handlers once more. Where they fail again, nothing has changed."""
    return await try_again(session, service, await _the_letter(session, event_id), now)


async def discard_dead_letter(
    event_id: TheLetter, body: DiscardIn, session: Session, service: CurrentService, now: Now, caller: Admin
) -> DeadLetterOut:
    """Give the event up for good. Its effect will not be missed; should it come again, it is passed over."""
    letter = await _the_letter(session, event_id)
    if letter.settled_at is not None and letter.discard_reason != body.reason:
        raise DeadLetterSettled
    if letter.settled_at is None:
        await dead_letters.discard(
            session, letter.event_id, consumer=service.name, reason=body.reason, by=caller.client_id, now=now
        )
    return _out(letter, settled_at=letter.settled_at or now, discard_reason=body.reason)


def dead_letters_router(service_name: str) -> APIRouter:
    """The endpoints for one service's dead letters."""
    routes = router(tags=["dead letters"])
    path = f"/v1/dead-letters/{service_name}"
    one = path + "/{event_id:path}"
    routes.get(
        path,
        operation_id=f"list_{service_name}_dead_letters",
        summary=f"Dead letters of {service_name}",
        responses=problems.responses(CursorInvalid),
    )(list_dead_letters)
    routes.get(
        one,
        operation_id=f"read_{service_name}_dead_letter",
        summary=f"Read a dead letter of {service_name}",
        responses=problems.responses(NotFound, DeadLetterAmbiguous),
    )(read_dead_letter)
    routes.post(
        one + "/retry",
        operation_id=f"retry_{service_name}_dead_letter",
        summary=f"Try a dead letter of {service_name} again",
        responses=problems.responses(NotFound, StillFailing, DeadLetterAmbiguous, DeadLetterSettled),
    )(retry_dead_letter)
    routes.post(
        one + "/discard",
        operation_id=f"discard_{service_name}_dead_letter",
        summary=f"Discard a dead letter of {service_name}",
        responses=problems.responses(NotFound, DeadLetterAmbiguous, DeadLetterSettled),
    )(discard_dead_letter)
    return routes
