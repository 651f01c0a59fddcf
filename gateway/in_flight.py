"""The requests that services are answering right now: ended where the caller hangs up or the service falls silent.

One look at all of them twice a second costs less than timers and listeners for each: nearly every request is over
before anyone looks.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import Receive

from shared.runtime.errors import MarqueError

LOOK_SECONDS = 0.5
NOT_WAITED_FOR = math.inf


@dataclass(slots=True, eq=False)
class InFlightRequest:
    """One request on its way.

    Attributes:
        since: when something last came from the service; None until someone has looked, `NOT_WAITED_FOR` while it is
            the caller that is waited for.
        late: whether it was ended because the service was silent for too long.
        hung_up: whether it was ended because the caller is gone.
        client_id: whose it is; none where nobody has to be known.
        refusal: why it was ended because its client is no longer let in.
    """

    task: "asyncio.Task[object]"
    receive: Receive
    since: float | None = None
    late: bool = False
    hung_up: bool = False
    client_id: str | None = None
    refusal: MarqueError | None = None
    listener: "asyncio.Task[None] | None" = None

    @property
    def was_ended(self) -> bool:
        """Return whether its task was cancelled here, and not by whoever waits for it."""
        return self.late or self.hung_up or self.refusal is not None

    async def listen(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.hung_up = True
        self.task.cancel()


@dataclass
class InFlightRequests:
    """All of them."""

    silence_seconds: float
    refusal: Callable[[str], MarqueError | None]
    """Why a client would not be let in now; none where it would."""
    under_way: set[InFlightRequest] = field(default_factory=set)

    def begin(self, receive: Receive, client_id: str | None) -> InFlightRequest:
        """A request sets off, in the task that is running."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request is passed on in a task")
        request = InFlightRequest(task, receive, client_id=client_id)
        self.under_way.add(request)
        return request

    def end(self, request: InFlightRequest) -> None:
        self.under_way.discard(request)
        if request.listener is not None:
            request.listener.cancel()

    async def look(self) -> bool:
        """Look at each: whether its service has been silent for too long, whether its caller is still there, and
        whether its client would still be let in.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        for request in list(self.under_way):
            if request.client_id is not None and (refusal := self.refusal(request.client_id)) is not None:
                request.refusal = refusal
                request.task.cancel()
                continue
            if request.since is None:
                request.since = now
            elif now - request.since > self.silence_seconds:
                request.late = True
                request.task.cancel()
            if request.listener is None:
                request.listener = loop.create_task(request.listen())
        return False

    async def pause(self) -> None:
        await asyncio.sleep(LOOK_SECONDS)
