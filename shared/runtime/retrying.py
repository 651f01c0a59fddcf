"""Trying a transaction again that the database has aborted to let another one through.

Of two transactions that wait for each other PostgreSQL ends one (40P01), and of two that cannot both be true of one
moment as well (40001). Nothing of it was stored, so it is done again from its beginning, at the place where it begins:

| boundary | why it is safe to begin again |
| --- | --- |
| `request`: an endpoint in `TransactionRoute` | its answer leaves after the commit, and its body is at hand still |
| `consumer`: a batch of events, or one | an event and its effect are one transaction |
| `timer`, `sweep`: what the ticker does | the timer goes in the same transaction |
| `job`: a job, or a step of one | its end is in the transaction of its effect; its lease is held meanwhile |
| `batch`: a run of a `Coalescer` | it stores the whole batch or nothing |

Whatever else begins a transaction by itself is a loop (`loops.forever`), which goes on after an error by itself.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
_again = Counter(
    "marque_transactions_tried_again", "Transactions that the database aborted and that were tried again", ["boundary"]
)
_given_up = Counter(
    "marque_transactions_given_up", "Transactions that the database aborted each time they were tried", ["boundary"]
)
_ABORTED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_TRIES = 6
_FIRST_PAUSE = 0.01


def was_aborted(error: BaseException | None) -> bool:
    """Return whether the database ended this transaction to let another one through."""
    if isinstance(error, DBAPIError):
        return error.orig is not None and was_aborted(error.orig.__cause__)
    return isinstance(error, _ABORTED)


async def until_through(work: Callable[[], Awaitable[T]], *, boundary: str) -> T:
    """Do a whole transaction, and again where the database aborted it; raises its last error after some tries."""
    for tried in range(1, _TRIES + 1):
        try:
            return await work()
        except Exception as error:
            if not was_aborted(error):
                raise
            if tried == _TRIES:
                _given_up.labels(boundary).inc()
                raise
            _again.labels(boundary).inc()
        await asyncio.sleep(random.uniform(0.5, 1.5) * _FIRST_PAUSE * 2**tried)  # noqa: S311 - parts those who met
    raise AssertionError("the last try returns or raises")
