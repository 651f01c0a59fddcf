"""Turns: what many callers ask at the same moment is done by one statement, and committed once.

While one turn runs, requests gather; the next turn takes them all. Nobody waits for company: a request that comes alone
runs alone, at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
Run = Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]]


class Turns(Generic[Q, A]):
    """Gathers requests and answers them in turns. `run` answers each one of a turn in its place, or says why not."""

    def __init__(self, run: Run[Q, A], *, size: int, at_once: int = 1) -> None:
        """Args:
        run: does one turn.
        size: requests in a turn, at most.
        at_once: turns that may run side by side.
        """
        self._run = run
        self._size = size
        self._at_once = at_once
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, request: Q) -> A:
        """The answer to one request; raises what its turn found wrong with it."""
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
            while turn := self._next():
                await self._do(turn)
        finally:
            self._running -= 1

    async def _do(self, turn: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._run([request for request, _ in turn])
        except Exception as error:  # noqa: BLE001 - each request of the turn is told
            await self._one_by_one(turn, error)
        else:
            for (_, answer), value in zip(turn, answers, strict=True):
                _settle(answer, value)

    def _next(self) -> list[tuple[Q, asyncio.Future[A]]]:
        turn: list[tuple[Q, asyncio.Future[A]]] = []
        while self._waiting and len(turn) < self._size:
            request, answer = self._waiting.popleft()
            if not answer.done():
                turn.append((request, answer))
        return turn

    async def _one_by_one(self, turn: Sequence[tuple[Q, asyncio.Future[A]]], error: Exception) -> None:
        """After a turn that failed whole: one bad request must not be everyone's."""
        for request, answer in turn:
            value: A | Exception = error
            if len(turn) > 1:
                try:
                    value = (await self._run([request]))[0]
                except Exception as own:  # noqa: BLE001 - the request is told
                    value = own
            _settle(answer, value)


def _settle(answer: "asyncio.Future[A]", value: A | Exception) -> None:
    if answer.done():
        return
    if isinstance(value, Exception):
        answer.set_exception(value)
    else:
        answer.set_result(value)
