"""The base of the servers that come as wheels: a folder, a password, a port, and one child process."""

import asyncio
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from deploy.local import private
from deploy.local.children import Child
from deploy.local.errors import ChildDiedError, PortInUseError
from deploy.local.ports import free_port

START_SECONDS = 60.0  # recovery after a crash under load included
PAUSE = 0.02
_PORTS_TRIED = 5


class EmbeddedServer:
    """A server of our own on the loopback address, which keeps everything under one folder."""

    name: ClassVar[str]
    stop_seconds: ClassVar[float]

    def __init__(self, data: Path, *, port: int | None, log: Path | None) -> None:
        """Args:
        data: folder for all it keeps; made when there is none.
        port: a free one when not given; it keeps it when it is started again.
        log: where it writes; in `data` when not given.
        """
        self.data = data.absolute()
        self.log = log or self.data / "server.log"
        self.port = port
        self._any_port = port is None
        self._password = ""
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def since(self) -> datetime | None:
        return self._started().since

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    async def start(self) -> None:
        """Make what is missing of the folder, start, and wait until it answers; raises a `CannotStartError`."""
        private.make_folder(self.data)
        self._password = private.keep_secret(self.data / "password")
        await self._prepare()
        for _ in range(_PORTS_TRIED):
            port = self.port = self.port or free_port()
            try:
                await self._start_in_time(port)
            except PortInUseError:
                if not self._any_port:
                    raise
                self.port = None
            else:
                self._any_port = False  # others know it now
                return
        raise PortInUseError(self.name, port)

    async def stop(self) -> None:
        """End it in its own order: what it acknowledged is on disk."""
        if self._child is not None:
            await self._child.stop(self.stop_seconds)

    async def wait(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        return await self._started().wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _prepare(self) -> None:
        """Prepare the folder before the server is started."""

    def _made(self, port: int) -> Child:
        """Its process, not yet started."""
        raise NotImplementedError

    async def _start_until_it_answers(self, child: Child) -> None:
        raise NotImplementedError

    async def _start_in_time(self, port: int) -> None:
        child = self._child = self._made(port)
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._start_until_it_answers(child)
        except BaseException as error:
            await child.stop(self.stop_seconds)
            if isinstance(error, TimeoutError):
                late = f"it did not answer within {START_SECONDS:.0f} s"
                raise ChildDiedError(self.name, late, self.log) from None
            raise

    def _started(self) -> Child:
        if self._child is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._child
