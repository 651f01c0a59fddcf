"""A vendor's workbench: claim tasks in batches, keep its leases, judge under the clauses that a task cites."""

import asyncio
import time
import zlib
from collections import Counter
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from deploy.local.api import Api, Refused

BATCH = 20
LEASE_SECONDS = 120
GOODS_SECONDS = 20
_ACCEPT = {
    "counterfeit": "A_COUNTERFEIT",
    "trademark": "A_TRADEMARK_MISUSE",
    "copyright": "A_COPYRIGHT_COPY",
    "design": "A_DESIGN_COPY",
    "patent": "A_PATENT",
    "trade_dress": "A_TRADE_DRESS",
    "geographical_indication": "A_GEOGRAPHICAL_INDICATION",
}


@dataclass
class Workbench:
    """One vendor's reviewers at their screens."""

    api: Api
    vendor: str
    catalogue: AbstractSet[tuple[str, str]] = frozenset()
    """Marketplace and listing id of the goods that a reviewer waits to see before judging them."""
    judged: Counter[str] = field(default_factory=Counter)
    lost: int = 0

    async def claim(
        self, reviewer: str, *, most: int = BATCH, lease_seconds: int = LEASE_SECONDS, wait: int = 0
    ) -> list[Any]:
        body = {"reviewer": reviewer, "max": most, "lease_seconds": lease_seconds, "wait_seconds": wait}
        return with_clauses(await self.api.post("/v1/tasks/claim", body))

    async def work(self, reviewer: str, enough: asyncio.Event, decided: Callable[[], None]) -> None:
        """Claim, renew and judge until there is enough; say so of each task that is decided by it."""
        while not enough.is_set():
            tasks = await self.claim(reviewer, wait=1)
            if tasks:  # a reviewer who takes a pile renews the last of it before reaching it
                await self.renew(tasks[-1])
            for task in tasks:
                await self.see_goods(task)
                answer = await self.judge(task)
                if answer is not None and answer["decision"] is not None:
                    decided()

    async def see_goods(self, task: dict[str, Any]) -> None:
        """Wait for the capture of a listing of the catalogue: it comes a moment after the task."""
        listing = task["listing"]
        if (listing["marketplace"], listing["listing_id"]) not in self.catalogue:
            return
        until = time.monotonic() + GOODS_SECONDS
        while task["capture"] is None and time.monotonic() < until:
            await asyncio.sleep(0.1)
            task["capture"] = (await self.api.get(f"/v1/tasks/{task['id']}"))["capture"]

    async def renew(self, task: dict[str, Any]) -> None:
        body = {"lease_token": task["lease"]["token"], "lease_seconds": LEASE_SECONDS}
        task["lease"] = (await self.api.post(f"/v1/tasks/{task['id']}/renew", body))["lease"]

    async def judge(self, task: dict[str, Any]) -> dict[str, Any] | None:
        """Send a reviewer's answer; None where the lease was lost to another."""
        answer = judgement_of(task)
        body = {"lease_token": task["lease"]["token"], "seconds_spent": 30, **answer}
        try:
            judged: dict[str, Any] = await self.api.post(
                f"/v1/tasks/{task['id']}/judge",
                body,
                idempotency_key=f"{task['id']}/{task['round']}/{task['lease']['token'][:64]}",
            )
        except Refused as refusal:
            if refusal.code != "lease_lost":
                raise
            self.lost += 1
            return None
        self.judged[answer["outcome"]] += 1
        return judged


def with_clauses(claimed: dict[str, Any]) -> list[Any]:
    """Return the tasks of an answer to a claim, each with the clauses that it cites, which stand there once for all."""
    names = ("policy_id", "version", "code")
    clauses = {tuple(clause[name] for name in names): clause for clause in claimed["clauses"]}
    return [
        {**task, "clauses": [clauses[tuple(cited[name] for name in names)] for cited in task["citations"]]}
        for task in claimed["tasks"]
    ]


def judgement_of(task: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a careful reviewer, drawn from the listing, so that a run can be repeated.

    Every twelfth listing is asked about once, every ninth is found not to be similar enough, the rest infringes.
    """
    draw = zlib.crc32(task["listing"]["url"].encode())
    if task["round"] == 1 and draw % 12 == 0:
        return {"outcome": "needs_information", "code": "N_COMPARISON", "clauses": [], "note": "Show the original."}
    clauses = task["clauses"]
    if draw % 9 == 0:
        code = "R_INSUFFICIENT_SIMILARITY"
        for clause in clauses:
            if code in clause["reject_codes"]:
                return {"outcome": "reject", "code": code, "clauses": [clause["code"]]}
    wanted = _ACCEPT[task["items"][0]["claim"]]
    for clause in clauses:
        if wanted in clause["accept_codes"]:
            return {"outcome": "accept", "code": wanted, "clauses": [clause["code"]]}
    clause = next(clause for clause in clauses if clause["accept_codes"])
    return {"outcome": "accept", "code": clause["accept_codes"][0], "clauses": [clause["code"]]}
