"""Shows the operator what the platform is doing: a line that moves on a terminal, plain lines elsewhere."""

import contextlib
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status


class Progress:
    """While it is entered, the latest line moves on a terminal; every line stays, with the seconds since the start."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        seconds = time.monotonic() - self._began
        with contextlib.suppress(OSError):  # the disk that the output goes to may be full: the work goes on
            self._console.print(f"{seconds:7.1f} s  {line}", markup=False, highlight=False, soft_wrap=True)
            if self._status is not None:
                self._status.update(line)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status("starting")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
