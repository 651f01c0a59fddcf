"""Ports on the loopback address."""

import os
import random
import socket
import sys
from collections import deque

from deploy.local.errors import CannotStartError

LOOPBACK = "127.0.0.1"
# Below those that systems hand out to outgoing connections: a child that is away for a moment must find its own again.
RANGE = range(20_000, 32_000)
# The descriptors that hold the ports given last: two platforms that start at the same moment would else be given the
# same port before either listens on it.
_RESERVED: deque[int] = deque()
_MOST_RESERVED = 256


def free_port() -> int:
    """A port that nobody uses, and that nobody else is given by this while this process lives and takes few others.

    Other programs may take it all the same: whoever starts on it must be ready to try another.
    """
    for port in random.sample(RANGE, 200):
        if _reserve(port):
            return port
    raise CannotStartError(f"no free port was found between {RANGE.start} and {RANGE.stop}")


def is_free(port: int) -> bool:
    """Tell whether a server may listen on a port now."""
    with socket.socket() as probe:
        # The servers set this too; without it a port just given back would look taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _reserve(port: int) -> bool:
    holder = socket.socket()
    try:
        holder.bind((LOOPBACK, port))  # without SO_REUSEADDR, so that it fails where another process holds the port
    except OSError:
        holder.close()
        return False
    if sys.platform == "linux":
        # Linux lets a server that sets this listen beside a holder that has set it and does not listen.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _RESERVED.append(holder.detach())
        if len(_RESERVED) > _MOST_RESERVED:
            os.close(_RESERVED.popleft())
    else:
        holder.close()
    return True
