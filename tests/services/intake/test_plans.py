"""What notices without an account ask of the database reads by an index, also where the planner knows nothing yet."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from services.intake.public_notices import confirmation
from services.intake.reports import notifiers
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
_ONE = {"ids": ["rep_7"], "withdrawn": [], "closed": [], "report_id": "rep_7", "letter": "question"}
BY_REPORT = {"completed": notifiers._COMPLETE, "opened again": notifiers._OPEN_AGAIN, "told": notifiers._OF_REPORTS}
MEANT = {
    "a title that many have": (confirmation.MEANT_BY_TITLE, "ACME", "owner 778"),
    "a title of its own": (confirmation.MEANT_BY_TITLE, "no. 777", "owner 777"),
    "a title that none has": (confirmation.MEANT_BY_TITLE, "nothing", "nobody"),
    "a number of its own": (confirmation.MEANT_BY_NUMBER, "18555", "EUIPO"),
    "a number that many offices gave": (confirmation.MEANT_BY_NUMBER, "7", "O500"),
}


async def _rows_read(connection: Any, statement: str, *values: str) -> int:
    """How many rights a look-up read, thrown away ones included; a scan of the table is not allowed at all."""
    await connection.execute(f"PREPARE meant (text, text, text) AS {statement}")
    arguments = ", ".join(f"'{value}'" for value in values)
    found = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE meant ('trademark', {arguments})")
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
    now = intake.running.service.clock.now()
    async with intake.running.database.pool.acquire() as connection:
        await forget_statistics(connection, "public_notices")
        await connection.execute(_NOTICES)
        if statistics == "analyzed":
            await connection.execute("ANALYZE public_notices")
    async with intake.running.database.transaction() as session:
        for which, statement in BY_REPORT.items():
            asked = text(f"EXPLAIN (FORMAT JSON) {statement.text}")
            values = {name: value for name, value in {**_ONE, "now": now}.items() if f":{name}" in statement.text}
            [explained] = (await (await session.connection()).execute(asked, values)).scalar_one()
            scans = [n["Node Type"] for n in nodes(explained["Plan"]) if n.get("Relation Name") == "public_notices"]
            assert "Seq Scan" not in scans, (which, scans)
            assert any("Scan" in scan for scan in scans), (which, scans)
