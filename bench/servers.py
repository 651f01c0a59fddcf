"""The real servers that the benchmarks run on, with the durability of production."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.nats import NatsServer
from deploy.local.postgres import Postgres
from shared.runtime.database import Database
from shared.runtime.migrate import migrate_url
from shared.runtime.settings import RuntimeSettings


@dataclass(frozen=True)
class Servers:
    """A PostgreSQL and a NATS server for one run."""

    postgres: Postgres
    nats: NatsServer
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The settings, for another process."""
        return {
            "MARQUE_DATABASE_URL": self.postgres.url,
            "MARQUE_NATS_URL": self.nats.url,
            "MARQUE_IDENTITY_JWKS": str(self.folder / "identity.jwks.json"),
            "MARQUE_EVIDENCE_LINK_KEY": str(self.folder / "evidence_links"),
            "MARQUE_EVIDENCE_URL": str(self.folder / "evidence"),
        }

    @property
    def settings(self) -> RuntimeSettings:
        return RuntimeSettings(
            database_url=self.postgres.url, nats_url=self.nats.url, identity_jwks=self.folder / "identity.jwks.json"
        )

    async def database(self, name: str, *, pool_size: int = 10) -> Database:
        """A new database with the runtime's tables."""
        admin = await asyncpg.connect(self.postgres.url + "/postgres")
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        await migrate_url(name, f"{self.postgres.url}/{name}")
        database = Database(f"{self.postgres.url}/{name}", service=name, pool_size=pool_size)
        await database.open()
        return database


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    """Durable servers: every commit and every acknowledged message is on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        async with Postgres(path / "postgres") as postgres, NatsServer(path / "nats", sync_always=True) as nats:
            yield Servers(postgres, nats, path)
