"""Real servers on loopback for the gateway's tests: the gateway itself, and services that answer as a test says."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


async def eventually(condition: Callable[[], Awaitable[bool]]) -> float:
    """Wait until a condition holds; the seconds that it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens behind other doors
            await asyncio.sleep(0.01)
    return loop.time() - began


@asynccontextmanager
async def serve(
    app: Asgi, *, lifespan: bool = False, port: int = 0, http: type[asyncio.Protocol] | None = None
) -> AsyncIterator[str]:
    """Serve an application; its address."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        app, lifespan="on" if lifespan else "off", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=1, http=http or "auto",
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    while not server.started:
        if serving.done():
            serving.result()
            raise RuntimeError("the server did not start")
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


@dataclass
class Got:
    """One request as a service got it."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) < 2, f"{name} came {len(found)} times"
        return found[0] if found else None


@dataclass
class FakeService:
    """Stands where the services are: keeps what it gets, and answers as the test says."""

    got: list[Got] = field(default_factory=list)
    answer: Asgi | None = None
    openapi: dict[str, Any] = field(default_factory=dict)
    ready: bool = True

    @property
    def last(self) -> Got:
        return self.got[-1]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/readyz":
            await answer_json(send, {}, 200 if self.ready else 503)
            return
        if scope["path"] == "/openapi.json":
            await answer_json(send, self.openapi)
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        got = Got(scope["method"], scope["raw_path"].decode(), scope["query_string"].decode(), headers)
        self.got.append(got)
        if self.answer is not None:
            await self.answer(scope, receive, send)
            return
        got.body = await whole_body(receive)
        await answer_json(send, {"method": got.method, "bytes": len(got.body)})


async def whole_body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def answer_json(
    send: Any, document: Any, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    body = json.dumps(document).encode()
    given = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})


async def breaking_server(connections: list[int], answer_after: int) -> asyncio.Server:
    """A server that breaks its first connections off without a byte of an answer."""

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        connections.append(1)
        if len(connections) > answer_after:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
            await writer.drain()
        writer.close()

    return await asyncio.start_server(serve_one, "127.0.0.1", 0)


async def raw(url: str, request: bytes, *, until_close: bool = False) -> bytes:
    """Send bytes as they are; what comes back until the end of the head, or until the connection ends."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(20):
            if until_close:
                return await reader.read()
            return await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
