"""Ports on the loopback address."""

import random
import socket

from deploy.local.errors import CannotStartError

LOOPBACK = "127.0.0.1"
# Below those that systems hand out to outgoing connections: a child that is away for a moment must find its own again.
RANGE = range(20_000, 32_000)


def free_port() -> int:
    """A port that nobody uses at this moment; whoever starts on it must be ready to try another."""
    for port in random.sample(RANGE, 200):
        if is_free(port):
            return port
    raise CannotStartError(f"no free port was found between {RANGE.start} and {RANGE.stop}")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # The servers set this too; without it a port just given back would look taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
