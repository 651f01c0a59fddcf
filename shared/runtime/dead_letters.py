"""Dead letters: events that kept failing. They are kept with their error, listed, and tried again on request."""

from datetime import datetime

from sqlalchemy import Text, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Column, DateTime, Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime.tables import RuntimeTable

DDL = """
CREATE TABLE dead_letters (
    event_id text COLLATE "C" PRIMARY KEY,
    consumer text NOT NULL,
    type text NOT NULL,
    payload text NOT NULL,
    error text NOT NULL,
    tries integer NOT NULL,
    died_at timestamptz NOT NULL,
    settled_at timestamptz
);
"""
LONGEST_ERROR = 4000


class DeadLetter(RuntimeTable, SQLModel, table=True):
    """An event that this service could not take in."""

    __tablename__ = "dead_letters"

    event_id: str = Field(sa_column=Column(Text, primary_key=True))
    consumer: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)
    error: str = Field(sa_type=Text)
    tries: int
    died_at: datetime = Field(sa_column=Column(DateTime(timezone=True)))
    settled_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


async def bury(session: AsyncSession, letter: DeadLetter) -> None:
    """Keep an event that failed for the last time. It may be buried again after a retry that failed."""
    values = letter.model_dump()
    statement = insert(DeadLetter).values(**values)
    again = statement.on_conflict_do_update(
        index_elements=["event_id"], set_={"error": letter.error, "tries": letter.tries, "died_at": letter.died_at}
    )
    await (await session.connection()).execute(again)


async def count(session: AsyncSession) -> int:
    """How many dead letters wait for someone."""
    found: int = (
        await (await session.connection()).execute(text("SELECT count(*) FROM dead_letters WHERE settled_at IS NULL"))
    ).scalar_one()
    return found
