"""The busiest route reads its request in one step, straight from what its JSON holds.

Resolving parameters costs the framework about as much as all that filing does. Whatever is not a plain, sound request
goes the framework's way after all, so that every refusal is the one that any other route gives.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import ValidationError

from services.intake.reports.report_body import ReportIn
from shared.contracts.codes import Scope
from shared.runtime.identity import requires
from shared.runtime.parameters import StrictRoute

_may_report = requires(Scope.REPORTS_WRITE).dependency


class _Direct(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        resolve = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.headers.get("content-type") != "application/json" or not await request.body():
                return await resolve(request)
            caller = await _may_report(request, None, None)
            try:
                body = ReportIn.model_validate(await request.json())
            except ValidationError:
                return await resolve(request)
            answer: Response = await self.endpoint(
                body=body, request=request, caller=caller, service=request.app.state.service
            )
            return answer

        return handle


class FastPath(StrictRoute, _Direct):
    """A route whose endpoint takes `(body: ReportIn, request, caller, service)` and answers a response."""
