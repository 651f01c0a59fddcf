"""Many dead letters at once: the operator has those that match a filter tried again, or discards them."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from shared.contracts.ids import EventId
from shared.runtime import dead_letters, problems
from shared.runtime.context import CurrentService, Now, Service
from shared.runtime.dead_letter_filters import LetterFilterIn
from shared.runtime.dead_letters import LetterFilter
from shared.runtime.dead_letters_api import Admin, StillFailing, try_again
from shared.runtime.errors import FieldError, Unprocessable
from shared.runtime.inputs import Input, Line, Output, Whole
from shared.runtime.routes import Session, router

MOST = 1000
_RETRY_SECONDS = 20.0
"""After which no other one is begun: the gateway waits longer than that for an answer."""

Most = Annotated[Whole, Field(ge=1, le=MOST)]
_BOUND = "How many at most, the oldest first"


class LettersNotNamed(Unprocessable):
    """A filter without a condition would mean every dead letter."""

    code = "dead_letters_not_named"
    title = "The filter names no dead letters"


class LettersRetryIn(Input):
    """Which dead letters are tried again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"filter": {"types": ["marque.listing.upserted.v1"]}, "most": 100}]}
    )

    filter: LetterFilterIn
    most: Most = Field(default=100, description=_BOUND)
    after: EventId | None = Field(
        default=None,
        description="Go on behind this one: `last` of the answer before, so that those that fail are passed",
    )


class LettersDiscardIn(Input):
    """Which dead letters are given up, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"filter": {"error": "UnreadableEvent"}, "most": 500, "reason": "A test of the catalogue team."}
            ]
        }
    )

    filter: LetterFilterIn
    most: Most = Field(default=100, description=_BOUND)
    reason: Annotated[Line, Field(min_length=3, max_length=1000)]


Counted = Annotated[int, Field(ge=0, le=dead_letters.COUNTED)]


class LettersOut(Output):
    """The outcome of an act on many dead letters."""

    settled: Counted = Field(description="How many had their effect, or were discarded")
    failed: Annotated[list[EventId], Field(max_length=MOST, description="Those that failed once more; they wait on")]
    last: EventId | None = Field(description="The last one that was tried, for `after`; null where none was")
    left: Counted = Field(description=f"How many match and wait now, counted to {dead_letters.COUNTED}")


async def retry_dead_letters(
    body: LettersRetryIn, session: Session, service: CurrentService, now: Now, _: Admin
) -> LettersOut:
    """Give events to their handlers once more, each for itself: what fails again waits on, and stops no other.

    After 20 seconds no other one is begun. What somebody else settles meanwhile is not counted.
    """
    which = _named(body.filter)
    until = asyncio.get_running_loop().time() + _RETRY_SECONDS
    after = await dead_letters.number_of(session, body.after) if body.after else 0
    settled, failed, last = 0, list[EventId](), None
    for letter in await dead_letters.oldest(session, which, after=after, most=body.most):
        if last is not None and asyncio.get_running_loop().time() > until:
            break
        last = EventId(letter.event_id)
        try:
            settled += await _settled(service, last, now)
        except StillFailing:
            failed.append(last)
    return LettersOut(settled=settled, failed=failed, last=last, left=await dead_letters.count(session, which))


async def discard_dead_letters(
    body: LettersDiscardIn, session: Session, service: CurrentService, now: Now, caller: Admin
) -> LettersOut:
    """Give events up for good. Should they come again, they are passed over."""
    which = _named(body.filter)
    ids = await dead_letters.discard_many(
        session, which, most=body.most, consumer=service.name, reason=body.reason, by=caller.client_id, now=now
    )
    left = await dead_letters.count(session, which)
    return LettersOut(settled=len(ids), failed=[], last=None, left=left)


async def _settled(service: Service, event_id: EventId, now: datetime) -> bool:
    """Try one again, in a transaction of its own; False where it is settled already. Raises `StillFailing`."""
    async with service.database.transaction() as session:
        rows = await dead_letters.named(session, event_id)
        if not rows or rows[0].settled_at is not None:
            return False
        await try_again(session, service, rows[0], now)
        return True


def _named(which: LetterFilterIn) -> LetterFilter:
    """The filter. Raises `LettersNotNamed`."""
    if which.is_empty:
        message = "Give a condition: `types`, `source`, `error` or `died_before`."
        raise LettersNotNamed(errors=[FieldError("/filter", LettersNotNamed.code, message)])
    return which.to_filter()


def dead_letters_bulk_router(service_name: str) -> APIRouter:
    """The endpoints for many of one service's dead letters."""
    routes = router(tags=["dead letters"])
    path = f"/v1/dead-letters/{service_name}"
    routes.post(
        path + "/retry",
        operation_id=f"retry_{service_name}_dead_letters",
        summary=f"Try dead letters of {service_name} again, by a filter",
        responses=problems.responses(LettersNotNamed),
    )(retry_dead_letters)
    routes.post(
        path + "/discard",
        operation_id=f"discard_{service_name}_dead_letters",
        summary=f"Discard dead letters of {service_name}, by a filter",
        responses=problems.responses(LettersNotNamed),
    )(discard_dead_letters)
    return routes
