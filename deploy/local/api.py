"""The public API, as far as the operator's own tools call it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from deploy.local.errors import CannotStartError


class RefusedError(CannotStartError):
    """The platform answered with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(
            f"the platform answers {status}: {problem.get('detail') or problem.get('title') or 'no reason'}"
        )
        self.status = status


class Api:
    """Calls the API with one key."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, key: str) -> None:
        self._session = session
        self._base_url = base_url
        self._key = key

    async def get(self, path: str, **query: str) -> Any:
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: dict[str, Any] | None = None, *, idempotency_key: str | None = None) -> Any:
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return await self._call("POST", path, json=body or {}, headers=headers)

    async def every(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Each thing of a list, page after page."""
        query = {"limit": "200"}
        while True:
            page = await self.get(path, **query)
            for thing in page["data"]:
                yield thing
            if not page.get("next_cursor"):
                return
            query["cursor"] = page["next_cursor"]

    async def _call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", **(headers or {})}
        try:
            async with self._session.request(method, self._base_url + path, headers=headers, **more) as answer:
                if answer.status == 204:
                    return None
                document = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise CannotStartError(f"the platform does not answer at {self._base_url}: {error}") from error
        if answer.status >= 400:
            raise RefusedError(answer.status, document if isinstance(document, dict) else {})
        return document


@asynccontextmanager
async def open_api(base_url: str, key: str) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield Api(session, base_url, key)
