"""The ASGI application that every request comes through.

It reads the head, has the request checked, and gives it to the gateway's own endpoints or passes it on. Plain ASGI,
since every request pays for what is done here (docs/decisions/0003-plain-asgi-in-the-gateway.md).
"""

import logging
import time
from collections.abc import Awaitable
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from gateway import external_auth, request_head, routing
from gateway.addresses import Proxies, is_within
from gateway.authenticator import Admission, Authenticator, is_key
from gateway.bodies import Body, CallerGone, Pace, replaying
from gateway.credential_errors import misplaced
from gateway.held_bodies import NO_BODY, HeldBodies
from gateway.openapi.published import Published
from gateway.passing import Services
from gateway.request_head import RequestHead
from gateway.routing import OWN, Route
from gateway.settings import GatewaySettings
from gateway.shares import Allowances, joined
from gateway.waiting import may_wait, waits
from shared.runtime import problems
from shared.runtime.access_log import access_log
from shared.runtime.errors import MarqueError, NotFound, Unauthenticated
from shared.runtime.http_protocol import MARK
from shared.runtime.identity import HEADER
from shared.runtime.telemetry import begin_request, current_trace, current_traceparent

_log = logging.getLogger(__name__)
_UNBOUNDED = "started without --http gateway.protocol:GatewayProtocol: connections and heads have no limits"
_AS_IT_IS = ("Accept-Encoding", "identity")  # or the client library below would ask for what our caller did not


@dataclass(frozen=True)
class Parts:
    """The parts of the gateway application that live as long as the process."""

    settings: GatewaySettings
    authenticator: Authenticator
    services: Services
    proxies: Proxies
    bodies: HeldBodies
    allowances: Allowances
    pace: Pace
    careful: list[tuple[bytes, bytes]]
    published: Published

    def limit(self, route: Route) -> int:
        """Bytes of a body, at most."""
        settings = self.settings
        unnamed = settings.public_body_limit if route.public else settings.body_limit
        return settings.body_limits.get(route.path, unnamed)


def careful_headers(public_url: str) -> list[tuple[bytes, bytes]]:
    """Headers for browsers, on every response that does not set them itself."""
    pairs = [
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"access-control-allow-origin", public_url.encode()),
    ]
    if public_url.startswith("https:"):
        pairs.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return pairs


class GatewayApplication:
    """The whole gateway. `own` has the gateway's own endpoints, and makes the parts when it starts."""

    def __init__(self, own: FastAPI) -> None:
        self.own = own
        self._warned = False

    @property
    def parts(self) -> Parts:
        parts: Parts = self.own.state.parts
        return parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.own(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        parts = self.parts
        answer = Answer(send, parts.careful)
        if MARK not in scope["state"] and not self._warned:
            self._warned = True
            _log.error(_UNBOUNDED)
        try:
            head = request_head.read(scope)
            answer.request_id = begin_request(head.value(b"x-request-id"), head.value(b"traceparent"))
            await self._let_through(parts, head, scope, receive, answer)
        except MarqueError as error:
            await _refuse(problems.problem_of(error), scope, receive, answer)
        except CallerGone:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer and the log the rest
            await _refuse(problems.answer_to(error, scope), scope, receive, answer)
        finally:
            if access_log.enabled:
                _log_access(parts, scope, answer, time.perf_counter() - began)

    async def _let_through(
        self, parts: Parts, head: RequestHead, scope: Scope, receive: Receive, answer: "Answer"
    ) -> None:
        if external_auth.is_asked(head.path):
            answered = await external_auth.answer_for(parts.authenticator, parts.proxies, head, scope)
            await answered(scope, receive, answer.send)
            return
        route = routing.find(head.path)
        if route is None or (route.path == "/metrics" and not _is_inside(parts.settings, head)):
            raise _nowhere(parts, head)
        address = parts.proxies.caller(head.peer, head.value(b"x-forwarded-for"))
        authorization = head.value(b"authorization")
        # Nearly every caller is known, and nothing has to be waited for.
        admission = parts.authenticator.admit_known(route, authorization)
        if admission is None:
            try:
                admission = await parts.authenticator.admit(route, authorization, address)
            except Unauthenticated as refusal:
                if not authorization and (elsewhere := misplaced(head)):
                    raise Unauthenticated(elsewhere) from refusal
                raise
        answer.limits = admission.headers
        answer.route, answer.account = route, admission.party.account
        if route.service == OWN and not head.has_body:  # nothing is held for it, neither here nor elsewhere
            await self.own(_with_identity(scope, admission), replaying(b"", receive), answer.send)
            return
        headers = _passed_on(head, admission, answer.request_id, address, scope["scheme"])
        if route.visitors and authorization and not is_key(authorization):
            headers.append(("Authorization", authorization.decode("latin-1")))
        await self._serve(parts, route, head, headers, admission, scope, receive, answer)

    async def _serve(
        self,
        parts: Parts,
        route: Route,
        head: RequestHead,
        headers: list[tuple[str, str]],
        admission: Admission,
        scope: Scope,
        receive: Receive,
        answer: "Answer",
    ) -> None:
        """Hold the body of a request that was let in, within its party's share, and have the request answered."""
        party = admission.party
        counted = parts.allowances.requests_of(party)
        counted.take(party)
        held = NO_BODY
        try:
            if head.has_body:
                held = await parts.bodies.hold(Body(head, receive, limit=parts.limit(route), pace=parts.pace), party)
                parts.services.require_let_in(admission.client_id)  # who may have been suspended meanwhile
            if route.service == OWN:
                whole = await held.whole()
                await self.own(_with_identity(scope, admission), replaying(whole, receive), answer.send)
                return
            waiting = may_wait(head) and (not held.in_memory or waits(head, held.data))
            if waiting:
                parts.allowances.waiting.take(party)
                counted.give_back(party)
                counted = parts.allowances.waiting
                answer.limits = joined(answer.limits, counted.headers(party))
            elif not held.in_memory and head.content_length is None:
                headers.append(("Content-Length", str(held.size)))
            await parts.services.pass_on(
                route.service, head, headers, held, client_id=admission.client_id, party=None if waiting else party,
                said=answer.own_headers(), receive=receive, send=answer.begin,
            )  # fmt: skip
        finally:
            held.close()
            counted.give_back(party)


class Answer:
    """An answer on its way out: it gets what every answer has, where it does not say so itself."""

    def __init__(self, send: Send, careful: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._careful = careful
        self.request_id = ""
        self.limits: list[tuple[bytes, bytes]] = []
        self.began = False
        self.status: int | None = None
        self.route: Route | None = None
        self.account = ""

    def own_headers(self) -> list[tuple[bytes, bytes]]:
        """Add the headers that every response has."""
        return [*self._careful, *self.limits, (b"x-request-id", self.request_id.encode())]

    def begin(self, message: Message) -> Awaitable[None]:
        """Send what has all that it needs."""
        if not self.began:
            self.began = True
            self.status = message["status"]
        return self._send(message)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            named = {name for name, _ in headers}
            headers += [pair for pair in self.own_headers() if pair[0] not in named]
            message = {**message, "headers": headers}
        await self.begin(message)


async def _refuse(response: Response, scope: Scope, receive: Receive, answer: Answer) -> None:
    """Answer with a problem, unless an answer has begun: then the connection ends, and the caller sees it cut short."""
    if not answer.began:
        answer.request_id = answer.request_id or begin_request(b"", b"")
        await response(scope, receive, answer.send)


def _log_access(parts: Parts, scope: Scope, answer: Answer, seconds: float) -> None:
    route = answer.route or routing.find(scope["path"])
    access_log.add(
        method=scope["method"],
        route=None if route is None else parts.published.route_of(scope["path"]),
        status=answer.status,
        seconds=seconds,
        request_id=answer.request_id,
        traceparent=current_trace(),
        account=answer.account or None,
        service=None if route is None else route.service,
    )


def _nowhere(parts: Parts, head: RequestHead) -> NotFound:
    """No endpoint has this path. Which was meant takes a moment to find, and is told within the address's limit."""
    address = parts.proxies.caller(head.peer, head.value(b"x-forwarded-for"))
    known = parts.published.paths if parts.authenticator.may_be_advised(address) else {}
    return NotFound(problems.no_such_path(head.path, known))


def _is_inside(settings: GatewaySettings, head: RequestHead) -> bool:
    """Return whether a request comes straight from a network of the operator's."""
    return not head.value(b"x-forwarded-for") and is_within(head.peer, settings.metrics_networks)


def _with_identity(scope: Scope, admission: Admission) -> Scope:
    """The same request for the gateway's own endpoints: who calls is what we found, not what the caller says."""
    own = HEADER.lower().encode()
    headers = [pair for pair in scope["headers"] if pair[0] != own]
    if admission.statement is not None:
        headers.append((own, admission.statement.encode()))
    return {**scope, "headers": headers}


def _passed_on(
    head: RequestHead, admission: Admission, request_id: str, address: str, scheme: str
) -> list[tuple[str, str]]:
    """The headers of the request as the service gets it."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.passed_on]
    if not head.names_encoding:
        headers.append(_AS_IT_IS)
    headers += [
        ("X-Request-Id", request_id),
        ("traceparent", current_traceparent() or ""),
        ("X-Forwarded-For", address),
        ("X-Forwarded-Proto", scheme),
        ("X-Forwarded-Host", head.value(b"host").decode("latin-1")),
    ]
    if admission.statement is not None:
        headers.append((HEADER, admission.statement))
    return headers
