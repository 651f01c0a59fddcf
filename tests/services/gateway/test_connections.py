"""The limits of connections and heads as they hold at the gateway."""

import json

from tests.services.gateway.conftest import RunningGateway, StartGateway
from tests.services.gateway.serving import eventually, raw


async def test_a_key_in_a_trailer_opens_nothing(gateway: RunningGateway) -> None:
    head = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    trailer = b"Authorization: Bearer %b\r\n\r\n" % gateway.admin["key"].encode()
    last = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answers = await raw(gateway.url, head + trailer + last, until_close=True)
    assert answers.startswith(b"HTTP/1.1 401 ")
    assert b"HTTP/1.1 200 OK" in answers
    assert gateway.service.got == []


async def test_a_head_over_the_limit_is_431_without_a_key_too(gateway: RunningGateway) -> None:
    answer = await raw(gateway.url, b"GET /v1/reports HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1_000_000)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"access-control-allow-origin: http://gateway.example" in answer
    assert gateway.service.got == []


async def test_connections_of_a_caller_are_counted_and_those_of_a_proxy_are_not(start_gateway: StartGateway) -> None:
    request = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    counted = await start_gateway(connections_per_address=1, trusted_proxies=["10.0.0.0/8"])
    trusted = await start_gateway(connections_per_address=1, trusted_proxies=["127.0.0.0/8"])

    async def refused() -> bool:
        async with counted.anonymous.stream("GET", "/livez") as kept:
            assert kept.status_code in {200, 429}
            return (await raw(counted.url, request)).startswith(b"HTTP/1.1 429 ")

    await eventually(refused)
    async with trusted.anonymous.stream("GET", "/livez") as kept:
        assert kept.status_code == 200
        assert (await raw(trusted.url, request)).startswith(b"HTTP/1.1 200 ")


async def test_who_names_no_host_is_told_so_in_a_problem(gateway: RunningGateway) -> None:
    answer = await raw(gateway.url, b"GET /livez HTTP/1.1\r\n\r\n", until_close=True)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "host_invalid"
