"""Which deliveries a sender takes next, and how it gives back what it could not send.

Each endpoint is asked for its own due deliveries, so that one with a long queue never stands before the others.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.notify.webhooks import statements
from services.notify.webhooks.deliveries import Taken
from shared.runtime.statements import Executor


async def take_due(
    connection: Executor,
    *,
    busy: Mapping[str, int],
    ordered_tries: int,
    per_endpoint: int,
    limit: int,
    lease_seconds: float,
    now: datetime,
) -> list[Taken]:
    """Take deliveries that are due, no more of an endpoint than may be under way to it; secrets still sealed."""
    rows = await statements.TAKE_DUE.all(
        connection,
        now=now,
        busy=list(busy),
        busy_counts=list(busy.values()),
        ordered_tries=ordered_tries,
        per_endpoint=per_endpoint,
        most=limit,
        leased_until=now + timedelta(seconds=lease_seconds),
    )
    if forgotten := [row.id for row in rows if row.body is None]:
        await statements.SETTLE_FORGOTTEN.run(connection, now=now, ids=forgotten)
    return [
        Taken(
            id=row.id,
            endpoint_id=row.endpoint_id,
            event_id=row.event_id,
            lease=row.lease,
            url=row.url,
            secrets=tuple(secret for secret in (row.secret, row.previous_secret) if secret),
            body=row.body,
        )
        for row in rows
        if row.body is not None
    ]


async def hand_back(connection: Executor, taken: list[Taken], now: datetime) -> None:
    """Let another sender have what this one took and did not finish."""
    await statements.HAND_BACK.run(
        connection, now=now, ids=[one.id for one in taken], leases=[one.lease for one in taken]
    )
