"""Copying rows that change their service from one service's database into another's (see `moves`).

The rows, what is found when they are compared, and the note that it was done are one transaction of the target: a copy
that is killed anywhere leaves nothing, and the next start begins again. The source is read in one snapshot.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import orjson

from shared.runtime.addresses import role_of, service_url
from shared.runtime.locks import Lock
from shared.runtime.moves import Move, Rows
from shared.runtime.statements import Connection, OwnConnection, Query

DDL = """
CREATE TABLE moves (
    name text COLLATE "C" PRIMARY KEY,
    source text NOT NULL,
    rows jsonb NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now()
)
"""
"""The notes. `rows` has the number of rows of each table; it is null for all where there was no source."""

_SETTINGS = {"timezone": "UTC", "datestyle": "ISO", "search_path": "public"}
"""The same on both sides: rows are compared as text."""

_INBOX = "SELECT event_id, '{target}' AS consumer, received_at FROM inbox WHERE consumer = '{source}'"
_SUM = """
SELECT count(*) AS number, coalesce(sum(hashtextextended(moved::text, 0)), 0)::text AS sum FROM ({query}) AS moved
"""
_NOTE = "INSERT INTO moves (name, source, rows) VALUES ($1, $2, $3::text::jsonb)"
_AHEAD = 16
"""Blocks that are read before they are written."""


class Sum(NamedTuple):
    """How many rows there are, and a sum over all that is in them."""

    number: int
    sum: str


class CannotMove(RuntimeError):
    """Rows cannot be moved; nothing was changed."""

    def __init__(self, move: Move, target: str, why: str) -> None:
        super().__init__(f"{move.name} cannot move from {move.source} to {target}: {why}")


async def move_tables(server_url: str, target: str, moves: Sequence[Move]) -> None:
    """Copy what has not been copied yet. Raises `CannotMove`.

    Args:
        server_url: the server with its superuser, or an address with `{service}` in it. One that names a database moves
            nothing: from there no other can be reached.
        target: the service whose tables these are from now on; its migrations have run.
        moves: what to copy.
    """
    if not moves or ("{service}" not in server_url and urlsplit(server_url).path.strip("/")):
        return
    connection = await _connect(server_url, target)
    try:
        for move in moves:
            async with connection.transaction():
                await Lock.MOVES.take(connection)
                if await connection.fetchval("SELECT EXISTS (SELECT FROM moves WHERE name = $1)", move.name):
                    continue
                async with _snapshot(server_url, move) as source:
                    rows = await _copy_all(source, connection, move, target)
                await connection.execute(_NOTE, move.name, move.source, orjson.dumps(rows).decode())
    finally:
        await connection.close()


async def _connect(server_url: str, service: str) -> OwnConnection:
    if "{service}" in server_url:
        return await asyncpg.connect(service_url(server_url, service), server_settings=_SETTINGS)
    return await asyncpg.connect(server_url, database=role_of(service), server_settings=_SETTINGS)


@asynccontextmanager
async def _snapshot(server_url: str, move: Move) -> AsyncIterator[OwnConnection | None]:
    """The source as it is at this moment; None where there is none, because the platform is new."""
    try:
        source = await _connect(server_url, move.source)
    except asyncpg.InvalidCatalogNameError:
        yield None
        return
    try:
        async with source.transaction(isolation="repeatable_read", readonly=True):
            yield source
    finally:
        await source.close()


async def _copy_all(
    source: OwnConnection | None, into: OwnConnection, move: Move, target: str
) -> dict[str, int | None]:
    inbox = [Rows("inbox", _INBOX.format(source=move.source, target=target))] if move.inbox else []
    return {rows.table: await _copy(source, into, move, target, rows) for rows in (*move.rows, *inbox)}


async def _copy(
    source: OwnConnection | None,
    into: OwnConnection,
    move: Move,
    target: str,
    rows: Rows,
) -> int | None:
    """The number of rows; None where the source has no such table, as that of a new platform may not."""
    if await into.fetchval(f'SELECT EXISTS (SELECT FROM "{rows.table}")'):
        raise CannotMove(
            move, target, f"{rows.table} is not empty there; empty it, or restore the source's rows by hand"
        )
    if source is None:
        return None
    query = rows.query or f'SELECT * FROM "{rows.table}"'
    try:
        columns = [attribute.name for attribute in (await source.prepare(query)).get_attributes()]
    except asyncpg.UndefinedTableError:
        raise CannotMove(
            move, target, f"{move.source} does not have the tables of {rows.table}; migrate it first"
        ) from None
    await _stream(source, into, query, rows.table, columns)
    listed = ", ".join(f'"{column}"' for column in columns)
    there = await _sum(source, query)
    here = await _sum(into, f'SELECT {listed} FROM "{rows.table}"')
    if there != here:
        raise CannotMove(
            move, target, f"{rows.table} differs: {there.number} rows there, sum {there.sum}; "
            f"{here.number} rows here, sum {here.sum}"
        )  # fmt: skip
    return here.number


async def _sum(connection: Connection, query: str) -> Sum:
    return await Query("sum_of_rows", _SUM.format(query=query), Sum).one(connection)


async def _stream(
    source: OwnConnection,
    into: OwnConnection,
    query: str,
    table: str,
    columns: Sequence[str],
) -> None:
    """Read and write side by side, so that a table of any size takes little memory."""
    blocks: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)

    async def read() -> None:
        await source.copy_from_query(query, output=blocks.put, format="binary")
        await blocks.put(None)

    async def written() -> AsyncIterator[bytes]:
        while (block := await blocks.get()) is not None:
            yield block

    async with asyncio.TaskGroup() as together:
        together.create_task(read())
        together.create_task(into.copy_to_table(table, source=written(), columns=list(columns), format="binary"))
