"""The token endpoint, as RFC 6749 has it, and what RFC 8414 and RFC 9068 promise about it."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.services.gateway.conftest import RunningGateway

GRANT = {"grant_type": "client_credentials"}


async def test_a_token_is_a_jwt_that_anyone_can_check(gateway: RunningGateway) -> None:
    client = await gateway.client(scopes=["reports:write"])
    metadata = (await gateway.anonymous.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == "http://gateway.example"
    assert metadata["token_endpoint"] == "http://gateway.example/oauth/token"
    answer = await gateway.anonymous.post("/oauth/token", data=GRANT, auth=(client["id"], client["key"]))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    body = answer.json()
    assert (body["token_type"], body["scope"]) == ("Bearer", "reports:write")
    assert 0 < body["expires_in"] <= 900
    published = (await gateway.anonymous.get("/.well-known/jwks.json")).json()
    assert all("d" not in key for key in published["keys"])
    token = jwt.decode(body["access_token"], KeySet.import_key_set(published), algorithms=["Ed25519"])
    assert token.header["typ"] == "at+jwt"
    assert token.claims["exp"] - token.claims["iat"] == body["expires_in"]
    expected = {"iss": "http://gateway.example", "aud": "http://gateway.example", "sub": client["id"]}
    assert {name: token.claims[name] for name in expected} == expected
    assert {"jti", "client_id", "scope"} <= set(token.claims)


async def test_the_client_may_come_in_the_form_or_in_the_header(gateway: RunningGateway) -> None:
    client = await gateway.client()
    form = {**GRANT, "client_id": client["id"], "client_secret": client["key"]}
    assert (await gateway.anonymous.post("/oauth/token", data=form)).status_code == 200
    basic = (client["id"], client["key"])
    assert (await gateway.anonymous.post("/oauth/token", data=GRANT, auth=basic)).status_code == 200
    both = await gateway.anonymous.post("/oauth/token", data=form, auth=basic)
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")


async def test_scopes_can_be_fewer_and_never_more(gateway: RunningGateway) -> None:
    client = await gateway.client(scopes=["reports:write", "rights:read"])

    async def ask(scope: str) -> Any:
        form = {**GRANT, "scope": scope}
        return await gateway.anonymous.post("/oauth/token", data=form, auth=(client["id"], client["key"]))

    assert (await ask("reports:read")).json()["scope"] == "reports:read"
    assert (await ask("reports:write  rights:read")).json()["scope"] == "reports:write rights:read"
    for scope in ("rights:write", "accounts:admin", "reports:read nothing", "*", " "):
        refused = await ask(scope)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope"), scope


async def test_a_wrong_client_is_401(gateway: RunningGateway) -> None:
    client, other = await gateway.client(), await gateway.client()
    revoked = await gateway.client()
    await gateway.operator.post(f"/v1/clients/{revoked['id']}/revoke")
    for name, secret in (
        (client["id"], other["key"]),
        (client["id"], "wrong"),
        ("cli_nobody", client["key"]),
        (client["account_id"], client["key"]),
        (revoked["id"], revoked["key"]),
    ):
        answer = await gateway.anonymous.post("/oauth/token", data=GRANT, auth=(name, secret))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")
    missing = await gateway.anonymous.post("/oauth/token", data=GRANT)
    assert (missing.status_code, missing.json()["error"]) == (401, "invalid_client")
    for header in ("Basic !!!", "Basic " + "w4M=", "Bearer x"):
        answer = await gateway.anonymous.post("/oauth/token", data=GRANT, headers={"Authorization": header})
        assert answer.json()["error"] in {"invalid_client", "invalid_request"}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "invalid_request"),
        (b"scope=reports%3Aread", "invalid_request"),
        (b"grant_type=", "invalid_request"),
        (b"grant_type=password", "unsupported_grant_type"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (b"grant_type=%ff", "invalid_request"),
        (b"\xff\xfe", "invalid_request"),
        (b"&".join(b"a%d=1" % number for number in range(50)), "invalid_request"),
        (b'{"grant_type": "client_credentials"}', "invalid_request"),
    ],
)
async def test_a_bad_form_is_refused_in_the_protocols_own_words(
    gateway: RunningGateway, content: bytes, error: str
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    client = await gateway.client()
    answer = await gateway.anonymous.post(
        "/oauth/token", content=content, headers=headers, auth=(client["id"], client["key"])
    )
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert set(answer.json()) == {"error", "error_description"}


async def test_json_is_not_a_form_and_a_form_has_a_bound(gateway: RunningGateway) -> None:
    answer = await gateway.anonymous.post("/oauth/token", json=GRANT)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    answer = await gateway.anonymous.post("/oauth/token", data={**GRANT, "scope": "x" * 20_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
