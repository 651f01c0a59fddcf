"""The public API as a partner's program calls it: a key, JSON, and patience where the gateway asks for it."""

import asyncio
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

PATIENCE_SECONDS = 60.0
_RETRY = frozenset({429, 502, 503, 504})


class Refused(Exception):
    """The platform answered with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')} {problem.get('errors', '')}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        return str(self.problem.get("code"))


@dataclass
class Api:
    """One client of the platform, with its key."""

    base_url: str
    key: str
    session: aiohttp.ClientSession

    def with_key(self, key: str) -> Self:
        return type(self)(self.base_url, key, self.session)

    async def call(self, method: str, path: str, body: Any = None, *, idempotency_key: str | None = None) -> Any:
        """The answer's JSON. Raises `Refused`. Waits and tries again where the platform is busy or away.

        A POST is only sent again under an idempotency key, or where it was surely not carried out.
        """
        headers = {"Authorization": f"Bearer {self.key}"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        may_repeat = method == "GET" or idempotency_key is not None
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                async with self.session.request(method, self.base_url + path, json=body, headers=headers) as answer:
                    document = await _document(answer) if answer.status != 204 else None
                    if answer.status < 400:
                        return document
                    undone = answer.status == 429 or (answer.status == 503 and "Retry-After" in answer.headers)
                    again = undone or (answer.status in _RETRY and may_repeat)
                    if not again or asyncio.get_running_loop().time() > until:
                        raise Refused(answer.status, document or {})
                    pause = float(answer.headers.get("Retry-After", "1"))
            except aiohttp.ClientConnectionError:
                if not may_repeat or asyncio.get_running_loop().time() > until:
                    raise
                pause = 1.0
            await asyncio.sleep(min(pause, 5.0))

    async def get(self, path: str) -> Any:
        return await self.call("GET", path)

    async def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None) -> Any:
        return await self.call("POST", path, {} if body is None else body, idempotency_key=idempotency_key)

    async def each(self, path: str) -> list[Any]:
        """Every thing of a list, page by page."""
        found: list[Any] = []
        cursor = ""
        while True:
            mark = "&" if "?" in path else "?"
            page = await self.get(f"{path}{mark}limit=200" + (f"&cursor={cursor}" if cursor else ""))
            found += page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return found


async def _document(answer: aiohttp.ClientResponse) -> Any:
    """The JSON of an answer. A refusal may be another server's on the way, or be cut short: then there is none."""
    try:
        return await answer.json(content_type=None)
    except ValueError as error:
        if answer.status < 400:
            raise aiohttp.ClientConnectionError(f"{answer.url} answered {answer.status} without JSON") from error
        return None
