"""How soon a suspension is effective: from the operator's request until its reporter's standing says so."""

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.live import start_platform
from tests.platform.people import People, people_of
from tests.running import eventually
from tests.services.intake.conftest import a_report

ROUNDS = int(os.environ.get("BENCH_SUSPENSIONS", "40"))
POLL_SECONDS = 5.0
"""A page that shows a suspension looks again after so long."""

WHY = {"reason": "It went on after the warning.", "gravity": "grave", "intent": "deliberate"}


async def _warned(people: People) -> str:
    """A reporter that has misused a notice and was warned; its account."""
    one = await people.with_brand("Suspended")
    await one.brand.post("/v1/reports", a_report((await one.right())["id"], "suspended-1"))
    await one.rejected(await one.claimed("suspended-1"), "R_MANIFESTLY_UNFOUNDED")

    async def counted() -> str | None:
        standing = await one.brand.get("/v1/standing")
        return standing["account_id"] if standing["decided"] else None

    account_id: str = await eventually(counted)
    await people.admin.post(f"/v1/standing/{account_id}/warnings", WHY)
    return account_id


async def _seconds(people: People, account_id: str) -> float:
    """The seconds that one suspension takes; it is taken back afterwards."""
    path = f"/v1/standing/{account_id}"
    began = time.monotonic()
    await people.admin.post(f"{path}/suspensions", {**WHY, "days": 30})

    async def effective() -> bool:
        return bool((await people.admin.get(path))["sanctions"][0]["effective"])

    await eventually(effective)
    took = time.monotonic() - began
    await people.admin.post(f"{path}/reinstate", {"reason": "It was a measurement."})
    return took


async def run() -> list[dict[str, Any]]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        platform = await asyncio.to_thread(start_platform, Path(folder) / "home")
        try:
            async with people_of(platform) as people:
                account_id = await _warned(people)
                took = sorted([await _seconds(people, account_id) for _ in range(ROUNDS)])
        finally:
            await asyncio.to_thread(platform.stop)
    p50, p99 = took[len(took) // 2], took[min(len(took) - 1, round(0.99 * len(took)))]
    print(f"suspensions effective after: p50 {p50:.2f} s, p99 {p99:.2f} s, of {len(took)}")
    path = "seconds until a suspension is effective, p99, beside those until a page looks again"
    return [{"path": path, "ours": p99, "peer": POLL_SECONDS, "ratio": p99 / POLL_SECONDS, "goal": "<= 1.00"}]


if __name__ == "__main__":
    for line in asyncio.run(run()):
        json.dump(line, sys.stdout)
        print()
