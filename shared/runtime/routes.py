"""Routes whose work is committed before the answer leaves.

A dependency that commits after its `yield` does so once the answer is on its way, and a failing commit still answers
201. Here the transaction encloses the whole endpoint, its answer included, so that the answer can be kept under the
request's idempotency key in the same commit as the effect.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime import idempotency, problems, retrying
from shared.runtime.away import AWAY
from shared.runtime.errors import OutcomeUnknown
from shared.runtime.identity import HEADER as IDENTITY
from shared.runtime.parameters import StrictRoute

_LOOK_AGAIN_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0)
_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class _InTransaction(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def in_transaction(request: Request) -> Response:
            service = request.app.state.service
            async with service.database.transaction() as session:
                request.state.session = session
                key = await _key(request)
                if key is None:
                    return await handle(request)
                first = await idempotency.begin(session, key)
                if first is not None:
                    return first
                response = await handle(request)
                await idempotency.keep(session, key, response, service.clock.now())
                return response

        async def until_known(request: Request) -> Response:
            """Under a key the first transaction is found out about once it has ended: while it runs, it has the key."""
            try:
                return await in_transaction(request)
            except OutcomeUnknown as unknown:
                may_go_again = idempotency.HEADER in request.headers or request.method not in _WRITES
                for pause in _LOOK_AGAIN_SECONDS if may_go_again else ():
                    await asyncio.sleep(pause)
                    with contextlib.suppress(OutcomeUnknown, idempotency.KeyInUse, *AWAY, DBAPIError):
                        return await in_transaction(request)
                raise unknown from None

        async def until_through(request: Request) -> Response:
            return await retrying.until_through(lambda: until_known(request), boundary="request")

        return until_through


class TransactionRoute(StrictRoute, _InTransaction):
    """One transaction a request; the answer to a POST is kept under its `Idempotency-Key`."""


async def _key(request: Request) -> idempotency.Key | None:
    if request.method not in _WRITES or idempotency.HEADER not in request.headers:
        return None
    caller = request.app.state.service.verifier.verify(request.headers.get(IDENTITY))
    return await idempotency.key_of(request, caller.client_id)


async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


Session = Annotated[AsyncSession, Depends(_session)]
"""The session of this request's transaction; it is committed, with its events, before the answer leaves."""


def router(*, tags: list[str], transactional: bool = True) -> APIRouter:
    """A router of public endpoints. Hot paths that keep their own transaction say `transactional=False`."""
    return APIRouter(
        tags=list(tags),
        route_class=TransactionRoute if transactional else StrictRoute,
        responses=problems.ANY_REFUSAL,
    )
