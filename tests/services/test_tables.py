"""What the models of a service's tables say is what its migrations made."""

import importlib
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from deploy.registry import behind_the_gateway
from tests.conftest import StartService


def _tables(name: str) -> MetaData:
    """The tables of a service, all of its models being imported."""
    package = importlib.import_module(f"services.{name}")
    folder = Path(package.__path__[0])
    for file in folder.glob("*/**/tables.py"):
        importlib.import_module(".".join([f"services.{name}", *file.relative_to(folder).with_suffix("").parts]))
    metadata: MetaData = importlib.import_module(f"services.{name}.tables").metadata
    return metadata


@pytest.mark.parametrize("name", behind_the_gateway())
async def test_the_tables_are_what_the_models_say(name: str, start_service: StartService) -> None:
    running = await start_service(name)
    metadata = _tables(name)
    assert metadata.tables
    async with running.database.pool.acquire() as connection:
        for table in metadata.tables.values():
            rows = await connection.fetch(
                "SELECT column_name, is_nullable FROM information_schema.columns "
                "WHERE table_schema = 'public' AND table_name = $1",
                table.name,
            )
            found = {(row["column_name"], row["is_nullable"] == "YES") for row in rows}
            assert found == {(column.name, bool(column.nullable)) for column in table.columns}, table.name
