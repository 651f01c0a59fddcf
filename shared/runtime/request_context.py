"""The surroundings of every request of a service: its id and trace, its line in the log, its answer where it fails."""

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime import problems
from shared.runtime.access_log import access_log
from shared.runtime.telemetry import ACCOUNT, begin_request, current_trace


class RequestContext:
    """ASGI: gives every request its id and its trace, and every answer the id and the headers of a careful server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = begin_request(headers.get(b"x-request-id", b""), headers.get(b"traceparent", b""))
        status = None

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["X-Request-Id"] = request_id
                answer.setdefault("X-Content-Type-Options", "nosniff")
                answer.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            if status is not None:
                raise  # the server below ends the connection, and logs why
            await problems.answer_to(error, scope)(scope, receive, send_with_headers)
        finally:
            if access_log.enabled:
                access_log.add(
                    method=scope["method"],
                    route=getattr(scope.get("route"), "path", None),
                    status=status,
                    seconds=time.perf_counter() - began,
                    request_id=request_id,
                    traceparent=current_trace(),
                    account=scope.get(ACCOUNT),
                )
