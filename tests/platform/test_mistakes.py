"""Mistakes that partners make, through the gateway: the answer to each says what is wrong, where, and what to do."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from deploy.local.api import Api
from gateway.domain import api_keys
from tests.live import LivePlatform
from tests.platform.mistakes import RIGHT, TABLE, Mistake
from tests.platform.people import People, people_of
from tests.running import eventually

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

_EVERY = ["rights:write", "reports:write", "tasks:work", "policies:write", "escalations:read"]


def _guessed(key: str) -> str:
    """A sound key with the id of this one, and another secret."""
    body = f"{key[:25]}{'A' * 43}"
    return body + api_keys._checksum(body)


async def _ended(people: People) -> dict[str, str]:
    """Keys of the brand that open nothing any more."""
    keys: dict[str, str] = {}
    for name in ("replaced", "revoked", "closed"):
        account = await people.admin.post("/v1/accounts", {"kind": "brand", "name": f"Mistakes, {name}"})
        client = await people.admin.post(f"/v1/accounts/{account['id']}/clients", {"name": name})
        keys[name] = client["key"]
        if name == "replaced":
            await people.admin.post(f"/v1/clients/{client['id']}/rotate", {"overlap_seconds": 0})
        elif name == "revoked":
            await people.admin.post(f"/v1/clients/{client['id']}/revoke")
        else:
            await people.admin.post(f"/v1/accounts/{account['id']}/close")
    return keys


async def _things(people: People) -> dict[str, str]:
    """What the table names in braces."""
    account = await people.admin.post("/v1/accounts", {"kind": "brand", "name": "Mistakes"})

    async def key_with(*scopes: str) -> str:
        body = {"name": "one", "scopes": list(scopes)}
        return str((await people.admin.post(f"/v1/accounts/{account['id']}/clients", body))["key"])

    brand = people.brand.with_key(await key_with(*_EVERY[:2]))
    right = await brand.post("/v1/rights", RIGHT)
    key = brand.key
    ended = await _ended(people)
    swapped = key[:30] + ("A" if key[30] != "A" else "B") + key[31:]
    return {
        "account": account["id"], "right": right["id"], "report": right["id"].replace("rgt_", "rep_"),
        "brand": key, "vendor": people.bench.api.key, "admin": people.admin.key,
        "little": await key_with("rights:read"), "all_scopes": await key_with(*_EVERY),
        "mistyped": swapped, "cut": key[:-4], "nobody": api_keys.make_key().text,
        "guessed": _guessed(key), "guessed_revoked": _guessed(ended["revoked"]), **ended,
    }  # fmt: skip


@pytest.fixture(scope="module")
async def things(platform: LivePlatform) -> AsyncIterator[dict[str, str]]:
    async with people_of(platform) as people:
        found = await _things(people)

        async def all_have_ended() -> bool:
            for name in ("replaced", "revoked", "closed"):
                status, _ = await _answer(people.brand, found, Mistake(name, "GET /v1/rights", 401, "", who=name))
                if status != 401:
                    return False
            return True

        await eventually(all_have_ended)
        yield found


async def _answer(api: Api, things: dict[str, str], mistake: Mistake) -> tuple[int, Any]:
    method, path = _filled(mistake.send, things).split(" ", 1)
    headers = {name: _filled(value, things) for name, value in mistake.headers.items()}
    if mistake.who:
        headers["Authorization"] = f"Bearer {things[mistake.who]}"
    given: dict[str, Any] = {"data": mistake.body} if isinstance(mistake.body, bytes) else {}
    if mistake.body is not None and not given:
        given["data"] = _filled(json.dumps(mistake.body), things).encode()
        headers.setdefault("Content-Type", "application/json")
    skipped = ["Content-Type"] if headers.get("Content-Type") in {None, ""} else []
    headers = {name: value for name, value in headers.items() if value}
    async with api.session.request(
        method, api.base_url + path, headers=headers, skip_auto_headers=skipped, **given
    ) as answer:
        document = await answer.json(content_type=None)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert document["request_id"] == answer.headers["X-Request-Id"]
        return answer.status, document


def _filled(text: str, things: dict[str, str]) -> str:
    for name, value in things.items():
        text = text.replace("{" + name + "}", value)
    return text


@pytest.mark.parametrize("mistake", TABLE, ids=[mistake.title for mistake in TABLE])
async def test_a_mistake_is_told_so_that_it_can_be_mended(
    platform: LivePlatform, things: dict[str, str], mistake: Mistake
) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        status, problem = await _answer(Api(platform.base_url, "", session), things, mistake)
    assert (status, problem["code"]) == (mistake.status, mistake.code), problem
    assert problem["type"] == f"/problems/{mistake.code}"
    named = {error.get("parameter") or error["pointer"]: error for error in problem.get("errors", [])}
    told = problem["detail"]
    if mistake.at is not None:
        assert mistake.at in named, problem
        told += named[mistake.at]["message"]
        assert named[mistake.at].get("suggestion") == mistake.meant, problem
        assert tuple(named[mistake.at].get("allowed", ())) == tuple(mistake.allowed), problem
    assert [words for words in mistake.says if words not in told] == [], problem
    assert set(mistake.others) <= named.keys(), problem
    assert {name: problem.get(name) for name in mistake.answered} == dict(mistake.answered)
    assert things["brand"] not in json.dumps(problem), "a key is never repeated"


def test_the_table_is_long_enough() -> None:
    titles = [mistake.title for mistake in TABLE]
    assert len(titles) == len(set(titles))
    assert len(titles) >= 40


async def test_an_idempotency_key_is_not_taken_for_another_body(platform: LivePlatform, things: dict[str, str]) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        api = Api(platform.base_url, things["brand"], session)
        headers = {"Idempotency-Key": "mistakes-1"}
        await api.call("POST", "/v1/rights", {**RIGHT, "title": "First"}, idempotency_key="mistakes-1")
        mistake = Mistake("reused", "POST /v1/rights", 422, "", {**RIGHT, "title": "Second"}, headers=headers)
        status, problem = await _answer(api, things, mistake)
    assert (status, problem["code"]) == (422, "idempotency_key_reused")
    assert "another key" in problem["detail"]
