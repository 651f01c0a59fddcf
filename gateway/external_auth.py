"""`/auth`: the same check for a proxy that carries the bytes itself (nginx `auth_request`, Envoy `ext_authz`).

The proxy asks about each request and, where the answer is 200, passes it on to the service named in
`X-Marque-Service` with the `X-Marque-Identity` of the answer. Only our own proxies may ask: the answer is what
services believe.
"""

from starlette.responses import Response
from starlette.types import Scope

from gateway import request_head, routing
from gateway.addresses import Proxies
from gateway.authenticator import Authenticator
from gateway.request_head import RequestHead
from gateway.routing import OWN
from shared.runtime import problems
from shared.runtime.errors import MarqueError, NotFound
from shared.runtime.identity import HEADER
from shared.runtime.telemetry import current_traceparent

PATH = "/auth"
_ORIGINAL = (b"x-original-uri", b"x-forwarded-uri")
_ONLY_403 = b"x-marque-refusals"


def is_asked(path: str) -> bool:
    """Return whether a request asks about another: at `/auth`, or as Envoy does at `/auth` before the other's path."""
    return path.startswith(PATH) and (len(path) == len(PATH) or path[len(PATH)] == "/")


async def answer_for(authenticator: Authenticator, proxies: Proxies, head: RequestHead, scope: Scope) -> Response:
    """The answer to a proxy. Raises what refuses the request.

    nginx knows no refusal but 401 and 403: one that sends `X-Marque-Refusals: 403` gets 403 for every other, with the
    true status in `X-Marque-Status`.
    """
    if not proxies.trusts(head.peer):
        raise NotFound
    headers = dict(scope["headers"])
    try:
        path = _asked_about(head, headers)
        route = routing.find(path)
        if route is None:
            raise NotFound
        address = proxies.caller(head.peer, head.value(b"x-forwarded-for"))
        admission = await authenticator.admit(route, head.value(b"authorization"), address)
    except MarqueError as error:
        if headers.get(_ONLY_403) != b"403" or error.status == 401:
            raise
        refusal = problems.problem_of(error)
        refusal.headers["X-Marque-Status"] = str(error.status)
        refusal.status_code = 403
        return refusal
    response = Response()
    response.headers["X-Marque-Service"] = route.service
    response.headers["traceparent"] = current_traceparent() or ""
    if admission.statement is not None and route.service != OWN:
        response.headers[HEADER] = admission.statement
    response.raw_headers.extend(admission.headers)
    return response


def _asked_about(head: RequestHead, headers: dict[bytes, bytes]) -> str:
    """The path of the request that is asked about."""
    for name in _ORIGINAL:
        if name in headers:
            return request_head.path_of(headers[name])
    return head.path[len(PATH) :]
