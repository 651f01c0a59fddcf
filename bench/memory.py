"""`python -m bench.memory [minutes]`: a load of settable length, and the memory of every process under it.

Brands file one by one and in files, vendors judge, ask and escalate, rights are renewed, evidence and letters are sent.
What a process has to itself is sampled (PSS: shared pages are divided among those who share them) with its resident set
(RSS), once a second; shown are the state after the start, the peak, and five minutes or a tenth of the time later.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from rich.console import Console
from rich.table import Table

from tests.faults.load import Load, load_on, report_body
from tests.live import LivePlatform, start_platform

FILERS = 8
ROWS = 2_000
MEBIBYTE = 1_048_576
_IMPORT_PAUSE = 30.0
_LETTER_PAUSE = 0.5


@dataclass
class Process:
    """The memory of one part with its children, in MiB."""

    first: float = 0.0
    peak: float = 0.0
    last: float = 0.0
    peak_rss: float = 0.0
    at: float = field(default=0.0)

    def sample(self, pss: float, rss: float, at: float) -> None:
        self.first = self.first or pss
        self.last = pss
        self.peak_rss = max(self.peak_rss, rss)
        if pss > self.peak:
            self.peak, self.at = pss, at


def _children(pid: int) -> Iterable[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _children(int(child))


def memory_of(pid: int) -> tuple[float, float]:
    """PSS and RSS of a process and all below it, in MiB; what ends meanwhile is left out."""
    pss = rss = 0
    for one in _children(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
        pss += kilobytes.get("Pss", 0)
        rss += kilobytes.get("Rss", 0)
    return pss / 1024, rss / 1024


async def _sample(platform: LivePlatform, found: dict[str, Process], enough: asyncio.Event) -> None:
    began = time.monotonic()
    while not enough.is_set():
        for name, pid in platform.recorded["pids"].items():
            pss, rss = await asyncio.to_thread(memory_of, pid)
            found.setdefault(name, Process()).sample(pss, rss, time.monotonic() - began)
        await asyncio.sleep(1.0)


async def _import(load: Load) -> None:
    """Files of listings, one after the other."""
    number = 0
    while not load.enough.is_set():
        number += 1
        body = report_body(load.right_id, 0)
        defaults = {name: value for name, value in body.items() if name not in {"items", "reference"}}
        rows = "url\n" + "\n".join(f"https://shop.example/item/i{number}-{row}" for row in range(ROWS))
        query = urlencode({"defaults": json.dumps(defaults)})
        headers = {"Authorization": f"Bearer {load.brand.key}", "Content-Type": "text/csv"}
        url = f"{load.brand.base_url}/v1/imports?{query}"
        async with load.brand.session.post(url, data=rows.encode(), headers=headers) as answer:
            await answer.read()
        await asyncio.sleep(_IMPORT_PAUSE)


async def _letters(load: Load) -> None:
    """Letters to be read, and files to be kept, of a megabyte each."""
    text = (Path(__file__).parents[1] / "examples" / "notices" / "sixty-listings.txt").read_text()
    headers = {"Authorization": f"Bearer {load.brand.key}"}
    number = 0
    while not load.enough.is_set():
        number += 1
        await load.brand.post("/v1/reports/parse", {"text": text})
        form = aiohttp.FormData()
        form.add_field("file", f"{number}\n".encode() * (MEBIBYTE // 8), filename="note.txt")
        async with load.brand.session.post(f"{load.brand.base_url}/v1/evidence", data=form, headers=headers) as answer:
            await answer.read()
        await asyncio.sleep(_LETTER_PAUSE)


async def measure(seconds: float) -> tuple[dict[str, Process], int]:
    """The memory of each part under load, and how many reports were filed one by one."""
    found: dict[str, Process] = {}
    with tempfile.TemporaryDirectory() as folder:
        platform = await asyncio.to_thread(start_platform, Path(folder) / "home")
        over = asyncio.Event()
        sampling = asyncio.create_task(_sample(platform, found, over))
        try:
            filed = await _under_load(platform, seconds)
            await asyncio.sleep(min(300.0, seconds / 10))
        finally:
            over.set()
            await sampling
            await asyncio.to_thread(platform.stop)
    return found, filed


async def _under_load(platform: LivePlatform, seconds: float) -> int:
    async with load_on(platform, seconds=60) as (load, _), load.agreement_of_two_seconds():
        more = [_import(load), _letters(load), *(load.file_until_enough(20.0) for _ in range(FILERS))]
        working = [asyncio.ensure_future(actor) for actor in [*load.actors(), *more]]
        await asyncio.wait(working, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        load.enough.set()
        await asyncio.gather(*working)
    return len(load.filed)


def show(found: dict[str, Process], console: Console) -> None:
    table = Table(title="Memory in MiB, each part with its children")
    for name in ("part", "after the start", "peak", "at (s)", "peak RSS", "at the end"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for part, one in found.items():
        figures: list[Any] = [one.first, one.peak, one.at, one.peak_rss, one.last]
        table.add_row(part, *(f"{figure:,.0f}" for figure in figures))
    console.print(table)


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    console = Console()
    found, filed = asyncio.run(measure(minutes * 60))
    console.print(f"{minutes:g} minutes of load, {filed} reports filed one by one")
    show(found, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
