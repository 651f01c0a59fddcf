"""Through the gateway: key, scopes, rate limit and tracing, beside what passes requests on without any of it.

All of them stand before the same upstream, an nginx that answers at once, and have one worker. They are asked in turn,
round after round; a ratio is the median of the rounds' own.
"""

import asyncio
import json
import os
import re
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.loading import nginx, requests_a_second, served
from deploy.local.keys import keep_keys
from deploy.local.nats import NatsServer
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.registry import behind_the_gateway
from shared.runtime.migrate import migrate

SLICE_SECONDS = int(os.environ.get("BENCH_SLICE_SECONDS", "3"))
SLICES = int(os.environ.get("BENCH_SLICES", "7"))
PATH = "/v1/reports?limit=1"
DEPLOYED = Path(__file__).resolve().parent.parent / "deploy" / "nginx"
UVICORN = ("--no-server-header", "--no-proxy-headers")

UPSTREAM = """
    keepalive_requests 1000000;
    server {{ listen 127.0.0.1:{port}; default_type application/json; return 200 '{{"data":[],"next_cursor":null}}'; }}
"""
_PROXY = """
    keepalive_requests 1000000;
    upstream behind {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
"""


@dataclass
class Doors:
    """The address of each way to the upstream, and the key that opens ours."""

    gateway: str
    bare: str
    proxy: str
    asking: str
    key: str

    async def rates(self, seconds: int) -> dict[str, float]:
        """Requests a second through each, in turn."""
        headers = {"Authorization": f"Bearer {self.key}"}
        doors = {"gateway": self.gateway, "bare": self.bare, "proxy": self.proxy, "asking": self.asking}
        return {name: await requests_a_second(url + PATH, headers, seconds=seconds) for name, url in doors.items()}


async def admin_key(settings: dict[str, str]) -> str:
    """A key of the operator."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.bootstrap", stdout=asyncio.subprocess.PIPE, env={**os.environ, **settings}
    )
    said, _ = await process.communicate()
    key: str = json.loads(said.decode().strip().splitlines()[-1])["key"]
    return key


async def environment(stack: AsyncExitStack, folder: Path, upstream: str) -> dict[str, str]:
    """The settings of a gateway on servers of its own, before one upstream, without a limit of its rate."""
    postgres = await stack.enter_async_context(Postgres(folder / "postgres"))
    await migrate("gateway", postgres.url)
    nats = await stack.enter_async_context(NatsServer(folder / "nats"))
    keys = keep_keys(folder / "keys")
    return {
        "MARQUE_DATABASE_URL": postgres.url,
        "MARQUE_NATS_URL": nats.url,
        "MARQUE_IDENTITY_JWKS": str(keys.public_jwks),
        "MARQUE_IDENTITY_PRIVATE_KEY": str(keys.private_jwk),
        "MARQUE_KEY_PEPPER": str(keys.pepper),
        "MARQUE_UPSTREAMS": json.dumps(dict.fromkeys(behind_the_gateway(), upstream)),
        "MARQUE_CLIENT_RATE": "1000000",
        "MARQUE_CLIENT_BURST": "1000000",
        "MARQUE_LOG_LEVEL": "WARNING",
    }


async def _gateway(stack: AsyncExitStack, folder: Path, upstream: str) -> tuple[int, str]:
    settings = await environment(stack, folder, upstream)
    options = ("--http", "gateway.protocol:GatewayProtocol", *UVICORN)
    port = await stack.enter_async_context(served("gateway.app:app", settings, ready="/livez", options=options))
    return port, await admin_key(settings)


def _asking(upstream: int, gateway: int, port: int, folder: Path) -> str:
    """The configuration that the project brings, with this run's ports in it."""
    upstreams = (DEPLOYED / "upstreams.conf").read_text()
    upstreams = re.sub(r"127\.0\.0\.1:(?!8080;)\d+", f"127.0.0.1:{upstream}", upstreams)
    upstreams = upstreams.replace("127.0.0.1:8080", f"127.0.0.1:{gateway}")
    server = (DEPLOYED / "marque.conf").read_text().replace("8088", str(port))
    server = server.replace("/run/marque-admissions", str(folder / "admissions")).replace("200r/s", "1000000r/s")
    server = server.replace("burst=400", "burst=1000000")  # no limit of its rate, as the gateway has none here
    server = server.replace("marque_checked.conf", str(DEPLOYED / "marque_checked.conf"))
    return upstreams + (DEPLOYED / "admissions.conf").read_text() + server


async def _open(stack: AsyncExitStack) -> Doors:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    upstream, proxy, asking = free_port(), free_port(), free_port()
    behind = f"http://127.0.0.1:{upstream}"
    await stack.enter_async_context(nginx(folder / "upstream", UPSTREAM.format(port=upstream), ready=behind))
    gateway, key = await _gateway(stack, folder, behind)
    bare = await stack.enter_async_context(
        served("bench.ceilings.gateway:app", {"BENCH_UPSTREAM": behind}, ready="/", options=UVICORN)
    )
    beside = f"http://127.0.0.1:{proxy}"
    await stack.enter_async_context(nginx(folder / "proxy", _PROXY.format(upstream=upstream, port=proxy), ready=beside))
    asked = f"http://127.0.0.1:{asking}"
    await stack.enter_async_context(
        nginx(folder / "asking", _asking(upstream, gateway, asking, folder), ready=f"{asked}/livez")
    )
    return Doors(f"http://127.0.0.1:{gateway}", f"http://127.0.0.1:{bare}", beside, asked, key)


async def run() -> list[dict[str, Any]]:
    """The rows of the table."""
    async with AsyncExitStack() as stack:
        doors = await _open(stack)
        await doors.rates(1)
        rounds = [await doors.rates(SLICE_SECONDS) for _ in range(SLICES)]
    return [
        _row("through the gateway, beside nginx proxy_pass (requests/s)", rounds, "gateway", "proxy", ">= 0.30"),
        _row("through the gateway, beside a bare pass-through (requests/s)", rounds, "gateway", "bare", ">= 0.80"),
        _row("nginx that asks /auth, beside nginx that does not (requests/s)", rounds, "asking", "proxy", ">= 0.80"),
    ]


def _row(path: str, rounds: list[dict[str, float]], ours: str, peer: str, goal: str) -> dict[str, Any]:
    return {
        "path": path,
        "ours": statistics.median(found[ours] for found in rounds),
        "peer": statistics.median(found[peer] for found in rounds),
        "ratio": statistics.median(found[ours] / found[peer] for found in rounds),
        "goal": goal,
    }
