"""The nginx configuration in deploy/nginx, with a real nginx where there is one."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.registry import behind_the_gateway
from gateway import routing
from gateway.route_table import TABLE
from shared.runtime.clock import SystemClock
from shared.runtime.identity import Verifier
from tests.services.gateway.conftest import RunningGateway, StartGateway
from tests.services.gateway.serving import answer_json, breaking_server, eventually, raw

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIGURATION = Path(__file__).resolve().parents[3] / "deploy/nginx"

BURST = 30

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed here: apt-get install nginx")

MAIN = """
daemon off;
master_process off;
pcre_jit on;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/upstreams.conf;
    include {folder}/admissions.conf;
    include {folder}/marque.conf;
}}
"""


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> RunningGateway:
    return await start_gateway(client_rate=0.01, client_burst=6)


@pytest.fixture
async def nginx(gateway: RunningGateway, tmp_path: Path) -> AsyncIterator[str]:
    async with nginx_before(gateway, tmp_path) as url:
        yield url


@asynccontextmanager
async def nginx_before(gateway: RunningGateway, tmp_path: Path) -> AsyncIterator[str]:
    """nginx before a gateway and its services; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = gateway.application.parts.settings.upstreams["intake"].removeprefix("http://")
    upstreams = (CONFIGURATION / "upstreams.conf").read_text()
    for number in range(8081, 8081 + len(behind_the_gateway())):
        upstreams = upstreams.replace(f"127.0.0.1:{number}", service)
    upstreams = upstreams.replace("127.0.0.1:8080", gateway.url.removeprefix("http://"))
    (tmp_path / "upstreams.conf").write_text(upstreams)
    server = (CONFIGURATION / "marque.conf").read_text()
    for deployed, here in {
        "8088": str(port), "/run/marque-admissions": str(tmp_path / "admissions"),
        "rate=200r/s": "rate=1r/m", "burst=400": f"burst={BURST}",
    }.items():  # fmt: skip
        assert deployed in server
        server = server.replace(deployed, here)
    (tmp_path / "marque.conf").write_text(server)
    for file in ("marque_checked.conf", "admissions.conf"):
        shutil.copy(CONFIGURATION / file, tmp_path)
    (tmp_path / "nginx.conf").write_text(MAIN.format(folder=tmp_path))
    assert NGINX is not None
    process = await asyncio.create_subprocess_exec(
        NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), stderr=asyncio.subprocess.DEVNULL
    )

    async def answers() -> bool:
        assert process.returncode is None, (tmp_path / "error.log").read_text()
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"http://127.0.0.1:{port}/livez")).status_code == 200
            except httpx.TransportError:
                return False

    await eventually(answers)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def test_a_request_reaches_its_service_through_nginx(gateway: RunningGateway, nginx: str) -> None:
    forged = {
        "X-Marque-Identity": "forged",
        "X-Request-Id": "order-66",
        "Authorization": f"Bearer {gateway.admin['key']}",
    }
    async with httpx.AsyncClient(base_url=nginx) as client:
        answer = await client.post("/v1/reports?a=%20b", json={"x": 1}, headers=forged)
        assert (answer.status_code, answer.json()) == (200, {"method": "POST", "bytes": 7})
        got = gateway.service.last
        assert (got.path, got.query, got.body) == ("/v1/reports", "a=%20b", b'{"x":1}')
        assert got.header("authorization") is None
        assert gateway.vouched("intake").client_id == gateway.admin["client_id"]
        assert got.header("x-request-id") == "order-66"
        assert len(got.header("traceparent") or "") == 55
        assert answer.headers["ratelimit"].startswith('"client";r=')
        assert answer.headers["ratelimit-policy"].startswith('"client";q=6')
        await client.get("/v1/decisions/x/statement-of-reasons", headers=forged)
        verifier = Verifier.from_file(gateway.keys.public_jwks, audience="notify", clock=SystemClock())
        verifier.verify(gateway.service.last.header("x-marque-identity"))


async def test_refusals_are_the_gateways_own(gateway: RunningGateway, nginx: str) -> None:
    key = {"Authorization": f"Bearer {gateway.admin['key']}"}
    async with httpx.AsyncClient(base_url=nginx) as client:
        for answer, status, code in (
            (await client.get("/v1/reports", headers={"X-Marque-Identity": "forged"}), 401, "unauthenticated"),
            (await client.post("/v1/reports", json={}), 401, "unauthenticated"),
            (await client.get("/v1/nowhere", headers=key), 404, "not_found"),
            (await client.get("/nowhere"), 404, "not_found"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert answer.headers["content-type"] == "application/problem+json"
        assert gateway.service.got == []


async def test_requests_of_a_key_are_counted_by_nginx_too(gateway: RunningGateway, nginx: str) -> None:
    other = await gateway.client()
    async with httpx.AsyncClient(base_url=nginx) as client:
        of_admin, of_other = ({"Authorization": f"Bearer {key}"} for key in (gateway.admin["key"], other["key"]))
        codes = [(await client.get("/v1/reports", headers=of_admin)).status_code for _ in range(BURST + 3)]
        assert codes == [200] * (BURST + 1) + [429] * 2
        limited = await client.get("/v1/reports", headers={**of_admin, "X-Request-Id": "order-66"})
        assert (limited.headers["retry-after"], limited.headers["content-type"]) == ("1", "application/problem+json")
        assert (limited.json()["code"], limited.json()["request_id"]) == ("rate_limited", "order-66")
        assert (await client.get("/v1/reports", headers=of_other)).status_code == 200
        assert (await client.get("/v1/service-levels")).status_code == 200, "who needs no key is counted by address"


async def test_the_gateway_is_asked_about_a_caller_twice_a_second(gateway: RunningGateway, nginx: str) -> None:
    key = {"Authorization": f"Bearer {gateway.admin['key']}"}
    async with httpx.AsyncClient(base_url=nginx, headers=key) as client:
        left = []
        for n in range(BURST):
            answer = await client.get(f"/v1/reports?n={n}")
            left.append(answer.headers["ratelimit"])
            assert gateway.vouched("intake").client_id == gateway.admin["client_id"]
    assert len(set(left)) < BURST / 2, "what the gateway counts does not follow each request"


async def test_each_request_has_an_id_and_a_span_of_its_own(gateway: RunningGateway, nginx: str) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    told = []
    async with httpx.AsyncClient(base_url=nginx, headers={"Authorization": f"Bearer {gateway.admin['key']}"}) as client:
        for sent in ({}, {}, {"traceparent": trace}, {"traceparent": trace.replace("4bf", "ZZZ"), "X-Request-Id": "ä"}):
            await client.get("/v1/reports", headers=[(name.encode(), value.encode()) for name, value in sent.items()])
            told.append([gateway.service.last.header(name) or "" for name in ("x-request-id", "traceparent")])
    assert all(re.fullmatch("req_[0-9a-f]{32}", id_) for id_, _ in told)
    assert all(re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", given) for _, given in told)
    assert len({id_ for id_, _ in told}) == len({given[36:52] for _, given in told}) == len(told)
    assert [given[3:35] == trace[3:35] for _, given in told] == [False, False, True, False]
    assert told[2][1] != trace


async def test_what_was_answered_about_one_caller_serves_no_other(gateway: RunningGateway, nginx: str) -> None:
    other = await gateway.client()
    keys = {gateway.admin["client_id"]: gateway.admin["key"], other["id"]: other["key"]}
    async with httpx.AsyncClient(base_url=nginx) as client:
        for _ in range(3):
            for client_id, key in keys.items():
                await client.get("/v1/reports", headers={"Authorization": f"Bearer {key}"})
                assert gateway.vouched("intake").client_id == client_id
            assert (await client.get("/v1/reports")).status_code == 401
            assert (await client.get("/v1/reports", headers={"Authorization": "Bearer mq_live_x"})).status_code == 401
            assert (await client.get("/v1/service-levels")).status_code == 200
            assert gateway.service.last.header("x-marque-identity") is None


async def test_a_revoked_key_is_refused_in_the_next_half_second(gateway: RunningGateway, nginx: str) -> None:
    one = await gateway.client()
    async with httpx.AsyncClient(base_url=nginx, headers={"Authorization": f"Bearer {one['key']}"}) as client:
        assert (await client.get("/v1/reports")).status_code == 200
        assert (await gateway.operator.post(f"/v1/clients/{one['id']}/revoke")).status_code == 200

        async def refused() -> bool:
            return (await gateway.with_key(one["key"]).get("/v1/reports")).status_code == 401

        await eventually(refused)
        await asyncio.sleep(0.5)
        answer = await client.get("/v1/reports")
        assert (answer.status_code, answer.json()["code"]) == (401, "key_revoked")


async def test_a_refusal_is_not_kept(gateway: RunningGateway, nginx: str) -> None:
    one = await gateway.client()
    path = f"/v1/clients/{one['id']}"
    async with httpx.AsyncClient(base_url=nginx, headers={"Authorization": f"Bearer {one['key']}"}) as client:
        assert (await gateway.operator.post(f"{path}/suspend")).status_code == 200
        suspended = await client.get("/v1/reports")
        assert (suspended.status_code, suspended.json()["code"]) == (403, "client_suspended")
        assert (await gateway.operator.post(f"{path}/resume")).status_code == 200

        async def let_in() -> bool:
            return (await gateway.with_key(one["key"]).get("/v1/reports")).status_code == 200

        await eventually(let_in)
        assert (await client.get("/v1/reports")).status_code == 200


def _admission(target: str) -> str:
    """What nginx keeps an answer about this target under: the maps of `admissions.conf`, read as nginx reads them."""
    start_of, starts, exact = re.findall(
        r"^map .*?^}", (CONFIGURATION / "admissions.conf").read_text(), re.MULTILINE | re.DOTALL
    )
    pattern = re.search('"~(.+)" ', start_of)
    assert pattern is not None
    start = re.search(pattern[1].replace("?<", "?P<"), target)
    below: str = dict(re.findall(r"^ +(/\S+) +(\S+);", starts, re.MULTILINE)).get(start[0] if start else "", "")
    rows = re.findall(r'^ +"~(\S+)" (\S+);', exact, re.MULTILINE)
    return next((admission for pattern, admission in rows if re.search(pattern, target)), below)


def test_nginx_keeps_answers_apart_as_the_gateway_routes() -> None:
    """Two requests of which the gateway would admit one otherwise than the other never share an answer."""
    assert _admission("/v1/public/notices/ntc_1?full=1") == "intake:visitors"
    assert _admission("/v1/captures/cap_1/images/0/content") == "screening:public"
    assert _admission("/v1/accounts") == _admission("/v2/reports") == ""
    for path, *_ in TABLE:
        for target in (path, f"{path}?limit=1", f"{path}/", f"{path}/more", f"{path}s", path.replace("{}", "x")):
            route = routing.find(target.partition("?")[0])
            kind = ":visitors" if route and route.visitors else ":public" if route and route.public else ""
            assert _admission(target) == ("" if route is None else route.service + kind), target


async def test_the_gateways_own_endpoints_answer_through_nginx(gateway: RunningGateway, nginx: str) -> None:
    key = {"Authorization": f"Bearer {gateway.admin['key']}"}
    async with httpx.AsyncClient(base_url=nginx) as client:
        assert (await client.get("/v1/accounts", headers=key)).status_code == 200
        form = {"grant_type": "client_credentials"}
        token = await client.post("/oauth/token", data=form, auth=(gateway.admin["client_id"], gateway.admin["key"]))
        assert token.status_code == 200
        assert (await client.get("/v1/service-levels")).status_code == 200
        assert gateway.service.last.header("x-marque-identity") is None
        for path in ("/auth", "/auth/v1/reports", "/metrics", "/_marque_auth"):
            hidden = await client.get(path, headers={**key, "X-Original-URI": "/v1/reports"})
            assert (hidden.status_code, "x-marque-identity" in hidden.headers) == (404, False)


async def test_a_large_body_is_refused_before_it_is_read(gateway: RunningGateway, nginx: str) -> None:
    for target in ("/v1/reports", "/v1/evidence"):
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.admin['key']}\r\n"
        answer = await raw(nginx, head.encode() + b"Content-Length: 31457280\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"application/problem+json" in answer
    assert gateway.service.got == []


async def test_an_event_stream_is_not_held_back(gateway: RunningGateway, nginx: str) -> None:
    more = asyncio.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await more.wait()
        await send({"type": "http.response.body", "body": b"data: 2\n\n", "more_body": False})

    gateway.service.answer = answer
    key = {"Authorization": f"Bearer {gateway.admin['key']}"}
    async with httpx.AsyncClient(base_url=nginx) as client, client.stream("GET", "/v1/events", headers=key) as stream:
        chunks = stream.aiter_bytes()
        assert await anext(chunks) == b"data: 1\n\n"
        more.set()
        assert b"".join([chunk async for chunk in chunks]) == b"data: 2\n\n"


async def test_an_error_of_the_service_is_its_own(gateway: RunningGateway, nginx: str) -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await answer_json(send, {"code": "scope_missing"}, 403)

    gateway.service.answer = answer
    async with httpx.AsyncClient(base_url=nginx) as client:
        got = await client.get("/v1/reports", headers={"Authorization": f"Bearer {gateway.admin['key']}"})
    assert (got.status_code, got.json(), len(gateway.service.got)) == (403, {"code": "scope_missing"}, 1)


async def test_a_service_that_breaks_off_or_is_away_is_a_problem_and_not_asked_twice(
    start_gateway: StartGateway, tmp_path: Path
) -> None:
    connections: list[int] = []
    server = await breaking_server(connections, answer_after=10_000)
    gateway = await start_gateway(upstream=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    headers = {"Authorization": f"Bearer {gateway.admin['key']}"}
    async with nginx_before(gateway, tmp_path) as url, httpx.AsyncClient(base_url=url, headers=headers) as client:
        connections.clear()
        broken = await client.post("/v1/evidence", json={})
        assert (broken.status_code, broken.json()["code"]) == (503, "service_away")
        assert broken.headers["content-type"] == "application/problem+json"
        server.close()
        away = await client.post("/v1/reports", json={})
        assert (away.status_code, away.headers["retry-after"]) == (503, "1")
