"""Background work of the notify service: the sender, the listener for new events, the end of streams."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

from services.notify.feed.endpoints.streams import Streams
from services.notify.jobs import background
from services.notify.mail.sending import MAIL
from services.notify.mail.server import MailServer
from services.notify.resources import Resources, Service
from services.notify.settings import NotifySettings
from services.notify.wakeups import Wakeups
from services.notify.webhooks.keyring import Keyring
from services.notify.webhooks.sender import Sender
from services.notify.webhooks.transport import USER_AGENT, Transport
from shared.runtime.loops import end
from shared.runtime.outgoing.sessions import Sessions
from shared.runtime.sealing import KeyFile, Opener

MAILS_AT_ONCE = 1
"""Letters that one process hands in at a time: a receipt must not come after the outcome."""


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Start the parts, and stop them in the other order."""
    settings = service.settings
    keyring = await _keyring(service, settings)
    wakeups = Wakeups(service.database.url)
    streams = Streams(wakeups.feed, most=settings.event_streams, most_per_account=settings.event_streams_per_account)
    service.resources = Resources(keyring, streams)
    measuring = _open_mail(service, settings)
    async with Sessions(user_agent=USER_AGENT, connections=settings.webhook_concurrency) as sessions:
        transport = Transport(
            sessions, allow_loopback=settings.loopback_allowed, timeout_seconds=settings.webhook_timeout_seconds
        )
        sender = Sender(service.database, transport, keyring, wakeups, settings=settings, clock=service.clock)
        tasks = [
            asyncio.create_task(wakeups.run()),
            asyncio.create_task(sender.run()),
            *measuring,
        ]
        with _end_of_streams(streams):
            try:
                yield
            finally:
                streams.stop()
                await end(tasks)
                await sender.finish()


def _open_mail(service: Service, settings: NotifySettings) -> list[asyncio.Task[None]]:
    """Hand letters to the mail server of the settings; where there is none, they wait."""
    background.at_once[MAIL] = MAILS_AT_ONCE if settings.mail_server else 0
    if settings.mail_server is None or settings.mail_open_keys is None:
        return []
    server = service.checks["mail"] = service.resources.mail_server = MailServer(service)
    service.resources.mail_opener = Opener(KeyFile(settings.mail_open_keys))
    return [asyncio.create_task(server.run())]


async def _keyring(service: Service, settings: NotifySettings) -> Keyring:
    if settings.webhook_key is not None:
        return Keyring.from_text(settings.webhook_key.get_secret_value())
    return Keyring([await service.database.secret("webhooks")])


@contextmanager
def _end_of_streams(streams: Streams) -> Iterator[None]:
    """End the streams with the first signal to stop: the server waits for its connections before it tells the app."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {which: signal.getsignal(which) for which in (signal.SIGTERM, signal.SIGINT)}

    def stop(which: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(streams.stop)
        handler = before[signal.Signals(which)]
        if callable(handler):
            handler(which, frame)

    own = [which for which, handler in before.items() if callable(handler)]
    for which in own:
        signal.signal(which, stop)
    try:
        yield
    finally:
        for which in own:
            signal.signal(which, before[which])
