"""Effect of a greedy caller on other accounts: their p99 beside each attack, and without.

Every attack is bounded, runs on the loopback address, and ends with its slice. Each slice without an attack is followed
by one with it; a row compares the medians of their p99. `BENCH_STALLS_URL` and `BENCH_STALLS_KEYS` (a credentials.json)
name a running platform; without them one is started.
"""

import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.live import start_platform

SLICE_SECONDS = float(os.environ.get("BENCH_STALLS_SECONDS", "5"))
SLICES = int(os.environ.get("BENCH_STALLS_SLICES", "3"))
SETTLE_SECONDS = 4.0
"""For an attack to reach its full number before anything is measured beside it."""
RATE = 30
_AGAIN_SECONDS = 2.0  # where no Retry-After says otherwise
_REFUSALS_OF_TOO_MUCH = {429, 503}
_EMPTY_QUEUE = "design.xx.p3"
_LETTER = "We own the mark LUMEN. https://shop.example/item/{n} sells a counterfeit of our lamp, dear Sir or Madam.\n"


@dataclass(frozen=True)
class Target:
    """A platform, and the keys of its accounts by role."""

    url: str
    keys: Mapping[str, str]

    def connect(self) -> Any:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return asyncio.open_connection(host, int(port))


# Those beside


async def p99(target: Target, seconds: float) -> float:
    """The p99 in milliseconds of what other accounts ask, at a steady rate whatever the answers take."""
    took: list[float] = []
    asks: list[tuple[str, str, str, Any]] = [
        ("brand_two", "GET", "/v1/reports?limit=1", None),
        ("brand_two", "GET", "/v1/rights?limit=1", None),
        ("vendor_two", "POST", "/v1/tasks/claim", {"reviewer": "bench", "queue": _EMPTY_QUEUE, "wait_seconds": 0}),
        ("regulator", "GET", "/v1/events?limit=1", None),
    ]

    async def ask(session: aiohttp.ClientSession, number: int) -> None:
        role, method, path, body = asks[number % len(asks)]
        headers = {"Authorization": f"Bearer {target.keys[role]}"}
        began = time.perf_counter()
        async with session.request(method, target.url + path, headers=headers, json=body) as answer:
            await answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{method} {path} was answered {answer.status}: {await answer.text()}")
        took.append((time.perf_counter() - began) * 1000)

    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.perf_counter()
        tasks = []
        for number in range(int(seconds * RATE)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            tasks.append(asyncio.create_task(ask(session, number)))
        await asyncio.gather(*tasks)
    return statistics.quantiles(took, n=100)[98]


# The attacks


async def _stubborn(target: Target, head: bytes, drop: bytes, pause: float) -> None:
    """Send a head, then drop by drop; when the connection ends, come back."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await target.connect()
            ended = asyncio.create_task(reader.read())
            try:
                writer.write(head)
                while not ended.done():
                    await asyncio.wait([ended], timeout=pause)
                    writer.write(drop)
                    await writer.drain()
            finally:
                ended.cancel()
                writer.close()
        await asyncio.sleep(_AGAIN_SECONDS)


def _head(target: Target, role: str, line: str, *lines: str) -> bytes:
    return "\r\n".join([line, "Host: x", f"Authorization: Bearer {target.keys[role]}", *lines, "", ""]).encode()


def slow_bodies(target: Target, _: int) -> Any:
    return _stubborn(target, _head(target, "brand", "POST /v1/evidence HTTP/1.1", "Content-Length: 9000000"), b"x", 1)


def slow_heads(target: Target, _: int) -> Any:
    return _stubborn(target, b"GET /v1/reports HTTP/1.1\r\nHost: x\r\n", b"X: 1\r\n", 1)


async def _over_and_over(target: Target, role: str, path: str, body: Any) -> None:
    headers = {"Authorization": f"Bearer {target.keys[role]}"}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90)) as session:
        while True:
            again = _AGAIN_SECONDS
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.post(target.url + path, json=body, headers=headers) as answer:
                    await answer.read()
                    if answer.status < 300:
                        continue
                    if answer.status not in _REFUSALS_OF_TOO_MUCH:
                        raise RuntimeError(f"{path} was answered {answer.status}: it is no attack")
                    again = float(answer.headers.get("Retry-After", again))
            await asyncio.sleep(again)


def _claims(roles: tuple[str, ...]) -> Callable[[Target, int], Any]:
    def claim(target: Target, number: int) -> Any:
        body = {"reviewer": f"r-{number}", "queue": _EMPTY_QUEUE, "wait_seconds": 25}
        return _over_and_over(target, roles[number % len(roles)], "/v1/tasks/claim", body)

    return claim


def large_parse(target: Target, _: int) -> Any:
    text = "".join(_LETTER.format(n=n) for n in range(200_000 // len(_LETTER)))[:200_000]
    return _over_and_over(target, "brand", "/v1/reports/parse", {"text": text})


ATTACKS: dict[str, tuple[int, Callable[[Target, int], Any]]] = {
    "slow bodies of one key": (600, slow_bodies),
    "waiting claims of one key": (600, _claims(("vendor",))),
    "waiting claims of two accounts": (600, _claims(("vendor", "admin"))),
    "slow heads": (200, slow_heads),
    "large parses": (24, large_parse),
}


async def attack(target: Target, name: str) -> None:
    """Attack until this process is ended, or no slice can last any longer."""
    number, one = ATTACKS[name]
    tasks = [asyncio.create_task(one(target, each)) for each in range(number)]
    ended, _ = await asyncio.wait(tasks, timeout=SETTLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if not ended:
        print("there", flush=True)
        ended, _ = await asyncio.wait(tasks, timeout=SLICE_SECONDS + 120, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        task.result()


@asynccontextmanager
async def _attacked(target: Target, name: str) -> AsyncIterator[None]:
    """An attack from a process of its own, at the lowest priority: who attacks has another machine."""
    given = json.dumps({"url": target.url, "keys": dict(target.keys), "name": name})
    process = await asyncio.create_subprocess_exec(
        "nice", "-n", "19", sys.executable, "-m", "bench.stalls",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(given.encode() + b"\n")
    process.stdin.close()
    try:
        if not await process.stdout.readline():
            await process.wait()
        yield
    finally:
        if process.returncode is not None:
            raise RuntimeError(f"the attack with {name} ended before its slice did")
        process.terminate()
        await process.wait()


async def _row(target: Target, name: str) -> dict[str, Any]:
    without, beside = [], []
    for _ in range(SLICES):
        without.append(await p99(target, SLICE_SECONDS))
        async with _attacked(target, name):
            beside.append(await p99(target, SLICE_SECONDS))
    ours, peer = statistics.median(beside), statistics.median(without)
    path = f"others beside {ATTACKS[name][0]} {name}, p99, ms"
    return {"path": path, "ours": ours, "peer": peer, "ratio": ours / peer, "goal": "<= 2.00"}


async def _rows(target: Target) -> list[dict[str, Any]]:
    await p99(target, SLICE_SECONDS)
    return [await _row(target, name) for name in ATTACKS]


async def run() -> list[dict[str, Any]]:
    """The rows of the table."""
    if url := os.environ.get("BENCH_STALLS_URL"):
        keys = await asyncio.to_thread(Path(os.environ["BENCH_STALLS_KEYS"]).read_text)
        return await _rows(Target(url, json.loads(keys)))
    with tempfile.TemporaryDirectory() as folder:
        platform = await asyncio.to_thread(start_platform, Path(folder) / "home")
        try:
            return await _rows(Target(platform.base_url, platform.keys))
        finally:
            await asyncio.to_thread(platform.stop)


def main() -> None:
    given = json.loads(sys.stdin.readline())
    asyncio.run(attack(Target(given["url"], given["keys"]), given["name"]))


if __name__ == "__main__":
    main()
