"""The wire: a client of httpx that tries again where that is safe, and raises refusals."""

from typing import Any

import httpx

from marque_client.errors import Unreachable, error_of
from marque_client.periodic import async_sleep
from marque_client.retries import Retries, with_idempotency_key


class AsyncSession(httpx.AsyncClient):
    """Sends requests. Every answer that it returns is a success."""

    def __init__(self, retries: Retries, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._retries = retries

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request as often as `Retries` lets. Raises `ApiError`, `Unreachable`."""
        with_idempotency_key(request)
        await request.aread()  # so that it can be sent again
        tried = 0
        while True:
            tried += 1
            try:
                response = await super().send(request, **options)
            except httpx.TransportError as error:
                pause = self._retries.after_failure(request, error, tried)
                if pause is None:
                    raise Unreachable(f"{request.method} {request.url}: {error or type(error).__name__}") from error
            else:
                if response.status_code < 400:
                    return response
                await response.aread()
                refusal = error_of(response)
                pause = self._retries.after_refusal(request, refusal, tried)
                if pause is None:
                    raise refusal
            await async_sleep(pause)
