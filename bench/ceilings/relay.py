"""Ceiling of the relay: each event published by itself, many in flight, then marked as published."""

import asyncio

import asyncpg
from nats.aio.client import Client

IN_FLIGHT = 128
ROWS = 500


async def relay_one_by_one(pool: asyncpg.Pool, client: Client, count: int) -> None:
    """Publish this many rows, each with an acknowledgement of its own, as durable as ours."""
    jetstream = client.jetstream(timeout=30)
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def one(row: asyncpg.Record) -> int:
        async with gate:
            headers = {"Nats-Msg-Id": row["event_id"]}
            return (await jetstream.publish(row["type"], row["payload"].encode(), headers=headers)).seq

    done = 0
    while done < count:
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                "SELECT event_id, type, payload FROM outbox WHERE stream_seq IS NULL ORDER BY event_id LIMIT $1", ROWS
            )
            sequences = await asyncio.gather(*(one(row) for row in rows))
            await connection.execute(
                "UPDATE outbox SET stream_seq = done.seq FROM unnest($1::text[], $2::bigint[]) AS done(event_id, seq) "
                "WHERE outbox.event_id = done.event_id",
                [row["event_id"] for row in rows],
                sequences,
            )
            done += len(rows)
