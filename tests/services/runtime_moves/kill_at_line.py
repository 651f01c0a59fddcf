"""Moves tables again and again in processes of their own, each killed before a line of `moving.py` that stdin names.

Answers with the exit code of each: 9 where it was killed, 0 where it ended before it came to that line.
"""

import asyncio
import os
import sys
from types import FrameType
from typing import Any

from shared.runtime import moving
from tests.services.runtime_moves.moves import MOVE

KILLED = 9


def _killing(line: int) -> Any:
    left = line

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename != moving.__file__:
            return None
        if event == "line":
            left -= 1
            if left < 0:
                os._exit(KILLED)
        return trace

    return trace


def main(server_url: str) -> None:
    for line in map(int, sys.stdin):
        child = os.fork()
        if child == 0:
            sys.settrace(_killing(line))
            asyncio.run(moving.move_tables(server_url, "taker", [MOVE]))
            os._exit(0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
