import json
from collections.abc import Sequence
from typing import Any

import pytest

from services.intake.reports.coalescer import EXAMINED
from services.intake.reports.statements import FILE, Filing
from shared.contracts.ids import AccountId, EventId, EvidenceId
from shared.runtime.ids import new_id
from tests.services.intake.conftest import Intake, a_report
from tests.services.intake.decisions import leave_review
from tests.statistics import forget_statistics


async def test_reports_are_listed_by_what_was_asked_in_pages(intake: Intake) -> None:
    right, second = await intake.right(), await intake.right()
    filed = [await intake.file(right["id"], n, reference=f"CASE-{n}") for n in range(3)]
    other = await intake.file(second["id"], 1, claim="trademark")
    await leave_review(intake, filed[0]["id"])
    for params, wanted in (
        ({}, [other["id"], filed[2]["id"], filed[1]["id"], filed[0]["id"]]),
        ({"state": "withdrawn"}, [filed[0]["id"]]),
        ({"right_id": second["id"]}, [other["id"]]),
        ({"reference": "CASE-2"}, [filed[2]["id"]]),
        ({"claim": "trademark"}, [other["id"]]),
        ({"claim": "trademark", "state": "withdrawn"}, []),
        ({"state": ["withdrawn", "received"], "claim": ["trademark", "patent"]}, [other["id"]]),
        ({"state": ["withdrawn", "received"], "right_id": right["id"], "reference": "CASE-0"}, [filed[0]["id"]]),
    ):
        listed = (await intake.brand.get("/v1/reports", params=params)).json()["data"]
        assert [report["id"] for report in listed] == wanted, params
    first = (await intake.brand.get("/v1/reports", params={"limit": 3})).json()
    rest = (await intake.brand.get("/v1/reports", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [report["id"] for report in rest["data"]] == [filed[0]["id"]]
    assert len((await intake.operator.get("/v1/reports")).json()["data"]) == 4


async def test_a_cursor_that_was_tampered_with_is_refused(intake: Intake) -> None:
    right = await intake.right()
    for number in range(2):
        await intake.file(right["id"], number)
    cursor = (await intake.brand.get("/v1/reports", params={"limit": 1})).json()["next_cursor"]
    swapped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for params in ({"cursor": swapped}, {"cursor": "AAAA"}, {"cursor": cursor, "state": "withdrawn"}):
        answer = await intake.brand.get("/v1/reports", params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), params
    for params in ({"limit": "0"}, {"limit": "201"}, {"state": "x"}, {"right_id": "rep_1"}, {"claim": "vibes"}):
        answer = await intake.brand.get("/v1/reports", params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), params


async def test_a_report_with_more_findings_than_are_shown_is_refused_with_the_first_thousand(intake: Intake) -> None:
    """An answer has a bound, however much is wrong: 500 listings that each name three files which are not there."""
    right = await intake.right()
    items = [
        {"url": f"https://shop.example/item/{n}", "evidence_ids": [str(new_id(EvidenceId)) for _ in range(3)]}
        for n in range(500)
    ]
    answer = await intake.brand.post("/v1/reports", json=a_report(right["id"], items=items))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "report_blocked")
    assert len(problem["findings"]) == 1000
    assert len(problem["errors"]) == 1000
    assert problem["errors"][0]["pointer"] == "/items/0/evidence_ids/0"
    assert problem["errors"][-1]["pointer"] == "/items/333/evidence_ids/0"


async def test_a_timeline_is_read_in_pages_oldest_first(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1, 2, 3)
    await leave_review(intake, report["id"])
    path, states, cursor = f"/v1/reports/{report['id']}/timeline", [], None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await intake.brand.get(path, params=params)).json()
        states += [entry["state"] for entry in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert states == ["received", "withdrawn", "withdrawn", "withdrawn", "withdrawn"]


def _rows_read(plan: dict[str, Any]) -> float:
    """The rows that the look-ups of a plan took from tables, those that did not fit included."""
    own = 0.0
    if "Relation Name" in plan and plan["Node Type"] != "ModifyTable":
        rows = (
            plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        )
        own = rows * plan["Actual Loops"]
    return own + sum(_rows_read(part) for part in plan.get("Plans", []))


async def _authorities(intake: Intake, right: dict[str, Any]) -> None:
    """One that covers the right, among very many of the same agent and of others."""
    given = {"kind": "licence", "principal": right["owner"], "valid_from": "2020-01-01"}
    authority = (await intake.brand.post("/v1/authorities", json=given)).json()
    await intake.operator.post(f"/v1/authorities/{authority['id']}/verify")
    await intake.execute(
        "INSERT INTO authorities SELECT (jsonb_populate_record(a, jsonb_build_object("
        "'id', 'aut_' || lpad(n::text, 26, '0'), "
        "'account_id', CASE WHEN n % 2 = 0 THEN account_id ELSE 'acc_' || n % 50 END, "
        "'principal', jsonb_build_object('name', 'Principal ' || n), "
        "'state', (ARRAY['verified', 'pending'])[1 + n % 3 % 2], "
        "'right_ids', CASE WHEN n % 5 = 0 THEN jsonb_build_array('rgt_' || n) END))).* "
        "FROM authorities a, generate_series(1, 3000) n"
    )


@pytest.mark.parametrize(("held_as", "most"), [("owner", 20), ("agent", 30)])
async def test_filing_reads_a_handful_of_rows_however_many_there_are(intake: Intake, held_as: str, most: int) -> None:
    async with intake.running.database.pool.acquire() as connection:
        await forget_statistics(connection, "authorities", "idempotency_keys", "report_items", "reports", "rights")
    right = await intake.right(held_as=held_as)
    await _authorities(intake, right)
    await intake.execute(
        "INSERT INTO report_items (id, report_id, account_id, right_id, right_type, marketplace, listing_id, url, "
        "media_type, part, evidence_ids, state, severity, created_at) "
        "SELECT 'itm_' || n, 'rep_' || n, 'acc_' || n % 50, $1, 'trademark', "
        "'shop.example', n::text, '', 'listing', 'whole', '[]', 'queued', 'p2', now() FROM generate_series(1, 6000) n",
        right["id"],
    )
    await intake.execute(
        "INSERT INTO rights SELECT (jsonb_populate_record(r, jsonb_build_object('id', 'rgt_' || n))).* "
        "FROM rights r, generate_series(1, 2000) n"
    )
    await intake.execute(
        "INSERT INTO idempotency_keys SELECT 'cli_' || n, 'key', '', 201, '', '', now() FROM generate_series(1, 6000) n"
    )
    coalescer = intake.running.service.resources.filing
    sent: list[list[Any]] = []
    original = coalescer._state

    async def listening(filings: Sequence[Filing], values: list[Any], accounts: Sequence[AccountId]) -> Any:
        sent.append(list(values))
        return await original(filings, values, accounts)

    coalescer._state = listening
    await intake.file(right["id"], "a", "b")
    await intake.execute("DELETE FROM report_items WHERE listing_id IN ('a', 'b')")
    await intake.execute("DELETE FROM reports")
    [event_ids] = (place for place, value in enumerate(sent[0]) if str(value).startswith("['evt_"))
    sent[0][event_ids] = [str(new_id(EventId))]
    explain = "EXPLAIN (ANALYZE, FORMAT JSON) "
    async with intake.running.database.pool.acquire() as connection:
        for analyzed in (False, True):
            if analyzed:
                await connection.execute("ANALYZE")
            undone = connection.transaction()
            await undone.start()
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            plan = json.loads(await connection.fetchval(explain + FILE, *sent[0]))[0]["Plan"]
            await undone.rollback()
            assert _rows_read(plan) < most, plan
            place = (right["account_id"], right["id"], {"shop.example": ["1"]})
            plan = json.loads(await connection.fetchval(explain + EXAMINED, *place))[0]["Plan"]
            assert _rows_read(plan) < most, plan
