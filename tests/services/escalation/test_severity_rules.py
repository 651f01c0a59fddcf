"""Severity rules as the operator writes them."""

import asyncio
from typing import Any

import pytest

from shared.contracts.events import ReportTriaged
from shared.contracts.ids import RuleId
from shared.runtime.ids import new_id
from tests.services.escalation.conftest import Desk

RULE = {"name": "German markets", "expression": '"DE" in report.markets', "severity": "p1"}


async def _added(desk: Desk, **changes: Any) -> dict[str, Any]:
    answer = await desk.operator.post("/v1/severity-rules", json={**RULE, **changes})
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


async def test_a_new_platform_starts_with_rules(desk: Desk) -> None:
    rules = (await desk.operator.get("/v1/severity-rules")).json()["data"]
    assert {rule["severity"] for rule in rules} == {"p0", "p1", "p2"}
    assert len(rules) == 7
    assert all(rule["failure"] is None and rule["enabled"] for rule in rules)


async def test_rules_that_the_operator_took_away_do_not_come_back_with_the_next_start(desk: Desk) -> None:
    for rule in (await desk.operator.get("/v1/severity-rules")).json()["data"]:
        answer = await desk.operator.delete(f"/v1/severity-rules/{rule['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
    async with desk.running.app.router.lifespan_context(desk.running.app):
        assert (await desk.operator.get("/v1/severity-rules")).json()["data"] == []


async def test_a_rule_is_applied_from_now_on(desk: Desk) -> None:
    await desk.hear(desk.file().submitted())
    rule = await _added(desk)
    await desk.hear(desk.file().submitted())
    await desk.operator.patch(f"/v1/severity-rules/{rule['id']}", json={"enabled": False})
    await desk.hear(desk.file().submitted())
    triaged = await desk.recorded(ReportTriaged)
    assert [(t.items[0].severity, t.rule_id) for t in triaged] == [("p3", None), ("p1", rule["id"]), ("p3", None)]


async def test_of_equally_severe_rules_the_lowest_priority_is_the_reason(desk: Desk) -> None:
    await _added(desk, priority=7)
    first = await _added(desk, priority=3)
    await desk.hear(desk.file().submitted())
    assert (await desk.recorded(ReportTriaged))[0].rule_id == first["id"]


async def test_a_rule_is_read_and_changed_under_its_etag(desk: Desk) -> None:
    rule = await _added(desk, clock={"decide_seconds": 60})
    path = f"/v1/severity-rules/{rule['id']}"
    read = await desk.operator.get(path)
    assert read.json() == rule
    assert rule["clock"] == {"acknowledge_seconds": None, "decide_seconds": 60}
    tag = {"If-Match": read.headers["ETag"]}
    changed = await desk.operator.patch(path, json={"severity": "p0", "clock": None}, headers=tag)
    assert changed.json() == {
        **rule, "severity": "p0", "clock": None, "version": 2, "updated_at": changed.json()["updated_at"],
    }  # fmt: skip
    for call in (
        desk.operator.patch(path, json={"severity": "p1"}, headers=tag),
        desk.operator.delete(path, headers=tag),
    ):
        assert (await call).status_code == 412
    assert (await desk.operator.delete(path, headers={"If-Match": changed.headers["ETag"]})).status_code == 204
    for call in (
        desk.operator.get(path), desk.operator.patch(path, json={"severity": "p1"}), desk.operator.delete(path),
    ):  # fmt: skip
        assert (await call).status_code == 404


async def test_of_many_changes_under_one_etag_one_is_made(desk: Desk) -> None:
    rule = await _added(desk)
    answers = await asyncio.gather(
        *(
            desk.operator.patch(
                f"/v1/severity-rules/{rule['id']}", json={"name": f"Name {n}"}, headers={"If-Match": '"1"'}
            )
            for n in range(6)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 5]


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("report.claim ==", "Syntax error"),
        ("reporter.trusted", "undeclared reference"),
        ("claim == 'counterfeit'", "undeclared reference"),
        ("report.claim > 3", "no matching overload"),
        ("report.claim", "true or false"),
        ("1", "true or false"),
        ("dyn(true)", "true or false"),
        ("right.nice_classes[0] == 3", "without details"),
        ("1 / 0 == 1", "without details"),
        ("(" * 200 + "true" + ")" * 200, "recursion"),
    ],
)
async def test_an_expression_that_cannot_be_a_rule_is_refused_with_what_is_wrong_in_it(
    desk: Desk, expression: str, says: str
) -> None:
    rule = await _added(desk)
    for call in (
        desk.operator.post("/v1/severity-rules", json={**RULE, "expression": expression}),
        desk.operator.patch(f"/v1/severity-rules/{rule['id']}", json={"expression": expression}),
    ):
        answer = await call
        assert (answer.status_code, answer.json()["code"]) == (422, "severity_rule_invalid")
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "/expression"
        assert says in error["message"]
    assert (await desk.operator.get(f"/v1/severity-rules/{rule['id']}")).json() == rule


async def test_a_rule_cannot_hold_the_service_up(desk: Desk) -> None:
    numbers = f"[{', '.join(map(str, range(100)))}]"
    endless = f"{numbers}.exists(a, {numbers}.exists(b, {numbers}.exists(c, a + b + c < 0)))"
    answer = await desk.operator.post("/v1/severity-rules", json={**RULE, "expression": endless})
    assert answer.status_code == 422
    assert "budget" in answer.json()["errors"][0]["message"].lower()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "a\u202eb"}, "/name"),
        ({"name": None}, "/name"),
        ({"expression": 5}, "/expression"),
        ({"expression": "x" * 4001}, "/expression"),
        ({"expression": "true\x00"}, "/expression"),
        ({"severity": "p9"}, "/severity"),
        ({"priority": "1"}, "/priority"),
        ({"priority": -1}, "/priority"),
        ({"priority": 10_001}, "/priority"),
        ({"enabled": 1}, "/enabled"),
        ({"clock": {"decide_seconds": 0}}, "/clock/decide_seconds"),
        ({"clock": {"decide_seconds": 1.5}}, "/clock/decide_seconds"),
        ({"clock": {"acknowledge_seconds": 10**9}}, "/clock/acknowledge_seconds"),
        ({"clock": {"days": 1}}, "/clock/days"),
        ({"clock": [60]}, "/clock"),
        ({"order": 3}, "/order"),
    ],
)
async def test_a_rule_that_is_not_well_said_is_refused_with_its_place(
    desk: Desk, change: dict[str, Any], pointer: str
) -> None:
    answer = await desk.operator.post("/v1/severity-rules", json={**RULE, **change})
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_change_of_nothing_is_refused(desk: Desk) -> None:
    rule = await _added(desk)
    answer = await desk.operator.patch(f"/v1/severity-rules/{rule['id']}", json={})
    assert answer.status_code == 422


async def test_adding_a_rule_twice_under_one_key_adds_it_once(desk: Desk) -> None:
    headers = {"Idempotency-Key": "rule-1"}
    first = await desk.operator.post("/v1/severity-rules", json=RULE, headers=headers)
    again = await desk.operator.post("/v1/severity-rules", json=RULE, headers=headers)
    assert first.json() == again.json()
    assert len((await desk.operator.get("/v1/severity-rules")).json()["data"]) == 8


async def test_there_are_only_as_many_rules_as_the_operator_allows(start_service: Any) -> None:
    running = await start_service("escalation", severity_rules_limit="5")
    answer = await running.as_("marketplace").post("/v1/severity-rules", json=RULE)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_severity_rules")


@pytest.mark.parametrize("kind", ["brand", "vendor", "regulator"])
async def test_rules_and_severities_are_the_operators_alone(desk: Desk, kind: str) -> None:
    client, path = desk.as_(kind), f"/v1/severity-rules/{new_id(RuleId)}"
    for call in (
        client.get("/v1/severity-rules"),
        client.post("/v1/severity-rules", json=RULE),
        client.get(path),
        client.patch(path, json={"severity": "p0"}),
        client.delete(path),
        client.get("/v1/severities"),
        client.get("/v1/severities/p0"),
        client.patch("/v1/severities/p0", json={"decide": {"seconds": 1}}),
    ):
        assert (await call).status_code == 404


async def test_reading_rules_needs_a_scope_and_writing_them_another(desk: Desk) -> None:
    reader = desk.as_("marketplace", scopes=frozenset({"escalations:read"}))
    assert (await reader.get("/v1/severity-rules")).status_code == 200
    assert (await reader.post("/v1/severity-rules", json=RULE)).status_code == 403
    assert (await reader.patch("/v1/severities/p0", json={"decide": {"seconds": 1}})).status_code == 403


# Severities


async def test_the_severities_show_their_clocks(desk: Desk) -> None:
    listed = (await desk.operator.get("/v1/severities")).json()["data"]
    assert [row["severity"] for row in listed] == ["p0", "p1", "p2", "p3"]
    assert listed[0]["acknowledge"] == {"seconds": 900, "business_days": None}
    assert listed[3]["decide"] == {"seconds": None, "business_days": 5}


async def test_other_clocks_are_promised_from_now_on(desk: Desk) -> None:
    before = desk.file()
    await desk.hear(before.submitted())
    read = await desk.operator.get("/v1/severities/p3")
    change = {"decide": {"seconds": 600}}
    changed = await desk.operator.patch("/v1/severities/p3", json=change, headers={"If-Match": read.headers["ETag"]})
    assert changed.json()["decide"] == {"seconds": 600, "business_days": None}
    assert changed.json()["acknowledge"] == read.json()["acknowledge"]
    await desk.hear(desk.file().submitted())
    old, new = (triaged.items[0].decide_due_at for triaged in await desk.recorded(ReportTriaged))
    assert (new - desk.clock.now()).total_seconds() == 600
    assert old > new
    stale = await desk.operator.patch("/v1/severities/p3", json=change, headers={"If-Match": read.headers["ETag"]})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("severity", "body", "pointer"),
    [
        ("p0", {}, ""),
        ("p0", {"decide": None}, ""),
        ("p0", {"decide": {}}, "/decide"),
        ("p0", {"decide": {"seconds": 60, "business_days": 1}}, "/decide"),
        ("p0", {"decide": {"seconds": "60"}}, "/decide/seconds"),
        ("p0", {"decide": {"seconds": 0}}, "/decide/seconds"),
        ("p0", {"decide": {"business_days": 367}}, "/decide/business_days"),
        ("p0", {"decide": 60}, "/decide"),
        ("p0", {"remember": {"seconds": 60}}, "/remember"),
    ],
)
async def test_a_clock_that_is_not_well_said_is_refused_with_its_place(
    desk: Desk, severity: str, body: dict[str, Any], pointer: str
) -> None:
    answer = await desk.operator.patch(f"/v1/severities/{severity}", json=body)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_there_are_four_severities(desk: Desk) -> None:
    assert (await desk.operator.get("/v1/severities/p4")).status_code == 422
    assert (await desk.operator.patch("/v1/severities/p4", json={"decide": {"seconds": 1}})).status_code == 422
