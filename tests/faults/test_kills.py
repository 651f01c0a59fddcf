"""Parts are killed under load, one, two and all at once, and the broker loses its disk: nothing is lost or doubled."""

import asyncio
import os
import signal

import pytest

from deploy.registry import names
from tests.faults.load import Load, under_load
from tests.live import LivePlatform

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

REPORTS_BETWEEN_FAULTS = 15
PARTS = (*names(), "nats", "postgres")
PAIRS = (("intake", "review"), ("escalation", "notify"), ("gateway", "postgres"), ("nats", "review"))
"""Those that speak to each other, so that neither finds the other; every part is in one of them."""
LONGER_THAN_A_LEASE = 32


async def test_nothing_is_lost_whatever_is_killed(killed_platform: LivePlatform) -> None:
    async def faults(load: Load) -> None:
        for part in PARTS:
            filing = asyncio.create_task(load.file(REPORTS_BETWEEN_FAULTS))
            await asyncio.sleep(0)
            killed_platform.kill(part)
            await filing
            await killed_platform.ready()
        filing = asyncio.create_task(load.file(REPORTS_BETWEEN_FAULTS))
        await asyncio.to_thread(killed_platform.kill_broker_and_its_data)
        await filing
        await killed_platform.ready()

    load = await under_load(killed_platform, faults)
    for act in ("withdrawn", "answered", "escalated", "settled", "renewed"):
        assert load.done[act], f"the load was to have this in it: {act}"


async def test_nothing_is_lost_when_two_services_are_killed_at_once(killed_platform: LivePlatform) -> None:
    async def faults(load: Load) -> None:
        for pair in PAIRS:
            filing = asyncio.create_task(load.file(REPORTS_BETWEEN_FAULTS))
            await asyncio.sleep(0)
            for part in pair:
                killed_platform.kill(part)
            await filing
            await killed_platform.ready()

    await under_load(killed_platform, faults)


async def test_nothing_is_lost_when_the_runner_is_killed_and_all_parts_with_it(killed_platform: LivePlatform) -> None:
    async def faults(load: Load) -> None:
        await load.file(REPORTS_BETWEEN_FAULTS)
        filing = asyncio.create_task(load.file(REPORTS_BETWEEN_FAULTS))
        await asyncio.sleep(0)
        await asyncio.to_thread(killed_platform.kill_runner_and_start_again)
        await filing
        await killed_platform.ready()

    await under_load(killed_platform, faults)


async def test_nothing_is_lost_when_a_service_stands_still_for_longer_than_a_lease(
    killed_platform: LivePlatform,
) -> None:
    async def faults(load: Load) -> None:
        await load.file(REPORTS_BETWEEN_FAULTS)
        pid = killed_platform.pid("review")
        filing = asyncio.create_task(load.file(REPORTS_BETWEEN_FAULTS))
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(LONGER_THAN_A_LEASE)  # as long as the fault is to last: there is nothing to wait for
        finally:
            os.kill(pid, signal.SIGCONT)
        await filing
        await killed_platform.ready()

    await under_load(killed_platform, faults)
