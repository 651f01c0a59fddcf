"""Connections go only where they may, whatever a name server says."""

import asyncio
import gzip
import socket
import threading
from typing import Any

import aiohttp
import pytest
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from shared.runtime.outgoing.addresses import target_of
from shared.runtime.outgoing.sessions import AddressNotAllowed, GuardedResolver, Sessions, check_address, not_allowed
from tests.services.runtime_outgoing.names import REFUSED, Says
from tests.services.runtime_outgoing.servers import ok, serving


def sessions(resolver: Says) -> Sessions:
    return Sessions(user_agent="Marque-Tests/1.0", connections=4, resolver=resolver)


async def refused(wire: Sessions, url: str, *, seconds: float = 5) -> bool:
    """Whether the address was the reason why nothing was sent."""
    try:
        async with wire.request("GET", target_of(url, allow_loopback=True), seconds=seconds):
            return False
    except (aiohttp.ClientError, OSError) as error:
        return not_allowed(error) is not None


@pytest.mark.parametrize("address", [address for address in REFUSED if address != "not an address"])
async def test_a_name_that_stands_for_a_refused_address_is_not_connected_to(address: str) -> None:
    async with sessions(Says([address])) as wire:
        assert await refused(wire, "https://shop.example/hook")


async def test_one_refused_address_among_public_ones_is_enough() -> None:
    async with sessions(Says(["8.8.8.8", "127.0.0.1"])) as wire:
        assert await refused(wire, "https://shop.example/hook")


async def test_the_resolver_refuses_before_anything_is_connected_to() -> None:
    for answer, loopback in ((["8.8.8.8", "10.0.0.1"], False), (["127.0.0.1", "8.8.8.8"], True)):
        with pytest.raises(AddressNotAllowed):
            await GuardedResolver(Says(answer), loopback=loopback).resolve("shop.example")
    (found,) = await GuardedResolver(Says(["8.8.8.8"]), loopback=False).resolve("shop.example", 443)
    assert (found["host"], found["port"]) == ("8.8.8.8", 443)


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(ok(b"there")) as server, serving(ok(b"proxy")) as proxy, sessions(Says([])) as wire:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with wire.request("GET", target_of(server.url, allow_loopback=True), seconds=5) as response:
            assert await response.read() == b"there"
    assert proxy.asked == []


async def test_strangers_are_told_nothing_of_our_traces() -> None:
    instrumentor = AioHttpClientInstrumentor()
    instrumentor.instrument(tracer_provider=TracerProvider())
    try:
        async with serving(ok(b"there")) as server, sessions(Says([])) as wire:
            with TracerProvider().get_tracer("test").start_as_current_span("ours"):
                async with wire.request("GET", target_of(server.url, allow_loopback=True), seconds=5) as response:
                    assert response.status == 200
            sent = {line.partition(":")[0].lower() for line in server.asked[0].head.splitlines()}
    finally:
        instrumentor.uninstrument()
    assert sent.isdisjoint({"traceparent", "tracestate", "baggage"})


async def test_an_answer_is_not_decompressed() -> None:
    bomb = gzip.compress(bytes(1_000_000))
    async with serving(ok(bomb, "Content-Encoding: gzip")) as server, sessions(Says([])) as wire:
        target = target_of(server.url, allow_loopback=True)
        async with wire.request("GET", target, seconds=5) as response:
            assert await response.read() == bomb


async def test_a_name_that_changes_its_meaning_reaches_nothing() -> None:
    async with serving(b"") as server:
        resolver = Says(["127.0.0.1"])
        async with sessions(resolver) as wire:
            for _ in range(3):
                assert await refused(wire, f"https://shop.example:{server.port}/hook")
        assert resolver.asked == 3
        assert server.asked == []


async def test_the_socket_is_checked_even_if_the_resolver_lets_an_address_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def blind(self: Any, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
        return await Says(["127.0.0.1"]).resolve(host, port, family)

    monkeypatch.setattr("shared.runtime.outgoing.sessions.GuardedResolver.resolve", blind)
    async with sessions(Says(["127.0.0.1"])) as wire:
        assert await refused(wire, "https://shop.example:4443/hook")


async def test_a_name_server_that_says_nothing_holds_up_no_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def says_nothing(*_: Any, **__: Any) -> list[Any]:
        answers.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", says_nothing)
    try:
        async with Sessions(user_agent="Marque-Tests/1.0", connections=100) as wire:
            urls = [f"https://shop-{number}.example/" for number in range(64)]
            assert await asyncio.gather(*(refused(wire, url, seconds=0.2) for url in urls)) == [False] * 64
            async with asyncio.timeout(5):
                assert await asyncio.to_thread(len, "done") == 4
    finally:
        answers.set()


async def test_names_are_resolved_as_the_system_does() -> None:
    async with serving(ok(b"there")) as server, Sessions(user_agent="a", connections=1) as wire:
        target = target_of(f"http://localhost:{server.port}/", allow_loopback=True)
        async with wire.request("GET", target, seconds=5) as response:
            assert await response.read() == b"there"


async def test_localhost_that_is_not_this_machine_is_refused() -> None:
    async with sessions(Says(["8.8.8.8"])) as wire:
        assert await refused(wire, "http://localhost:8080/hook")


def test_the_session_to_loopback_leads_nowhere_else() -> None:
    check_address("127.0.0.1", loopback=True)
    for address in ("8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1"):
        with pytest.raises(AddressNotAllowed):
            check_address(address, loopback=True)
