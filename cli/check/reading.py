"""Reading databases in constant memory: rows in the order of a key, and two or more of them side by side."""

from collections.abc import AsyncIterator

import asyncpg

from shared.runtime.statements import Connection

_AHEAD = 2000
Row = asyncpg.Record


async def rows(connection: Connection, statement: str, *values: object) -> AsyncIterator[Row]:
    """The rows of a statement, some at a time; the connection must be in a transaction."""
    async for row in connection.cursor(statement, *values, prefetch=_AHEAD):
        yield row


class Along:
    """Goes along rows that are ordered by `key`, as someone else's keys ask for it."""

    def __init__(self, ordered: AsyncIterator[Row], key: str) -> None:
        self._ordered = ordered
        self._key = key
        self._next: Row | None = None
        self._started = False

    async def at(self, key: str) -> list[Row]:
        """The rows with this key. Keys must be asked for in their order; what lies between is passed over."""
        found: list[Row] = []
        while (row := await self._peek()) is not None and row[self._key] <= key:
            if row[self._key] == key:
                found.append(row)
            self._next = await anext(self._ordered, None)
        return found

    async def _peek(self) -> Row | None:
        if not self._started:
            self._started = True
            self._next = await anext(self._ordered, None)
        return self._next


async def together(key: str, **ordered: AsyncIterator[Row]) -> AsyncIterator[tuple[str, dict[str, Row]]]:
    """Each key there is in any of these, with the row of each that has it. All are ordered by a unique key."""
    heads: dict[str, Row] = {}
    for name, side in ordered.items():
        if (row := await anext(side, None)) is not None:
            heads[name] = row
    while heads:
        least: str = min(row[key] for row in heads.values())
        met = {name: row for name, row in heads.items() if row[key] == least}
        yield least, met
        for name in met:
            if (row := await anext(ordered[name], None)) is None:
                del heads[name]
            else:
                heads[name] = row
