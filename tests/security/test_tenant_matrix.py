"""Every endpoint with an id, called by accounts that do not own the thing: it is not there (OWASP API1, 2023).

The matrix is made from the published OpenAPI document, so that a new endpoint joins by itself.
"""

import asyncio
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import asyncpg
import pytest

from cli.demo.vendor import Workbench
from deploy.local.api import Api
from shared.contracts.ids import JobId, NoticeId
from shared.runtime.ids import new_id
from tests.faults.load import report_body
from tests.live import LivePlatform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]

SHARED = {"read_policy", "list_policy_versions", "read_policy_version"}
"""The rule book is for everyone to read."""

SHA256 = "^[0-9a-f]{64}$"


async def test_what_another_account_owns_is_not_there(platform: LivePlatform) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        admin = Api(platform.base_url, platform.keys["admin"], session)
        document = await admin.get("/openapi.json")
        ids = await _things(platform, session)
        strangers = [await _stranger(admin, kind) for kind in ("brand", "vendor")]
        wrong, tried = [], 0
        for method, path, operation in operations(document):
            if "{" not in path or operation["operationId"] in SHARED:
                continue
            url = fill(path, operation, ids)
            for key in strangers:
                body = example(document, operation)
                status, answer = await call(admin.base_url + url, method, key, body, session)
                tried += 1
                if status != 404:
                    wrong.append(f"{method} {path} ({operation['operationId']}): {status} {answer[:300]}")
        assert tried > 40
        assert not wrong, "\n".join(wrong)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation of the document: method, path, and what it says of it."""
    methods = {"get", "post", "patch", "put", "delete"}
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in methods
    ]


def fill(path: str, operation: dict[str, Any], ids: dict[str, str]) -> str:
    """The path with real ids of another account in it, found by the prefix in the parameter's pattern."""

    def value(match: re.Match[str]) -> str:
        parameter = next(p for p in operation["parameters"] if p["name"] == match[1])
        pattern = str(parameter["schema"].get("pattern", ""))
        if pattern == SHA256:
            return "0" * 64
        prefix = re.match(r"\^([a-z]{3})_", pattern)
        if prefix is None:
            return "1" if parameter["schema"].get("type") == "integer" else "p0"
        assert prefix[1] in ids, f"{path} needs an id that starts with {prefix[1]}_: make such a thing in _things"
        return ids[prefix[1]]

    return re.sub(r"{(\w+)}", value, path)


def example(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    for examples in (content.get("examples"), _resolved(document, content["schema"]).get("examples")):
        if isinstance(examples, dict):
            return next(iter(examples.values()))["value"]
        if isinstance(examples, list) and examples:
            return examples[0]
    raise AssertionError(f"{operation['operationId']} shows no example of its body")


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


async def call(url: str, method: str, key: str, body: Any, session: aiohttp.ClientSession) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {key}"}
    async with session.request(method, url, json=body, headers=headers) as answer:
        return answer.status, await answer.text()


async def _stranger(admin: Api, kind: str) -> str:
    """The key of a new account that may do everything, and owns nothing."""
    account = await admin.post("/v1/accounts", {"kind": kind, "name": f"A {kind} that owns nothing"})
    scopes = [
        "rights:write", "reports:write", "tasks:work", "tasks:manage", "policies:write", "decisions:read",
        "appeals:write", "escalations:manage", "events:read", "webhooks:manage", "listings:write", "metrics:read",
        "accounts:admin",
    ]  # fmt: skip
    client = await admin.post(f"/v1/accounts/{account['id']}/clients", {"name": "all", "scopes": scopes})
    return str(client["key"])


async def _things(platform: LivePlatform, session: aiohttp.ClientSession) -> dict[str, str]:
    """One thing of every kind, owned by the first brand, the first vendor or the operator."""
    brand = Api(platform.base_url, platform.keys["brand"], session)
    operator = brand.with_key(platform.keys["marketplace"])
    admin = brand.with_key(platform.keys["admin"])
    right = await brand.post("/v1/rights", {
        "type": "copyright", "title": "Matrix photographs", "owner": {"name": "Matrix", "country": "DE"},
        "kind_of_work": "photograph", "author": "Matrix", "created_on": "2020-01-01",
        "original_url": "https://brand.example/originals", "territories": ["WW"],
    })  # fmt: skip
    await operator.post(f"/v1/rights/{right['id']}/verify", {})
    authority = await brand.post("/v1/authorities", {
        "kind": "licence", "principal": {"name": "Matrix", "country": "DE"}, "valid_from": "2020-01-01",
    })  # fmt: skip
    endpoint = await brand.post(
        "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/none", "event_types": ["report.*"]}
    )
    body = report_body(right["id"], 99_999)
    told = {"marketplace": "shop.example", "listing_id": body["items"][0]["url"].rpartition("/")[2], "version": 1}
    await operator.post("/v1/listings", {"listings": [told]})
    report = await brand.post("/v1/reports", body)
    imported, evidence = await _an_import(brand, right["id"]), await _evidence(brand)
    bench = Workbench(brand.with_key(platform.keys["vendor"]), "vendor")
    task: dict[str, Any] = {}
    decision: dict[str, Any] = {}
    async with asyncio.timeout(120):
        while not decision:
            for claimed in await bench.claim("matrix", most=50, wait=2):
                answer = {"outcome": "accept", "code": "A_COPYRIGHT_COPY", "clauses": [
                    next(c["code"] for c in claimed["clauses"] if "A_COPYRIGHT_COPY" in c["accept_codes"])
                ]} if claimed["right_type"] == "copyright" else {
                    "outcome": "escalate", "clauses": [], "note": "?"
                }  # fmt: skip
                judged = await bench.api.post(
                    f"/v1/tasks/{claimed['id']}/judge",
                    {"lease_token": claimed["lease"]["token"], "seconds_spent": 1, **answer},
                )
                if claimed["items"][0]["report_id"] == report["id"]:
                    task, decision = claimed, judged["decision"]
        deliveries: list[Any] = []
        while not deliveries:
            deliveries = (await brand.get(f"/v1/deliveries?endpoint_id={endpoint['id']}"))["data"]
        enforcement: str | None = None
        while not enforcement:
            events = (await operator.get("/v1/events?limit=200&types=marque.enforcement.requested.v1"))["data"]
            found = [
                event["data"]["enforcement_id"] for event in events if event["data"]["decision_id"] == decision["id"]
            ]
            enforcement = found[0] if found else None
        captures: list[Any] = []
        while not captures:
            of = urlencode({name: told[name] for name in ("marketplace", "listing_id")})
            captures = (await operator.get(f"/v1/captures?{of}"))["data"]
    escalation = await operator.post("/v1/escalations", _a_matter(report["id"]))
    rules = (await operator.get("/v1/severity-rules"))["data"]
    policies = (await operator.get("/v1/policies"))["data"]
    accounts = await admin.each("/v1/accounts")
    account = next(a for a in accounts if a["id"] == right["account_id"])
    client = (await admin.get(f"/v1/accounts/{account['id']}/clients"))["data"][0]
    event = (await brand.get("/v1/events?limit=1"))["data"][0]
    return {
        "rgt": right["id"], "rep": report["id"], "itm": report["items"][0]["id"], "tsk": task["id"],
        "dec": decision["id"], "whk": endpoint["id"], "dlv": deliveries[0]["id"], "enf": enforcement,
        "esc": escalation["id"], "rul": rules[0]["id"], "pol": policies[0]["id"],
        "acc": account["id"], "cli": client["id"], "evt": event["id"],
        "imp": imported, "aut": authority["id"], "ntc": new_id(NoticeId),
        "cap": captures[0]["id"], "evd": evidence, "job": await _a_job(platform),
    }  # fmt: skip


async def _a_job(platform: LivePlatform) -> str:
    """A job of intake that nobody will do: its kind is none, and it is due in a thousand years."""
    job_id, now = new_id(JobId), datetime.now(UTC)
    connection = await asyncpg.connect(platform.database_url("intake"))
    try:
        await connection.execute(
            "INSERT INTO jobs (id, kind, priority, due_at, payload, created_at) VALUES ($1, 'none', 1, $2, '{}', $3)",
            job_id, now.replace(year=3026, day=1), now,
        )  # fmt: skip
    finally:
        await connection.close()
    return str(job_id)


async def _an_import(brand: Api, right_id: str) -> str:
    body = report_body(right_id, 99_998)
    row = json.dumps({"url": body.pop("items")[0]["url"]})
    headers = {"Authorization": f"Bearer {brand.key}", "Content-Type": "application/x-ndjson"}
    url, params = f"{brand.base_url}/v1/imports", {"defaults": json.dumps(body)}
    async with brand.session.post(url, params=params, data=row.encode(), headers=headers) as answer:
        assert answer.status == 202, await answer.text()
        return str((await answer.json())["id"])


async def _evidence(brand: Api) -> str:
    form = aiohttp.FormData()
    form.add_field("file", b"What the matrix shows.", filename="matrix.txt")
    headers = {"Authorization": f"Bearer {brand.key}"}
    async with brand.session.post(f"{brand.base_url}/v1/evidence", data=form, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        return str((await answer.json())["id"])


def _a_matter(report_id: str) -> dict[str, Any]:
    return {"severity": "p2", "reason": "A matter for the matrix of tenants.", "report_id": report_id}
