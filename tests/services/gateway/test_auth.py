"""`/auth`: the check for a proxy that carries the bytes itself."""

import pytest

from gateway.domain.api_keys import make_key
from shared.runtime.clock import SystemClock
from shared.runtime.identity import Verifier
from tests.services.gateway.conftest import RunningGateway, StartGateway


async def test_the_answer_names_the_service_and_vouches_for_the_caller(gateway: RunningGateway) -> None:
    answer = await gateway.operator.get("/auth", headers={"X-Original-URI": "/v1/tasks/x?y=/v1/reports"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-marque-service"] == "review"
    verifier = Verifier.from_file(gateway.keys.public_jwks, audience="review", clock=SystemClock())
    assert verifier.verify(answer.headers["x-marque-identity"]).client_id == gateway.admin["client_id"]
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.headers["ratelimit"].startswith('"client"')
    assert len(answer.headers["traceparent"]) == 55


@pytest.mark.parametrize("header", ["X-Original-URI", "X-Forwarded-Uri", None])
async def test_nginx_traefik_and_envoy_each_ask_in_their_way(gateway: RunningGateway, header: str | None) -> None:
    path = "/v1/decisions/x/statement-of-reasons"
    asked = gateway.operator.get("/auth", headers={header: path}) if header else gateway.operator.get("/auth" + path)
    answer = await asked
    assert (answer.status_code, answer.headers["x-marque-service"]) == (200, "notify")


async def test_what_the_door_refuses_is_refused_here_too(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(client_rate=0.01, client_burst=1)
    ask = {"X-Original-URI": "/v1/reports"}
    assert (await gateway.anonymous.get("/auth", headers=ask)).status_code == 401
    assert (await gateway.with_key(make_key().text).get("/auth", headers=ask)).status_code == 401
    assert (await gateway.operator.get("/auth", headers={"X-Original-URI": "/v1/nowhere"})).status_code == 404
    assert (await gateway.operator.get("/auth", headers={"X-Original-URI": "/v1/x/../reports"})).status_code == 400
    assert (await gateway.operator.get("/auth", headers=ask)).status_code == 200
    limited = await gateway.operator.get("/auth", headers=ask)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "100")
    mapped = await gateway.operator.get("/auth", headers={**ask, "X-Marque-Refusals": "403"})
    assert (mapped.status_code, mapped.headers["x-marque-status"]) == (403, "429")
    unknown = await gateway.anonymous.get("/auth", headers={**ask, "X-Marque-Refusals": "403"})
    assert unknown.status_code == 401


async def test_open_paths_need_no_key_and_get_no_identity(gateway: RunningGateway) -> None:
    answer = await gateway.anonymous.get("/auth", headers={"X-Original-URI": "/v1/service-levels"})
    assert (answer.status_code, answer.headers["x-marque-service"]) == (200, "intake")
    assert "x-marque-identity" not in answer.headers


async def test_the_gateways_own_paths_are_not_vouched_for(gateway: RunningGateway) -> None:
    answer = await gateway.operator.get("/auth", headers={"X-Original-URI": "/v1/accounts"})
    assert (answer.status_code, answer.headers["x-marque-service"]) == (200, "gateway")
    assert "x-marque-identity" not in answer.headers


async def test_only_our_own_proxies_may_ask(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(trusted_proxies=["10.0.0.0/8"])
    answer = await gateway.operator.get("/auth", headers={"X-Original-URI": "/v1/reports"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "x-marque-identity" not in answer.headers


async def test_metrics_are_for_the_operators_network(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    assert b"marque_gateway_seconds" in (await gateway.anonymous.get("/metrics")).content
    through_a_proxy = await gateway.anonymous.get("/metrics", headers={"X-Forwarded-For": "198.51.100.1"})
    assert through_a_proxy.status_code == 404
    elsewhere = await start_gateway(metrics_networks=["10.0.0.0/8"])
    assert (await elsewhere.anonymous.get("/metrics")).status_code == 404
