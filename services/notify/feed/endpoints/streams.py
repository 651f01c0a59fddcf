"""The feed as server-sent events (WHATWG HTML, section 9.2): places are counted, each stream holds little memory."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.notify.feed.feed import Reader, read_feed
from services.notify.feed.statements import FeedRow
from services.notify.wakeups import WakeSignal, first_of
from shared.runtime.database import Database
from shared.runtime.errors import MarqueError

_log = logging.getLogger(__name__)
_AT_ONCE = 20
_RETRY_MILLISECONDS = 2000


class TooManyStreams(MarqueError):
    """The account, or the process, serves as many streams as it may."""

    status = 429
    code = "too_many_streams"
    title = "As many event streams are open as may be"

    def __init__(self) -> None:
        super().__init__("Close another stream, or try again later.", headers={"Retry-After": "10"})


class Streams:
    """The streams of one process."""

    def __init__(self, signal: WakeSignal, *, most: int, most_per_account: int) -> None:
        self._signal = signal
        self._most = most
        self._most_per_account = most_per_account
        self._open: Counter[str] = Counter()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End every stream after what it is just sending. The readers come back and go on where they were."""
        self._stopping.set()

    def start(
        self, account_id: str, database: Database, reader: Reader, position: int, heartbeat: float
    ) -> "FeedStream":
        """A stream that starts after a position. Raises `TooManyStreams`."""
        if self._open[account_id] >= self._most_per_account or self._open.total() >= self._most:
            raise TooManyStreams
        self._open[account_id] += 1
        return FeedStream(self, account_id, self._events(database, reader, position, heartbeat))

    def release(self, account_id: str) -> None:
        self._open[account_id] -= 1
        self._open += Counter()

    async def _events(
        self, database: Database, reader: Reader, position: int, heartbeat: float
    ) -> AsyncIterator[bytes]:
        yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
        while not self._stopping.is_set():
            news = self._signal.next
            try:
                async with database.pool.acquire(timeout=10) as connection:
                    page = await read_feed(connection, reader, position, _AT_ONCE)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                _log.warning("an event stream ends, its reader will come back: %s", type(error).__name__)
                return
            position = page.position
            for event in page.events:
                yield _message(event)
            if not page.more and not await first_of(news, self._stopping, seconds=heartbeat):
                yield b": still here\n\n"


def _message(event: FeedRow) -> bytes:
    return f"id: {event.event_id}\nevent: {event.type}\ndata: {event.envelope}\n\n".encode()


class FeedStream(StreamingResponse):
    """An answer that gives its place back, however it ends."""

    def __init__(self, streams: Streams, account_id: str, events: AsyncIterator[bytes]) -> None:
        super().__init__(
            events,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._streams = streams
        self._account_id = account_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.release(self._account_id)
