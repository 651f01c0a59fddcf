"""The events of a batch, in which the requests of many callers share one transaction.

Judging tells of every task several times, out of documents that came in as JSON and leave as JSON. Here they are put
together without being taken apart: an event's data may hold JSON as it is (`orjson.Fragment`). Each event keeps the
trace of the request that it came of. A test reads what is written here back through the events' own classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.review.tables import SOURCE
from shared.contracts.event import Event
from shared.contracts.ids import EventId
from shared.runtime.ids import new_id


@dataclass
class Journal:
    """Collects events; `rows` are those of the outbox, but for the time."""

    now: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)

    def tell(
        self, kind: type[Event], subject: str, owner: str | None, data: Mapping[str, Any], *, trace: str | None
    ) -> None:
        """Keep one event: what it is about, whose business it is, its fields, the trace of the request."""
        id_ = new_id(EventId)
        payload = {
            "specversion": "1.0",
            "id": id_,
            "source": SOURCE,
            "type": kind.name,
            "time": self.now,
            "datacontenttype": "application/json",
            "subject": subject,
            "marqueaccount": owner,
            "traceparent": trace,
            "data": data,
        }
        self.rows.append({"event_id": id_, "type": kind.name, "payload": payload, "traceparent": trace or ""})
