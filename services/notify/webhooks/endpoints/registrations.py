"""Webhook endpoints over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Response
from pydantic import ConfigDict, Field
from sqlmodel import col, select

from services.notify.feed.event_types import EventTypeUnknown
from services.notify.resources import CurrentService
from services.notify.webhooks import deliveries, registrations
from services.notify.webhooks.addresses import AddressRefused
from services.notify.webhooks.deliveries import EndpointDisabled
from services.notify.webhooks.endpoints.deliveries import DeliveryOut
from services.notify.webhooks.endpoints.sealed_responses import sealed_router
from services.notify.webhooks.registrations import AccountShut, Rules, TooManyEndpoints
from services.notify.webhooks.tables import WebhookEndpoint
from shared.contracts.codes import Scope
from shared.contracts.ids import EndpointId
from shared.runtime.context import Now
from shared.runtime.errors import NotFound, PreconditionFailed
from shared.runtime.etags import IfMatch, etag, require_match
from shared.runtime.identity import Caller, requires
from shared.runtime.inputs import Flag, Input, Line, Output, Whole
from shared.runtime.pagination import CursorInvalid, Page, Paged, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["webhooks"])
secret_routes = sealed_router(tags=["webhooks"])

Manager = Annotated[Caller, requires(Scope.WEBHOOKS_MANAGE)]
ReaderOfWebhooks = Annotated[Caller, requires(Scope.WEBHOOKS_READ)]
Url = Annotated[Line, Field(min_length=8, max_length=2048)]
EventType = Annotated[Line, Field(min_length=1, max_length=100)]
EventTypes = Annotated[list[EventType], Field(min_length=1, max_length=100)]
Description = Annotated[Line, Field(max_length=500)]


def _rules(service: CurrentService) -> Rules:
    return Rules(
        allow_loopback=service.settings.loopback_allowed, per_account=service.settings.webhook_endpoints_per_account
    )


CurrentRules = Annotated[Rules, Depends(_rules)]


class EndpointIn(Input):
    """Where to send which events."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://brand.example/hooks/marque",
                    "event_types": ["report.completed", "decision.*"],
                    "description": "Case management",
                }
            ]
        }
    )

    url: Url = Field(description="https, to a public address")
    event_types: EventTypes = Field(
        description="`report.completed`, `decision.*`, `*`, or a full name such as `marque.report.completed.v1`"
    )
    description: Description | None = None
    enabled: Flag = True


class EndpointChangesIn(Input):
    """Changes of a webhook endpoint; fields left out stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"event_types": ["*"], "enabled": True}]})

    url: Url = Field(default_factory=str)
    event_types: EventTypes = Field(default_factory=list)
    description: Description | None = None
    enabled: Flag = Field(default_factory=bool)


class RotationIn(Input):
    """How to change a secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 86400}]})

    overlap_seconds: Annotated[Whole, Field(ge=0, le=7 * 86_400)] = Field(
        default=86_400, description="Seconds for which messages are signed by the old secret too"
    )


class EndpointOut(Output):
    """An endpoint, without its secret."""

    id: EndpointId
    url: Annotated[str, Field(max_length=2048)]
    event_types: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=100)]
    description: Annotated[str, Field(max_length=500)] | None
    enabled: bool
    disabled_reason: Annotated[str, Field(max_length=255)] | None
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class EndpointWithSecretOut(EndpointOut):
    """An endpoint with its new secret, which is shown this once."""

    secret: Annotated[
        str, Field(max_length=255, description="For the Standard Webhooks library of the receiver; keep it safe")
    ]


@secret_routes.post(
    "/v1/webhook-endpoints",
    operation_id="create_webhook_endpoint",
    summary="Create a webhook endpoint",
    status_code=201,
    response_model=EndpointWithSecretOut,
    responses=responses(AddressRefused, EventTypeUnknown, TooManyEndpoints, AccountShut),
)
async def create_webhook_endpoint(
    body: EndpointIn,
    caller: Manager,
    service: CurrentService,
    session: Session,
    now: Now,
    rules: CurrentRules,
    response: Response,
) -> EndpointWithSecretOut:
    """Have events sent to an address from now on, signed as Standard Webhooks says. The answer alone shows the secret.

    An event is sent at least once, each time with the same `webhook-id`. A 2xx within 15 seconds takes it; anything
    else is tried again over some days. 410 disables the endpoint.
    """
    endpoint, secret = await registrations.add_endpoint(
        session,
        account_id=caller.account_id,
        sees_all=caller.is_operator,
        url=body.url,
        event_types=body.event_types,
        description=body.description,
        enabled=body.enabled,
        rules=rules,
        keyring=service.resources.keyring,
        now=now,
    )
    return _with_secret(endpoint, secret, response)


@routes.get("/v1/webhook-endpoints", operation_id="list_webhook_endpoints", summary="List webhook endpoints",
            responses=responses(CursorInvalid))  # fmt: skip
async def list_webhook_endpoints(session: Session, paging: Paged, caller: ReaderOfWebhooks) -> Page[EndpointOut]:
    """The account's endpoints, the newest first."""
    own = select(WebhookEndpoint).where(
        col(WebhookEndpoint.account_id) == caller.account_id, col(WebhookEndpoint.deleted_at).is_(None)
    )
    rows, cursor = await paginate(session, own, WebhookEndpoint.id, paging)
    return Page(data=[EndpointOut.model_validate(row) for row in rows], next_cursor=cursor)


@routes.get(
    "/v1/webhook-endpoints/{endpoint_id}",
    operation_id="get_webhook_endpoint",
    summary="Get a webhook endpoint",
    responses=responses(NotFound),
)
async def get_webhook_endpoint(
    endpoint_id: EndpointId, session: Session, caller: ReaderOfWebhooks, response: Response
) -> EndpointOut:
    """One endpoint of the account."""
    endpoint = await registrations.endpoint_of(session, endpoint_id, caller.account_id)
    return _out(endpoint, response)


@routes.patch(
    "/v1/webhook-endpoints/{endpoint_id}",
    operation_id="change_webhook_endpoint",
    summary="Change a webhook endpoint",
    responses=responses(NotFound, PreconditionFailed, AddressRefused, EventTypeUnknown),
)
async def change_webhook_endpoint(
    endpoint_id: EndpointId,
    body: EndpointChangesIn,
    caller: Manager,
    session: Session,
    now: Now,
    rules: CurrentRules,
    response: Response,
    if_match: IfMatch = None,
) -> EndpointOut:
    """Change the address, the events, the description, or whether anything is sent.

    What waits for a disabled endpoint is sent once it is enabled again, within the days that deliveries are kept; what
    happens while it is disabled is in `GET /v1/events` alone.
    """
    endpoint = await registrations.endpoint_of(session, endpoint_id, caller.account_id, lock=True)
    require_match(if_match, endpoint.version)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    await registrations.change_endpoint(session, endpoint, changes, rules=rules, now=now)
    return _out(endpoint, response)


@routes.delete(
    "/v1/webhook-endpoints/{endpoint_id}",
    operation_id="delete_webhook_endpoint",
    summary="Delete a webhook endpoint",
    status_code=204,
    responses=responses(NotFound, PreconditionFailed),
)
async def delete_webhook_endpoint(
    endpoint_id: EndpointId, caller: Manager, session: Session, now: Now, if_match: IfMatch = None
) -> None:
    """Send nothing more to an endpoint; what is still on its way is cancelled."""
    endpoint = await registrations.endpoint_of(session, endpoint_id, caller.account_id, lock=True)
    require_match(if_match, endpoint.version)
    await registrations.remove_endpoint(session, endpoint, now=now)


@secret_routes.post(
    "/v1/webhook-endpoints/{endpoint_id}/rotate-secret",
    operation_id="rotate_webhook_secret",
    summary="Rotate a webhook endpoint's secret",
    response_model=EndpointWithSecretOut,
    responses=responses(NotFound),
)
async def rotate_webhook_secret(
    endpoint_id: EndpointId,
    body: RotationIn,
    caller: Manager,
    service: CurrentService,
    session: Session,
    now: Now,
    response: Response,
) -> EndpointWithSecretOut:
    """Make a new secret. Until the overlap ends messages are signed by both, so that a receiver can change over."""
    endpoint = await registrations.endpoint_of(session, endpoint_id, caller.account_id, lock=True)
    secret = await registrations.rotate_secret(
        session, endpoint, overlap_seconds=body.overlap_seconds, keyring=service.resources.keyring, now=now
    )
    return _with_secret(endpoint, secret, response)


@routes.post(
    "/v1/webhook-endpoints/{endpoint_id}/test",
    operation_id="test_webhook_endpoint",
    summary="Send a test event to a webhook endpoint",
    status_code=202,
    responses=responses(NotFound, EndpointDisabled),
)
async def test_webhook_endpoint(
    endpoint_id: EndpointId, caller: Manager, service: CurrentService, session: Session, now: Now
) -> DeliveryOut:
    """Send a test event to this endpoint alone; `GET /v1/deliveries/{id}` tells how it went."""
    endpoint = await registrations.endpoint_of(session, endpoint_id, caller.account_id, lock=True)
    delivery = await deliveries.send_test(session, endpoint, source=service.database.source, now=now)
    return DeliveryOut.of(delivery)


def _out(endpoint: WebhookEndpoint, response: Response) -> EndpointOut:
    response.headers["ETag"] = etag(endpoint.version)
    return EndpointOut.model_validate(endpoint)


def _with_secret(endpoint: WebhookEndpoint, secret: str, response: Response) -> EndpointWithSecretOut:
    response.headers["ETag"] = etag(endpoint.version)
    shown = EndpointOut.model_validate(endpoint).model_dump()
    return EndpointWithSecretOut(**shown, secret=secret)
