"""Timers: rows that say when something is due, in the transaction of the state that they belong to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime.statements import Statement

DDL = """
CREATE TABLE timers (
    kind text NOT NULL,
    subject text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    tries integer NOT NULL DEFAULT 0,
    error text,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX timers_due ON timers (due_at);
"""

_SET = Statement(
    "set_timer",
    """
INSERT INTO timers (kind, subject, due_at, payload) VALUES (:kind, :subject, :due_at, :payload::text::jsonb)
ON CONFLICT (kind, subject) DO UPDATE SET due_at = :due_at, payload = :payload::text::jsonb, tries = 0, error = NULL
""",
)
_START = Statement(
    "start_timer",
    """
INSERT INTO timers (kind, subject, due_at) VALUES (:kind, :subject, :due_at) ON CONFLICT (kind, subject) DO NOTHING
""",
)
_CANCEL = Statement("cancel_timer", "DELETE FROM timers WHERE kind = :kind AND subject = :subject")


@dataclass(frozen=True)
class Timer:
    """Something that is due: of a kind, about a subject."""

    kind: str
    subject: str
    due_at: datetime
    payload: dict[str, Any]
    tries: int = 0


async def set_timer(
    session: AsyncSession, kind: str, subject: str, due_at: datetime, payload: dict[str, Any] | None = None
) -> None:
    """Have the subject looked at when this is due. A timer of the same kind and subject is set anew."""
    await _SET.run(session, kind=kind, subject=subject, due_at=due_at, payload=orjson.dumps(payload or {}).decode())


async def start_timer(session: AsyncSession, kind: str, subject: str, due_at: datetime) -> None:
    """Have the subject looked at when this is due, unless it will be looked at already, whenever that is."""
    await _START.run(session, kind=kind, subject=subject, due_at=due_at)


async def cancel_timer(session: AsyncSession, kind: str, subject: str) -> None:
    """Nothing is due any more."""
    await _CANCEL.run(session, kind=kind, subject=subject)
