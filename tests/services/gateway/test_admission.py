"""Who is let in, and who is not any more."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from gateway.domain.api_keys import make_key
from shared.runtime.clock import HeldClock
from tests.services.gateway.conftest import RunningGateway, StartGateway
from tests.services.gateway.serving import eventually

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


async def _refused(gateway: RunningGateway, credential: str, *, scheme: str = "Bearer") -> dict[str, Any]:
    headers = [(b"Authorization", f"{scheme} {credential}".encode())]
    answer = await gateway.anonymous.get("/v1/reports", headers=headers)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == 'Bearer realm="marque"'
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == "unauthenticated"
    assert credential == "." or credential not in answer.text
    assert gateway.service.got == []
    return problem


async def test_without_a_key_nobody_comes_in(gateway: RunningGateway) -> None:
    assert (await gateway.anonymous.get("/v1/reports")).status_code == 401
    assert (await gateway.anonymous.post("/v1/accounts", json={})).status_code == 401
    assert gateway.service.got == []


async def test_bad_keys_are_refused(gateway: RunningGateway) -> None:
    key = gateway.admin["key"]
    other = make_key()
    for bad in (
        ".",
        "mq_live_",
        key[:-1],
        key + "0",
        key[:-1] + ("0" if key[-1] != "0" else "1"),  # its checksum is wrong
        other.text,  # sound, and nobody's
        "mq_test_" + key.removeprefix("mq_live_"),
        key.swapcase(),
        "a" * 5000,
        "é" * 20,
    ):
        await _refused(gateway, bad)
    await _refused(gateway, key, scheme="Basic")
    await _refused(gateway, key, scheme="Token")


async def test_a_key_with_a_known_id_and_another_secret_is_refused(gateway: RunningGateway) -> None:
    from gateway.domain import api_keys

    body = gateway.admin["key"][:25] + "A" * 43
    await _refused(gateway, body + api_keys._checksum(body))


async def test_the_key_is_kept_as_a_keyed_hash_alone(gateway: RunningGateway) -> None:
    client = await gateway.client()
    secret = client["key"][25:]
    async with gateway.database.pool.acquire() as connection:
        for table in ("accounts", "clients", "api_keys", "idempotency_keys"):
            for row in await connection.fetch(f"SELECT * FROM {table}"):
                assert secret not in str(dict(row))


async def test_an_expired_client_is_refused_from_that_moment(start_gateway: StartGateway) -> None:
    clock = HeldClock(AT)
    gateway = await start_gateway(clock=clock)
    client = await gateway.client(expires_at=(AT + timedelta(minutes=5)).isoformat())
    clock.move(timedelta(seconds=299))
    assert (await gateway.with_key(client["key"]).get("/v1/reports")).status_code == 200
    clock.move(timedelta(seconds=1))
    assert (await gateway.with_key(client["key"]).get("/v1/reports")).status_code == 401


async def _until_401(gateway: RunningGateway, credential: str) -> float:
    """Seconds until a credential is refused."""

    async def refused() -> bool:
        return (await gateway.with_key(credential).get("/v1/reports")).status_code == 401

    return await eventually(refused)


async def test_a_revoked_client_is_out_within_a_second_at_every_replica(start_gateway: StartGateway) -> None:
    one, two = await start_gateway(), await start_gateway()
    client = await one.client()
    token = await _token(one, client)
    for gateway in (one, two):
        for credential in (client["key"], token):
            assert (await gateway.with_key(credential).get("/v1/reports")).status_code == 200
    assert (await one.operator.post(f"/v1/clients/{client['id']}/revoke")).status_code == 200
    waited = await asyncio.gather(
        *(_until_401(gateway, credential) for gateway in (one, two) for credential in (client["key"], token))
    )
    # What is believed is at most 0.7 s old; the rest of the second is for the requests themselves.
    assert all(seconds < 5 for seconds in waited), waited


async def test_what_is_known_of_a_client_is_never_believed_for_a_second(gateway: RunningGateway) -> None:
    from gateway import known_clients

    assert known_clients.BELIEVED_SECONDS + known_clients.REFRESH_SECONDS < 1
    known = gateway.application.parts.authenticator._clients
    await gateway.operator.get("/v1/reports")
    client = next(iter(known._clients.values()))
    client.read_at -= known_clients.BELIEVED_SECONDS
    assert known.at_hand(next(iter(client.keys))) is None


async def test_when_the_database_is_away_nobody_is_believed_for_long(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await gateway.operator.get("/v1/reports")).status_code == 200

    async def away(*_: object) -> None:
        raise OSError("no database")

    monkeypatch.setattr(gateway.application.parts.authenticator._clients, "_read", away)

    async def not_believed() -> bool:
        return (await gateway.operator.get("/v1/reports")).status_code != 200

    await eventually(not_believed)
    answer = await gateway.operator.get("/v1/reports")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_the_keys_of_a_closed_account_open_nothing(gateway: RunningGateway) -> None:
    client = await gateway.client()
    other = await gateway.client(client["account_id"])
    await gateway.with_key(client["key"]).get("/v1/reports")
    assert (await gateway.operator.post(f"/v1/accounts/{client['account_id']}/close")).status_code == 200
    await _until_401(gateway, client["key"])
    await _until_401(gateway, other["key"])


async def test_a_change_of_the_account_counts_for_the_next_requests(gateway: RunningGateway) -> None:
    client = await gateway.client()
    await gateway.with_key(client["key"]).get("/v1/reports")
    assert not gateway.vouched().trusted_flagger
    changed = await gateway.operator.patch(f"/v1/accounts/{client['account_id']}", json={"trusted_flagger": True})
    assert changed.status_code == 200
    async with asyncio.timeout(20):
        while not gateway.vouched().trusted_flagger:
            await gateway.with_key(client["key"]).get("/v1/reports")


async def test_an_old_key_works_until_its_overlap_ends(start_gateway: StartGateway) -> None:
    clock = HeldClock(AT)
    gateway = await start_gateway(clock=clock)
    client = await gateway.client()
    rotated = await gateway.operator.post(f"/v1/clients/{client['id']}/rotate", json={"overlap_seconds": 60})
    assert rotated.status_code == 200, rotated.text
    new = rotated.json()["key"]
    assert new != client["key"]
    assert [key["ends_at"] for key in rotated.json()["keys"]] == [None, "2026-11-02T09:01:00Z"]
    for key in (client["key"], new):
        assert (await gateway.with_key(key).get("/v1/reports")).status_code == 200
    clock.move(timedelta(seconds=60))
    assert (await gateway.with_key(client["key"]).get("/v1/reports")).status_code == 401
    assert (await gateway.with_key(new).get("/v1/reports")).status_code == 200
    shown = (await gateway.operator.get(f"/v1/clients/{client['id']}")).json()
    assert [key["prefix"] for key in shown["keys"]] == [new[:24]]


async def test_without_an_overlap_the_old_key_ends_now_and_there_are_never_more_than_two(
    gateway: RunningGateway,
) -> None:
    client = await gateway.client()
    first = client["key"]
    await gateway.with_key(first).get("/v1/reports")
    path = f"/v1/clients/{client['id']}/rotate"
    second = (await gateway.operator.post(path, json={"overlap_seconds": 600})).json()["key"]
    third = (await gateway.operator.post(path, json={"overlap_seconds": 600})).json()
    assert len(third["keys"]) == 2
    await _until_401(gateway, first)
    assert (await gateway.with_key(second).get("/v1/reports")).status_code == 200
    last = (await gateway.operator.post(path, json={"overlap_seconds": 0})).json()
    assert len(last["keys"]) == 1
    await _until_401(gateway, second)
    await _until_401(gateway, third["key"])
    assert (await gateway.with_key(last["key"]).get("/v1/reports")).status_code == 200


async def _token(gateway: RunningGateway, client: dict[str, Any], **more: str) -> str:
    form = {"grant_type": "client_credentials", **more}
    answer = await gateway.anonymous.post("/oauth/token", data=form, auth=(client["id"], client["key"]))
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def test_a_token_opens_what_its_scopes_say_and_ends_in_time(start_gateway: StartGateway) -> None:
    clock = HeldClock(AT)
    gateway = await start_gateway(clock=clock)
    client = await gateway.client(scopes=["reports:write", "rights:write"])
    token = await _token(gateway, client, scope="reports:read")
    assert (await gateway.with_key(token).get("/v1/reports")).status_code == 200
    assert gateway.vouched(clock=clock).scopes == {"reports:read"}
    clock.move(timedelta(seconds=899))
    assert (await gateway.with_key(token).get("/v1/reports")).status_code == 200
    clock.move(timedelta(seconds=1))
    assert (await gateway.with_key(token).get("/v1/reports")).status_code == 401


async def test_misused_tokens_are_refused(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    client = await gateway.client()
    key = OKPKey.import_key(json.loads(gateway.keys.private_jwk.read_text()))
    stranger = OKPKey.generate_key("Ed25519", auto_kid=True)
    now = int(datetime.now(UTC).timestamp())
    good = {
        "iss": "http://gateway.example", "aud": "http://gateway.example", "sub": client["id"],
        "client_id": client["id"], "iat": now, "exp": now + 600, "jti": "1", "scope": "reports:read",
    }  # fmt: skip
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": key.kid}

    def made(claims: dict[str, Any], *, by: Any = key, **changes: str) -> str:
        return jwt.encode({**header, **changes}, claims, by, algorithms=["Ed25519", "HS256"])

    accepted = made(good)
    assert (await gateway.with_key(accepted).get("/v1/reports")).status_code == 200
    gateway.service.got.clear()
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    shared = OctKey.import_key(json.dumps(key.as_dict(private=False)))
    for bad in (
        made({**good, "aud": "intake"}),
        made({**good, "aud": "https://elsewhere.example"}),
        made({**good, "iss": "https://elsewhere.example"}),
        made({**good, "exp": now - 1}),
        made({name: value for name, value in good.items() if name != "exp"}),
        made({name: value for name, value in good.items() if name != "aud"}),
        made({name: value for name, value in good.items() if name != "client_id"}),
        made({**good, "client_id": "cli_nobody"}),
        made(good, typ="JWT"),
        made(good, typ="marque-identity+jwt"),
        made(good, by=stranger, kid=stranger.kid or ""),
        made(good, by=stranger),
        made(good, by=shared, alg="HS256"),
        f"{none}.{accepted.split('.')[1]}.",
        accepted[:-4] + "AAAA",
        accepted.rpartition(".")[0] + ".",
        "a.b.c",
        "..",
        "a" * 10_000,
    ):
        await _refused(gateway, bad)


async def test_a_statement_for_services_is_no_access_token(gateway: RunningGateway) -> None:
    await gateway.operator.get("/v1/reports")
    statement = gateway.service.last.header("x-marque-identity")
    gateway.service.got.clear()
    await _refused(gateway, statement or "")


async def test_a_token_is_worth_no_more_than_its_client_is_now(gateway: RunningGateway) -> None:
    client = await gateway.client(scopes=["reports:write", "rights:write"])
    token = await _token(gateway, client)
    async with gateway.database.pool.acquire() as connection:
        await connection.execute("UPDATE clients SET scopes = '{rights:write}' WHERE id = $1", client["id"])
    async with asyncio.timeout(20):
        while True:
            await gateway.with_key(token).get("/v1/reports")
            if gateway.vouched().scopes == {"rights:write"}:
                return


async def test_a_statement_is_signed_once_for_many_requests_and_anew_for_another_service(
    gateway: RunningGateway,
) -> None:
    client = await gateway.client()
    statements = []
    for path in ("/v1/reports", "/v1/rights", "/v1/decisions"):
        await gateway.with_key(client["key"]).get(path)
        statements.append(gateway.service.last.header("x-marque-identity"))
    assert statements[0] == statements[1] != statements[2]
    assert gateway.vouched("review").client_id == client["id"]
