"""The database of one service: sessions for the ORM, plain connections for the hot paths, a transaction either way."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import Enum, auto
from typing import Any

import asyncpg
import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime import outbox
from shared.runtime.addresses import service_url
from shared.runtime.away import AWAY, is_away, is_cut, is_full
from shared.runtime.errors import OutcomeUnknown
from shared.runtime.statements import Connection, OwnConnection, Pool, Query, Row

_FIND_OUT_SECONDS = 8.0
_LOOK_AGAIN_SECONDS = 0.1
_END_BACKEND = Query(
    "end_backend",
    """
SELECT coalesce(bool_and(pg_terminate_backend(pid, 2000)), true) FROM pg_stat_activity
WHERE pid = :backend AND usename = current_user AND pid <> pg_backend_pid()
""",
    bool,
)

_SECRET = Query("read_secret", "SELECT value FROM runtime_secrets WHERE name = :name", bytes)
_IS_READ_ONLY = Query("is_read_only", "SELECT current_setting('transaction_read_only') = 'on' AS read_only", bool)

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


class _Connection(OwnConnection):
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
        self.pool: Pool = asyncpg.create_pool(
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
        """A session whose work and whose events are committed together at the end, or not at all.

        Raises `OutcomeUnknown` where the connection died in the commit.
        """
        with self._noticing_no_room():
            async with self.sessions() as session:
                async with _rolled_back_on_error(session):
                    yield session
                    await outbox.flush(session)
                    await session.flush()
                try:
                    await session.commit()
                except Exception as error:
                    if is_cut(error):
                        raise OutcomeUnknown from error
                    raise

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[Connection]:
        """A plain connection in a transaction, for the hot paths, where the ORM costs several times the statement.

        Raises `OutcomeUnknown` where the connection died in the commit.
        """
        stage = _Stage.WORKING
        backend: int | None = None
        try:
            with self._noticing_no_room():
                async with self.pool.acquire() as connection:
                    backend = connection.get_server_pid()
                    async with connection.transaction():
                        yield connection
                        stage = _Stage.COMMITTING
                    stage = _Stage.COMMITTED
        except Exception as error:
            if stage is _Stage.COMMITTED and is_cut(error):
                return  # the connection broke while it was given back
            if stage is _Stage.COMMITTING and is_cut(error):
                raise OutcomeUnknown(backend) from error
            raise

    async def look_after(self, unknown: OutcomeUnknown, question: Query[Row], /, **parameters: object) -> list[Row]:
        """Find out how a transaction ended whose connection died in the commit.

        The server may not have noticed yet that nobody is there, and commit later: so its process is ended first, and
        then the database is asked for something that the transaction would have stored.

        Args:
            unknown: what the transaction raised.
            question: asks for what the transaction would have stored.
            parameters: those of the question.

        Raises `OutcomeUnknown` where the database does not come back in time.
        """
        try:
            async with asyncio.timeout(_FIND_OUT_SECONDS):
                while True:
                    try:
                        async with self.pool.acquire() as connection:
                            if await _END_BACKEND.one(connection, backend=unknown.backend):
                                return await question.all(connection, **parameters)
                    except Exception as error:
                        if not is_away(error):
                            raise
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except TimeoutError:
            raise unknown from None

    async def secret(self, name: str) -> bytes:
        """Return a secret that the service made for itself, such as the key of its page cursors."""
        return await _SECRET.one(self.pool, name=name)

    async def trouble(self) -> str | None:
        """Name what keeps this database from taking writes; None where nothing does."""
        async with self.pool.acquire(timeout=2) as connection:
            async with asyncio.timeout(2):
                read_only = await _IS_READ_ONLY.one(connection)
        if read_only:
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


class _Stage(Enum):
    WORKING = auto()
    COMMITTING = auto()
    COMMITTED = auto()


@asynccontextmanager
async def _rolled_back_on_error(session: AsyncSession) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(*AWAY, DBAPIError):
            await session.rollback()
        raise


__all__ = ["Database", "service_url"]
