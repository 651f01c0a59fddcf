import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator

import pytest

from deploy.local import ports
from deploy.local.errors import CannotStartError
from deploy.local.platform import ROOT
from deploy.local.ports import LOOPBACK, free_port, is_free


@pytest.fixture
def two_ports(monkeypatch: pytest.MonkeyPatch, worker_id: str) -> Iterator[list[int]]:
    """A range so narrow that every pick meets those before it, and no other worker's."""
    own = 19_000 + 50 * int(worker_id.removeprefix("gw") if worker_id != "master" else 0)
    first = next(port for port in range(own, own + 50) if is_free(port) and is_free(port + 1))
    monkeypatch.setattr(ports, "RANGE", range(first, first + 2))
    monkeypatch.setattr("random.sample", lambda numbers, _: list(numbers))
    held: deque[int] = deque()
    monkeypatch.setattr(ports, "_RESERVED", held)
    yield [first, first + 1]
    for descriptor in held:
        os.close(descriptor)


def test_only_so_many_ports_are_held(two_ports: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_MOST_RESERVED", 1)
    assert [free_port(), free_port(), free_port()] == [*two_ports, two_ports[0]]


def test_a_port_is_given_once_though_nobody_listens_yet(two_ports: list[int]) -> None:
    assert [free_port(), free_port()] == two_ports
    with pytest.raises(CannotStartError, match="no free port"):
        free_port()


def test_another_process_is_not_given_a_port_that_this_one_was_given(two_ports: list[int]) -> None:
    assert free_port() == two_ports[0]
    code = f"""
import random
from deploy.local import ports
ports.RANGE = range({two_ports[0]}, {two_ports[1] + 1})
random.sample = lambda numbers, _: list(numbers)
print(ports.free_port())
"""
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(two_ports[1])]


def test_a_server_listens_on_the_port_it_was_given_and_again_after_it_was_away() -> None:
    port = free_port()
    for _ in range(2):
        assert is_free(port)
        with socket.create_server((LOOPBACK, port)) as server, socket.create_connection((LOOPBACK, port)) as asking:
            server.accept()[0].close()
            assert asking.recv(1) == b""
            assert not is_free(port)
