"""Bring a service's database to the newest shape: the runtime's tables and the service's own."""

import asyncio
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import to_tuple

from shared.runtime.database import service_url

_ROOT = Path(__file__).resolve().parents[2]
_RUNTIME = Path(__file__).parent / "migrations"


def own_migrations(service: str) -> Path:
    """Where a service keeps its migrations."""
    return _ROOT / ("gateway" if service == "gateway" else f"services/{service}") / "migrations"


def _config(service: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_RUNTIME))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", f"{_RUNTIME / 'versions'}:{own_migrations(service)}")
    config.attributes["url"] = url
    return config


def heads(service: str) -> set[str]:
    """The revisions that the code of this service was written for, as Alembic records them.

    One that another depends on is implied by it, and not recorded beside it.
    """
    scripts = ScriptDirectory.from_config(_config(service, ""))
    implied = {name for revision in scripts.walk_revisions() for name in to_tuple(revision.dependencies, ())}
    return set(scripts.get_heads()) - implied


async def applied(connection: asyncpg.Connection) -> set[str]:
    """The revisions that a database has."""
    return {row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")}


async def ensure_database(service: str, server_url: str) -> None:
    """Make the service's role and database, where the server's URL leaves that to us."""
    if "{service}" in server_url:
        return
    name = f"marque_{service}"
    admin = await asyncpg.connect(
        server_url if urlsplit(server_url).path.strip("/") else server_url.rstrip("/") + "/postgres"
    )
    try:
        await admin.execute("SELECT pg_advisory_lock(7246001)")
        if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
            password = unquote(urlsplit(server_url).password or "").replace("'", "''")
            await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await admin.execute(f"CREATE DATABASE {name} OWNER {name}")
            await admin.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    finally:
        await admin.close()


async def migrate_url(service: str, url: str) -> None:
    """Bring the database at this very URL to the newest shape."""
    await asyncio.to_thread(command.upgrade, _config(service, url), "heads")


async def migrate(service: str, server_url: str) -> None:
    """Make the database of a service where there is none, and bring it to the newest shape."""
    await ensure_database(service, server_url)
    await migrate_url(service, service_url(server_url, service))


if __name__ == "__main__":
    import os

    for _name in sys.argv[1:]:
        asyncio.run(migrate(_name, os.environ["MARQUE_DATABASE_URL"]))
