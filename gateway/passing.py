"""Passing a request on to a service and its answer back, both as they come, over one pool of connections."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Self

import aiohttp
from prometheus_client import Counter, Histogram
from starlette.types import Receive, Send
from yarl import URL

from gateway.bodies import Body, CallerGone
from gateway.heads import HOP_BY_HOP, Head
from gateway.settings import GatewaySettings
from shared.runtime.errors import MarqueError, Unavailable

_log = logging.getLogger(__name__)
_answers = Counter("marque_gateway_answers", "Answers of the services", ["service", "status"])
_seconds = Histogram("marque_gateway_seconds", "Seconds until a service began to answer", ["service"])

# What we say of every answer ourselves, or the server below us does.
_NOT_PASSED_BACK = HOP_BY_HOP | {b"date", b"server", b"x-request-id", b"ratelimit", b"ratelimit-policy"}
_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_IDLE_SECONDS = 3.0  # less than uvicorn's five: a connection is not used just as the other side closes it
_LISTEN_AFTER_SECONDS = 0.5
_RETRIED = frozenset({"GET", "HEAD"})


class ServiceAway(Unavailable):
    """The service could not be reached. Nothing of the request has arrived there."""

    code = "service_away"
    title = "The service behind this call is away for the moment"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"{service} could not be reached; nothing was done. Try again in a moment.", headers={"Retry-After": "1"}
        )


class AnswerLost(MarqueError):
    """The connection broke before the service had answered."""

    status = 502
    code = "answer_lost"
    title = "The service behind this call broke off"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"{service} broke off before it had answered. Send the request again under the same Idempotency-Key."
        )


class AnswerLate(MarqueError):
    """The service did not answer in time."""

    status = 504
    code = "answer_late"
    title = "The service behind this call did not answer in time"

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} did not answer in time. Send the request again under the same Idempotency-Key.")


class Services:
    """The services behind the door."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._urls: Mapping[str, str] = settings.upstreams
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=settings.upstream_connections, keepalive_timeout=_IDLE_SECONDS),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=settings.upstream_connect_seconds, sock_read=settings.upstream_silence_seconds
            ),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_AUTOMATIC,
            max_line_size=32_768,
            max_field_size=32_768,
        )
        self.session._retry_connection = False  # noqa: SLF001 - what is tried again is decided here, and only here

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def is_ready(self, service: str) -> str | None:
        """None where the service says that it is ready; else what it says instead."""
        url = self._urls[service] + "/readyz"
        async with self.session.get(url, timeout=aiohttp.ClientTimeout(total=1.5)) as answer:
            return None if answer.status == 200 else f"answers {answer.status}"

    async def openapi(self, service: str) -> dict[str, object]:
        """What a service says of its own endpoints."""
        url = self._urls[service] + "/openapi.json"
        async with self.session.get(url, timeout=aiohttp.ClientTimeout(total=10), raise_for_status=True) as answer:
            document: dict[str, object] = await answer.json()
            return document

    async def pass_on(
        self, service: str, head: Head, headers: list[tuple[str, str]], body: Body, *, receive: Receive, send: Send
    ) -> None:
        """Pass a request on and its answer back.

        Raises `ServiceAway`, `AnswerLost`, `AnswerLate`, and what refused the body, all before anything was answered.
        """
        task = asyncio.current_task()
        listening = _Listening(self._loop, task, body, receive)
        try:
            answer = await self._ask(service, head, headers, body)
            try:
                await _pass_back(answer, head, send)
            finally:
                answer.release()
        except asyncio.CancelledError:
            if not listening.heard_hang_up or task is None:
                raise
            task.uncancel()  # the caller hung up, and the service was told by the end of its connection
        finally:
            listening.stop()

    async def _ask(
        self, service: str, head: Head, headers: list[tuple[str, str]], body: Body
    ) -> aiohttp.ClientResponse:
        """The beginning of the answer. A GET that found no connection, or a broken one, is tried once more."""
        began = self._loop.time()
        url = URL(self._urls[service] + head.target, encoded=True)
        data = await _data(body)
        try:
            answer = await self.session.request(head.method, url, headers=headers, data=data, allow_redirects=False)
        except aiohttp.ClientError as error:
            if head.method not in _RETRIED or data is not None or isinstance(error, aiohttp.ServerTimeoutError):
                raise self._refusal(service, error, body) from error
            answer = await self._ask_again(service, head, url, headers, body)
        _answers.labels(service, answer.status).inc()
        _seconds.labels(service).observe(self._loop.time() - began)
        return answer

    async def _ask_again(
        self, service: str, head: Head, url: URL, headers: list[tuple[str, str]], body: Body
    ) -> aiohttp.ClientResponse:
        try:
            return await self.session.request(head.method, url, headers=headers, allow_redirects=False)
        except aiohttp.ClientError as error:
            raise self._refusal(service, error, body) from error

    def _refusal(self, service: str, error: aiohttp.ClientError, body: Body) -> Exception:
        if body.refusal is not None:
            return body.refusal
        _log.warning("%s: %s: %s", service, type(error).__name__, error)
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            refusal: MarqueError = ServiceAway(service)
        elif isinstance(error, aiohttp.ServerTimeoutError):
            refusal = AnswerLate(service)
        else:
            refusal = AnswerLost(service)
        _answers.labels(service, refusal.status).inc()
        return refusal


async def _data(body: Body) -> object:
    """What aiohttp is given: nothing, all of a body that came at once, or a body as it comes."""
    if body.ended:
        return None
    first = await body.next()
    return first if body.ended else body.stream(first)


async def _pass_back(answer: aiohttp.ClientResponse, head: Head, send: Send) -> None:
    """Send the answer on as it comes. Where it breaks off, so does ours: the server closes the connection."""
    headers = [(name.lower(), value) for name, value in answer.raw_headers if name.lower() not in _NOT_PASSED_BACK]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    content = answer.content
    try:
        while not content.at_eof():
            chunk = await content.readany()
            ended = content.at_eof()
            if chunk or ended:
                await send({"type": "http.response.body", "body": chunk, "more_body": not ended})
            if ended:
                return
    except aiohttp.ClientError as error:
        _log.warning("an answer to %s %s broke off: %s", head.method, head.path, type(error).__name__)
        answer.close()
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Listening:
    """Listens whether the caller hangs up while a service takes its time, and ends the request then."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, task: "asyncio.Task[object] | None", body: Body, receive: Receive
    ) -> None:
        self._loop = loop
        self._task = task
        self._body = body
        self._receive = receive
        self._listener: asyncio.Task[None] | None = None
        self.heard_hang_up = False
        # Most answers are there before it is worth a task to listen.
        self._timer = loop.call_later(_LISTEN_AFTER_SECONDS, self._start)

    def stop(self) -> None:
        self._timer.cancel()
        if self._listener is not None:
            self._listener.cancel()

    def _start(self) -> None:
        if not self._body.ended:  # the body's reader would hear it; two cannot listen
            self._timer = self._loop.call_later(_LISTEN_AFTER_SECONDS, self._start)
            return
        self._listener = self._loop.create_task(self._listen())

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.heard_hang_up = True
        if self._task is not None:
            self._task.cancel()


__all__ = ["AnswerLate", "AnswerLost", "CallerGone", "ServiceAway", "Services"]
