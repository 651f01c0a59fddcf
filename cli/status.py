"""`marque status`: each part of the running platform, and what waits in it."""

import asyncio
import json
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

import asyncpg
import typer
from prometheus_client.parser import text_string_to_metric_families

from cli.output import AsJson, line, print_json, table
from cli.running import home
from deploy.local.home import is_alive
from deploy.local.ports import LOOPBACK
from deploy.local.services import get

COLUMNS = ("part", "up", "ready", "version", "since", "port", "queue", "outbox", "dead letters", "dead jobs")
_SECONDS = 5.0
_COUNTED = {
    "queue": ("marque_queue_tasks", {}),
    "outbox": ("marque_outbox_unpublished", {}),
    "dead_letters": ("marque_dead_letters", {}),
    "dead_jobs": ("marque_jobs", {"state": "dead"}),
}
"""The counts of a service, each with its metric and labels."""


@dataclass(frozen=True)
class PartStatus:
    """A part as it is now. A count that the part does not have is none; so is what it did not answer."""

    part: str
    up: bool
    ready: bool
    why: str | None
    version: str | None
    since: str | None
    port: int
    queue: int | None = None
    outbox: int | None = None
    dead_letters: int | None = None
    dead_jobs: int | None = None


def status(*, as_json: AsJson = False) -> None:
    """Show each part: whether it is up and ready, its version, since when, its port, and what waits in it.

    Exit code 1 where a part is not ready.
    """
    parts = asyncio.run(parts_of(home().recorded()))
    if as_json:
        print_json([asdict(part) for part in parts])
    else:
        table(COLUMNS, (_row(part) for part in parts))
        for part in parts:
            if part.why:
                line(f"{part.part}: {part.why}")
    if not all(part.ready for part in parts):
        raise typer.Exit(1)


async def parts_of(recorded: dict[str, Any]) -> list[PartStatus]:
    """Ask every part at once. One that answers nothing within some seconds is up at most."""

    async def one(name: str) -> PartStatus:
        up, port = is_alive(recorded["pids"][name]), recorded["ports"][name]
        since = recorded["since"].get(name)
        if name in recorded["services"]:
            return await _service(name, port, up=up, since=since)
        ask = _postgres if name == "PostgreSQL" else _nats
        try:
            async with asyncio.timeout(_SECONDS):
                return PartStatus(name, up, True, None, await ask(recorded, port), since, port)
        except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
            return PartStatus(name, up, False, f"{type(error).__name__}: {error}".rstrip(": "), None, since, port)

    return list(await asyncio.gather(*map(one, recorded["pids"])))


async def _service(name: str, port: int, *, up: bool, since: str | None) -> PartStatus:
    (code, answer), (_, metrics) = await asyncio.gather(get(port, "/readyz", _SECONDS), get(port, "/metrics", _SECONDS))
    families = list(text_string_to_metric_families(metrics)) if metrics.startswith("#") else []
    samples = {family.name: family.samples for family in families}
    version = next((sample.labels["version"] for sample in samples.get("marque_build_info", ())), None)
    counts = {
        field: sum(int(sample.value) for sample in samples[metric] if labels.items() <= sample.labels.items())
        for field, (metric, labels) in _COUNTED.items()
        if metric in samples
    }
    return PartStatus(name, up, code == HTTPStatus.OK, _why(answer), version, since, port, **counts)


def _why(answer: str) -> str | None:
    """Return the checks of `/readyz` that are not well, in words; none where all are."""
    try:
        checks: dict[str, str] = json.loads(answer)["checks"]
    except (ValueError, LookupError, TypeError):
        return answer.strip()[:200] or "no answer"
    return "; ".join(f"{name}: {state}" for name, state in checks.items() if state != "ok") or None


async def _postgres(recorded: dict[str, Any], _: int) -> str:
    """Log in as the checker, who may read alone; the server's version."""
    address = recorded["environment"]["MARQUE_DATABASE_URL"].replace("{service}", "gateway")
    connection = await asyncpg.connect(address, timeout=_SECONDS)
    try:
        return str(await connection.fetchval("SHOW server_version")).split()[0]
    finally:
        await connection.close()


async def _nats(_: dict[str, Any], port: int) -> str:
    """Read the broker's greeting; its version."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        greeting = await reader.readline()
        return str(json.loads(greeting.removeprefix(b"INFO "))["version"])
    finally:
        writer.close()


def _row(part: PartStatus) -> list[Any]:
    since = part.since.replace("T", " ")[:19] if part.since else None
    words = ["yes" if part.up else "no", "yes" if part.ready else "no"]
    counts = [part.queue, part.outbox, part.dead_letters, part.dead_jobs]
    return [part.part, *words, part.version, since, part.port, *counts]
