"""Bring a service's database to the newest shape: the runtime's tables and the service's own."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from alembic import command
from alembic.config import Config

from shared.runtime.addresses import CHECKER, PASSWORD_VARIABLE, role_of, service_url
from shared.runtime.locks import Lock
from shared.runtime.moves import moves_of
from shared.runtime.moving import move_tables
from shared.runtime.revisions import migration_folders

_RUNTIME = Path(__file__).parent / "migrations"


def _config(service: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_RUNTIME))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", ":".join(map(str, migration_folders(service))))
    config.attributes["url"] = url
    return config


async def ensure_database(service: str, server_url: str, passwords: Mapping[str, str], *, close: bool = False) -> None:
    """Make the roles and the database of a service, where the server's address leaves that to us.

    The roles get the passwords given, whether they are new or not: a new password is a new start of this. With `close`
    the server is ours alone, and nobody but its superuser enters the databases that it came with.
    """
    if "{service}" in server_url:
        return
    name = role_of(service)
    admin = await asyncpg.connect(
        server_url if urlsplit(server_url).path.strip("/") else server_url.rstrip("/") + "/postgres"
    )
    try:
        await admin.execute(f"SELECT pg_advisory_lock({Lock.MIGRATIONS_OF_SERVER.sql()})")
        await _ensure_role(admin, name, passwords.get(service) or unquote(urlsplit(server_url).password or ""))
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await admin.execute(f"CREATE DATABASE {name} OWNER {name}")
        await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        if CHECKER in passwords:
            await _ensure_role(admin, role_of(CHECKER), passwords[CHECKER])
            await admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {role_of(CHECKER)}")
        if close:
            await admin.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
    finally:
        await admin.close()


async def _ensure_role(admin: asyncpg.Connection, name: str, password: str) -> None:
    known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
    change = f"{'ALTER' if known else 'CREATE'} ROLE %I LOGIN PASSWORD %L"
    await admin.execute(await admin.fetchval(f"SELECT format('{change}', $1::text, $2::text)", name, password))


async def _let_the_checker_read(url: str) -> None:
    """As the owner: everything that is in the database, and that comes later, may be read and not changed."""
    checker = role_of(CHECKER)
    owner = await asyncpg.connect(url)
    try:
        await owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {checker}")
        await owner.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {checker}")
    finally:
        await owner.close()


async def migrate_url(service: str, url: str) -> None:
    """Bring the database at this very URL to the newest shape."""
    await asyncio.to_thread(command.upgrade, _config(service, url), "heads")


async def migrate(
    service: str, server_url: str, passwords: Mapping[str, str] | None = None, *, close: bool = False
) -> None:
    """Make the database of a service where there is none, and bring it to the newest shape.

    `passwords` are those of the roles, by service; one for `checker` makes the role that may read all databases.
    """
    passwords = passwords or {}
    await ensure_database(service, server_url, passwords, close=close)
    url = service_url(server_url, service, passwords.get(service))
    await migrate_url(service, url)
    if CHECKER in passwords and "{service}" not in server_url:
        await _let_the_checker_read(url)


def passwords_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The passwords in the environment: `MARQUE_DATABASE_PASSWORD_<SERVICE>`, and one for `CHECKER`."""
    return {
        name.removeprefix(PASSWORD_VARIABLE).lower(): value
        for name, value in environment.items()
        if name.startswith(PASSWORD_VARIABLE) and value
    }


async def migrate_all(
    services: Sequence[str], server_url: str, passwords: Mapping[str, str], *, close: bool = False
) -> None:
    """Migrate these services, then move to each what was another's until now."""
    for service in services:
        await migrate(service, server_url, passwords, close=close)
    for service in services:
        await move_tables(server_url, service, moves_of(service))


async def _main(services: Sequence[str], *, close: bool) -> None:
    """Migrate these services: the server and its superuser are in MARQUE_DATABASE_URL."""
    await migrate_all(services, os.environ["MARQUE_DATABASE_URL"], passwords_of(os.environ), close=close)


if __name__ == "__main__":
    asyncio.run(_main([name for name in sys.argv[1:] if name != "--close"], close="--close" in sys.argv))
