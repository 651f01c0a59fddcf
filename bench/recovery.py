"""How fast filing comes back after each fault: over five seconds, beside the thirty seconds before it."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.faults.load import Load, load_on
from tests.faults.recovery import GOAL, WINDOW_SECONDS, recovery
from tests.live import LivePlatform, start_platform

BEFORE_SECONDS = float(os.environ.get("BENCH_BEFORE_SECONDS", "30"))
WITHIN_SECONDS = 10.0
FILERS = 4
Fault = Callable[[LivePlatform], Awaitable[None]]


def _killed(*parts: str) -> Fault:
    async def fault(platform: LivePlatform) -> None:
        for part in parts:
            platform.kill(part)
        await _back(platform)

    return fault


async def _disk_lost(platform: LivePlatform) -> None:
    await asyncio.to_thread(platform.kill_broker_and_its_data)
    await _back(platform)


async def _all_killed(platform: LivePlatform) -> None:
    await asyncio.to_thread(platform.kill_runner_and_start_again)
    await _back(platform)


async def _back(platform: LivePlatform) -> None:
    """Until the platform says that it is ready, which it goes on saying for a moment after a kill."""
    await asyncio.sleep(1.0)
    await platform.ready()


FAULTS: dict[str, Fault] = {
    "gateway killed": _killed("gateway"),
    "intake killed": _killed("intake"),
    "postgres killed": _killed("postgres"),
    "nats killed": _killed("nats"),
    "intake and review killed": _killed("intake", "review"),
    "the broker's disk lost": _disk_lost,
    "the runner killed": _all_killed,
}


async def _measured(platform: LivePlatform, load: Load) -> list[dict[str, Any]]:
    rows = []
    for name, fault in FAULTS.items():
        began = time.monotonic()
        await asyncio.sleep(BEFORE_SECONDS)
        struck = time.monotonic()
        await fault(platform)
        over = time.monotonic()
        await asyncio.sleep(WITHIN_SECONDS + WINDOW_SECONDS)
        found = recovery(load.filed_at, began=began, fault=struck, over=over, within=WITHIN_SECONDS)
        print(f"{name}: away for {over - struck:.1f} s; {found}")
        path = f"filings/s over {WINDOW_SECONDS:.0f} s within {WITHIN_SECONDS:.0f} s after: {name}"
        rows.append(
            {"path": path, "ours": found.best, "peer": found.before, "ratio": found.ratio, "goal": f">= {GOAL:.2f}"}
        )
    return rows


async def run() -> list[dict[str, Any]]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        platform = await asyncio.to_thread(start_platform, Path(folder) / "home")
        try:
            return await _under_load(platform)
        finally:
            await asyncio.to_thread(platform.stop)


async def _under_load(platform: LivePlatform) -> list[dict[str, Any]]:
    async with load_on(platform) as (load, _), load.agreement_of_two_seconds():
        actors = [*load.actors(), *(load.file_until_enough() for _ in range(FILERS))]
        working = [asyncio.ensure_future(actor) for actor in actors]
        try:
            return await _measured(platform, load)
        finally:
            load.enough.set()
            await asyncio.gather(*working)


if __name__ == "__main__":
    for line in asyncio.run(run()):
        json.dump(line, sys.stdout)
        print()
