"""Cost of the preflight of a report beside parsing the report alone: 500 items, one process, CPU time.

Both are done by the code of the running service on its real database: reading is the validation of the body; preflight
is that, the right, every finding, and the look-up of what the reporter has open. What the database itself takes is
waited for and not counted: another core does it.
"""

import asyncio
import importlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from bench.filing import REPORT, RIGHT
from deploy.local.nats import NatsServer
from deploy.local.postgres import Postgres
from services.intake.reports.coalescer import FilingCoalescer
from services.intake.reports.report_body import ReportIn
from services.intake.reports.sender import Sender
from shared.runtime.clock import SystemClock
from shared.runtime.migrate import migrate
from tests.running import Callers, Running, run_service, write_keys

ITEMS = 500
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
AT_ONCE = 20
GOAL = 1.5


async def started(stack: AsyncExitStack, name: str = "intake") -> Running:
    """A service on servers of its own."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    postgres = await stack.enter_async_context(Postgres(folder / "postgres"))
    nats = await stack.enter_async_context(NatsServer(folder / "nats"))
    await migrate(name, postgres.url)
    key = write_keys(folder)
    settings = {
        "MARQUE_DATABASE_URL": postgres.url, "MARQUE_NATS_URL": nats.url, "MARQUE_LOG_LEVEL": "WARNING",
        "MARQUE_IDENTITY_JWKS": str(folder / "identity.jwks.json"),
        "MARQUE_EVIDENCE_LINK_KEY": str(folder / "evidence_links"), "MARQUE_EVIDENCE_URL": str(folder / "evidence"),
        "MARQUE_MAIL_SERVER": "127.0.0.1:9", "MARQUE_MAIL_SECURITY": "none",  # letters wait, for nobody listens there
        "MARQUE_MAIL_SEAL_KEYS": str(folder / "mail.jwks.json"), "MARQUE_MAIL_OPEN_KEYS": str(folder / "mail.json"),
    }  # fmt: skip
    stack.enter_context(
        mock.patch.dict(os.environ, settings)
    )  # a platform that is measured later has servers of its own
    app = importlib.import_module(f"services.{name}.app").app
    return await run_service(name, app, Callers(key), nats.url, stack, SystemClock())


async def _body(running: Running) -> bytes:
    """A sound report of 500 items under a verified right."""
    answer = await running.as_("brand").post("/v1/rights", json=RIGHT)
    right = answer.raise_for_status().json()
    (await running.as_("marketplace").post(f"/v1/rights/{right['id']}/verify")).raise_for_status()
    items = [{"url": f"https://shop.example/item/{number}", "media_type": "listing"} for number in range(ITEMS)]
    return json.dumps({**REPORT, "right_id": right["id"], "items": items}).encode()


async def _idle() -> float:
    """The share of its time that the service works although nobody asks for anything: its loops look for work."""
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.sleep(1)
    return (time.process_time() - cpu) / (time.perf_counter() - wall)


async def _cost(step: Callable[[], Awaitable[Any]], idle: float) -> float:
    """Milliseconds of CPU that one step takes of this process. Some run at once, so that little of it is waiting."""
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(step() for _ in range(AT_ONCE)))
    own = time.process_time() - cpu - idle * (time.perf_counter() - wall)
    return own / AT_ONCE * 1e3


async def run() -> list[dict[str, Any]]:
    """Milliseconds for a preflight, and for reading the same body."""
    async with AsyncExitStack() as stack:
        running = await started(stack)
        body = await _body(running)
        coalescer: FilingCoalescer = running.service.resources.filing
        caller = running.caller("brand")
        sender = Sender(caller.client_id, caller.account_id, caller.kind, caller.trusted_flagger)

        async def read() -> None:
            ReportIn.model_validate_json(body)

        async def preflight() -> None:
            findings = await coalescer.examine(ReportIn.model_validate_json(body), sender)
            if any(finding.severity == "blocks" for finding in findings):
                raise RuntimeError(f"the report is not sound: {findings[:3]}")

        idle = await _idle()
        await _cost(preflight, idle)
        pairs = [(await _cost(preflight, idle), await _cost(read, idle)) for _ in range(ROUNDS)]
    ours, peer = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(own / other for own, other in pairs)
    path = f"preflight of {ITEMS} items beside reading them (ms of CPU)"
    return [{"path": path, "ours": ours, "peer": peer, "ratio": ratio, "goal": f"<= {GOAL:.2f}"}]
