"""Evidence is found by an index, also where the planner knows nothing of its tables yet."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.evidence import records, references
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
LOOKED_UP: dict[str, tuple[str, tuple[Any, ...]]] = {
    "what a report names": (references._AT_HAND, ("acc_7", ["evd_7", "evd_17", "evd_8"], '{"name": "Acme"}')),
    "to have it stay": (references._NAME, ("acc_7", ["evd_7", "evd_17"], NOW, NOW)),
    "to keep it": (references._KEEP, (["evd_7"],)),
    "the same file": (records._OWN, ("acc_7", "h7")),
    "whether a file is there": (records._LIES_THERE, ("h7",)),
    "what lies about": (records._UNUSED, ("acc_7", 5000)),
    "what is to go": (records._FORGOTTEN, (NOW, 100)),
    "files of nobody": (records._LOOSE, (NOW, 100)),
    "what a file was let go by": (records._LOOSEN, ("h7", NOW + timedelta(days=1))),
}


@pytest.mark.parametrize("statistics", ["fresh", "analyzed"])
async def test_evidence_is_found_without_reading_that_of_others(intake: Intake, statistics: str) -> None:
    async with intake.running.database.pool.acquire() as connection, connection.transaction():
        await forget_statistics(connection, *TABLES)
        await connection.execute(_FILLED)
        if statistics == "analyzed":
            await connection.execute(f"ANALYZE {', '.join(TABLES)}")
        for mode in ("force_custom_plan", "force_generic_plan"):  # the driver comes to the second after some calls
            await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
            for what, (statement, values) in LOOKED_UP.items():
                found = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values)
                [explained] = json.loads(found) if isinstance(found, str) else found
                for node in nodes(explained["Plan"]):
                    if node.get("Relation Name") in TABLES and "Scan" in node["Node Type"]:
                        assert node["Node Type"] != "Seq Scan", (what, mode, node["Relation Name"])
                        assert node.get("Rows Removed by Filter", 0) <= 10, (what, mode, node)
