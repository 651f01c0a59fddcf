"""A service of one noun, notes, on the runtime alone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Annotated

import asyncpg
import pytest
from fastapi import Response
from pydantic import Field, JsonValue
from sqlalchemy import Column, DateTime, MetaData, Text
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel, select

from shared.contracts.codes import EscalationKind, EscalationState, Scope, Severity
from shared.contracts.events import EscalationOpened
from shared.contracts.ids import AccountId, EscalationId
from shared.runtime.clock import SystemClock
from shared.runtime.errors import NotFound
from shared.runtime.etags import IfMatch, etag, require_match
from shared.runtime.identity import Caller, requires
from shared.runtime.ids import new_id
from shared.runtime.inputs import Input, Name, Output, Whole
from shared.runtime.outbox import record
from shared.runtime.pagination import Page, Paged, paginate
from shared.runtime.routes import Session, router
from shared.runtime.service import Now, create_service
from shared.runtime.settings import RuntimeSettings
from tests.conftest import Servers
from tests.running import Callers, Running, clear, forget_stream, run_service

DDL = """
CREATE TABLE notes (
    id text COLLATE "C" PRIMARY KEY,
    account_id text NOT NULL,
    name text NOT NULL,
    version int NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE OR REPLACE FUNCTION refuse_at_commit() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'bomb'; END $$;
CREATE CONSTRAINT TRIGGER bombs AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.name = 'bomb') EXECUTE FUNCTION refuse_at_commit();
"""


class Note(SQLModel, table=True):
    __tablename__ = "notes"
    metadata = MetaData()

    id: str = ColumnField(sa_column=Column(Text, primary_key=True))
    account_id: str
    name: str
    version: int = 1
    created_at: object = ColumnField(sa_column=Column(DateTime(timezone=True)))


class NoteIn(Input):
    name: Name
    size: Annotated[Whole, Field(ge=0, le=10)] = 0
    tags: Annotated[list[Name], Field(max_length=3)] = []
    anything: JsonValue = None


class NoteOut(Output):
    id: EscalationId
    name: str
    version: int


notes = router(tags=["notes"])


@notes.post("/v1/notes", status_code=201)
async def write_note(
    body: NoteIn, session: Session, now: Now, caller: Annotated[Caller, requires(Scope.REPORTS_WRITE)]
) -> NoteOut:
    note = Note(id=new_id(EscalationId), account_id=caller.account_id, name=body.name, created_at=now)
    session.add(note)
    await session.flush()
    opened = EscalationOpened(
        version=1, escalation_id=EscalationId(note.id), kind=EscalationKind.RAISED, severity=Severity.P2,
        state=EscalationState.OPEN, account_id=caller.account_id, reason=body.name,
        acknowledge_due_at=now, resolve_due_at=now, opened_at=now,
    )  # fmt: skip
    record(session, opened, now=now)
    return NoteOut.model_validate(note)


@notes.get("/v1/notes")
async def list_notes(
    session: Session, paging: Paged, caller: Annotated[Caller, requires(Scope.REPORTS_READ)], name: str | None = None
) -> Page[NoteOut]:
    found = select(Note).where(Note.account_id == caller.account_id)
    if name is not None:
        found = found.where(Note.name == name)
    rows, cursor = await paginate(session, found, Note.id, paging)
    return Page(data=[NoteOut.model_validate(row) for row in rows], next_cursor=cursor)


@notes.patch("/v1/notes/{note_id}")
async def rename_note(
    note_id: EscalationId,
    body: NoteIn,
    session: Session,
    response: Response,
    caller: Annotated[Caller, requires(Scope.REPORTS_WRITE)],
    if_match: IfMatch = None,
) -> NoteOut:
    note = await session.get(Note, note_id, with_for_update=True)
    if note is None or not caller.owns(AccountId(note.account_id)):
        raise NotFound
    require_match(if_match, note.version)
    note.name, note.version = body.name, note.version + 1
    response.headers["ETag"] = etag(note.version)
    return NoteOut.model_validate(note)


@notes.post("/v1/explosions")
async def explode(caller: Annotated[Caller, requires(Scope.REPORTS_WRITE)]) -> NoteOut:
    raise RuntimeError("a secret that no partner may see")


app = create_service("notify", settings=RuntimeSettings, routers=[notes])


@pytest.fixture
async def running(
    servers: Servers,
    callers: Callers,
    migrated: Callable[[str], Awaitable[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Running]:
    url = await migrated("notify")
    connection = await asyncpg.connect(url)
    await connection.execute("DROP TABLE IF EXISTS notes;" + DDL)
    await connection.close()
    callers.known.clear()
    await forget_stream(servers.nats_url)
    await clear(f"{servers.database_url}/marque_notify")
    monkeypatch.setenv("MARQUE_DATABASE_URL", servers.database_url)
    monkeypatch.setenv("MARQUE_NATS_URL", servers.nats_url)
    monkeypatch.setenv("MARQUE_IDENTITY_JWKS", str(servers.folder / "identity.jwks.json"))
    async with AsyncExitStack() as stack:
        yield await run_service("notify", app, callers, servers.nats_url, stack, SystemClock())
    connection = await asyncpg.connect(url)
    await connection.execute("DROP TABLE notes")
    await connection.close()
