"""Events of webhook endpoints and deliveries."""

from datetime import datetime

from ..event import Event
from ..ids import AccountId, DeliveryId, EndpointId, EventId


class _OfWebhook(Event):
    account_id: AccountId
    endpoint_id: EndpointId
    delivery_id: DeliveryId

    @property
    def subject_id(self) -> str:
        return self.delivery_id

    @property
    def owner(self) -> AccountId:
        return self.account_id


class WebhookFailed(_OfWebhook, name="marque.webhook.failed.v1", producer="notify"):
    """An event could not be delivered to an endpoint, and is not tried again by itself. It stays in the feed."""

    event_id: EventId
    event_type: str
    attempts: int
    last_status: int | None = None
    last_error: str
    endpoint_disabled: bool = False
    failed_at: datetime


class WebhookTested(_OfWebhook, name="marque.webhook.tested.v1", producer="notify"):
    """A test of an endpoint. It is sent to that endpoint alone and is in no feed."""

    message: str
    tested_at: datetime
