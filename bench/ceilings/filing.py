"""The least that could file a report: FastAPI, Pydantic and asyncpg, one INSERT of the report and one of its event.

Both are in one transaction with the durability that the real path has. There is no identity, no right, no duplicate, no
idempotency and no item here. Started by `bench/filing.py` under uvicorn with one worker.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import orjson
from fastapi import FastAPI, Response
from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

SCHEMA = """
CREATE TABLE reports (
    id uuid PRIMARY KEY, right_id text NOT NULL, body jsonb NOT NULL, created_at timestamptz NOT NULL
);
CREATE TABLE outbox (
    event_id uuid PRIMARY KEY, type text NOT NULL, payload text NOT NULL, recorded_at timestamptz NOT NULL
);
"""
_REPORT = "INSERT INTO reports (id, right_id, body, created_at) VALUES ($1, $2, $3, $4)"
_EVENT = "INSERT INTO outbox (event_id, type, payload, recorded_at) VALUES ($1, $2, $3, $4)"
POOL = int(os.environ.get("BENCH_CEILING_POOL", "32"))


class Item(BaseModel):
    url: str = Field(max_length=2048)
    listing_id: str | None = None
    media_type: str = "listing"
    part: str = "whole"


class Report(BaseModel):
    right_id: str
    claim: str
    reference: str | None = None
    language: str
    markets: list[str]
    items: list[Item] = Field(min_length=1, max_length=500)
    explanation: str
    legal_basis: str
    statements: dict[str, bool]
    signature: str
    contact: dict[str, str]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BENCH_CEILING_URL"], min_size=POOL, max_size=POOL) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan)


@app.post("/v1/reports", status_code=201)
async def file_report(report: Report) -> Response:
    report_id, now = uuid7(), datetime.now(UTC)
    body = report.model_dump_json()
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(_REPORT, report_id, report.right_id, body, now)
        await connection.execute(_EVENT, uuid7(), "report.submitted", body, now)
    return Response(
        orjson.dumps({"id": str(report_id), "state": "received", "created_at": now}),
        status_code=201,
        media_type="application/json",
    )
