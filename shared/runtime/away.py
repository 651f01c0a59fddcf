"""Telling a database that is away for the moment from a defect: the first is worth another try, and said so (503)."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    PoolTimeoutError,
    TimeoutError,
)
"""What a statement may raise when the server stops, starts, cannot be reached or has no connection left.

`InternalClientError` is what the pool says instead when it cannot tidy up a connection that broke within a statement.
"""


def is_away(error: BaseException) -> bool:
    """Whether this came of a database that cannot be reached."""
    if isinstance(error, asyncpg.InterfaceError):
        return "clos" in str(error)  # the connection, or the pool, is closed or closing; the rest are defects
    if isinstance(error, AWAY):
        return True
    if not isinstance(error, DBAPIError):
        return False
    cause = error.orig.__cause__ if error.orig is not None else None
    return error.connection_invalidated or isinstance(error.orig, AWAY) or isinstance(cause, AWAY)
