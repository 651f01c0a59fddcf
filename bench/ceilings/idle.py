"""A process of what every service stands on and nothing of ours: FastAPI, SQLAlchemy over asyncpg, nats-py."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


@asynccontextmanager
async def _connected(_: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(os.environ["BENCH_DATABASE_URL"])
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        broker = await nats.connect(os.environ["BENCH_NATS_URL"])
        yield
        await broker.close()
    await engine.dispose()


app = FastAPI(lifespan=_connected)


@app.get("/readyz")
async def readyz() -> dict[str, str]:
    """Answer, so that a request has gone through everything once."""
    return {"status": "ok"}
