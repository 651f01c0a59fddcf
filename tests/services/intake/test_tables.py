"""What the models of intake's tables say is what its migrations made."""

from services.intake import abuse_tables, evidence_tables, import_tables, standing_tables
from services.intake.tables import metadata
from tests.services.intake.conftest import Intake

KEPT = (abuse_tables.Trace, import_tables.Import, evidence_tables.EvidenceUse, standing_tables.Conduct)


async def test_the_tables_are_what_the_models_say(intake: Intake) -> None:
    assert {model.__tablename__ for model in KEPT} <= metadata.tables.keys()
    async with intake.running.database.pool.acquire() as connection:
        for table in metadata.tables.values():
            rows = await connection.fetch(
                "SELECT column_name, is_nullable FROM information_schema.columns "
                "WHERE table_schema = 'public' AND table_name = $1",
                table.name,
            )
            found = {(row["column_name"], row["is_nullable"] == "YES") for row in rows}
            assert found == {(column.name, bool(column.nullable)) for column in table.columns}, table.name
