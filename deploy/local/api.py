"""The public API as the commands and the demonstration call it: a key, JSON, and patience where the gateway asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from deploy.local.errors import CannotStartError

PATIENCE_SECONDS = 60.0
_RETRY = frozenset({429, 502, 503, 504})


class Refused(CannotStartError):
    """The platform answered with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        reason = problem.get("detail") or problem.get("title") or "no reason"
        lines = [f"the platform answers {status} {problem.get('code', '')}: {reason}".rstrip()]
        lines += [f"  {_sentence(error)}" for error in problem.get("errors") or ()]
        super().__init__("\n".join(lines))
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
    patience: float = PATIENCE_SECONDS
    """For how many seconds a call is tried again."""

    def with_key(self, key: str) -> Self:
        return type(self)(self.base_url, key, self.session, self.patience)

    async def call(self, method: str, path: str, body: Any = None, *, idempotency_key: str | None = None) -> Any:
        """The answer's JSON. Raises `Refused`. Waits and tries again where the platform is busy or away.

        A POST is only sent again under an idempotency key, or where it was surely not carried out.
        """
        headers = {"Authorization": f"Bearer {self.key}"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        may_repeat = method == "GET" or idempotency_key is not None
        until = asyncio.get_running_loop().time() + self.patience
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


def _sentence(error: dict[str, Any]) -> str:
    """Return what is wrong with one field, on one line: where, and the sentence of the platform."""
    where = error.get("pointer") or error.get("parameter") or "the request"
    suggested = f" Did you mean {error['suggestion']}?" if error.get("suggestion") else ""
    return f"{where}: {error.get('message', error.get('code', ''))}{suggested}"


async def _document(answer: aiohttp.ClientResponse) -> Any:
    """The JSON of an answer. A refusal may be another server's on the way, or be cut short: then there is none."""
    try:
        return await answer.json(content_type=None)
    except ValueError as error:
        if answer.status < 400:
            raise aiohttp.ClientConnectionError(f"{answer.url} answered {answer.status} without JSON") from error
        return None


@asynccontextmanager
async def open_api(base_url: str, key: str) -> AsyncIterator[Api]:
    """The API for a command of the operator, who is told at once: a `CannotStartError` where it does not answer."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            yield Api(base_url, key, session, patience=0)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CannotStartError(f"the platform does not answer at {base_url}: {error}") from error
