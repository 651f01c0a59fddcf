"""A partner's addresses for webhooks: who sees them, what they refuse, and that a secret is shown once."""

import asyncio
import uuid
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.services.notify.test_webhooks import FAST, make
from tests.services.notify.things import completed, receiving

URL = "https://brand.example/hook"
GOOD = {"url": URL, "event_types": ["report.completed"]}
PATH = "/v1/webhook-endpoints"


async def test_a_secret_is_shown_when_it_is_made_and_never_again(start_notify: Any) -> None:
    running = await start_notify()
    brand = running.as_("brand")
    made = await make(brand, URL, ["report.*"], description="Case management")
    assert made["secret"].startswith("whsec_")
    path = f"{PATH}/{made['id']}"
    rotated = (await brand.post(f"{path}/rotate-secret", json={})).json()
    secrets = [made["secret"], rotated["secret"]]
    for answer in (await brand.get(path), await brand.get(PATH), await brand.patch(path, json={"enabled": False})):
        assert answer.status_code == 200
        assert "secret" not in {name for name in answer.json() if name != "previous_secret_until"}
        assert not any(secret in answer.text for secret in secrets)
    async with running.database.pool.acquire() as connection:
        for table in ("webhook_endpoints", "idempotency_keys"):
            rows = await connection.fetch(f"SELECT t::text AS row FROM {table} t")
            assert not any(secret[6:] in row["row"] for row in rows for secret in secrets)


async def test_a_replayed_creation_answers_the_same_secret_which_lies_nowhere_in_clear(start_notify: Any) -> None:
    running = await start_notify()
    brand = running.as_("brand")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = await brand.post(PATH, json=GOOD, headers=key)
    again = await brand.post(PATH, json=GOOD, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Content-Type"] == "application/json"
    reused = await brand.post(PATH, json={**GOOD, "description": "another"}, headers=key)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert len((await brand.get(PATH)).json()["data"]) == 1
    async with running.database.pool.acquire() as connection:
        kept = await connection.fetchval("SELECT body FROM idempotency_keys")
    assert first.json()["secret"].encode() not in bytes(kept)
    assert first.json()["id"].encode() not in bytes(kept)


async def test_an_endpoint_can_be_changed_by_whoever_read_its_last_version(start_notify: Any) -> None:
    running = await start_notify()
    brand = running.as_("brand")
    made = await make(brand, URL, ["report.*"])
    path = f"{PATH}/{made['id']}"
    read = await brand.get(path)
    fresh = {"If-Match": read.headers["ETag"]}
    changed = await brand.patch(path, json={"event_types": ["decision.*", "*"], "description": None}, headers=fresh)
    assert (changed.status_code, changed.json()["event_types"]) == (200, ["decision.*", "*"])
    assert changed.headers["ETag"] != read.headers["ETag"]
    stale = await brand.patch(path, json={"enabled": False}, headers=fresh)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (await brand.delete(path, headers=fresh)).status_code == 412
    assert (await brand.delete(path, headers={"If-Match": changed.headers["ETag"]})).status_code == 204
    for gone in (await brand.get(path), await brand.patch(path, json={}), await brand.delete(path)):
        assert gone.status_code == 404
    assert (await brand.get(PATH)).json() == {"data": [], "next_cursor": None}


async def test_of_two_changes_under_one_version_one_wins(start_notify: Any) -> None:
    running = await start_notify()
    brand = running.as_("brand")
    made = await make(brand, URL, ["report.*"])
    answers = await asyncio.gather(
        *(
            brand.patch(f"{PATH}/{made['id']}", json={"description": str(n)}, headers={"If-Match": '"1"'})
            for n in range(5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_an_endpoint_is_its_accounts_alone(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    async with receiving() as receiver:
        made = await make(running.as_("brand"), receiver.url, ["*"])
        path = f"{PATH}/{made['id']}"
        delivery = (await running.as_("brand").post(f"{path}/test")).json()
        for stranger in (running.as_("brand", "two"), running.as_("vendor"), running.as_("marketplace")):
            answers = [
                await stranger.get(path),
                await stranger.patch(path, json={"enabled": False}),
                await stranger.delete(path),
                await stranger.post(f"{path}/rotate-secret", json={}),
                await stranger.post(f"{path}/test"),
                await stranger.get(f"/v1/deliveries/{delivery['id']}"),
                await stranger.post(f"/v1/deliveries/{delivery['id']}/redeliver"),
            ]
            assert [answer.status_code for answer in answers] == [404] * len(answers)
            assert (await stranger.get(PATH)).json()["data"] == []
            assert (await stranger.get("/v1/deliveries")).json()["data"] == []
        assert (await running.as_("brand").get(path)).json()["enabled"] is True


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"url": 5}, "/url", "string_type"),
        ({"url": "http://brand.example/"}, "/url", "url_not_https"),
        ({"url": "https://10.0.0.1/"}, "/url", "address_not_public"),
        ({"url": "https://127.0.0.1/"}, "/url", "address_loopback"),
        ({"url": "https://me:pw@brand.example/"}, "/url", "url_malformed"),
        ({"url": "https://brand.example/" + "x" * 2048}, "/url", "too_long"),
        ({"url": "https://brand.example/\u202e"}, "/url", "text_bidi_override"),
        ({"url": None}, "/url", "string_type"),
        ({"event_types": []}, "/event_types", "too_short"),
        ({"event_types": ["*"] * 101}, "/event_types", "too_long"),
        ({"event_types": ["report.completed", "nothing.happened"]}, "/event_types/1", "event_type_unknown"),
        ({"event_types": ["report.%"]}, "/event_types/0", "event_type_unknown"),
        ({"event_types": "report.completed"}, "/event_types", "list_type"),
        ({"enabled": "yes"}, "/enabled", "bool_type"),
        ({"enabled": None}, "/enabled", "bool_type"),
        ({"description": "a\0b"}, "/description", "text_control_character"),
        ({"description": "x" * 501}, "/description", "too_long"),
        ({"secret": "whsec_AAAA"}, "/secret", "extra_forbidden"),
    ],
)
async def test_what_an_endpoint_cannot_be_is_told_with_its_place(
    start_notify: Any, change: dict[str, Any], pointer: str, code: str
) -> None:
    running = await start_notify()
    brand = running.as_("brand")
    made = await make(brand, URL, ["*"])
    for answer in (
        await brand.post(PATH, json={**GOOD, **change}),
        await brand.patch(f"{PATH}/{made['id']}", json=change),
    ):
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert len((await brand.get(PATH)).json()["data"]) == 1


async def test_an_account_has_a_number_of_endpoints_also_when_it_asks_all_at_once(start_notify: Any) -> None:
    running = await start_notify(webhook_endpoints_per_account="3")
    brand = running.as_("brand")
    answers = await asyncio.gather(*(brand.post(PATH, json=GOOD) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "too_many_endpoints"}
    pages = (await brand.get(PATH, params={"limit": 2})).json()
    rest = (await brand.get(PATH, params={"limit": 2, "cursor": pages["next_cursor"]})).json()
    assert len(pages["data"]) + len(rest["data"]) == 3
    assert rest["next_cursor"] is None


async def test_while_two_secrets_overlap_both_verify_and_afterwards_the_new_one_alone(start_notify: Any) -> None:
    running = await start_notify(**FAST)
    brand, account = running.as_("brand"), running.caller("brand").account_id
    async with receiving() as receiver:
        made = await make(brand, receiver.url, ["*"])
        path = f"{PATH}/{made['id']}/rotate-secret"
        second = (await brand.post(path, json={"overlap_seconds": 3600})).json()
        assert second["previous_secret_until"] is not None
        await running.publish(completed(account))
        await running.eventually(lambda: _count(receiver, 1))
        headers, body = receiver.received[0]
        assert len(headers["webhook-signature"].split(" ")) == 2
        for secret in (made["secret"], second["secret"]):
            Webhook(secret).verify(body, headers)

        third = (await brand.post(path, json={"overlap_seconds": 0})).json()
        await running.publish(completed(account))
        await running.eventually(lambda: _count(receiver, 2))
        headers, body = receiver.received[1]
        Webhook(third["secret"]).verify(body, headers)
        for secret in (made["secret"], second["secret"]):
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(body, headers)
    for wrong in ({"overlap_seconds": -1}, {"overlap_seconds": 604801}, {"overlap_seconds": "1"}):
        assert (await brand.post(path, json=wrong)).status_code == 422


async def test_endpoints_need_their_scopes(start_notify: Any) -> None:
    running = await start_notify()
    reader = running.as_("brand", scopes=frozenset({"webhooks:read"}))
    assert (await reader.get(PATH)).status_code == 200
    answer = await reader.post(PATH, json=GOOD)
    assert (answer.status_code, answer.json()["required_scope"]) == (403, "webhooks:manage")
    assert (await running.anonymous.post(PATH, json=GOOD)).status_code == 401


async def _count(receiver: Any, number: int) -> bool:
    return len(receiver.received) >= number


async def test_a_host_in_unicode_letters_is_kept_as_its_ascii_form(start_notify: Any) -> None:
    running = await start_notify()
    brand = running.as_("brand")
    made = await make(brand, "https://h\u00f6ken.example/a", ["report.*"])
    assert made["url"] == "https://xn--hken-5qa.example/a"
    path = f"{PATH}/{made['id']}"
    changed = await brand.patch(path, json={"url": "https://\u00fcber.example/b"})
    assert (changed.status_code, changed.json()["url"]) == (200, "https://xn--ber-goa.example/b")
    user = await brand.patch(path, json={"url": "https://u@\u00fcber.example/b"})
    assert (user.status_code, user.json()["code"]) == (422, "webhook_address_refused")
