"""The table of where requests go."""

import pytest

from gateway import routing
from gateway.route_table import UPSTREAMS


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/rights", "intake"),
        ("/v1/rights/rgt_1/verify", "intake"),
        ("/v1/rights/import", "intake"),
        ("/v1/authorities/aut_1/verify", "intake"),
        ("/v1/reports/preflight", "intake"),
        ("/v1/service-levels", "intake"),
        ("/v1/public/notices/confirm", "intake"),
        ("/v1/public-notices", "intake"),
        ("/v1/imports/x/errors", "intake"),
        ("/v1/tasks/claim", "review"),
        ("/v1/decisions", "review"),
        ("/v1/decisions/dec_1", "review"),
        ("/v1/decisions/dec_1/packet", "review"),
        ("/v1/decisions/dec_1/statement-of-reasons", "notify"),
        ("/v1/decisions/dec_1/statement-of-reasons/more", "review"),
        ("/v1/enforcements/enf_1/applied", "review"),
        ("/v1/escalations/esc_1/resolve", "escalation"),
        ("/v1/severity-rules", "escalation"),
        ("/v1/events", "notify"),
        ("/v1/webhook-endpoints/whk_1/test", "notify"),
        ("/v1/dead-letters/review", "review"),
        ("/v1/dead-letters/notify/evt_1/retry", "notify"),
        ("/v1/accounts/acc_1/clients", "gateway"),
        ("/v1/clients/cli_1", "gateway"),
        ("/oauth/token", "gateway"),
        ("/docs/assets/docs.js", "gateway"),
    ],
)
def test_each_path_has_its_service(path: str, service: str) -> None:
    route = routing.find(path)
    assert route is not None
    assert route.service == service


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/v1", "/v1/", "/v1/nothing", "/v2/reports", "/reports", "/v1/reportsx", "/v1/dead-letters",
        "/livez/x", "/v1/dead-letters/gateway", "/oauth/token/x", "/docs/x", "/docs/assets/a/b", "/docs/assets/",
    ],
)  # fmt: skip
def test_what_no_row_names_is_nowhere(path: str) -> None:
    assert routing.find(path) is None


def test_only_what_must_be_is_open_without_a_key() -> None:
    assert {route.path for route in routing.ROUTES if route.public} == {
        "/v1/service-levels", "/v1/public/notices", "/v1/evidence/{}/content",
        "/v1/captures/{}/images/{}/content", "/oauth/token",
        "/.well-known/oauth-authorization-server", "/.well-known/jwks.json",
        "/openapi.json", "/asyncapi.json", "/docs", "/docs/assets/{}", "/problems/{}", "/livez", "/readyz", "/metrics",
    }  # fmt: skip


def test_every_row_leads_to_a_service_that_there_is() -> None:
    assert {route.service for route in routing.ROUTES} == {*UPSTREAMS, routing.OWN}
