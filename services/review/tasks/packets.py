"""A task's packet: all that a reviewer needs to answer, and later all that the answer rested on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.policies.clauses import PublishedVersion
from services.review.tasks.queues import queue_name
from services.review.tasks.statements import PacketRow
from shared.contracts.ids import TaskId


@dataclass(frozen=True)
class ClaimedTask:
    """A task as its reviewer gets it, with the rule book in force for it.

    `packet` is ready to be written as JSON, but for the lease's token.
    """

    task_id: TaskId
    fence: int
    expires_at: datetime
    packet: dict[str, Any]
    published: PublishedVersion | None


def packet_of(row: PacketRow, published: PublishedVersion | None) -> dict[str, Any]:
    """A task's packet out of its row with its items, and the clauses in force for its right type by their codes."""
    return {
        "id": row.id,
        "queue": queue_name(row.right_type, row.language, row.severity),
        "right_type": row.right_type,
        "severity": row.severity,
        "due_at": row.due_at,
        "round": row.round,
        "listing": orjson.Fragment(row.listing),
        "right": orjson.Fragment(row.right_snapshot),
        "items": orjson.Fragment(row.things or "[]"),
        "citations": [] if published is None else published.citations,
        "findings": orjson.Fragment(row.findings),
        "notes": orjson.Fragment(row.notes),
    }
