"""The database of one service: sessions for the ORM, plain connections for the hot paths, a transaction either way."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime import outbox
from shared.runtime.addresses import service_url
from shared.runtime.away import is_full

_REMEMBERED_SECONDS = 5.0


def _dumps(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: b"\x01" + orjson.dumps(value, default=str),
        decoder=lambda raw: orjson.loads(raw[1:]),
        schema="pg_catalog",
        format="binary",
    )


async def driver(session: AsyncSession) -> Any:
    """The plain asyncpg connection beneath a session, inside its transaction."""
    connection = await session.connection()
    await connection.execute(text("SELECT 1"))  # the adapter opens the transaction with its first statement only
    return (await connection.get_raw_connection()).driver_connection


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg brings no types
    def get_reset_query(self) -> str:
        """Nothing: connections carry nothing from one holder to the next, as settings and locks are a transaction's.

        To unlock, close and reset what is not there would be one more question to the server for each transaction.
        """
        return ""


class Database:
    """One service's database. `source` is what its events give as their origin."""

    def __init__(self, url: str, *, service: str, pool_size: int = 10) -> None:
        self.url = url
        self.source = f"/marque/{service}"
        self._pool_size = pool_size
        self._full_at: float | None = None
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged, and what was stored may be someone's data
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
        )
        self.sessions = async_sessionmaker(
            self.engine, class_=AsyncSession, expire_on_commit=False, info={"source": self.source}
        )
        self.pool: asyncpg.Pool = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=pool_size,
            init=_prepare,
            connection_class=_Connection,
            command_timeout=60,
            max_inactive_connection_lifetime=300,
        )

    async def open(self) -> None:
        """Make ready. The server need not be there yet: connections are made when they are needed."""
        await self.pool

    async def close(self) -> None:
        try:
            async with asyncio.timeout(10):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()
        await self.engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work and whose events are committed together at the end, or not at all."""
        with self._noticing_no_room():
            async with self.sessions() as session, session.begin():
                yield session
                await outbox.flush(session)

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[asyncpg.Connection]:
        """A plain connection in a transaction, for the hot paths, where the ORM costs several times the statement."""
        with self._noticing_no_room():
            async with self.pool.acquire() as connection, connection.transaction():
                yield connection

    async def trouble(self) -> str | None:
        """Name what keeps this database from taking writes; None where nothing does."""
        async with self.pool.acquire(timeout=2) as connection:
            read_only = await connection.fetchval("SELECT current_setting('transaction_read_only')", timeout=2)
        if read_only == "on":
            return "the database takes no writes: it is a standby, or default_transaction_read_only is on"
        if self._full_at is not None and time.monotonic() - self._full_at < _REMEMBERED_SECONDS:
            return "the database's disk is full"
        return None

    @contextmanager
    def _noticing_no_room(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if is_full(error):
                self._full_at = time.monotonic()
            raise


__all__ = ["Database", "driver", "service_url"]
