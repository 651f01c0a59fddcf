"""Only what the gateway vouches for is believed."""

import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from shared.contracts.codes import AccountKind, Scope
from shared.contracts.ids import AccountId, ClientId
from shared.runtime import identity
from shared.runtime.clock import HeldClock, SystemClock
from shared.runtime.ids import new_id
from tests.running import Callers, Running


def statement(callers: Callers, **changes: object) -> str:
    """A statement as the gateway makes it, with something changed."""
    caller = identity.Caller(new_id(ClientId), new_id(AccountId), AccountKind.BRAND, frozenset({"reports:write"}))
    clock = HeldClock(SystemClock().now() + timedelta(seconds=int(str(changes.get("seconds", 0)))))
    key = changes.get("key", callers.key)
    assert isinstance(key, OKPKey)
    return identity.sign(caller, audience=str(changes.get("audience", "notify")), key=key, clock=clock)


async def listed(running: Running, token: str | None) -> int:
    headers = {} if token is None else {identity.HEADER: token}
    return (await running.anonymous.get("/v1/notes", headers=headers)).status_code


async def test_a_statement_of_the_gateway_is_believed(running: Running, callers: Callers) -> None:
    assert await listed(running, statement(callers)) == 200


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_did_not_come_through_the_gateway_is_nobodys(running: Running, token: str | None) -> None:
    assert await listed(running, token) == 401


async def test_a_statement_for_another_service_is_not_for_this_one(running: Running, callers: Callers) -> None:
    assert await listed(running, statement(callers, audience="intake")) == 401


async def test_a_statement_ends_after_a_minute(running: Running, callers: Callers) -> None:
    assert await listed(running, statement(callers, seconds=-70)) == 401


async def test_another_key_does_not_vouch(running: Running, callers: Callers) -> None:
    forged = OKPKey.generate_key("Ed25519", {"kid": callers.key.kid or ""})
    assert await listed(running, statement(callers, key=forged)) == 401


async def test_the_public_key_is_no_shared_secret(running: Running, callers: Callers) -> None:
    """The confusion of algorithms that RFC 8725, section 2.1, warns of."""
    secret = OctKey.import_key(json.dumps(callers.key.as_dict(private=False)))
    claims = {"iss": identity.ISSUER, "aud": "notify", "sub": new_id(ClientId), "exp": 9999999999, "iat": 1}
    forged = jwt.encode({"alg": "HS256", "typ": "marque-identity+jwt"}, claims, secret)
    assert await listed(running, forged) == 401


async def test_a_caller_without_the_scope_is_told_which_one(running: Running) -> None:
    reader = running.as_("brand", scopes=frozenset({"reports:read"}))
    assert (await reader.get("/v1/notes")).status_code == 200
    refused = await reader.post("/v1/notes", json={"name": "a"})
    assert (refused.status_code, refused.json()["required_scope"]) == (403, Scope.REPORTS_WRITE)


async def test_another_accounts_thing_is_not_there(running: Running) -> None:
    note = (await running.as_("brand").post("/v1/notes", json={"name": "mine"})).json()["id"]
    assert (await running.as_("brand", "two").patch(f"/v1/notes/{note}", json={"name": "a"})).status_code == 404
