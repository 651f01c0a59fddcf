"""What notices without an account ask of the database reads by an index, also where the planner knows nothing yet."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.public_notices import statements as notices
from services.intake.reports import statements as reports
from shared.runtime.statements import Statement
from tests.services.intake.conftest import Intake
from tests.statistics import forget_statistics, nodes

MANY = 3000
_RIGHTS = f"""
INSERT INTO rights (id, account_id, type, state, version, title, owner, territories, office, number_key,
                    nice_classes, details, held_as, verified_at, created_at, updated_at)
SELECT 'rgt_' || i, 'acc_' || i % 10, 'trademark', 'verified', 1,
       CASE WHEN i % 2 = 0 THEN 'Acme' ELSE 'No. ' || i END,
       jsonb_build_object('name', 'Owner ' || i % 1000), '{{}}', CASE WHEN i % 3 = 0 THEN 'EUIPO' ELSE 'O' || i END,
       CASE WHEN i % 3 = 0 THEN '18' || i ELSE '7' END, '{{}}', '{{}}',
       CASE WHEN i > 1000 THEN 'agent' ELSE 'owner' END, now(), now(), now()
FROM generate_series(1, {MANY}) i
"""
_NOTICES = f"""
INSERT INTO public_notices (id, account_id, state, email, email_hash, language, body, listings, report_id, created_at,
                            expires_at, completed_at)
SELECT 'ntc_' || i, 'acc', 'filed', 'a@b.example', '', 'en', '{{}}', '[]', 'rep_' || i, now(), now(), NULL
FROM generate_series(1, {MANY}) i
"""
NOW = datetime(2030, 1, 1, tzinfo=UTC)
BY_REPORT: tuple[tuple[Statement, dict[str, Any]], ...] = (
    (reports.COMPLETE_NOTICES, {"ids": ["rep_7"], "withdrawn": [], "closed": [], "now": NOW}),
    (reports.OPEN_NOTICE_AGAIN, {"report_id": "rep_7"}),
    (reports.NOTICES_OF_REPORTS, {"ids": ["rep_7"]}),
)
OF_SENDER = (notices.TAKEN_FROM_ADDRESS, notices.TAKEN_FROM_EMAIL)
MEANT: dict[str, tuple[Statement, dict[str, str]]] = {
    "a title that many have": (notices.MEANT_BY_TITLE, {"title": "ACME", "owner": "owner 778"}),
    "a title of its own": (notices.MEANT_BY_TITLE, {"title": "no. 777", "owner": "owner 777"}),
    "a title that none has": (notices.MEANT_BY_TITLE, {"title": "nothing", "owner": "nobody"}),
    "a number of its own": (notices.MEANT_BY_NUMBER, {"number_key": "18555", "office": "EUIPO"}),
    "a number that many offices gave": (notices.MEANT_BY_NUMBER, {"number_key": "7", "office": "O500"}),
}
PLANNED = (notices.MEANT_BY_NUMBER, notices.MEANT_BY_TITLE, *OF_SENDER, *(statement for statement, _ in BY_REPORT))


async def _rows_read(connection: Any, statement: Statement, values: dict[str, str]) -> int:
    """How many rights a look-up read, thrown away ones included; a scan of the table is not allowed at all."""
    await connection.execute(f"PREPARE meant (text, text, text) AS {statement.sql}")
    arguments = ", ".join(f"'{value}'" for value in statement.arguments(type="trademark", **values))
    found = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE meant ({arguments})")
    await connection.execute("DEALLOCATE meant")
    [explained] = json.loads(found) if isinstance(found, str) else found
    read = 0
    for node in nodes(explained["Plan"]):
        if node.get("Relation Name") == "rights":
            assert node["Node Type"] != "Seq Scan", node
            read += node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            read += node.get("Rows Removed by Index Recheck", 0)
    return int(read)


@pytest.mark.parametrize("statistics", ["fresh", "analyzed"])
async def test_the_right_that_is_meant_is_found_without_reading_others(intake: Intake, statistics: str) -> None:
    async with intake.running.database.pool.acquire() as connection, connection.transaction():
        await forget_statistics(connection, "rights")
        await connection.execute(_RIGHTS)
        if statistics == "analyzed":
            await connection.execute("ANALYZE rights")
        for mode in ("force_custom_plan", "force_generic_plan"):  # the driver comes to the second after some calls
            await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
            read = {which: await _rows_read(connection, *look_up) for which, look_up in MEANT.items()}
            assert read == {which: 0 if "none" in which else 1 for which in MEANT}, mode


@pytest.mark.parametrize("statistics", ["fresh", "analyzed"])
async def test_what_happens_to_a_report_finds_its_notice_among_many(intake: Intake, statistics: str) -> None:
    """Most reports have none, and every one of them asks."""
    async with intake.running.database.pool.acquire() as connection, connection.transaction():
        await forget_statistics(connection, "public_notices")
        await connection.execute(_NOTICES)
        if statistics == "analyzed":
            await connection.execute("ANALYZE public_notices")
        for statement, values in BY_REPORT:
            await _looks_up(connection, statement, values)
        for statement in OF_SENDER:
            await _looks_up(connection, statement, {"hash": b"1", "since": NOW, "most": 5})


async def _looks_up(connection: Any, statement: Statement, values: dict[str, Any]) -> None:
    """Whichever way it finds a notice, it is by an index."""
    found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement.sql}", *statement.arguments(**values))
    [explained] = json.loads(found) if isinstance(found, str) else found
    scans = [n["Node Type"] for n in nodes(explained["Plan"]) if n.get("Relation Name") == "public_notices"]
    assert "Seq Scan" not in scans, (statement.name, scans)
    assert any("Scan" in scan for scan in scans), (statement.name, scans)
