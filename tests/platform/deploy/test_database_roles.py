"""Each service's role in the database reaches its own database and nothing else; the checker's reads and writes not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import Postgres
from deploy.registry import names
from shared.runtime.addresses import service_url
from shared.runtime.migrate import ensure_database, migrate, passwords_of

SERVICES = names()
PASSWORDS = {name: f"secret of {name}, with 'quotes' and /@:" for name in (*SERVICES, "checker")}


@dataclass
class Cluster:
    """A server whose roles were made as the migration does: all of them, and all tables of notify."""

    server: Postgres
    passwords: dict[str, str] = field(default_factory=lambda: dict(PASSWORDS))

    async def make(self) -> None:
        for name in SERVICES[:-1]:
            await ensure_database(name, self.server.url, self.passwords, close=True)
        await migrate("notify", self.server.url, self.passwords, close=True)

    async def connect(self, role: str, *, database: str | None = None) -> asyncpg.Connection:
        url = service_url(self.server.url, role, self.passwords[role])
        return await asyncpg.connect(url, database=database or f"marque_{role}")


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    async with Postgres(Path(tmp_path_factory.mktemp("roles")) / "data", durable=False) as server:
        made = Cluster(server)
        await made.make()
        yield made


async def test_a_role_enters_its_own_database_and_no_other(cluster: Cluster) -> None:
    databases = [f"marque_{name}" for name in SERVICES] + ["postgres", "template1"]
    for role in SERVICES:
        for database in databases:
            if database == f"marque_{role}":
                connection = await cluster.connect(role)
                assert await connection.fetchval("SELECT current_user::text") == database
                await connection.close()
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
                    await cluster.connect(role, database=database)


async def test_no_password_opens_another_role_nor_the_superuser(cluster: Cluster) -> None:
    for role in (*SERVICES, "checker"):
        for other in (*(f"marque_{name}" for name in SERVICES if name != role), "marque"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(
                    host="127.0.0.1", port=cluster.server.port, user=other, password=cluster.passwords[role],
                    database=f"marque_{role}",
                )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE someone", "CREATE DATABASE something", "ALTER ROLE marque_intake SUPERUSER",
        "ALTER ROLE marque_intake PASSWORD 'mine'", "SET ROLE marque_intake", "SET SESSION AUTHORIZATION marque",
        "SELECT pg_read_file('postgresql.conf')", "SELECT pg_ls_dir('.')", "COPY (SELECT 1) TO '/tmp/out'",
        "COPY (SELECT 1) TO PROGRAM 'true'", "ALTER SYSTEM SET fsync = 'off'", "SELECT * FROM pg_authid",
        "SELECT pg_reload_conf()", "DROP DATABASE marque_intake",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'marque'",
    ],
)  # fmt: skip
async def test_a_role_is_refused_what_is_the_superusers(cluster: Cluster, statement: str) -> None:
    superuser = await asyncpg.connect(cluster.server.url, database="postgres")  # someone to terminate
    connection = await cluster.connect("notify")
    try:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)):
            await connection.execute(statement)
    finally:
        await connection.close()
        await superuser.close()


async def test_the_checker_reads_every_table_and_changes_none(cluster: Cluster) -> None:
    for name in SERVICES:
        connection = await cluster.connect("checker", database=f"marque_{name}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE mine (id int)")
        await connection.close()
    connection = await cluster.connect("checker", database="marque_notify")
    tables = [
        row["tablename"]
        for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    assert "outbox" in tables
    for table in tables:
        await connection.fetch(f"SELECT * FROM {table} LIMIT 1")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"DELETE FROM {table}")
    await connection.close()


async def test_a_table_that_comes_later_is_the_checkers_to_read_as_well(cluster: Cluster) -> None:
    owner = await cluster.connect("notify")
    await owner.execute("CREATE TABLE later AS SELECT 42 AS value")
    checker = await cluster.connect("checker", database="marque_notify")
    assert await checker.fetchval("SELECT value FROM later") == 42
    await checker.close()
    await owner.execute("DROP TABLE later")
    await owner.close()


async def test_a_new_password_is_given_to_the_role_at_the_next_migration(cluster: Cluster) -> None:
    cluster.passwords["review"] = "another"
    await ensure_database("review", cluster.server.url, cluster.passwords)
    await (await cluster.connect("review")).close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(service_url(cluster.server.url, "review", PASSWORDS["review"]))


async def test_roles_that_shared_the_superusers_password_get_their_own(tmp_path: Path) -> None:
    async with Postgres(tmp_path / "data", durable=False) as server:
        await ensure_database("intake", server.url, {})
        shared = service_url(server.url, "intake")
        await (await asyncpg.connect(shared)).close()
        await ensure_database("intake", server.url, {"intake": "its own"})
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(shared)
        await (await asyncpg.connect(service_url(server.url, "intake", "its own"))).close()


def test_the_passwords_are_taken_from_the_environment_by_service() -> None:
    found = passwords_of({"MARQUE_DATABASE_PASSWORD_INTAKE": "a", "MARQUE_DATABASE_PASSWORD_CHECKER": "", "PATH": "b"})
    assert found == {"intake": "a"}


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("postgresql://marque:a@db:5432", "postgresql://marque_intake:b%2Fc@db:5432/marque_intake"),
        ("postgresql://x:y@db/own", "postgresql://x:y@db/own"),
        ("postgresql://{service}:y@db/{service}", "postgresql://intake:y@db/intake"),
    ],
)
def test_an_address_that_names_a_database_is_used_as_it_stands(given: str, address: str) -> None:
    assert service_url(given, "intake", "b/c") == address
