"""A database that can store nothing for the moment: the caller is told to come back, and readiness says why."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.conftest import Servers
from tests.running import Running, eventually
from tests.services.runtime_http.test_bad_input import stored

RAISES = """
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END $$;
CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@asynccontextmanager
async def refusing(running: Running, code: str, table: str) -> AsyncIterator[None]:
    """Every row for a table is refused as a server does that has no room (53100) or no memory (53200)."""
    async with running.database.pool.acquire() as connection:
        await connection.execute(RAISES.format(code=code, table=table))
    try:
        yield
    finally:
        async with running.database.pool.acquire() as connection:
            await connection.execute(f"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse")


@pytest.mark.parametrize("table", ["notes", "outbox", "idempotency_keys"])
async def test_a_full_database_asks_the_caller_to_come_back_and_is_named(running: Running, table: str) -> None:
    note, key = {"name": "kept"}, {"Idempotency-Key": "the-same-note"}
    async with refusing(running, "53100", table):
        answer = await running.as_("brand").post("/v1/notes", json=note, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
        assert answer.headers["Retry-After"] == "5"
        ready = await running.anonymous.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "unready")
        assert ready.json()["checks"]["database"] == "the database's disk is full"
    assert await stored(running) == 0
    assert (await running.as_("brand").post("/v1/notes", json=note, headers=key)).status_code == 201
    assert await stored(running) == 1


async def test_a_server_without_memory_asks_the_caller_to_come_back(running: Running) -> None:
    async with refusing(running, "53200", "notes"):
        answer = await running.as_("brand").post("/v1/notes", json={"name": "kept"})
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "unavailable", "1")


async def test_a_database_that_is_read_only_is_named_and_asks_the_caller_to_come_back(
    running: Running, servers: Servers
) -> None:
    admin = await asyncpg.connect(servers.database_url, database="postgres")
    try:
        await _set_for_all(admin, "ALTER ROLE marque_notify SET default_transaction_read_only = on")
        answer = await running.as_("brand").post("/v1/notes", json={"name": "kept"})
        assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "read_only", "5")
        ready = await running.anonymous.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"]["database"].startswith("the database takes no writes")
    finally:
        await _set_for_all(admin, "ALTER ROLE marque_notify RESET default_transaction_read_only")
        await admin.close()
    await eventually(lambda: _is_ready(running))
    assert (await running.as_("brand").post("/v1/notes", json={"name": "kept"})).status_code == 201


async def test_a_check_that_is_tolerated_is_shown_and_readiness_stays(running: Running) -> None:
    async def trouble() -> str:
        return "the store is away"

    await eventually(lambda: _is_ready(running))
    running.service.checks["store"] = trouble
    assert (await running.anonymous.get("/readyz")).status_code == 503
    running.service.settings = running.service.settings.model_copy(update={"tolerated_checks": frozenset({"store"})})
    answer = await running.anonymous.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["store"] == "the store is away"
    assert 'marque_check_ok{check="store"} 0.0' in (await running.anonymous.get("/metrics")).text


async def _set_for_all(admin: asyncpg.Connection, statement: str) -> None:
    """A setting of a role, and an end to its connections: it comes with the next ones."""
    await admin.execute(statement)
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'marque_notify'")


async def _is_ready(running: Running) -> bool:
    return (await running.anonymous.get("/readyz")).status_code == 200
