"""What the models of intake's tables say is what its migrations made."""

import importlib
from pathlib import Path

import services.intake
from services.intake.tables import metadata
from tests.services.intake.conftest import Intake

FOLDER = Path(services.intake.__path__[0])
for file in FOLDER.glob("*/**/tables.py"):
    importlib.import_module(".".join(["services.intake", *file.relative_to(FOLDER).with_suffix("").parts]))


async def test_the_tables_are_what_the_models_say(intake: Intake) -> None:
    assert {"rights", "authorities", "reports", "imports", "evidence_uses", "traces"} <= metadata.tables.keys()
    async with intake.running.database.pool.acquire() as connection:
        for table in metadata.tables.values():
            rows = await connection.fetch(
                "SELECT column_name, is_nullable FROM information_schema.columns "
                "WHERE table_schema = 'public' AND table_name = $1",
                table.name,
            )
            found = {(row["column_name"], row["is_nullable"] == "YES") for row in rows}
            assert found == {(column.name, bool(column.nullable)) for column in table.columns}, table.name
