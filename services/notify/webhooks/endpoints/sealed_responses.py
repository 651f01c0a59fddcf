"""Answers that hold a secret and may still be asked for again under an idempotency key.

The answer is kept sealed, so that the secret lies nowhere in clear, and opened for whoever may ask for it again.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from services.notify.webhooks.keyring import Keyring
from shared.runtime import problems
from shared.runtime.routes import TransactionRoute

_SEALED = "application/jose"
Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class _SealingRoute(APIRoute):
    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def sealed(request: Request) -> Response:
            response = await handle(request)
            text = bytes(response.body).decode()
            return _with_body(response, _keyring(request).seal(text), _SEALED)

        return sealed


class SealedRoute(TransactionRoute, _SealingRoute):
    """A route in one transaction whose answer is kept sealed."""

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def opened(request: Request) -> Response:
            response = await handle(request)
            text = _keyring(request).open(bytes(response.body).decode())
            return _with_body(response, text, "application/json")

        return opened


def sealed_router(*, tags: list[str]) -> APIRouter:
    """A router of endpoints that answer with a secret."""
    return APIRouter(tags=list(tags), route_class=SealedRoute, responses=problems.ANY_REFUSAL)


def _keyring(request: Request) -> Keyring:
    keyring: Keyring = request.app.state.service.resources.keyring
    return keyring


def _with_body(response: Response, text: str, media_type: str) -> Response:
    headers = {
        name: value for name, value in response.headers.items() if name not in {"content-length", "content-type"}
    }
    return Response(text, status_code=response.status_code, headers=headers, media_type=media_type)
