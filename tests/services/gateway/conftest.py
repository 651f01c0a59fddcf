"""A gateway on a real port and a real database, with services behind it that a test can shape."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.keys import Keys, keep_keys
from deploy.registry import behind_the_gateway
from gateway.app import create_gateway
from gateway.application import GatewayApplication
from gateway.bootstrap import make_admin
from gateway.protocol import GatewayProtocol
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.database import Database
from shared.runtime.identity import Caller, Verifier
from tests.conftest import Servers
from tests.running import clear
from tests.services.gateway.serving import FakeService, serve


@dataclass
class RunningGateway:
    """One replica, and the ways to talk to it."""

    url: str
    application: GatewayApplication
    admin: dict[str, str]
    service: FakeService
    keys: Keys
    stack: AsyncExitStack
    _clients: dict[str | None, httpx.AsyncClient] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        database: Database = self.application.own.state.service.database
        return database

    def with_key(self, key: str | None) -> httpx.AsyncClient:
        if key not in self._clients:
            headers = {} if key is None else {"Authorization": f"Bearer {key}"}
            client = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30)
            self._clients[key] = client
            self.stack.push_async_callback(client.aclose)
        return self._clients[key]

    @property
    def operator(self) -> httpx.AsyncClient:
        return self.with_key(self.admin["key"])

    @property
    def anonymous(self) -> httpx.AsyncClient:
        return self.with_key(None)

    async def account(self, kind: str = "brand", name: str = "Ashgrove", **more: Any) -> dict[str, Any]:
        answer = await self.operator.post("/v1/accounts", json={"kind": kind, "name": name, **more})
        assert answer.status_code == 201, answer.text
        account: dict[str, Any] = answer.json()
        return account

    async def client(self, account_id: str | None = None, **more: Any) -> dict[str, Any]:
        """A client with its key; of a new brand unless the account is named."""
        account_id = account_id or (await self.account())["id"]
        answer = await self.operator.post(f"/v1/accounts/{account_id}/clients", json={"name": "Case desk", **more})
        assert answer.status_code == 201, answer.text
        client: dict[str, Any] = answer.json()
        return client

    def vouched(self, audience: str = "intake", clock: Clock | None = None) -> Caller:
        """Whom the last request that reached the service came from, as the service would find."""
        verifier = Verifier.from_file(self.keys.public_jwks, audience=audience, clock=clock or SystemClock())
        return verifier.verify(self.service.last.header("x-marque-identity"))


StartGateway = Callable[..., Awaitable[RunningGateway]]


@pytest.fixture(scope="session")
def gateway_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return keep_keys(Path(tmp_path_factory.mktemp("gateway")) / "keys")


@pytest.fixture
async def start_gateway(
    servers: Servers,
    gateway_keys: Keys,
    migrated: Callable[[str], Awaitable[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[StartGateway]:
    """Starts a replica: `await start_gateway(clock=..., client_burst=3)`. All replicas of a test share one database."""
    await migrated("gateway")
    await clear(f"{servers.database_url}/marque_gateway")
    async with AsyncExitStack() as stack:
        admin: dict[str, str] = {}

        async def start(
            *,
            clock: Clock | None = None,
            service: FakeService | None = None,
            upstream: str | None = None,
            **settings: Any,
        ) -> RunningGateway:
            service = service or FakeService()
            address = upstream or await stack.enter_async_context(serve(service))
            given = {
                "database_url": servers.database_url,
                "nats_url": servers.nats_url,
                "identity_jwks": gateway_keys.public_jwks,
                "identity_private_key": gateway_keys.private_jwk,
                "key_pepper": gateway_keys.pepper,
                "upstreams": dict.fromkeys(behind_the_gateway(), address),
                "log_level": "WARNING",
                "public_url": "http://gateway.example",
                "anonymous_burst": 1000,
                "client_burst": 1000,
                **settings,
            }
            for name, value in given.items():
                text = json.dumps(value) if isinstance(value, dict | list) else str(value)
                monkeypatch.setenv(f"MARQUE_{name.upper()}", text)
            application = create_gateway()
            application.own.state.clock = clock or SystemClock()
            at = await stack.enter_async_context(serve(application, lifespan=True, http=GatewayProtocol))
            if not admin:
                database: Database = application.own.state.service.database
                async with database.transaction() as session:
                    made = await make_admin(
                        session, pepper=gateway_keys.pepper.read_bytes(), now=(clock or SystemClock()).now()
                    )
                admin.update(made)
            running = RunningGateway(at, application, admin, service, gateway_keys, AsyncExitStack())
            stack.push_async_callback(running.stack.aclose)
            return running

        yield start


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> RunningGateway:
    return await start_gateway()
