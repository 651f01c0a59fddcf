"""Every writing endpoint, every clock and every consumer of a service, at once and about the same things.

The requests are made from the service's own document, the clocks from its ticker and the events from its subscribers,
so that a new one joins by itself. Whatever wins, nobody is answered with 5xx, no timer fails, no event fails of it, and
no transaction that the database aborted is given up (docs/lock-order.md).
"""

import asyncio
import itertools
import re
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, find, settings
from prometheus_client import REGISTRY

from services.conduct.jobs import ticker as of_conduct
from services.escalation.jobs import ticker as of_escalation
from services.intake.jobs import ticker as of_intake
from services.review.jobs import ticker as of_review
from services.screening.listings.listing_body import EXAMPLE as LISTING
from shared.contracts.event import Event, registry
from shared.runtime.ticker import Ticker
from tests.conftest import StartService
from tests.contracts.strategies import models
from tests.running import Running
from tests.security.test_tenant_matrix import example, operations
from tests.services.intake.conftest import TRADEMARK, a_report
from tests.services.review.making import a_report as a_submitted_report
from tests.services.review.making import submit

ROUNDS = 4
KINDS = {"marketplace": "one", "brand": "one", "vendor": "one"}
CLOCKS: dict[str, Ticker] = {
    "intake": of_intake, "review": of_review, "conduct": of_conduct, "escalation": of_escalation, "notify": Ticker(),
    "screening": Ticker(),
}  # fmt: skip
Ids = dict[str, str]
_MET_IN_VAIN = """
SELECT error FROM (SELECT error FROM inbox_failures UNION ALL SELECT error FROM dead_letters) f
WHERE error ~* 'deadlock|serializ'
"""


async def _of_intake(running: Running) -> Ids:
    brand, operator = running.as_("brand"), running.as_("marketplace")
    right = (await brand.post("/v1/rights", json=TRADEMARK)).json()
    await operator.post(f"/v1/rights/{right['id']}/verify", json={})
    report = (await brand.post("/v1/reports", json=a_report(right["id"], 9001))).json()
    await brand.post(f"/v1/rights/{right['id']}/renew", json={"expires_on": "2060-01-02"})
    authority = (await brand.post("/v1/authorities", json={
        "kind": "licence", "principal": {"name": "Acme GmbH", "country": "DE"}, "valid_from": "2020-01-01",
    })).json()  # fmt: skip
    return {
        "rgt": right["id"], "rep": report["id"], "itm": report["items"][0]["id"], "aut": authority["id"],
        "acc": str(running.caller("brand").account_id),
    }  # fmt: skip


async def _of_review(running: Running) -> Ids:
    report = a_submitted_report("9001", account_id=running.caller("brand").account_id)
    await submit(running, report)
    body = {"reviewer": "r-1", "lease_seconds": 3600}
    [task] = (await running.as_("vendor").post("/v1/tasks/claim", json=body)).json()["tasks"]
    return {
        "tsk": task["id"], "rep": str(report.report_id), "itm": str(report.items[0].item_id),
        "acc": str(report.account_id), "rgt": str(report.right.id), "lease_token": task["lease"]["token"],
    }  # fmt: skip


async def _of_conduct(running: Running) -> Ids:
    return {"acc": str(running.caller("brand").account_id)}


async def _of_escalation(running: Running) -> Ids:
    report = a_submitted_report("9001", account_id=running.caller("brand").account_id)
    await running.publish(report)
    body = {"severity": "p2", "reason": "A matter of many.", "report_id": str(report.report_id)}
    matter = (await running.as_("marketplace").post("/v1/escalations", json=body)).json()
    rules = (await running.as_("marketplace").get("/v1/severity-rules")).json()["data"]
    return {
        "esc": matter["id"], "rep": str(report.report_id), "itm": str(report.items[0].item_id),
        "acc": str(report.account_id), "rgt": str(report.right.id), "rul": rules[0]["id"] if rules else "",
    }  # fmt: skip


async def _of_notify(running: Running) -> Ids:
    body = {"url": "http://127.0.0.1:9/none", "event_types": ["*"]}
    endpoint = (await running.as_("brand").post("/v1/webhook-endpoints", json=body)).json()
    return {"whk": endpoint["id"], "acc": str(running.caller("brand").account_id)}


async def _of_screening(running: Running) -> Ids:
    await running.as_("marketplace").post("/v1/listings", json={"listings": [LISTING]})
    return {}


WORLDS = {
    "intake": _of_intake, "review": _of_review, "conduct": _of_conduct, "escalation": _of_escalation,
    "notify": _of_notify, "screening": _of_screening,
}  # fmt: skip
TABLES = {"rights.id": "rgt", "authorities.id": "aut", "reports.id": "rep", "reporters.account_id": "acc",
          "reporter_ratings.account_id": "acc", "escalations.id": "esc"}  # fmt: skip
TIMER_FIRST = {"report_clocks": "rep"}
"""Kinds that everyone locks before the things, with what their subject is."""


def _with_ids(value: Any, ids: Ids) -> Any:
    """The same with the ids of the things that are there."""
    if isinstance(value, dict):
        return {name: ids.get(name) or _with_ids(held, ids) for name, held in value.items()}
    if isinstance(value, list):
        return [_with_ids(held, ids) for held in value]
    found = re.fullmatch(r"([a-z]{3})_[0-9a-z]{26}", value) if isinstance(value, str) else None
    return ids.get(found[1], value) if found else value


def _writes(document: dict[str, Any], ids: Ids) -> list[tuple[str, str, Any]]:
    """Every writing operation about the things that are there: method, path, body."""
    found = []
    for method, path, operation in operations(document):
        if method == "GET" or "dead-letters" in path or "import" in path or "evidence" in path or "parse" in path:
            continue  # files are taken by loops of their own
        prefixes = {
            p["name"]: re.match(r"\^([a-z]{3})_", str(p["schema"].get("pattern", "")))
            for p in operation.get("parameters", []) if p["in"] == "path"
        }  # fmt: skip
        named = {name: ids.get(prefix[1]) if prefix else "1" for name, prefix in prefixes.items()}
        if None in named.values() or "" in named.values():
            continue
        body = example(document, operation) if "requestBody" in operation else None
        if isinstance(body, dict) and "wait_seconds" in body:
            body = {**body, "wait_seconds": 0}
        found.append((method, path.format(**named), _with_ids(body, ids)))
    return found


def _event(kind: type[Event], ids: Ids, numbers: Any) -> Event:
    """The smallest event of a kind, about the things that are there."""
    quick = settings(max_examples=20, phases=[Phase.generate], database=None,
                     suppress_health_check=list(HealthCheck))  # fmt: skip
    found = find(models(kind), lambda _: True, settings=quick)
    changed = _with_ids(found.model_dump(mode="json"), ids)
    return kind.model_validate({**changed, "version": next(numbers)})


async def _strike(running: Running, ticker: Ticker, ids: Ids) -> None:
    """Make every clock due, and let it strike."""
    subjects = {
        **{kind: ids[TABLES[_of(clause)]] for kind, clause in ticker.locks.items()},
        **{kind: ids[what] for kind, what in TIMER_FIRST.items() if kind in ticker.kinds},
    }
    assert subjects.keys() == ticker.kinds.keys(), "a new kind of timer: say which thing it is of"
    now = running.service.clock.now()
    async with running.database.pool.acquire() as connection:
        await connection.executemany(
            "INSERT INTO timers (kind, subject, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [(kind, subject, now) for kind, subject in subjects.items()],
        )
    for sweep in ticker.sweeps:
        sweep.next_at = None
    await ticker.tick(running.database, running.service.clock)


def _of(clause: Any) -> str:
    found = re.search(r"FROM (\w+) WHERE (\w+)", clause.sql)
    assert found is not None
    return f"{found[1]}.{found[2]}"


async def _answered(client: httpx.AsyncClient, write: tuple[str, str, Any]) -> str | None:
    method, path, body = write
    answer = await client.request(method, path, json=body)
    return f"{method} {path}: {answer.status_code} {answer.text[:200]}" if answer.status_code >= 500 else None


@pytest.mark.parametrize("name", WORLDS)
async def test_nothing_that_meets_fails(name: str, start_service: StartService) -> None:
    running = await start_service(name, consumer_pause="0.01", consumer_tries="2", webhook_allow_loopback="true")
    given_up = _total("marque_transactions_given_up_total")
    numbers = itertools.count(1000)
    failed: list[str] = []
    tried: set[tuple[str, str]] = set()
    for _ in range(ROUNDS):
        ids = await WORLDS[name](running)
        writes = _writes(running.app.openapi(), ids)
        tried |= {(method, re.sub(r"[a-z]{3}_[0-9a-z]{26}", "{}", path)) for method, path, _ in writes}
        events = [
            _event(registry[kind], ids, numbers) for kind in running.service.subscribers.subjects if kind in registry
        ]
        clients = [running.as_(kind, which) for kind, which in KINDS.items()]
        done = await asyncio.gather(
            *(_answered(client, write) for client in clients for write in writes),
            *(running.publish(event) for event in events),
            *(_strike(running, CLOCKS[name], ids) for _ in range(2)),
        )
        failed += [one for one in done if isinstance(one, str)]
    assert len(tried) >= {"conduct": 4, "screening": 1}.get(name, 5)
    assert not failed, "\n".join(failed)
    assert _total("marque_transactions_given_up_total") == given_up

    async with running.database.pool.acquire() as connection:
        assert await connection.fetch("SELECT kind, error FROM timers WHERE tries > 0") == []
        assert await connection.fetch(_MET_IN_VAIN) == []


def _total(name: str) -> float:
    return sum(sample.value for metric in REGISTRY.collect() for sample in metric.samples if sample.name == name)
