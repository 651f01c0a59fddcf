"""Large events are taken a few at a time, on their way out and on their way in, so that memory is bounded by bytes."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from shared.runtime import outbox, publishing, pull
from shared.runtime import relay as relay_module
from tests.running import eventually
from tests.services.runtime_bus.conftest import Bus, warned

EVENTS = 40
BYTES = 700_000
AT_ONCE = 9_500_000
"""Eight mebibytes, and one event that has begun before."""


async def record_large(bus: Bus, count: int) -> None:
    """Events that nearly reach the largest message which the broker takes."""
    now = bus.clock.now()
    ids, types, payloads, traces = outbox.columns([warned(n) for n in range(count)], source="/marque/recorder", now=now)
    padded = []
    for payload in payloads:
        envelope = json.loads(payload)
        envelope["data"]["padding"] = "x" * BYTES
        padded.append(json.dumps(envelope))
    async with bus.recorder.direct() as connection:
        await outbox.APPEND.run(connection, event_ids=ids, types=types, payloads=padded, traceparents=traces, now=now)
    outbox.wake()


async def test_large_events_have_their_effect_once_and_never_come_all_together(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    held: list[int] = []

    async def publish(client: Any, rows: Sequence[publishing.Unpublished], **more: Any) -> list[int]:
        sent.append(sum(len(row.payload) for row in rows))
        return await publishing.publish(client, rows, **more)

    original = pull.Pull.fetch

    async def fetch(self: pull.Pull, most: int) -> list[Any]:
        messages = await original(self, most)
        waiting = self._subscription._pending_size if self._subscription else 0
        held.append(waiting + sum(len(message.data) for message in messages))
        return messages

    monkeypatch.setattr(relay_module, "publish", publish)
    monkeypatch.setattr(pull.Pull, "fetch", fetch)
    await record_large(bus, EVENTS)
    async with bus.relaying(), bus.hearing():
        await eventually(lambda: _has(bus, EVENTS))
    assert await bus.effects() == list(range(EVENTS))
    assert sum(sent) > EVENTS * BYTES
    assert max(sent) <= AT_ONCE
    assert max(held) <= 2 * AT_ONCE, "what is worked on, and the next on its way"


async def _has(bus: Bus, count: int) -> bool:
    return len(await bus.effects()) == count
