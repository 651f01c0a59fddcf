"""The envelope of every event: CloudEvents 1.0 in its JSON format."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from .event import Event
from .ids import AccountId, EventId


class Envelope(BaseModel):
    """One event as it travels: on the stream, in a partner's webhook and in the feed, with the same id everywhere."""

    model_config = ConfigDict(frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: EventId
    source: str
    type: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    subject: str
    marqueaccount: AccountId | None = None
    traceparent: str | None = None
    data: SerializeAsAny[Event]
