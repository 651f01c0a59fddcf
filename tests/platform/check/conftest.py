"""A small platform on which work was done, kept as it was left, so that each test can break a copy of it."""

import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiohttp import web

from cli.check.events import effects, on_its_way
from cli.check.evidence import Asked, look
from cli.check.platform import SERVICES, Platform, platform_at
from cli.demo.vendor import with_clauses
from deploy.registry import behind_the_gateway
from services.screening.listings.listing_body import EXAMPLE
from shared.runtime.clock import SystemClock
from tests.conftest import Servers
from tests.libraries.documents.pictures import png
from tests.running import Callers, Running, clear, eventually, forget_stream, run_service
from tests.services.runtime_outgoing.servers import ok, serving

RUNNING = behind_the_gateway()
RIGHT: dict[str, Any] = {
    "type": "trademark", "title": "ACME", "mark_text": "ACME", "mark_type": "word", "office": "EUIPO",
    "registration_number": "018012345", "owner": {"name": "Acme GmbH", "country": "DE"}, "nice_classes": [25],
    "registered_on": "2020-01-02", "expires_on": "2050-01-02", "territories": ["EU"],
}  # fmt: skip
WORK: dict[str, Any] = {
    "type": "copyright", "title": "The note", "owner": {"name": "Acme GmbH"}, "kind_of_work": "literary",
    "author": "Ada Example", "created_on": "2019-05-04",
}  # fmt: skip


@dataclass
class Kept:
    """Databases that nobody uses any more, with what a receiver of webhooks wrote down."""

    server: str
    log: Path
    evidence_url: str
    capture_url: str
    filed: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def copy(self, *broken: str) -> AsyncIterator[tuple[Platform, dict[str, asyncpg.Connection]]]:
        """The platform with these services' databases copied, and a connection to each copy, above every rule."""
        urls = dict(platform_at(self.server).urls)
        admin = await asyncpg.connect(f"{self.server}/postgres")
        connections: dict[str, asyncpg.Connection] = {}
        try:
            for name in broken:
                await admin.execute(f"CREATE DATABASE broken_{name} TEMPLATE marque_{name}")
                urls[name] = f"{self.server}/broken_{name}"
                connections[name] = await asyncpg.connect(urls[name])
                await connections[name].execute("SET session_replication_role = replica")
            yield Platform(urls, platform_at(self.server).hears, self.evidence_url, self.capture_url), connections
        finally:
            for name, connection in connections.items():
                await connection.close()
                await admin.execute(f"DROP DATABASE broken_{name} WITH (FORCE)")
            await admin.close()


@pytest.fixture(scope="module")
async def kept(
    servers: Servers,
    callers: Callers,
    migrated: Callable[[str], Awaitable[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Kept:
    log = tmp_path_factory.mktemp("receiver") / "received.jsonl"
    found = Kept(servers.database_url, log, str(servers.folder / "evidence"), str(servers.folder / "captures"))
    for name in SERVICES:
        await migrated(name)
        await clear(f"{servers.database_url}/marque_{name}")
    await forget_stream(servers.nats_url)
    callers.known.clear()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "database_url": servers.database_url,
            "nats_url": servers.nats_url,
            "identity_jwks": str(servers.folder / "identity.jwks.json"),
            "evidence_link_key": str(servers.folder / "evidence_links"),
            "evidence_url": str(servers.folder / "evidence"),
            "capture_url": str(servers.folder / "captures"),
            "capture_allow_loopback": "true",
            "log_level": "WARNING",
            "webhook_allow_loopback": "true",
            "webhook_retry_seconds": "0.05",
        }.items():
            patch.setenv(f"MARQUE_{name.upper()}", value)
        async with AsyncExitStack() as stack:
            running = {}
            for name in RUNNING:
                app = importlib.import_module(f"services.{name}.app").app
                running[name] = await run_service(name, app, callers, servers.nats_url, stack, SystemClock())
            await _work(running, found)
    return found


async def _work(running: dict[str, Running], found: Kept) -> None:
    """Reports are filed, withdrawn, judged and left; webhooks arrive and die."""
    brand, vendor = running["intake"].as_("brand"), running["review"].as_("vendor")
    async with (
        _receiver(found.log, 204) as (good, endpoints),
        _receiver(None, 500) as (deaf, _),
        serving(ok(png())) as shop,
    ):
        notify = running["notify"].as_("brand")
        made = await _post(notify, "/v1/webhook-endpoints", {"url": good, "event_types": ["*"]})
        endpoints.append(made["id"])
        await _post(notify, "/v1/webhook-endpoints", {"url": deaf, "event_types": ["decision.made"]})
        right = await _post(brand, "/v1/rights", RIGHT)
        operator = running["intake"].as_("marketplace")
        assert (await operator.post(f"/v1/rights/{right['id']}/verify")).status_code == 200
        sent = await brand.post("/v1/evidence", files={"file": ("note.txt", b"No hologram.")})
        await _post(brand, "/v1/rights", {**WORK, "original_url": sent.json()["id"]})
        await _tell_of_listings(running["screening"], shop.url)
        for number, listings in enumerate(((9001, 9002, 9003), (9004,), (9005,))):
            report = await _post(
                brand, "/v1/reports", _report(right["id"], listings, sent.json()["id"]), f"key-{number}"
            )
            found.filed.append(report["id"])
        tasks = await eventually(lambda: _claimed(vendor, 4))
        await _post(vendor, f"/v1/tasks/{tasks[0]['id']}/release", {"lease_token": tasks[0]["lease"]["token"]})
        [again] = await eventually(lambda: _claimed(vendor, 1))
        for task, outcome, code in ((again, "accept", "A_COUNTERFEIT"), (tasks[1], "reject", "R_NOMINATIVE_USE")):
            clause = next(c["code"] for c in task["clauses"] if code in c["accept_codes"] + c["reject_codes"])
            answer = {
                "lease_token": task["lease"]["token"], "outcome": outcome, "code": code, "clauses": [clause],
                "seconds_spent": 5,
            }  # fmt: skip
            assert (await _post(vendor, f"/v1/tasks/{task['id']}/judge", answer))["decision"] is not None
        await _post(brand, f"/v1/reports/{found.filed[2]}/withdraw", {})
        await eventually(lambda: _at_rest(found.server))


async def _tell_of_listings(screening: Running, picture: str) -> None:
    """Three of the reported listings are known, one of them with a picture."""
    told = [{**EXAMPLE, "listing_id": str(number), "images": []} for number in (9001, 9002, 9004)]
    told[0]["images"] = [{"url": picture}]
    answer = await screening.as_("marketplace").post("/v1/listings", json={"listings": told})
    assert answer.status_code == 200, answer.text


def _report(right_id: str, listings: tuple[int, ...], evidence_id: str) -> dict[str, Any]:
    return {
        "right_id": right_id, "claim": "counterfeit", "language": "en", "markets": ["DE"],
        "items": [{"url": f"https://shop.example/item/{listing}"} for listing in listings],
        "explanation": "None of our factories makes this shoe.", "legal_basis": "dsa",
        "statements": {"good_faith": True, "accuracy": True, "perjury": True}, "signature": "Ada Example",
        "contact": {"name": "Ada Example", "email": "ada@brand.example"}, "evidence_ids": [evidence_id],
    }  # fmt: skip


async def _post(client: httpx.AsyncClient, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers={"Idempotency-Key": key} if key else {})
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


async def _claimed(vendor: httpx.AsyncClient, number: int) -> Any:
    """So many tasks at once; what comes early is given back."""
    body = {"reviewer": "r-1", "max": number, "lease_seconds": 600}
    answer = (await vendor.post("/v1/tasks/claim", json=body)).json()
    tasks = with_clauses(answer)
    if len(tasks) == number:
        return tasks
    for task in tasks:
        await _post(vendor, f"/v1/tasks/{task['id']}/release", {"lease_token": task["lease"]["token"]})
    return None


async def _at_rest(server: str) -> bool:
    """Whether every event was heard by all, and nothing waits to be sent."""
    async with look(platform_at(server), Asked()) as evidence:
        on_way = [one async for one in effects(evidence) if on_its_way(one, evidence)]
        pending = await evidence.connections["notify"].fetchval(
            "SELECT count(*) FROM deliveries WHERE state = 'pending'"
        )
        unrated = await evidence.connections["conduct"].fetchval(
            "SELECT count(*) FROM reporters WHERE rate_at <= now()"
        )
        dead = await evidence.connections["notify"].fetchval("SELECT count(*) FROM deliveries WHERE state = 'dead'")
        unfinished = await evidence.connections["screening"].fetchval(
            "SELECT count(*) FROM captures WHERE hash IS NULL"
        )
    return not on_way and not pending and not unrated and not unfinished and dead >= 2


@asynccontextmanager
async def _receiver(log: Path | None, status: int) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that writes down what it is sent, under the endpoint that it is told of."""
    endpoints: list[str] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.text()
        if log is not None:
            line = {"endpoint_id": endpoints[0], "headers": dict(request.headers), "body": body}
            with log.open("a") as lines:
                lines.write(json.dumps(line) + "\n")
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", endpoints
    finally:
        await runner.cleanup()
