"""What every filing asks of the database reads a handful of rows, also where the planner knows nothing yet."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.accounts.limits import SLACK
from services.intake.reports import statements
from services.intake.reports.filing_batch import Filing, parameters
from services.intake.standing import statements as standing
from shared.contracts.ids import AccountId, EventId
from shared.runtime.ids import new_id
from shared.runtime.statements import Statement
from tests.services.intake.conftest import Intake
from tests.statistics import forget_statistics

PLANNED = (statements.FILE, statements.EXAMINED, statements.RIGHT_AT_HAND, standing.RATING, standing.IN_USE)


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


async def _fill(intake: Intake, right: dict[str, Any]) -> None:
    """Thousands of rows of others in every table that filing looks into."""
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


@pytest.mark.parametrize(("held_as", "most"), [("owner", 20), ("agent", 30)])
async def test_filing_reads_a_handful_of_rows_however_many_there_are(intake: Intake, held_as: str, most: int) -> None:
    async with intake.running.database.pool.acquire() as connection:
        await forget_statistics(connection, "authorities", "idempotency_keys", "report_items", "reports", "rights")
    right = await intake.right(held_as=held_as)
    await _fill(intake, right)
    coalescer = intake.running.service.resources.filing
    sent: list[Filing] = []
    original = coalescer._state

    async def listening(filings: Sequence[Filing], accounts: Sequence[AccountId]) -> Any:
        sent.extend(filings)
        return await original(filings, accounts)

    coalescer._state = listening
    await intake.file(right["id"], "a", "b")
    await intake.execute("DELETE FROM report_items WHERE listing_id IN ('a', 'b')")
    await intake.execute("DELETE FROM reports")
    again = replace(sent[0], event=(str(new_id(EventId)), *sent[0].event[1:]))
    filed = parameters([again], limit=1000, slack=SLACK)
    looked_at = {"account_id": right["account_id"], "right_id": right["id"]}
    day = datetime(2026, 1, 1, tzinfo=UTC)
    looks: tuple[tuple[Statement, dict[str, Any]], ...] = (
        (statements.FILE, filed),
        (statements.EXAMINED, {**looked_at, "places": {"shop.example": ["1"]}}),
        (statements.RIGHT_AT_HAND, looked_at),
        (standing.RATING, {"account_id": right["account_id"]}),
        (standing.IN_USE, {"account_id": "acc_1", "since": day, "most_filings": 5, "most_items": 5}),
    )
    async with intake.running.database.pool.acquire() as connection:
        for analyzed in (False, True):
            if analyzed:
                await connection.execute("ANALYZE")
            for statement, values in looks:
                undone = connection.transaction()
                await undone.start()
                await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}"
                plan = json.loads(await connection.fetchval(explained, *statement.arguments(**values)))[0]["Plan"]
                await undone.rollback()
                assert _rows_read(plan) < most, (statement.name, plan)
