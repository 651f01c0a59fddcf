"""Evidence is found by an index, also where the planner knows nothing of its tables yet."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.evidence import statements
from shared.runtime.statements import Statement
from tests.services.intake.conftest import Intake
from tests.statistics import forget_statistics, nodes

MANY = 3000
TABLES = ("evidence_files", "evidence", "evidence_uses")
_FILLED = f"""
INSERT INTO evidence_files SELECT 'h' || i, 'text/plain', 1, NULL, NULL, NULL, '[]', NULL, now()
FROM generate_series(1, {MANY}) i;
INSERT INTO evidence SELECT 'evd_' || i, 'acc_' || i % 10, 'h' || i, NULL, true, now(), now()
FROM generate_series(1, {MANY}) i;
INSERT INTO evidence_uses SELECT 'evd_' || i, 'rep_' || i, 'acc_' || i % 10, 'rgt_' || i, 'h' || i, now()
FROM generate_series(1, {MANY}) i;
"""
NOW = datetime(2030, 1, 1, tzinfo=UTC)
LOOKED_UP: tuple[tuple[Statement, dict[str, Any]], ...] = (
    (
        statements.FIND_EVIDENCE,
        {"account_id": "acc_7", "ids": ["evd_7", "evd_17", "evd_8"], "given": '{"name": "Acme"}'},
    ),
    (statements.MARK_NAMED, {"account_id": "acc_7", "ids": ["evd_7", "evd_17"], "before": NOW, "now": NOW}),
    (statements.KEEP_EVIDENCE, {"ids": ["evd_7"]}),
    (statements.OWN_EVIDENCE, {"account_id": "acc_7", "sha256": "h7"}),
    (statements.FILE_IS_USED, {"sha256": "h7"}),
    (statements.COUNT_UNUSED, {"account_id": "acc_7", "most": 5000}),
    (statements.UNUSED_SINCE, {"before": NOW, "most": 100}),
    (statements.FILES_UNUSED_SINCE, {"before": NOW, "most": 100}),
    (statements.MARK_FILE_UNUSED, {"sha256": "h7", "now": NOW + timedelta(days=1)}),
)
PLANNED = tuple(statement for statement, _ in LOOKED_UP)


@pytest.mark.parametrize("statistics", ["fresh", "analyzed"])
async def test_evidence_is_found_without_reading_that_of_others(intake: Intake, statistics: str) -> None:
    async with intake.running.database.pool.acquire() as connection, connection.transaction():
        await forget_statistics(connection, *TABLES)
        await connection.execute(_FILLED)
        if statistics == "analyzed":
            await connection.execute(f"ANALYZE {', '.join(TABLES)}")
        for mode in ("force_custom_plan", "force_generic_plan"):  # the driver comes to the second after some calls
            await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
            for statement, values in LOOKED_UP:
                found = await connection.fetchval(
                    f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.arguments(**values)
                )
                [explained] = json.loads(found) if isinstance(found, str) else found
                for node in nodes(explained["Plan"]):
                    if node.get("Relation Name") in TABLES and "Scan" in node["Node Type"]:
                        assert node["Node Type"] != "Seq Scan", (statement.name, mode, node["Relation Name"])
                        assert node.get("Rows Removed by Filter", 0) <= 10, (statement.name, mode, node)
