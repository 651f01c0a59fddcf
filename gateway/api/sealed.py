"""Answers that show a key once, and once more to whoever repeats the request under its idempotency key.

What is kept for that is sealed (AES-256-GCM) under a key made from the pepper, which is not in the database, and goes
with the other kept answers after `idempotency_hours`. A caller whose first answer was lost is not left without a key.
"""

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from joserfc import jwe
from joserfc.jwk import OctKey

from shared.runtime import problems
from shared.runtime.routes import TransactionRoute

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class Seal:
    """Seals what is kept of an answer, as a JWE in compact form (RFC 7516)."""

    def __init__(self, pepper: bytes) -> None:
        self._key = OctKey.import_key(hmac.digest(pepper, b"marque gateway: kept answers", hashlib.sha256))

    def close(self, body: bytes) -> bytes:
        return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, body, self._key).encode()

    def open(self, sealed: bytes) -> bytes:
        return jwe.decrypt_compact(sealed, self._key).plaintext or b""


class _Sealing(APIRoute):
    """Inside the transaction: what goes on to be kept is sealed."""

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def seal(request: Request) -> Response:
            response = await handle(request)
            return _carrying(response, _seal(request).close(bytes(response.body)))

        return seal


class SealedRoute(TransactionRoute, _Sealing):
    """A route in one transaction, whose answer is kept sealed and leaves open."""

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def unseal(request: Request) -> Response:
            response = await handle(request)
            return _carrying(response, _seal(request).open(bytes(response.body)))

        return unseal


def sealed_router(*, tags: list[str]) -> APIRouter:
    """A router of endpoints whose answers show a key."""
    return APIRouter(tags=list(tags), route_class=SealedRoute, responses=problems.ANY_REFUSAL)


def _seal(request: Request) -> Seal:
    seal: Seal = request.app.state.service.resources.seal
    return seal


def _carrying(response: Response, body: bytes) -> Response:
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, status_code=response.status_code, headers=headers)
