"""The account's feed of events, by cursor and as a stream."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Header, Query, Request, Response
from pydantic import Field, JsonValue

from services.notify.feed.endpoints.streams import TooManyStreams
from services.notify.feed.event_types import EventTypeUnknown, patterns_of, split
from services.notify.feed.feed import PositionUnknown, Reader, position_after, read_feed
from services.notify.resources import CurrentService
from shared.contracts.codes import Scope
from shared.contracts.ids import AccountId, EventId
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Output
from shared.runtime.pagination import CURSOR_FAULT, CursorInvalid, Page, Paged, Paging
from shared.runtime.problems import responses
from shared.runtime.routes import router

routes = router(tags=["events"], transactional=False)
_STREAM = "text/event-stream"


class EventOut(Output):
    """An event in its CloudEvents 1.0 envelope. The schema of `data` is published by `type`."""

    specversion: Annotated[str, Field(max_length=10)]
    id: EventId
    source: Annotated[str, Field(max_length=255)]
    type: Annotated[str, Field(max_length=255)]
    time: datetime
    datacontenttype: Annotated[str, Field(max_length=100)]
    subject: Annotated[str, Field(max_length=255)]
    marqueaccount: AccountId | None = None
    traceparent: Annotated[str, Field(max_length=255)] | None = None
    originalid: Annotated[str, Field(max_length=1024)] | None = Field(
        None, description="The id that an event from outside came with; `id` is the platform's own"
    )
    data: dict[str, JsonValue]


@routes.get(
    "/v1/events",
    operation_id="list_events",
    summary="Read or stream the account's events",
    response_model=Page[EventOut],
    responses={
        200: {"content": {_STREAM: {"schema": {"type": "string", "maxLength": 2_147_483_647}}}},
        **responses(CursorInvalid, EventTypeUnknown, PositionUnknown, TooManyStreams),
    },
)
async def list_events(
    request: Request,
    service: CurrentService,
    paging: Paged,
    caller: Annotated[Caller, requires(Scope.EVENTS_READ)],
    types: Annotated[
        list[Annotated[str, Field(max_length=2048)]] | None,
        Query(max_length=20, description="Only these: as an endpoint's `event_types`, with commas between"),
    ] = None,
    after: Annotated[
        EventId | Literal["latest"] | None,
        Query(description="Go on after this event; `latest`: only what is still to come"),
    ] = None,
    last_event_id: Annotated[EventId | None, Header(description="Where a stream that broke off goes on")] = None,
) -> Response:
    """The account's events, oldest first, with the ids that webhooks give; the operator sees those of every account.

    `next_cursor` is null once everything there is has been read; go on later with `after` and the last event's id. With
    `Accept: text/event-stream` the answer is a stream of server-sent events that stays open and goes on with what
    comes; each has the event's id, so that a client which comes back with `Last-Event-ID` misses nothing.
    """
    wanted = split(types or [])
    reader = Reader(
        account_id=None if caller.is_operator else str(caller.account_id),
        patterns=tuple(patterns_of(wanted, parameter="types")) if wanted else ("%",),
    )
    streaming = _STREAM in request.headers.get("accept", "")
    async with service.database.pool.acquire(timeout=10) as connection:
        start = (last_event_id if streaming else None) or after
        position = _position(paging) if paging.after else await position_after(connection, reader, start)
        if not streaming:
            page = await read_feed(connection, reader, position, paging.limit)
            cursor = paging.cursor(str(page.position)) if page.more else None
            return _json([event.envelope for event in page.events], cursor)
    streams = service.resources.streams
    heartbeat = service.settings.event_heartbeat_seconds
    return streams.start(caller.account_id, service.database, reader, position, heartbeat)


def _position(paging: Paging) -> int:
    try:
        return int(paging.after or "")
    except ValueError as error:
        raise CursorInvalid(errors=[CURSOR_FAULT]) from error


def _json(envelopes: list[str], cursor: str | None) -> Response:
    """The page, with the events as they are kept: reading and writing them again would only cost."""
    following = f'"{cursor}"' if cursor else "null"
    return Response(f'{{"data":[{",".join(envelopes)}],"next_cursor":{following}}}', media_type="application/json")
