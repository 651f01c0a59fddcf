"""The processes that open files for a service: few, started when they are needed, killed when they take too long."""

import asyncio
import contextlib
import json
import os
import sys
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import BinaryIO, Generic, TypeVar

from libraries.documents.sandbox.bounds import Bounds
from libraries.documents.sandbox.shares import Shares

_SECONDS_TO_END = 2.0
_PIECE = 262_144
_LONGEST_ANSWER = 67_108_864

B = TypeVar("B", bound=Bounds)


class Overran(Exception):
    """The file took more time or memory than it may; the process that opened it is gone."""


class Sandbox(Generic[B]):
    """Opens files, each in a process that is not this one."""

    def __init__(self, worker: str, limits: B, *, at_once: int, setup: bytes = b"") -> None:
        """Args:
        worker: the module that opens them, named and not imported: what it needs is for it alone.
        at_once: processes at work, at most.
        setup: what each process is given before its first file, as the label of a file of no bytes.
        """
        self.limits = limits
        self.at_once = at_once
        self._worker = worker
        self._setup = setup
        self._shares = Shares(at_once)
        self._idle: list[asyncio.subprocess.Process] = []

    def place(self, account: str) -> AbstractContextManager[None]:
        """A place for one file, to be taken before it is received. Raises `Busy`."""
        return self._shares.place(account)

    async def ask(self, file: BinaryIO, size: int, *, label: str = "", account: str = "") -> bytes:
        """Return what the worker answers of a file. Raises `Overran`."""
        async with self._shares.work(account):
            process = await self._one()
            try:
                async with asyncio.timeout(self.limits.wall_seconds):
                    found = await _ask(process, file, size, label)
            except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
                await _kill(process)
                raise Overran from None
            except BaseException:  # the caller went away: what it asked for is not worth an answer
                await _kill(process)
                raise
            self._idle.append(process)
        return found

    async def end(self) -> None:
        """End every process, in order."""
        while self._idle:
            process = self._idle.pop()
            if process.stdin is not None:
                process.stdin.close()
            try:
                async with asyncio.timeout(_SECONDS_TO_END):
                    await process.wait()
            except TimeoutError:
                await _kill(process)

    async def _one(self) -> asyncio.subprocess.Process:
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        return await self._start()

    async def _start(self) -> asyncio.subprocess.Process:
        """A process that has nothing of ours but our code and its setup: no environment, no secret."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._worker, json.dumps(asdict(self.limits)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8", **_ONE_THREAD},
        )  # fmt: skip
        if process.stdin is not None:
            process.stdin.write(len(self._setup).to_bytes(4, "big") + self._setup)
        return process


# A process that is bounded in address space cannot have a stack for every core, and has one file to work on.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


async def _ask(process: asyncio.subprocess.Process, file: BinaryIO, size: int, label: str) -> bytes:
    source, target = process.stdout, process.stdin
    if source is None or target is None:
        raise ConnectionError
    said = label.encode()
    target.write(len(said).to_bytes(4, "big") + said + size.to_bytes(4, "big"))
    while piece := file.read(_PIECE):
        target.write(piece)
        await target.drain()
    length = int.from_bytes(await source.readexactly(4), "big")
    if length > _LONGEST_ANSWER:
        raise ConnectionError
    return await source.readexactly(length)


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
