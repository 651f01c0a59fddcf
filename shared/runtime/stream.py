"""The broker: one connection for the process, and the one stream that every service makes when it is not there."""

import asyncio
import contextlib
import logging
import time
from types import TracebackType
from typing import Self

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from shared.runtime.loops import end
from shared.runtime.settings import RuntimeSettings

STREAM = "MARQUE"
DUPLICATE_WINDOW_SECONDS = 120
_PROBE_SECONDS = 1.0
_log = logging.getLogger(__name__)


async def _close(client: Client) -> None:
    with contextlib.suppress(nats.errors.Error, OSError, TimeoutError):
        async with asyncio.timeout(5):
            await client.close()


class Broker:
    """The connection to NATS. It may be away at any time; nothing here waits for it but what needs it."""

    def __init__(self, settings: RuntimeSettings, *, name: str) -> None:
        self._settings = settings
        self._name = name
        self._client: Client | None = None
        self._ready = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None
        self.denied_at: float | None = None
        """When the broker last refused a subject to this user (`time.monotonic`): it says so beside the answers."""
        self.epoch = 0
        """Grows with every connection: what was known of the stream before must be looked at again."""

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client.is_connected and self._ready.is_set()

    async def __aenter__(self) -> Self:
        self._connecting = asyncio.create_task(self._connect())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connecting is not None:
            await end([self._connecting])
        if self._client is not None:
            await _close(self._client)

    async def client(self) -> Client:
        """The connection, once there is one."""
        await self._ready.wait()
        assert self._client is not None  # noqa: S101 - set before the event is
        return self._client

    async def jetstream(self) -> JetStreamContext:
        return (await self.client()).jetstream(timeout=5)

    async def ensure_stream(self) -> None:
        """Make the stream where there is none: it was never made, or its data is gone."""
        client = self._client
        if client is None:
            return
        jetstream = client.jetstream(timeout=5)
        config = StreamConfig(
            name=STREAM,
            subjects=["marque.>"],
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.OLD,
            storage=StorageType.FILE,
            max_age=self._settings.stream_max_age_days * 86_400,
            num_replicas=self._settings.stream_replicas,
            duplicate_window=DUPLICATE_WINDOW_SECONDS,
            allow_atomic=True,
            allow_direct=True,
        )
        try:
            await jetstream.stream_info(STREAM)
        except nats.js.errors.NotFoundError:
            await jetstream.add_stream(config)
            _log.info("made the stream %s", STREAM)

    async def trouble(self, *, durable: str | None = None) -> str | None:
        """Name what is wrong with the broker: no connection, no JetStream, no stream, or no such durable consumer."""
        if not self.connected:
            return "not connected"
        jetstream = (await self.client()).jetstream(timeout=_PROBE_SECONDS)
        try:
            await jetstream.stream_info(STREAM)
            if durable is not None:
                await jetstream.consumer_info(STREAM, durable)
        except nats.js.errors.NotFoundError as error:
            return f"connected, and this is missing: {error.description or STREAM}"
        except nats.js.errors.Error as error:
            return f"connected, and JetStream does not work: {type(error).__name__}"
        except (nats.errors.Error, TimeoutError):
            return f"connected, and JetStream did not answer within {_PROBE_SECONDS:g} s"
        return None

    async def _connect(self) -> None:
        while True:
            client = self._client = Client()
            try:
                await client.connect(
                    self._settings.nats_url.get_secret_value().split(","),
                    name=f"marque-{self._name}",
                    inbox_prefix=f"_INBOX_{self._name}".encode(),
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.25,  # type: ignore[arg-type]  # it only ever sleeps for it
                    connect_timeout=5,
                    ping_interval=10,
                    max_outstanding_pings=2,
                    skip_subject_validation=True,  # subjects are event names, and inboxes that the library made
                    reconnected_cb=self._reconnected,
                    error_cb=self._error,
                )
                await self.ensure_stream()
            except (nats.errors.Error, OSError, TimeoutError) as error:
                _log.warning("the broker is away: %s", type(error).__name__)
                await _close(client)
                await asyncio.sleep(0.5)
            else:
                self.epoch += 1
                self._ready.set()
                return

    async def _reconnected(self) -> None:
        self.epoch += 1

    async def _error(self, error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            self.denied_at = time.monotonic()
        _log.warning("broker: %s", error or type(error).__name__)
