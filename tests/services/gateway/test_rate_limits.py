"""How fast a caller may go, and what it is told of that."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.addresses import quota_of
from gateway.rate_limits import RateLimit
from tests.services.gateway.conftest import RunningGateway, StartGateway


@given(
    rate=st.floats(0.5, 1000),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 3), min_size=1, max_size=200),
)
def test_no_window_lets_through_more_than_the_burst_and_what_the_rate_gives(
    rate: float, burst: int, pauses: list[float]
) -> None:
    limit, now, let_through = RateLimit("client", rate=rate, burst=burst), 1000.0, []
    for pause in pauses:
        now += pause
        spent = limit.spend("a", now)
        assert 0 <= spent.remaining < burst
        if spent.allowed:
            let_through.append(now)
        else:
            assert spent.retry_seconds >= 1
            assert limit.spend("a", now + spent.retry_seconds).allowed
            now += spent.retry_seconds
            let_through.append(now)
    for first in range(len(let_through)):
        for last in range(first, len(let_through)):
            assert last - first + 1 <= burst + (let_through[last] - let_through[first]) * rate + 1e-3


def test_a_refused_request_costs_nothing() -> None:
    limit = RateLimit("client", rate=1, burst=2)
    assert [limit.spend("a", 10.0).allowed for _ in range(6)] == [True, True, False, False, False, False]
    assert limit.spend("a", 11.0).allowed
    assert not limit.spend("a", 11.0).allowed
    assert limit.spend("b", 11.0).allowed


def test_those_who_paid_all_off_are_forgotten() -> None:
    limit = RateLimit("client", rate=100, burst=10)
    for number in range(25_000):
        limit.spend(f"client {number}", number * 1.0)
    assert len(limit._paid_off) <= 10_001


def test_a_household_of_ipv6_is_one_caller() -> None:
    assert quota_of("2001:db8:1:2::1") == quota_of("2001:db8:1:2:ffff::9") != quota_of("2001:db8:1:3::1")
    assert quota_of("192.0.2.1") != quota_of("192.0.2.2")


async def test_each_answer_tells_the_limit_and_the_excess_is_refused(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(client_rate=0.5, client_burst=3, anonymous_burst=500)
    first = await gateway.operator.get("/v1/reports")
    assert first.headers["ratelimit-policy"] == '"client";q=3;w=6'
    assert first.headers["ratelimit"] == '"client";r=2;t=2'
    codes = [(await gateway.operator.get("/v1/reports")).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = await gateway.operator.post("/v1/reports", json={})
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) in {1, 2}
    assert refused.headers["ratelimit"].startswith('"client";r=0;t=')
    assert len(gateway.service.got) == 3


async def test_clients_do_not_spend_each_others_quota(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(client_rate=0.01, client_burst=5)
    one = await gateway.client()
    two = await gateway.client(one["account_id"])
    assert [(await gateway.with_key(one["key"]).get("/v1/reports")).status_code for _ in range(6)][-2:] == [200, 429]
    assert (await gateway.with_key(two["key"]).get("/v1/reports")).status_code == 200


async def test_without_a_key_the_address_is_what_counts(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(anonymous_rate=0.01, anonymous_burst=4)
    paths = ("/v1/service-levels", "/livez", "/v1/reports", "/v1/service-levels", "/v1/service-levels")
    codes = [(await gateway.anonymous.get(path)).status_code for path in paths]
    assert codes == [200, 200, 401, 200, 200]
    assert (await gateway.anonymous.get("/v1/service-levels")).status_code == 429
    elsewhere = {"X-Forwarded-For": "198.51.100.7"}  # a proxy on loopback is ours unless the operator says otherwise
    assert (await gateway.anonymous.get("/v1/service-levels", headers=elsewhere)).status_code == 200
    assert (await gateway.operator.get("/v1/reports")).status_code == 200


async def test_whoever_guesses_keys_is_stopped_before_the_database_is_asked(start_gateway: StartGateway) -> None:
    from gateway.domain.api_keys import make_key

    gateway = await start_gateway(anonymous_rate=0.01, anonymous_burst=10)
    codes = [(await gateway.with_key(make_key().text).get("/v1/reports")).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert (await gateway.operator.get("/v1/reports")).status_code == 429  # not known here yet: it could be a guess


async def test_a_known_key_goes_on_working_beside_a_guesser(
    start_gateway: StartGateway, gateway: RunningGateway
) -> None:
    gateway = await start_gateway(anonymous_rate=0.01, anonymous_burst=10)
    assert (await gateway.operator.get("/v1/reports")).status_code == 200
    for _ in range(12):
        await gateway.anonymous.get("/v1/reports")
    assert (await gateway.operator.get("/v1/reports")).status_code == 200


async def test_a_proxy_that_is_not_ours_is_not_believed(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(anonymous_rate=0.01, anonymous_burst=2, trusted_proxies=["10.0.0.0/8"])
    codes = [
        (await gateway.anonymous.get("/livez", headers={"X-Forwarded-For": f"198.51.100.{number}"})).status_code
        for number in range(3)
    ]
    assert codes == [200, 200, 429]
