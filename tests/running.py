"""A service as the tests run it: its app in this process, on a real database and a real broker."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import asyncpg
import httpx
import nats
import nats.js.errors
from fastapi import FastAPI
from joserfc.jwk import KeySet, OKPKey

from shared.contracts.codes import AccountKind, Scope
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.ids import AccountId, ClientId, EventId
from shared.runtime import identity
from shared.runtime.clock import SystemClock
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job, Work
from shared.runtime.jobs.declared import Step
from shared.runtime.sealing import new_key

E = TypeVar("E", bound=Event)
ALL_SCOPES = frozenset(scope.value for scope in Scope)
PATIENCE_SECONDS = 60.0


@dataclass
class Callers:
    """Made-up accounts, and the gateway's key that vouches for them."""

    key: OKPKey
    known: dict[tuple[str, str], identity.Caller] = field(default_factory=dict)

    def caller(self, kind: str, which: str = "one", **changes: Any) -> identity.Caller:
        found = self.known.setdefault(
            (kind, which), identity.Caller(new_id(ClientId), new_id(AccountId), AccountKind(kind), ALL_SCOPES)
        )
        if not changes:
            return found
        values = {
            name: getattr(found, name)
            for name in ("client_id", "account_id", "kind", "scopes", "trusted_flagger", "marketplaces")
        }
        return identity.Caller(**{**values, **changes})

    def header(self, caller: identity.Caller, audience: str) -> dict[str, str]:
        return {identity.HEADER: identity.sign(caller, audience=audience, key=self.key, clock=SystemClock())}


def write_keys(folder: Path) -> OKPKey:
    """The gateway's key pair, the public half where services look for it, beside the keys of links and of letters."""
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    jwks = KeySet([key]).as_dict(private=False)
    (folder / "identity.jwks.json").write_text(json.dumps(jwks))
    (folder / "evidence_links").write_bytes(secrets.token_bytes(32))
    mail = new_key()
    (folder / "mail.json").write_text(json.dumps(KeySet([mail]).as_dict(private=True)))
    (folder / "mail.jwks.json").write_text(json.dumps(KeySet([mail]).as_dict(private=False)))
    return key


class _Vouched(httpx.Auth):
    """Signs each request anew, so that a long test outlives the statement's minute."""

    def __init__(self, callers: Callers, caller: identity.Caller, audience: str) -> None:
        self._callers, self._caller, self._audience = callers, caller, audience

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers.update(self._callers.header(self._caller, self._audience))
        yield request


class Running:
    """One running service and the ways to talk to it."""

    def __init__(self, name: str, app: FastAPI, callers: Callers, nats_url: str, stack: AsyncExitStack) -> None:
        self.name, self.app, self.callers, self._nats_url, self._stack = name, app, callers, nats_url, stack

    @property
    def service(self) -> Any:
        return self.app.state.service

    @property
    def database(self) -> Database:
        database: Database = self.service.database
        return database

    def caller(self, kind: str, which: str = "one", **changes: Any) -> identity.Caller:
        return self.callers.caller(kind, which, **changes)

    def as_(self, kind: str, which: str = "one", **changes: Any) -> httpx.AsyncClient:
        return self._client(_Vouched(self.callers, self.caller(kind, which, **changes), self.name))

    @property
    def anonymous(self) -> httpx.AsyncClient:
        return self._client(None)

    def _client(self, auth: httpx.Auth | None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://service", auth=auth, timeout=60)
        self._stack.push_async_callback(client.aclose)
        return client

    async def publish(
        self, event: Event, *, source: str = "/marque/elsewhere", traceparent: str | None = None
    ) -> Envelope:
        """Put an event on the stream as another service would."""
        envelope = Envelope(
            id=new_id(EventId), source=source, type=event.name, time=SystemClock().now(), subject=event.subject_id,
            marqueaccount=event.owner, traceparent=traceparent, data=event,
        )  # fmt: skip
        await self.publish_raw(event.name, envelope.model_dump_json().encode(), envelope.id)
        return envelope

    async def publish_raw(self, subject: str, payload: bytes, event_id: str) -> None:
        connection = await nats.connect(self._nats_url)
        try:
            jetstream = connection.jetstream()

            async def stream_is_there() -> bool:
                with contextlib.suppress(nats.js.errors.NotFoundError):
                    return bool(await jetstream.stream_info("MARQUE"))
                return False

            await self.eventually(stream_is_there)  # the service makes it once it is connected
            await jetstream.publish(subject, payload, headers={"Nats-Msg-Id": event_id})
        finally:
            await connection.close()

    async def recorded(self, kind: type[E]) -> list[E]:
        """The events of a kind that this service has recorded, oldest first."""
        async with self.database.pool.acquire() as connection:
            rows = await connection.fetch("SELECT payload FROM outbox WHERE type = $1 ORDER BY event_id", kind.name)
        payloads = [row["payload"] for row in rows]
        return [kind.model_validate((json.loads(p) if isinstance(p, (str, bytes)) else p)["data"]) for p in payloads]

    async def sweep(self, step: Step) -> None:
        """Do once, now, what the service does again and again."""
        work = Work(cast("Job", None), self.database, self.service.clock, self.service)
        async with self.database.transaction() as session:
            await step(session, work)

    async def eventually(self, condition: Callable[[], Awaitable[Any]], *, seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait until a condition holds; its value."""
        return await eventually(condition, seconds=seconds)


async def eventually(condition: Callable[[], Awaitable[Any]], *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait until a condition holds (is true, or stops failing); its value."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            if value := await condition():
                return value
            failure: BaseException | None = None
        except (AssertionError, LookupError) as error:
            failure = error
        if asyncio.get_running_loop().time() > until:
            raise TimeoutError(f"{condition} did not come true in {seconds} s") from failure
        await asyncio.sleep(0.02)


async def clear(url: str) -> None:
    """Empty every table of a database but those that migrations filled."""
    kept = ("alembic_version", "runtime_secrets", "traced_until")
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        )
        tables = [row["relname"] for row in names if row["relname"] not in kept]
        await connection.execute(
            "BEGIN; SET LOCAL session_replication_role = replica; "
            + "".join(f'DELETE FROM "{name}"; ' for name in tables)
            + "COMMIT"
        )
    finally:
        await connection.close()


async def forget_stream(nats_url: str) -> None:
    """Take the stream away; the services make it again."""
    connection = await nats.connect(nats_url)
    try:
        with contextlib.suppress(nats.js.errors.NotFoundError):
            await connection.jetstream().delete_stream("MARQUE")
    finally:
        await connection.close()


async def run_service(
    name: str, app: FastAPI, callers: Callers, nats_url: str, stack: AsyncExitStack, clock: Any
) -> Running:
    app.state.clock = clock
    await stack.enter_async_context(app.router.lifespan_context(app))
    return Running(name, app, callers, nats_url, stack)
