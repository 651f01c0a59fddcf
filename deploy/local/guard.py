"""Outlives a runner that was killed, and ends the children it left.

Reads lines from the runner: `+ <pid> <signal> <order>` when a child starts, `- <pid>` when it was seen to end. The end
of the input means that the runner is gone: every child left is asked to stop, in that order, then killed. On Linux the
kernel does the asking too (see `launch.py`); the guard does it everywhere, and ends the child that does not listen.
Standard library only.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

GRACE = 6.0
KILLED = 5.0
PAUSE = 0.05


def main() -> None:
    for unwanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(unwanted, signal.SIG_IGN)
    children = listen(sys.stdin)
    for _, together in groupby(sorted(children, key=lambda child: child[2]), key=lambda child: child[2]):
        end([(pid, stop) for pid, stop, _ in together])


def listen(lines: Iterable[str]) -> list[tuple[int, int, int]]:
    """The children that are alive when the runner falls silent: pid, signal that stops it, order."""
    children: dict[int, tuple[int, int, int]] = {}
    for line in lines:
        sign, pid, *rest = line.split()
        if sign == "+":
            children[int(pid)] = (int(pid), int(rest[0]), int(rest[1]))
        else:
            children.pop(int(pid), None)
    return list(children.values())


def end(children: list[tuple[int, int]]) -> None:
    for pid, stop in children:
        send(pid, stop)
    left = wait([pid for pid, _ in children], GRACE)
    for pid in left:
        send(pid, signal.SIGKILL)
    wait(left, KILLED)


def wait(pids: list[int], seconds: float) -> list[int]:
    """Those still alive after the given time. They are nobody's children now: there is nothing to wait on but time."""
    until = time.monotonic() + seconds
    while (pids := [pid for pid in pids if alive(pid)]) and time.monotonic() < until:
        time.sleep(PAUSE)
    return pids


def alive(pid: int) -> bool:
    """Return whether it still runs. One that has ended may stay listed for long where process 1 does not clear up."""
    if not send(pid, 0):
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True  # no /proc on this system


def send(pid: int, signal_number: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal_number)
        return True
    return False


if __name__ == "__main__":
    main()
