"""A promise that is missed on purpose: the desk hears of it, takes it up and settles it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from deploy.local.api import Api

CLOCK_SECONDS = 3
WAIT_SECONDS = 60.0


@dataclass
class MissedClock:
    """One report under an agreement of a few seconds that nobody works on in time."""

    operator: Api
    rule: dict[str, Any] | None = None

    async def promise(self, reference: str) -> None:
        """Agree on a clock of a few seconds for the report with this reference."""
        body = {
            "name": "Demonstration agreement",
            "expression": f'report.reference == "{reference}"',
            "severity": "p1",
            "priority": 1,
            "clock": {"acknowledge_seconds": CLOCK_SECONDS, "decide_seconds": CLOCK_SECONDS},
        }
        self.rule = await self.operator.post("/v1/severity-rules", body)

    async def escalation_of(self, report_id: str) -> dict[str, Any]:
        """Wait until the desk has the escalation. Raises `TimeoutError`."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                for escalation in (await self.operator.get("/v1/escalations?limit=200&state=open"))["data"]:
                    if escalation["report_id"] == report_id:
                        found: dict[str, Any] = escalation
                        return found
                await asyncio.sleep(0.5)

    async def settle(self, escalation: dict[str, Any]) -> dict[str, Any]:
        """Take the escalation up and settle it."""
        path = f"/v1/escalations/{escalation['id']}"
        await self.operator.post(f"{path}/acknowledge", {"by": "Duty lead"})
        settled: dict[str, Any] = await self.operator.post(
            f"{path}/resolve", {"reason": "The queue had no reviewer for an hour; one was assigned.", "by": "Duty lead"}
        )
        return settled

    async def withdraw_promise(self) -> None:
        if self.rule is not None:
            await self.operator.call("DELETE", f"/v1/severity-rules/{self.rule['id']}")
