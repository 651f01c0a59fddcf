"""The ports of services can be fixed, for whoever asks them for their metrics."""

import socket
from pathlib import Path

import pytest

from deploy.local.errors import PortInUseError
from deploy.local.home import Home
from deploy.local.platform import Platform
from deploy.local.ports import free_port
from deploy.local.services import ServiceSpec
from deploy.local.settings import RunnerSettings

SPECS = [ServiceSpec("gateway", "a:b", is_gateway=True), ServiceSpec("one", "a:b"), ServiceSpec("two", "a:b")]


def _ports(home: Path, first: int | None) -> dict[str, int]:
    return Platform(RunnerSettings(port=8080, service_ports=first), Home(home), services=SPECS).ports()


def test_services_follow_the_first_one_and_have_any_port_otherwise(tmp_path: Path) -> None:
    first = free_port()
    assert _ports(tmp_path, first) == {"gateway": 8080, "one": first, "two": first + 1}
    any_ports = _ports(tmp_path, None)
    assert len(set(any_ports.values())) == 3
    assert any_ports != _ports(tmp_path, None)


def test_a_fixed_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"one cannot listen on 127.0.0.1:{port}"):
            _ports(tmp_path, port)
