"""The notify service, ready for events."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

StartNotify = Callable[..., Awaitable[Any]]


@pytest.fixture
def start_notify(start_service: Callable[..., Awaitable[Any]]) -> StartNotify:
    """Starts notify and waits until the stream is there: `await start_notify(webhook_poll_seconds="0.05")`."""

    async def start(**settings: Any) -> Any:
        running = await start_service("notify", **settings)

        async def connected() -> bool:
            return bool(running.app.state.broker.connected)

        await running.eventually(connected)
        return running

    return start
