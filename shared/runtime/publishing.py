"""Putting events on the stream: as one atomic batch where that saves fsyncs, one by one where the batch is refused."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import nats.errors
import nats.js.errors
import orjson
from nats.aio.client import Client

SMALLEST_BATCH = 4
LARGEST_BATCH = 500
"""The server takes 1,000 messages in a batch and 50 batches in flight."""

MOST_BYTES = 8_388_608
"""Of events in one batch: an event may have a megabyte, and a batch of those would be held in memory several times."""

ACK_SECONDS = 5.0
_IN_FLIGHT = 128
_STORE_FULL = frozenset({10023, 10028, 10047, 10077})
"""Error codes of JetStream: insufficient resources, resource limits exceeded, insufficient storage, not stored."""


class Unpublished(NamedTuple):
    """An event that the stream does not have yet; `payload` is its envelope, as it is sent."""

    event_id: str
    type: str
    payload: str
    traceparent: str | None
    recorded_at: datetime


def _headers(row: Unpublished) -> dict[str, str]:
    headers = {"Nats-Msg-Id": row.event_id}
    if row.traceparent:
        headers["traceparent"] = row.traceparent
    return headers


async def publish(client: Client, rows: Sequence[Unpublished], *, seconds: float = ACK_SECONDS) -> list[int]:
    """The sequence on the stream of each row. Only what the server has acknowledged counts; raises where it has not.

    A batch whose fate is unknown is sent again one by one, under the same ids, which the stream recognises; each has
    `seconds` to be acknowledged.
    """
    if len(rows) >= SMALLEST_BATCH:
        try:
            return await _as_batch(client, rows)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError, ValueError):
            pass
    return await _one_by_one(client, rows, seconds)


def reason_of(error: BaseException) -> str:
    """Name why the stream took no event, in one of few words for a metric."""
    if isinstance(error, nats.js.errors.NoStreamResponseError | nats.errors.NoRespondersError):
        return "no_stream"
    if isinstance(error, nats.js.errors.NotFoundError):
        return "no_stream"
    if isinstance(error, nats.errors.MaxPayloadError):
        return "too_large"
    if isinstance(error, nats.js.errors.APIError):
        return "store_full" if error.err_code in _STORE_FULL else "refused"
    if isinstance(error, TimeoutError | nats.errors.TimeoutError):
        return "no_answer"
    return "disconnected"


async def _as_batch(client: Client, rows: Sequence[Unpublished]) -> list[int]:
    batch = secrets.token_hex(16)
    last = len(rows)
    for number, row in enumerate(rows, start=1):
        headers = {**_headers(row), "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        payload = row.payload.encode()
        if number < last:
            await client.publish(row.type, payload, headers=headers)
            continue
        headers["Nats-Batch-Commit"] = "1"
        answer = orjson.loads((await client.request(row.type, payload, timeout=ACK_SECONDS, headers=headers)).data)
    if "error" in answer:
        raise nats.js.errors.APIError.from_error(answer["error"])
    if answer.get("count") != last:
        raise ValueError("the batch was not acknowledged whole")
    sequence: int = answer["seq"]
    return [sequence - last + number for number in range(1, last + 1)]


async def _one_by_one(client: Client, rows: Sequence[Unpublished], seconds: float) -> list[int]:
    jetstream = client.jetstream(timeout=seconds)
    gate = asyncio.Semaphore(_IN_FLIGHT)

    async def one(row: Unpublished) -> int:
        async with gate:
            ack = await jetstream.publish(row.type, row.payload.encode(), headers=_headers(row))
            return ack.seq

    return list(await asyncio.gather(*(one(row) for row in rows)))
