"""A request passes through the gateway, and its answer back, as they were sent."""

import asyncio
import socket
from typing import Any

import httpx
import pytest

from tests.services.gateway.conftest import RunningGateway, StartGateway
from tests.services.gateway.serving import FakeService, answer_json, breaking_server, eventually, serve, whole_body


async def test_a_request_reaches_its_service_with_a_signed_identity(gateway: RunningGateway) -> None:
    client = await gateway.client()
    answer = await gateway.with_key(client["key"]).post("/v1/reports?a=1&b=%20x", json={"right_id": "x"})
    assert answer.status_code == 200
    assert (gateway.service.last.path, gateway.service.last.query) == ("/v1/reports", "a=1&b=%20x")
    assert gateway.service.last.body == b'{"right_id":"x"}'
    caller = gateway.vouched("intake")
    assert (caller.client_id, caller.account_id, caller.kind) == (client["id"], client["account_id"], "brand")
    assert caller.scopes == set(client["scopes"])


async def test_the_key_stays_at_the_door(gateway: RunningGateway) -> None:
    await gateway.operator.get("/v1/reports")
    assert gateway.service.last.header("authorization") is None
    assert gateway.admin["key"] not in str(gateway.service.last.headers)


async def test_nobody_can_say_himself_who_he_is(gateway: RunningGateway) -> None:
    client = await gateway.client()
    forged = {
        "X-Marque-Identity": "forged", "X_Marque_Identity": "forged", "x-marque-anything": "forged",
        "X-Forwarded-Host": "evil.example", "Forwarded": "for=1.2.3.4", "X-Real-IP": "1.2.3.4",
    }  # fmt: skip
    await gateway.with_key(client["key"]).get("/v1/rights", headers=forged)
    assert "forged" not in str(gateway.service.last.headers)
    assert "evil" not in str(gateway.service.last.headers)
    assert gateway.vouched().client_id == client["id"]
    await gateway.anonymous.get("/v1/service-levels", headers=forged)
    assert gateway.service.last.header("x-marque-identity") is None
    assert (await gateway.anonymous.get("/v1/accounts", headers=forged)).status_code == 401


async def test_what_belongs_to_one_connection_is_not_passed_on(gateway: RunningGateway) -> None:
    headers = {
        "Connection": "keep-alive, X-Secret",
        "X-Secret": "1",
        "Keep-Alive": "5",
        "TE": "trailers",
        "X-Kept": "1",
    }
    await gateway.operator.get("/v1/reports", headers=headers)
    names = {name for name, _ in gateway.service.last.headers}
    assert names.isdisjoint({"x-secret", "keep-alive", "te"})
    assert "x-kept" in names


async def test_every_answer_has_a_request_id_and_careful_headers(gateway: RunningGateway) -> None:
    for answer in (
        await gateway.operator.get("/v1/reports"),
        await gateway.operator.get("/v1/accounts"),
        await gateway.anonymous.get("/v1/reports"),
        await gateway.anonymous.get("/nowhere"),
        await gateway.anonymous.get("/livez"),
    ):
        assert answer.headers["x-request-id"].startswith("req_")
        assert len(answer.headers.get_list("x-request-id")) == 1
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers


async def test_https_is_asked_for_where_the_gateway_is_reached_by_it(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(public_url="https://api.example")
    assert "max-age" in (await gateway.anonymous.get("/livez")).headers["strict-transport-security"]


async def test_a_sound_request_id_and_trace_are_kept_and_others_replaced(gateway: RunningGateway) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    sound = {"X-Request-Id": "order-66", "traceparent": f"00-{trace}-00f067aa0ba902b7-01", "tracestate": "a=b"}
    answer = await gateway.operator.get("/v1/reports", headers=sound)
    assert answer.headers["x-request-id"] == gateway.service.last.header("x-request-id") == "order-66"
    assert (gateway.service.last.header("traceparent") or "").split("-")[1] == trace
    assert gateway.service.last.header("tracestate") == "a=b"
    unsound = {"X-Request-Id": "a b\tc", "traceparent": "00-zz-1-01"}
    answer = await gateway.operator.get("/v1/reports", headers=unsound)
    assert answer.headers["x-request-id"].startswith("req_")
    assert len((gateway.service.last.header("traceparent") or "").split("-")[1]) == 32


async def test_status_headers_and_body_come_back_as_the_service_sent_them(gateway: RunningGateway) -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await answer_json(send, {"code": "lease_lost"}, 409, [(b"etag", b'"7"'), (b"x-a", b"1"), (b"x-a", b"2")])

    gateway.service.answer = answer
    got = await gateway.operator.post("/v1/tasks/x/renew")
    assert (got.status_code, got.json(), got.headers["etag"]) == (409, {"code": "lease_lost"}, '"7"')
    assert got.headers.get_list("x-a") == ["1", "2"]


async def test_redirects_and_encodings_are_the_callers_business(gateway: RunningGateway) -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await answer_json(send, {}, 307, [(b"location", b"/elsewhere"), (b"content-encoding", b"x-own")])

    gateway.service.answer = answer
    got = await gateway.operator.get("/v1/reports")
    assert (got.status_code, got.headers["location"], got.headers["content-encoding"]) == (307, "/elsewhere", "x-own")
    assert len(gateway.service.got) == 1


async def test_an_event_stream_arrives_event_by_event(gateway: RunningGateway) -> None:
    more = asyncio.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await more.wait()
        await send({"type": "http.response.body", "body": b"data: 2\n\n", "more_body": False})

    gateway.service.answer = answer
    async with gateway.operator.stream("GET", "/v1/events", headers={"Accept": "text/event-stream"}) as stream:
        chunks = stream.aiter_bytes()
        assert await anext(chunks) == b"data: 1\n\n"
        more.set()
        assert b"".join([chunk async for chunk in chunks]) == b"data: 2\n\n"


async def test_when_the_caller_hangs_up_the_service_is_told(gateway: RunningGateway) -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await whole_body(receive)
        asked.set()
        assert (await receive())["type"] == "http.disconnect"
        told.set()

    gateway.service.answer = answer
    claim = asyncio.create_task(gateway.operator.post("/v1/tasks/claim", json={"wait_seconds": 30}))
    await asyncio.wait_for(asked.wait(), 20)
    claim.cancel()
    await asyncio.wait_for(told.wait(), 20)


async def test_a_service_that_is_away_is_503(start_gateway: StartGateway) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gateway = await start_gateway(upstream=f"http://127.0.0.1:{unused.getsockname()[1]}")
        for answer in (await gateway.operator.get("/v1/reports"), await gateway.operator.post("/v1/reports", json={})):
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "service_away"
            assert answer.headers["retry-after"] == "1"
        assert (await gateway.operator.get("/v1/accounts")).status_code == 200


async def test_a_service_that_does_not_answer_is_504(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    gateway.application.parts.services.in_flight.silence_seconds = 0.2
    hang = asyncio.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await hang.wait()

    gateway.service.answer = answer
    for method in ("GET", "POST"):
        got = await gateway.operator.request(method, "/v1/reports")
        assert (got.status_code, got.json()["code"]) == (504, "answer_late")
    assert len(gateway.service.got) == 2  # neither was sent again
    hang.set()


async def test_who_takes_an_answer_slowly_is_not_told_that_the_service_is_late(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    gateway.application.parts.services.in_flight.silence_seconds = 0.5

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(40):
            await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    gateway.service.answer = answer
    got = 0
    async with gateway.operator.stream("GET", "/v1/reports") as slow:
        async for part in slow.aiter_raw():
            if not got:
                await asyncio.sleep(2.5)
            got += len(part)
    assert got == 40_000_000


async def test_a_get_is_tried_again_once_and_a_post_never(start_gateway: StartGateway) -> None:
    connections: list[int] = []
    server = await breaking_server(connections, answer_after=1)
    try:
        gateway = await start_gateway(upstream=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await _settled(connections)
        connections.clear()
        assert (await gateway.operator.get("/v1/reports")).status_code == 200
        assert len(connections) == 2
        connections.clear()
        answer = await gateway.operator.post("/v1/reports", json={"a": 1})
        assert (answer.status_code, answer.json()["code"], len(connections)) == (502, "answer_lost", 1)
        for method in ("PATCH", "DELETE", "PUT"):
            connections.clear()
            assert (await gateway.operator.request(method, "/v1/rights/x")).status_code == 502
            assert len(connections) == 1
    finally:
        server.close()


async def _settled(connections: list[int]) -> None:
    """The gateway asks for the services' documents when it starts; wait until it has."""

    async def asked_all() -> bool:
        return len(connections) >= 4

    await eventually(asked_all)


async def test_a_get_that_breaks_twice_is_502(start_gateway: StartGateway) -> None:
    connections: list[int] = []
    server = await breaking_server(connections, answer_after=10_000)
    try:
        gateway = await start_gateway(upstream=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        answer = await gateway.operator.get("/v1/reports")
        assert (answer.status_code, answer.json()["code"]) == (502, "answer_lost")
    finally:
        server.close()


async def test_an_answer_that_breaks_off_is_seen_to_be_cut_short(start_gateway: StartGateway) -> None:
    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        gateway = await start_gateway(upstream=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(httpx.RemoteProtocolError):
            await gateway.operator.get("/v1/reports")
    finally:
        server.close()


async def test_a_service_that_comes_back_is_used_again(start_gateway: StartGateway) -> None:
    service = FakeService()
    async with serve(service) as address:
        gateway = await start_gateway(upstream=address, service=service)
        assert (await gateway.operator.get("/v1/reports")).status_code == 200
        assert (await gateway.anonymous.get("/readyz")).status_code == 200
    assert (await gateway.operator.get("/v1/reports")).status_code == 503
    answer = await gateway.anonymous.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "ok")
    assert answer.json()["checks"]["intake"] != "ok"
    async with serve(service, port=int(address.rpartition(":")[2])):
        assert (await gateway.operator.get("/v1/reports")).status_code == 200
        assert (await gateway.anonymous.get("/readyz")).status_code == 200


async def test_many_at_once_each_get_their_own_answer(gateway: RunningGateway) -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await answer_json(send, {"path": scope["path"]})

    gateway.service.answer = answer
    answers = await asyncio.gather(*(gateway.operator.get(f"/v1/reports/{number}") for number in range(200)))
    assert [got.text for got in answers if got.status_code != 200] == []
    assert [got.json()["path"] for got in answers] == [f"/v1/reports/{number}" for number in range(200)]
