"""The bare pass-through: what any gateway of plain ASGI and aiohttp has to do, and nothing else."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

_UPSTREAM = os.environ.get("BENCH_UPSTREAM", "")
_DROPPED = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"date", b"server"})
_state: dict[str, aiohttp.ClientSession] = {}


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Pass a request on, and its answer back."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    target = scope["raw_path"].decode() + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    async with _state["session"].request(
        scope["method"], _UPSTREAM + target, headers=headers, data=body or None, allow_redirects=False
    ) as answer:
        found = [(name.lower(), value) for name, value in answer.raw_headers if name.lower() not in _DROPPED]
        await send({"type": "http.response.start", "status": answer.status, "headers": found})
        async for chunk in answer.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _live(
    receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _state["session"] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=512), auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        else:
            await _state["session"].close()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
