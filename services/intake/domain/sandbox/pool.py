"""The processes that open files for a service: few, started when they are needed, killed when they take too long."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, BinaryIO, Generic, TypeVar

from services.intake.domain.sandbox.bounds import Bounds
from shared.runtime.errors import Unavailable

_WAITING_FOR_EACH = 8
_SECONDS_TO_END = 2.0
_PIECE = 262_144

B = TypeVar("B", bound=Bounds)


class Overran(Exception):
    """The file took more time or memory than it may; the process that opened it is gone."""


class Sandbox(Generic[B]):
    """Opens files, each in a process that is not this one."""

    def __init__(self, worker: str, limits: B, *, at_once: int) -> None:
        """Args:
        worker: the module that opens them, named and not imported: what it needs is for it alone.
        at_once: processes at work, at most; so many more files wait for each that a further one is told to come back.
        """
        self.limits = limits
        self.at_once = at_once
        self._worker = worker
        self._turns = asyncio.Semaphore(at_once)
        self._most = at_once * (1 + _WAITING_FOR_EACH)
        self._inside = 0
        self._idle: list[asyncio.subprocess.Process] = []

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for one file, to be taken before it is received. Raises `Unavailable`."""
        if self._inside >= self._most:
            raise Unavailable("Too many files are being read. Try again in a moment.", headers={"Retry-After": "1"})
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def ask(self, file: BinaryIO, size: int, label: str = "") -> Any:
        """What the worker says of a file. Raises `Overran`."""
        async with self._turns:
            process = await self._one()
            try:
                async with asyncio.timeout(self.limits.seconds):
                    found = json.loads(await _ask(process, file, size, label))
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
        """A process that has nothing of ours but our code: no setting, no secret."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._worker, json.dumps(asdict(self.limits)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip


async def _ask(process: asyncio.subprocess.Process, file: BinaryIO, size: int, label: str) -> bytes:
    source, target = process.stdout, process.stdin
    if source is None or target is None:
        raise ConnectionError
    said = label.encode()
    target.write(len(said).to_bytes(4, "big") + said + size.to_bytes(4, "big"))
    while piece := file.read(_PIECE):
        target.write(piece)
        await target.drain()
    return await source.readexactly(int.from_bytes(await source.readexactly(4), "big"))


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
