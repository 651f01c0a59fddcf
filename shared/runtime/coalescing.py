"""Coalescing: what many callers ask at the same moment is one batch, done in one transaction.

While one batch runs, requests gather; the next batch takes them all. Nobody waits for company: a request that comes
alone runs alone, at once.

The contract: `run` is one transaction. It stores the whole batch or nothing, and answers each request in its place. An
error that it raises says that nothing was stored, so that each request may be run again alone: one bad request must not
be everyone's. Where that is not known, because the connection died in the commit, `run` finds it out
(`Database.look_after`) or raises `OutcomeUnknown`, and then nothing is run again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from shared.runtime.away import is_away
from shared.runtime.errors import OutcomeUnknown

_log = logging.getLogger(__name__)

Q = TypeVar("Q")
A = TypeVar("A")
Run = Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]]
_Asked = tuple[Q, asyncio.Future[A]]


def _nothing(_: object) -> Iterable[Hashable]:
    return ()


def _one(_: object) -> int:
    return 1


class Coalescer(Generic[Q, A]):
    """Gathers requests into batches. `run` answers each one of a batch in its place, or says why not."""

    def __init__(
        self,
        run: Run[Q, A],
        *,
        size: int,
        at_once: int = 1,
        apart: Callable[[Q], Iterable[Hashable]] = _nothing,
        weight: Callable[[Q], int] = _one,
    ) -> None:
        """Args:
        run: does one batch in one transaction; see the contract above.
        size: what the requests of a batch weigh together, at most; one that is heavier alone runs alone.
        at_once: batches that may run side by side.
        apart: what no two requests of one batch may have in common; the later one waits for a later batch.
        weight: how much work a request is.
        """
        self._run = run
        self._size = size
        self._at_once = at_once
        self._apart = apart
        self._weight = weight
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, request: Q) -> A:
        """The answer to one request; raises what was found wrong with it."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._running < self._at_once:
            self._running += 1
            task = asyncio.create_task(self._go_on())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _go_on(self) -> None:
        try:
            while batch := self._next():
                await self._do(batch)
        finally:
            self._running -= 1

    async def _do(self, batch: Sequence[_Asked[Q, A]]) -> None:
        try:
            answers = await self._run([request for request, _ in batch])
        except OutcomeUnknown as unknown:
            for _, answer in batch:
                _settle(answer, unknown)
        except Exception as error:  # noqa: BLE001 - each request of the batch is told
            await self._one_by_one(batch, error)
        else:
            if len(answers) != len(batch):
                # The batch is stored, and which answer is whose cannot be told: nobody may wait for it for ever.
                _log.error("a batch of %d requests came back with %d answers", len(batch), len(answers))
                answers = [OutcomeUnknown()] * len(batch)
            for (_, answer), value in zip(batch, answers, strict=True):
                _settle(answer, value)

    def _next(self) -> list[_Asked[Q, A]]:
        batch: list[_Asked[Q, A]] = []
        taken: set[Hashable] = set()
        later: list[_Asked[Q, A]] = []
        left = self._size
        while self._waiting and left > 0:
            request, answer = self._waiting[0]
            weight = self._weight(request)
            if batch and weight > left:
                break
            self._waiting.popleft()
            if answer.done():
                continue
            parts = tuple(self._apart(request))
            if taken.intersection(parts):
                later.append((request, answer))
            else:
                batch.append((request, answer))
                left -= weight
            taken.update(parts)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _one_by_one(self, batch: Sequence[_Asked[Q, A]], error: Exception) -> None:
        """After a batch that stored nothing. Where the database is away, one more try is enough for all."""
        away = len(batch) == 1
        for request, answer in batch:
            value: A | Exception = error
            if not away:
                try:
                    value = (await self._run([request]))[0]
                except Exception as own:  # noqa: BLE001 - the request is told
                    value = error = own
                    away = is_away(own)
            _settle(answer, value)


def _settle(answer: "asyncio.Future[A]", value: A | Exception) -> None:
    if answer.done():
        return
    if isinstance(value, Exception):
        answer.set_exception(value)
    else:
        answer.set_result(value)
