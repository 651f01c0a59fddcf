"""Servers to put load on, and the load."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil

from deploy.local.ports import free_port

CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "32"))
_REQUESTS = re.compile(r"Requests/sec:\s+([\d.]+)")
_WRONG = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.+)")


def tool(name: str, package: str) -> str:
    """The path of a program that no Python package brings. Raises `RuntimeError` where there is none."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed here: apt-get install {package}")
    return found


@asynccontextmanager
async def served(
    app: str, environment: Mapping[str, str], *, ready: str = "/openapi.json", options: Sequence[str] = ()
) -> AsyncIterator[int]:
    """An app under uvicorn in a process of its own; its port."""
    port = free_port()
    command = ["-m", "uvicorn", app, "--port", str(port), "--no-access-log", "--log-level", "warning", *options]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, env={**os.environ, **environment})
    try:
        await until_answered(f"http://127.0.0.1:{port}{ready}")
        yield port
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def nginx(folder: Path, configuration: str, *, ready: str) -> AsyncIterator[None]:
    """An nginx of one worker; `configuration` is what stands in its `http` block."""
    configured = _configure(folder, configuration)
    process = await asyncio.create_subprocess_exec(
        tool("nginx", "nginx"), "-p", str(folder), "-c", str(configured), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await until_answered(ready)
        yield
    finally:
        process.terminate()
        await process.wait()


def _configure(folder: Path, configuration: str) -> Path:
    folder.mkdir()
    scratch = "".join(
        f"    {name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = (
        f"daemon off;\nmaster_process off;\npcre_jit on;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\n    access_log off;\n{scratch}{configuration}\n}}\n"
    )
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def listening(port: int) -> psutil.Process:
    """The process that listens at a port of this machine. Raises `StopIteration` where none does."""
    return next(
        psutil.Process(one.pid)
        for one in psutil.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid
    )


async def until_answered(url: str) -> None:
    """Wait until something there answers 200."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while True:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)


async def requests_a_second(url: str, headers: Mapping[str, str], *, seconds: int) -> float:
    """GET a URL over and over on 32 connections. Raises `RuntimeError` where any answer is not a good one."""
    said = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    process = await asyncio.create_subprocess_exec(
        tool("wrk", "wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", *said, url,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    found = _REQUESTS.search(output)
    if found is None or _WRONG.search(output):
        raise RuntimeError(f"{url}: {output[-2000:]}")
    return float(found[1])
