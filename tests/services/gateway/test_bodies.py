"""Bodies that are too large, too slow, or contradict their heads; and heads that two readers could read differently."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest

from tests.services.gateway.conftest import RunningGateway, StartGateway
from tests.services.gateway.serving import raw

MEBIBYTE = 1_048_576


def _head(gateway: RunningGateway, *lines: str, line: str = "POST /v1/reports HTTP/1.1") -> bytes:
    given = [line, "Host: gateway", f"Authorization: Bearer {gateway.admin['key']}", *lines]
    return "\r\n".join([*given, "", ""]).encode("latin-1")


async def test_a_body_over_the_limit_is_refused_before_it_is_read(gateway: RunningGateway) -> None:
    # Not a byte of the thirty megabytes is ever sent: the announcement is enough.
    answer = await raw(gateway.url, _head(gateway, f"Content-Length: {30 * MEBIBYTE}"))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
    assert gateway.service.got == []


async def test_a_caller_that_waits_to_be_asked_is_never_asked(gateway: RunningGateway) -> None:
    answer = await raw(gateway.url, _head(gateway, f"Content-Length: {30 * MEBIBYTE}", "Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_evidence_may_be_larger_than_a_report(gateway: RunningGateway) -> None:
    body = b"x" * (3 * MEBIBYTE)
    assert (await gateway.operator.post("/v1/reports", content=body)).status_code == 413
    assert (await gateway.operator.post("/v1/evidence", content=body)).json()["bytes"] == 3 * MEBIBYTE
    answer = await raw(
        gateway.url, _head(gateway, f"Content-Length: {27 * MEBIBYTE}", line="POST /v1/evidence HTTP/1.1")
    )
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_grows_past_the_limit_is_refused_while_it_comes(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(body_limit=100_000)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 10_000

    for path in ("/v1/reports", "/v1/accounts"):
        answer = await gateway.operator.post(path, content=endless())
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert (await gateway.operator.get("/v1/reports")).status_code == 200


async def test_a_body_that_stops_coming_is_408(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(body_silence_seconds=0.2)
    for target in ("/v1/reports", "/v1/accounts"):
        head = _head(gateway, "Content-Length: 100", line=f"POST {target} HTTP/1.1")
        assert (await raw(gateway.url, head + b"only this")).startswith(b"HTTP/1.1 408 ")


async def test_a_caller_that_hangs_up_in_the_middle_hurts_nobody(gateway: RunningGateway) -> None:
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    for target in ("/v1/reports", "/v1/accounts"):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(_head(gateway, "Content-Length: 100000", line=f"POST {target} HTTP/1.1") + b"x" * 50_000)
        await writer.drain()
        writer.close()
    assert (await gateway.operator.get("/v1/reports")).status_code == 200


async def test_a_body_at_the_limit_arrives_whole(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(body_limit=100_000)
    assert (await gateway.operator.post("/v1/reports", content=b"x" * 100_000)).json()["bytes"] == 100_000
    assert (await gateway.operator.post("/v1/reports", content=b"x" * 100_001)).status_code == 413


async def test_a_compressed_body_is_not_unpacked_here(gateway: RunningGateway) -> None:
    packed = gzip.compress(b"x" * 10_000_000)
    answer = await gateway.operator.post("/v1/reports", content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.json()["bytes"] == len(packed)
    assert gateway.service.last.header("content-encoding") == "gzip"


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5, 6",),
        ("Content-Length: +5",),
        ("Content-Length: -1",),
        ("Content-Length: 0x5",),
        ("Content-Length: 5 5",),
        ("Content-Length: 99999999999999999999999",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: chunked, chunked",),
        ("Transfer-Encoding: \x0bchunked",),
        ("Transfer-Encoding : chunked",),
        ("Content-Length: 5", "Content-Length: 5"),
        ("Content-Length : 5",),
        # Folded lines, a length among them.
        (" folded: header", "X: 1"),
        ("X: 1", " folded"),
        ("X: 1", "\tContent-Length: 5"),
        ("Content-Length:", " 5"),
        ("Transfer-Encoding:", "\tchunked"),
        # Line feeds and carriage returns alone.
        ("X: 1\nContent-Length: 5",),
        ("X: 1\rContent-Length: 5",),
        ("Content-Length: 5\nTransfer-Encoding: chunked",),
        ("X: 1\n", "Content-Length: 5"),
        ("X\x00Y: 1",),
    ],
)
async def test_a_head_that_can_be_read_in_two_ways_is_refused(gateway: RunningGateway, lines: tuple[str, ...]) -> None:
    hidden = b"0\r\n\r\nGET /v1/accounts HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await raw(gateway.url, _head(gateway, *lines) + hidden)
    assert answer.split(b" ", 2)[1] in {b"400", b"413", b"501"}, answer
    assert gateway.service.got == []


@pytest.mark.parametrize(
    "target",
    [
        "/v1/reports/../accounts",
        "/v1/reports/%2e%2e/accounts",
        "/v1//reports",
        "/v1/reports/./x",
        "/v1/reports\\x",
        "/v1/reports/%00",
        "/v1/reports/" + "x" * 9000,
        "//v1/reports",
    ],
)
async def test_a_path_that_can_be_read_in_two_ways_is_refused(gateway: RunningGateway, target: str) -> None:
    answer = await raw(gateway.url, _head(gateway, line=f"GET {target} HTTP/1.1"))
    assert answer.split(b" ", 2)[1] in {b"400", b"404", b"414"}, answer
    assert gateway.service.got == []


async def test_a_path_goes_on_as_it_was_written(gateway: RunningGateway) -> None:
    await raw(gateway.url, _head(gateway, line="GET /v1/reports/a%2Fb%20c?d=%2F+e&f HTTP/1.1"))
    assert (gateway.service.last.path, gateway.service.last.query) == ("/v1/reports/a%2Fb%20c", "d=%2F+e&f")


async def test_an_encoded_slash_leads_to_no_other_service(gateway: RunningGateway) -> None:
    await raw(gateway.url, _head(gateway, line="GET /v1/decisions/x%2Fstatement-of-reasons HTTP/1.1"))
    assert gateway.vouched("notify").client_id == gateway.admin["client_id"]  # as the service itself will read it


async def test_websockets_are_not_served(gateway: RunningGateway) -> None:
    lines = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: " + "A" * 22 + "==",
    )
    answer = await raw(gateway.url, _head(gateway, *lines, line="GET /v1/events HTTP/1.1"))
    assert answer.split(b" ", 2)[1] == b"403"
    assert gateway.service.got == []
