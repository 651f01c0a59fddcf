"""Telling what passes (a database that is away, a disk that is full) from a defect: the first is answered 503."""

import errno

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.runtime.errors import ReadOnly, StorageFull, Unavailable

AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresIOError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    PoolTimeoutError,
    OSError,
)
"""Errors of a statement when the server stops, starts, cannot be reached, is full or has no connection left.

`InternalClientError` is what the pool says instead when it cannot tidy up a connection that broke within a statement.
"""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_ROOM_IN_DATABASE = "The database has no room to store this; try again once an operator has freed some."


def passing(error: BaseException) -> Unavailable | None:
    """Return the answer to an error that passes without a change to the code or the request; None for a defect."""
    for cause in _causes(error):
        if isinstance(cause, asyncpg.DiskFullError):
            return StorageFull(_NO_ROOM_IN_DATABASE)
        if isinstance(cause, asyncpg.ReadOnlySQLTransactionError):
            return ReadOnly("The database takes no writes for the moment.")
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
            return StorageFull("A disk of the platform has no room; try again once an operator has freed some.")
        if _reached_nobody(cause):
            return Unavailable("Try again in a moment.")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Unavailable("Try again in a moment.")
    return None


def is_away(error: BaseException) -> bool:
    """Return whether this came of a database that cannot be reached, or cannot store anything, for the moment."""
    return passing(error) is not None


def is_cut(error: BaseException) -> bool:
    """Return whether the connection may have been lost, so that it is open whether a commit came about.

    A server that has no room, or takes no writes, has said that it did not.
    """
    return type(passing(error)) is Unavailable


def is_full(error: BaseException) -> bool:
    """Return whether this came of a full disk or a full database."""
    return isinstance(passing(error), StorageFull)


def _reached_nobody(error: BaseException) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        return "clos" in str(error)  # the connection, or the pool, is closed or closing; the rest are defects
    if isinstance(error, OSError):
        return isinstance(error, ConnectionError | TimeoutError)
    return isinstance(error, AWAY)


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what SQLAlchemy has wrapped in it."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return [error]
    return [cause for cause in (error.orig, error.orig.__cause__) if cause is not None]
