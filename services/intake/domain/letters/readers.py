"""The processes that read files for a service: few, started when they are needed, killed when they take too long."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from services.intake.domain.letters.model import CannotRead, Letter, Limits, Part, Unread
from shared.runtime.errors import Unavailable

_WORKER = f"{__package__}.worker"  # named and not imported: what it needs is for it alone
_WAITING_FOR_EACH = 8
_SECONDS_TO_END = 2.0


class Readers:
    """Reads files, each in a process that is not this one."""

    def __init__(self, limits: Limits, *, at_once: int) -> None:
        """Args:
        at_once: processes at work, at most; so many more files wait for each that a further one is told to come back.
        """
        self._limits = limits
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

    async def read(self, content: bytes, media_type: str) -> Letter:
        """The text of a file. Raises `CannotRead`."""
        async with self._turns:
            process = await self._one()
            try:
                async with asyncio.timeout(self._limits.seconds):
                    found = json.loads(await _ask(process, content, media_type))
            except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
                await _kill(process)
                raise CannotRead(Unread.TOO_COMPLEX) from None
            except BaseException:  # the caller went away: what it asked for is not worth an answer
                await _kill(process)
                raise
            self._idle.append(process)
        if "reason" in found:
            raise CannotRead(Unread(found["reason"]))
        return Letter(found["text"], [Part(**part) for part in found["parts"]])

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
            sys.executable, "-m", _WORKER, json.dumps(asdict(self._limits)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip


async def _ask(process: asyncio.subprocess.Process, content: bytes, media_type: str) -> bytes:
    source, target = process.stdout, process.stdin
    if source is None or target is None:
        raise ConnectionError
    for piece in (media_type.encode(), content):
        target.write(len(piece).to_bytes(4, "big"))
        target.write(piece)
    await target.drain()
    return await source.readexactly(int.from_bytes(await source.readexactly(4), "big"))


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
