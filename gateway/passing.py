"""Passing a request on to a service and its answer back, over connections of which every client has its share."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, Self

import aiohttp
from prometheus_client import Counter, Histogram
from starlette.types import Receive, Send
from yarl import URL

from gateway.connections import Connections
from gateway.held_bodies import HeldBody
from gateway.in_flight import NOT_WAITED_FOR, InFlightRequest, InFlightRequests
from gateway.request_head import HOP_BY_HOP, RequestHead
from gateway.settings import GatewaySettings
from gateway.shares import Allowance, Limits, Party, Places
from shared.runtime.errors import MarqueError, Unavailable

_log = logging.getLogger(__name__)
_answers = Counter("marque_gateway_answers", "Answers of the services", ["service", "status"])
_seconds = Histogram("marque_gateway_seconds", "Seconds until a service began to answer", ["service"])

# What we say of every answer ourselves, or the server below us does.
_NOT_PASSED_BACK = HOP_BY_HOP | {b"date", b"server", b"x-request-id", b"ratelimit", b"ratelimit-policy"}
_READY_SECONDS = 3.0
_RETRIED = frozenset({"GET", "HEAD"})
Headers = list[tuple[bytes, bytes]]


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
            f"{service} broke off before it had answered. Send the request again under the same Idempotency-Key.",
            headers={"Retry-After": "1"},
        )


class AnswerLate(MarqueError):
    """The service did not answer in time."""

    status = 504
    code = "answer_late"
    title = "The service behind this call did not answer in time"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"{service} did not answer in time. Send the request again under the same Idempotency-Key.",
            headers={"Retry-After": "5"},
        )


class Services:
    """The services behind the gateway."""

    def __init__(self, settings: GatewaySettings, refusal: Callable[[str], MarqueError | None]) -> None:
        self._urls = settings.upstreams
        self._loop = asyncio.get_running_loop()
        self._connections = Connections(connect_seconds=settings.upstream_connect_seconds)
        self._places = {service: _places(settings, service) for service in self._urls}
        self._counters: dict[tuple[str, int], Any] = {}
        self._timers = {service: _seconds.labels(service) for service in self._urls}
        self.in_flight = InFlightRequests(settings.upstream_silence_seconds, refusal)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connections.close()

    async def trouble(self, service: str) -> str | None:
        """None where the service says that it is ready; else the checks that fail there, and why."""
        url, timeout = self._urls[service] + "/readyz", aiohttp.ClientTimeout(total=_READY_SECONDS)
        async with self._connections.session.get(url, timeout=timeout) as answer:
            if answer.status == 200:
                return None
            try:
                checks = json.loads(await answer.read())["checks"]
                failed = "; ".join(f"{name}: {state}" for name, state in checks.items() if state != "ok")
            except (ValueError, LookupError, TypeError, AttributeError):
                failed = ""
            return failed or f"answers {answer.status}"

    async def openapi(self, service: str) -> dict[str, object]:
        """Fetch a service's own OpenAPI document."""
        url, timeout = self._urls[service] + "/openapi.json", aiohttp.ClientTimeout(total=10)
        async with self._connections.session.get(url, timeout=timeout, raise_for_status=True) as answer:
            document: dict[str, object] = await answer.json()
            return document

    def require_let_in(self, client_id: str | None) -> None:
        """Raises what refuses a client that is no longer let in."""
        if client_id is not None and (refusal := self.in_flight.refusal(client_id)) is not None:
            raise refusal

    async def pass_on(
        self,
        service: str,
        head: RequestHead,
        headers: list[tuple[str, str]],
        body: HeldBody,
        *,
        client_id: str | None,
        party: Party | None,
        said: Headers,
        receive: Receive,
        send: Send,
    ) -> None:
        """Pass a request on and its answer back, with `said` in the answer's head where it does not say so itself.

        Without a party it takes no place among those of the service: it was counted elsewhere, for it will wait.
        Raises `ServiceAway`, `AnswerLost`, `AnswerLate`, `TooManyAtOnce`, `Busy`, and what refuses the client where it
        is no longer let in, all before anything was answered.
        """
        request = self.in_flight.begin(receive, client_id)
        answer, places = None, None
        try:
            if party is not None:
                there = self._places[service]
                if not there.take_now(party):
                    await there.take(party)
                places = there
            answer = await self._ask(service, head, headers, body)
            await _pass_back(answer, head, said, request, send)
        except asyncio.CancelledError:
            if not request.was_ended:
                raise
            request.task.uncancel()
            if answer is not None:
                answer.close()  # which tells the service; ours is cut short, where there is anyone to see it
            elif request.refusal is not None:
                raise request.refusal from None
            elif request.late:
                raise self._counted(AnswerLate(service), service) from None
        finally:
            self.in_flight.end(request)
            if answer is not None:
                answer.release()
            if places is not None and party is not None:
                places.give_back(party)

    async def _ask(
        self, service: str, head: RequestHead, headers: list[tuple[str, str]], body: HeldBody
    ) -> aiohttp.ClientResponse:
        """The beginning of the answer. A GET that found no connection, or a broken one, is tried once more."""
        began = self._loop.time()
        url = URL(self._urls[service] + head.target, encoded=True)
        try:
            try:
                answer = await self._connections.ask(head.method, url, headers, _data(body))
            except aiohttp.ClientError:
                if head.method not in _RETRIED or body.size:
                    raise
                answer = await self._connections.ask(head.method, url, headers, None)
        except aiohttp.ClientError as error:
            raise self._refusal(service, error) from error
        self._count(service, answer.status)
        self._timers[service].observe(self._loop.time() - began)
        return answer

    def _refusal(self, service: str, error: aiohttp.ClientError) -> Exception:
        _log.warning("%s: %s: %s", service, type(error).__name__, error)
        away = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
        return self._counted(ServiceAway(service) if away else AnswerLost(service), service)

    def _counted(self, refusal: MarqueError, service: str) -> MarqueError:
        self._count(service, refusal.status)
        return refusal

    def _count(self, service: str, status: int) -> None:
        counter = self._counters.get((service, status))
        if counter is None:
            counter = self._counters[service, status] = _answers.labels(service, status)
        counter.inc()


def _data(body: HeldBody) -> object:
    """Return a body as it is sent: all of it at once, or chunk by chunk from its file."""
    if not body.size:
        return None
    return body.data if body.in_memory else body.stream()


def _places(settings: GatewaySettings, service: str) -> Places:
    limits = Limits(settings.upstream_per_client, settings.upstream_per_account, settings.upstream_connections)
    return Places(Allowance("upstream", f"Requests to {service}", limits), wait_seconds=settings.upstream_wait_seconds)


async def _pass_back(
    answer: aiohttp.ClientResponse, head: RequestHead, said: Headers, request: InFlightRequest, send: Send
) -> None:
    """Send the answer on as it comes. Where it breaks off, so does ours: the server closes the connection."""
    headers = [(name.lower(), value) for name, value in answer.raw_headers]
    named = {name for name, _ in headers}
    if not named.isdisjoint(_NOT_PASSED_BACK):
        headers = [pair for pair in headers if pair[0] not in _NOT_PASSED_BACK]
    headers += [pair for pair in said if pair[0] not in named or pair[0] in _NOT_PASSED_BACK]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    content = answer.content
    ended = False
    try:
        while not ended:
            chunk = await content.readany()
            ended = content.at_eof()
            request.since = NOT_WAITED_FOR
            await send({"type": "http.response.body", "body": chunk, "more_body": not ended})
            request.since = None
    except aiohttp.ClientError as error:
        _log.warning("an answer to %s %s broke off: %s", head.method, head.path, type(error).__name__)
        answer.close()
