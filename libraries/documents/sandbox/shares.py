"""Places for work, shared among the accounts that ask for it."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

_WAITING_FOR_EACH = 8
_SHARE_OF_ONE = 3  # an account may hold a third of all places


class Busy(Exception):
    """All places are taken, or all that one account may have; one is free again in a moment."""


class Shares:
    """Who may come in, and who works next.

    No account holds more than a third of the places, nor all that work at once; those that wait are taken in rotation
    of their accounts, so that one with many files costs another with one file no more than a single file's time.
    """

    def __init__(self, at_once: int) -> None:
        self._of_one_at_work = max(1, at_once - 1)
        self._most = at_once * (1 + _WAITING_FOR_EACH)
        self._most_of_one = max(1, self._most // _SHARE_OF_ONE)
        self._free = at_once
        self._inside: Counter[str] = Counter()
        self._at_work: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @contextmanager
    def place(self, account: str) -> Iterator[None]:
        """A place for one file, to be taken before it is received. Raises `Busy`."""
        if self._inside[account] >= self._most_of_one:
            raise Busy("Too many files of this account are being read. Try again in a moment.")
        if self._inside.total() >= self._most:
            raise Busy("Too many files are being read. Try again in a moment.")
        self._inside[account] += 1
        try:
            yield
        finally:
            _less(self._inside, account)

    @asynccontextmanager
    async def work(self, account: str) -> AsyncIterator[None]:
        """Wait until a file of this account may be worked on."""
        await self._begin(account)
        try:
            yield
        finally:
            self._finish(account)

    async def _begin(self, account: str) -> None:
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append(granted)
        self._grant()
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():  # in the very moment in which its caller went away
                self._finish(account)
            raise

    def _finish(self, account: str) -> None:
        self._free += 1
        _less(self._at_work, account)
        self._grant()

    def _grant(self) -> None:
        """Start what may start: one file of each account in its turn."""
        for account in list(self._waiting):
            if not self._free:
                return
            if self._at_work[account] >= self._of_one_at_work:
                continue
            if (granted := self._next_of(account)) is not None:
                self._free -= 1
                self._at_work[account] += 1
                granted.set_result(None)

    def _next_of(self, account: str) -> asyncio.Future[None] | None:
        """The account's file that waits longest; the account goes to the end of the rotation."""
        waiting = self._waiting.pop(account)
        found = None
        while waiting and found is None:
            first = waiting.popleft()
            found = None if first.done() else first  # done already: its caller went away
        if waiting:
            self._waiting[account] = waiting
        return found


def _less(counts: Counter[str], account: str) -> None:
    counts[account] -= 1
    if not counts[account]:
        del counts[account]
