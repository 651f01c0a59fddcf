"""SQL as values: each statement has a name, named parameters and a type for its rows.

One statement runs on an ORM session and on a plain asyncpg connection alike, in the transaction that is open there. Its
name goes to the server as a comment, where `pg_stat_activity` and the log of slow statements show it. Every statement
is prepared on the migrated database by a test, which compares the columns with the row's fields.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import asyncpg
import asyncpg.pool
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

Row = TypeVar("Row")
# A `Connection` is a plain one, mostly taken out of a pool. What stands on its codecs (objects for `jsonb`) asks for
# one; the rest takes an `Executor`.
if TYPE_CHECKING:
    OwnConnection = asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = OwnConnection | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:  # only the stubs of the driver take parameters
    OwnConnection, Pool = asyncpg.Connection, asyncpg.Pool
    Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

Executor = Connection | Pool | AsyncConnection | AsyncSession

_PARAMETER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::|:(?P<name>[a-z_][a-z0-9_]*)")


class NoRow(LookupError):
    """A statement that always answers with a row answered with none."""


class Statement:
    """One SQL statement whose rows, if it answers with any, nobody reads.

    Args:
        name: what the statement does, for people who read the server's log; unique in its service.
        text: SQL in which `:name` stands for a parameter.
        hot: it runs for each request or event, on tables that grow: its plan is under test.
    """

    def __init__(self, name: str, text: str, *, hot: bool = False) -> None:
        self.name = name
        self.hot = hot
        found = (match["name"] for match in _PARAMETER.finditer(text))
        self.parameters: tuple[str, ...] = tuple(dict.fromkeys(filter(None, found)))
        """The names of the parameters, in the order in which they are sent."""

        places = {parameter: f"${n}" for n, parameter in enumerate(self.parameters, 1)}
        self.sql = f"/* {name} */ " + _PARAMETER.sub(lambda m: places[m["name"]] if m["name"] else m[0], text).strip()
        """The text for the server, with `$1` and so on for the parameters."""

    def arguments(self, **parameters: object) -> list[object]:
        """Return the values in the order in which they are sent. Raises `TypeError` where one is missing or unknown."""
        try:
            values = [parameters[name] for name in self.parameters]
        except KeyError as missing:
            raise TypeError(f"{self.name} needs the parameter {missing}") from None
        if len(values) != len(parameters):
            raise TypeError(f"{self.name} has no parameter {sorted(parameters.keys() - set(self.parameters))}")
        return values

    async def run(self, on: Executor, /, **parameters: object) -> int:
        """Run a statement whose rows nobody reads; how many rows it wrote."""
        arguments = self.arguments(**parameters)
        plain = await _connection(on)
        if isinstance(plain, AsyncConnection):
            return (await plain.exec_driver_sql(self.sql, tuple(arguments))).rowcount
        return written(await plain.execute(self.sql, *arguments))

    async def run_each(self, on: Connection, rows: Iterable[Mapping[str, object]], /) -> None:
        """Run once for each of these sets of parameters, in one message to the server."""
        await on.executemany(self.sql, [self.arguments(**row) for row in rows])


class Query(Statement, Generic[Row]):
    """A statement that answers with rows.

    Args:
        row: what a row becomes: a `NamedTuple` with the columns in their order, a dataclass where one row is another
            and more, or the type of the only column. The other arguments are those of `Statement`.
    """

    def __init__(self, name: str, text: str, row: type[Row], *, hot: bool = False) -> None:
        super().__init__(name, text, hot=hot)
        self.row = row
        self._make = _maker(row)

    async def all(self, on: Executor, /, **parameters: object) -> list[Row]:
        """Return every row."""
        return list(map(self._make, await self._fetch(on, parameters)))

    async def first(self, on: Executor, /, **parameters: object) -> Row | None:
        """Return the first row; None where there is none."""
        rows = await self._fetch(on, parameters)
        return self._make(rows[0]) if rows else None

    async def one(self, on: Executor, /, **parameters: object) -> Row:
        """Return the only row. Raises `NoRow`."""
        rows = await self._fetch(on, parameters)
        if not rows:
            raise NoRow(self.name)
        return self._make(rows[0])

    async def _fetch(self, on: Executor, parameters: dict[str, object]) -> Sequence[Any]:
        arguments = self.arguments(**parameters)
        plain = await _connection(on)
        if isinstance(plain, AsyncConnection):
            return (await plain.exec_driver_sql(self.sql, tuple(arguments))).all()
        return await plain.fetch(self.sql, *arguments)


def _maker(row: type[Row]) -> Callable[[Any], Row]:
    if is_dataclass(row):
        return lambda values: row(*values)
    make: Callable[[Any], Row] | None = getattr(row, "_make", None)
    return make or (lambda values: cast("Row", values[0]))


async def _connection(on: Executor) -> Connection | Pool | AsyncConnection:
    """Return what runs a statement at the least cost: of a session the connection beneath, once it has begun.

    SQLAlchemy's adapter opens the transaction with its own first statement; what went past it before would be committed
    at once.
    """
    if isinstance(on, AsyncSession):
        on = await on.connection()
    if isinstance(on, AsyncConnection):
        beneath = cast("Connection", (await on.get_raw_connection()).driver_connection)
        return beneath if beneath.is_in_transaction() else on
    return on


def written(status: str) -> int:
    """Return how many rows a command tag of PostgreSQL tells of, such as `UPDATE 3`."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdigit() else 0


def sql_utc(time: str) -> str:
    """Render a time, in SQL, as text that the API answers: RFC 3339, in UTC."""
    return f"to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def sql_list(values: Iterable[str]) -> str:
    """Render states or codes as a list for `IN (...)`, in a steady order.

    Raises `ValueError` for what is no plain word: values of users are parameters.
    """
    words = sorted(str(value) for value in values)
    for word in words:
        if not re.fullmatch(r"[a-z0-9_]+", word):
            raise ValueError(f"{word!r} is no plain word")
    return ", ".join(f"'{word}'" for word in words)
