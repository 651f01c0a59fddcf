"""The events of a turn, in which the requests of many callers share one transaction.

Claiming and judging tell of every task several times, out of documents that came in as JSON and leave as JSON. Here they
are put together without being taken apart: an event's data may hold JSON as it is (`orjson.Fragment`). Each event keeps the
trace of the request that it came of, and all of them are written by one statement. A test reads what is written here back
through the events' own classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from services.review.tables import SOURCE
from shared.contracts.event import Event
from shared.contracts.ids import EventId
from shared.runtime import outbox
from shared.runtime.ids import new_id


@dataclass
class Journal:
    """Collects events, then writes them."""

    now: datetime
    ids: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    payloads: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)

    def tell(
        self, kind: type[Event], subject: str, owner: str | None, data: Mapping[str, Any], *, trace: str | None
    ) -> None:
        """Keep one event: what it is about, whose business it is, its fields, the trace of the request."""
        id_ = new_id(EventId)
        envelope = {
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
        self.ids.append(id_)
        self.types.append(kind.name)
        self.payloads.append(orjson.dumps(envelope, option=orjson.OPT_UTC_Z).decode())
        self.traces.append(trace or "")

    async def write(self, connection: Any) -> None:
        """Write them, in this connection's transaction."""
        if self.ids:
            await connection.execute(outbox.APPEND, self.ids, self.types, self.payloads, self.traces, self.now)
            outbox.wake()
