"""A task's packet: all that a reviewer needs to answer, and later all that the answer rested on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.domain.clauses import Edition
from services.review.domain.queues import queue_name
from shared.contracts.codes import ItemPart
from shared.contracts.ids import AccountId, TaskId

ITEMS = """
LEFT JOIN LATERAL (
    SELECT json_agg(i.thing ORDER BY i.item_id)::text AS things,
           array_agg(i.account_id ORDER BY i.item_id) AS accounts, array_agg(i.part ORDER BY i.item_id) AS parts
    FROM task_items i WHERE i.task_id = t.id AND i.withdrawn_at IS NULL
) n ON true
"""
"""To be joined to tasks `t`: the items that hang on each, without those that were taken back."""


@dataclass(frozen=True)
class HungItem:
    """A report item on a task, as events carry it, with the part of the listing that it complains of."""

    thing: dict[str, Any]
    account_id: AccountId
    part: ItemPart

    @property
    def markets(self) -> list[str]:
        found: list[str] = self.thing["markets"]
        return found

    @property
    def shown(self) -> dict[str, Any]:
        return {**self.thing, "part": self.part}


@dataclass(frozen=True)
class ClaimedTask:
    """A task as its reviewer gets it. `packet` is ready to be written as JSON, but for the lease's token."""

    task_id: TaskId
    fence: int
    expires_at: datetime
    packet: dict[str, Any]


def items_of(row: Any) -> list[HungItem]:
    """The items of a task whose row has the columns of `ITEMS`."""
    if row["things"] is None:
        return []
    things = orjson.loads(row["things"])
    return [HungItem(t, a, ItemPart(p)) for t, a, p in zip(things, row["accounts"], row["parts"], strict=True)]


def packet_of(row: Any, edition: Edition | None) -> dict[str, Any]:
    """A task's packet out of its row with its items, and the clauses in force for its right type."""
    return {
        "id": row["id"],
        "queue": queue_name(row["right_type"], row["language"], row["severity"]),
        "right_type": row["right_type"],
        "severity": row["severity"],
        "due_at": row["due_at"],
        "round": row["round"],
        "listing": orjson.Fragment(row["listing"]),
        "right": orjson.Fragment(row["right_snapshot"]),
        "items": [item.shown for item in items_of(row)],
        "clauses": [] if edition is None else orjson.Fragment(edition.shown),
        "findings": orjson.Fragment(row["findings"]),
        "notes": orjson.Fragment(row["notes"]),
    }
