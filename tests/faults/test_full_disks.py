"""A disk runs full under load: callers are told to come back, readiness is red, and with room all flows again."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from deploy.registry import behind_the_gateway
from tests.faults.disks import Disk, fill, free
from tests.faults.load import SETTLE_SECONDS, Load, load_on, report_body
from tests.live import LivePlatform, start_platform
from tests.running import eventually

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("full disks")]

PUBLISHING = behind_the_gateway()
WAITING = "SELECT EXISTS (SELECT FROM outbox WHERE stream_seq IS NULL AND recorded_at < $1)"
FILERS = 3
BEFORE = 12
DISKS = {"broker": ("nats", 48), "database": ("postgres", 420), "home": ("", 520)}


class Filing:
    """Brands that file, each report again under its key until it is taken, and remember how they were answered."""

    def __init__(self, platform: LivePlatform, load: Load, session: aiohttp.ClientSession) -> None:
        self._platform = platform
        self._load = load
        self._key = platform.keys["brand"]
        self._session = session
        self._number = 0
        self._over = asyncio.Event()
        self.answers: list[tuple[int, str | None, str | None]] = []

    @property
    def refused(self) -> list[tuple[int, str | None, str | None]]:
        return [answer for answer in self.answers if answer[0] != 201]

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._file()) for _ in range(FILERS)]
        try:
            yield
        finally:
            self._over.set()
            await asyncio.gather(*tasks)

    async def _file(self) -> None:
        while not self._over.is_set():
            self._number += 1
            number = self._number
            while not await self._filed(number):  # noqa: ASYNC110 - a partner's patience
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.3)

    async def _filed(self, number: int) -> bool:
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": f"full-{number}"}
        url, body = self._platform.base_url + "/v1/reports", report_body(self._load.right_id, number)
        async with self._session.post(url, json=body, headers=headers) as answer:
            document = await answer.json(content_type=None)
            self.answers.append((answer.status, document.get("code"), answer.headers.get("Retry-After")))
            if answer.status == 201:
                self._load.filed[document["id"]] = document
            return answer.status == 201


async def _readiness(platform: LivePlatform, session: aiohttp.ClientSession) -> tuple[int, dict[str, str]]:
    async with session.get(platform.base_url + "/readyz") as answer:
        return answer.status, json.loads(await answer.read())["checks"]


@pytest.mark.parametrize("which", DISKS)
async def test_a_full_disk_loses_nothing_and_all_flows_again_when_there_is_room(which: str, tmp_path: Path) -> None:
    below, mebibytes = DISKS[which]
    home = tmp_path / "home"
    disk = Disk(home / below, mebibytes)
    disk.folder.mkdir(parents=True, mode=0o700)
    platform = await asyncio.to_thread(
        start_platform, home, inside=disk.inside, MARQUE_WEBHOOK_RETRY_SECONDS="1,1,2,2,5,5,10,10,20"
    )
    try:
        await _filled_and_freed(platform, disk.seen_by(platform.runner.pid), which)
        # No evidence and no picture is named here, and the stores lie on a disk that is mounted for the platform alone.
        nowhere = str(tmp_path)
        checked = await asyncio.to_thread(
            platform.run, "cli.check", "--wait", "120", MARQUE_EVIDENCE_URL=nowhere, MARQUE_CAPTURE_URL=nowhere
        )
        assert checked.returncode == 0, checked.stdout[-6000:] + checked.stderr[-3000:]
    finally:
        assert platform.stop() == 0, "the runner did not stop in order"


async def _filled_and_freed(platform: LivePlatform, folder: Path, which: str) -> None:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
        load_on(platform, seconds=60) as (load, receiver),
    ):
        actors = [asyncio.ensure_future(actor) for actor in load.actors()]
        filing = Filing(platform, load, session)
        try:
            async with filing.going_on():
                await eventually(lambda: _completed(load, BEFORE))
                fill(folder)
                await eventually(lambda: _noticed(platform, session, filing, which))
                free(folder)
                freed = time.monotonic()
                at = datetime.now(UTC)
                await eventually(lambda: _all_flows(platform, session, at), seconds=120)
                flowing = time.monotonic() - freed
            await receiver.wait_until(lambda: load.filed.keys() <= load.completed.keys(), SETTLE_SECONDS)
        finally:
            load.enough.set()
            await asyncio.gather(*actors)
            await load.told()
        load.check()
        print(f"{which}: {len(filing.answers)} answers, {len(filing.refused)} refused; flows after {flowing:.1f} s")  # noqa: T201
        assert {status for status, _, _ in filing.refused} <= {503}, filing.refused
        assert all(retry for _, _, retry in filing.refused), filing.refused
        assert receiver.refused == 0, "an event came with a wrong signature"


async def _completed(load: Load, count: int) -> bool:
    return len(load.completed) >= count


async def _noticed(platform: LivePlatform, session: aiohttp.ClientSession, filing: Filing, which: str) -> bool:
    """Readiness is red and, where what takes reports in is full, callers are told to come back."""
    status, checks = await _readiness(platform, session)
    return (
        status == 503
        and any(state != "ok" for state in checks.values())
        and (which == "broker" or bool(filing.refused))
    )


async def _all_flows(platform: LivePlatform, session: aiohttp.ClientSession, at: datetime) -> bool:
    """All is ready, and every event that waited when there was room again has left its outbox."""
    status, _ = await _readiness(platform, session)
    return status == 200 and not any([await _waits(platform, service, at) for service in PUBLISHING])


async def _waits(platform: LivePlatform, service: str, at: datetime) -> bool:
    connection = await asyncpg.connect(platform.database_url(service))
    try:
        return bool(await connection.fetchval(WAITING, at))
    finally:
        await connection.close()
