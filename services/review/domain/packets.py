"""A task's packet: all that a reviewer needs to answer, and later all that the answer rested on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.review.domain.clauses import Edition
from services.review.domain.queues import queue_name
from shared.contracts.codes import ItemPart, RightType
from shared.contracts.ids import AccountId, ItemId, TaskId

_ITEMS = """
SELECT task_id, item_id, account_id, part, thing::text
FROM task_items WHERE task_id = ANY($1) AND withdrawn_at IS NULL ORDER BY item_id
"""


@dataclass(frozen=True)
class HungItem:
    """A report item on a task. `thing` is the JSON of the item as events carry it, as it was made from the report."""

    item_id: ItemId
    account_id: AccountId
    part: ItemPart
    thing: str

    @property
    def fragment(self) -> orjson.Fragment:
        return orjson.Fragment(self.thing)

    @property
    def markets(self) -> list[str]:
        found: list[str] = orjson.loads(self.thing)["markets"]
        return found

    @property
    def shown(self) -> orjson.Fragment:
        """The item with the part of the listing that it complains of."""
        return orjson.Fragment(f'{self.thing[:-1]},"part":"{self.part.value}"}}')


@dataclass(frozen=True)
class ClaimedTask:
    """A task as its reviewer gets it. `packet` is ready to be written as JSON, but for the lease's token."""

    task_id: TaskId
    fence: int
    expires_at: datetime
    packet: dict[str, Any]


async def items_of(connection: Any, task_ids: Sequence[str]) -> dict[str, list[HungItem]]:
    """The items that hang on these tasks, without those that were taken back."""
    found: dict[str, list[HungItem]] = {task_id: [] for task_id in task_ids}
    for row in await connection.fetch(_ITEMS, list(found)):
        item = HungItem(row["item_id"], row["account_id"], ItemPart(row["part"]), row["thing"])
        found[row["task_id"]].append(item)
    return found


def packet_of(row: Mapping[str, Any], items: Sequence[HungItem], edition: Edition | None) -> dict[str, Any]:
    """A task's packet out of its row, with the clauses in force for its right type."""
    return {
        "id": row["id"],
        "queue": queue_name(row["right_type"], row["language"], row["severity"]),
        "right_type": row["right_type"],
        "severity": row["severity"],
        "due_at": row["due_at"],
        "round": row["round"],
        "listing": orjson.Fragment(row["listing"]),
        "right": orjson.Fragment(row["right_snapshot"]),
        "items": [item.shown for item in items],
        "clauses": [] if edition is None else edition.shown,
        "findings": orjson.Fragment(row["findings"]),
        "notes": orjson.Fragment(row["notes"]),
    }


def claimed_task(
    row: Mapping[str, Any], items: Sequence[HungItem], in_force: Mapping[RightType, Edition]
) -> ClaimedTask:
    """What a claim hands over."""
    packet = packet_of(row, items, in_force.get(RightType(row["right_type"])))
    return ClaimedTask(row["id"], row["fence"], row["expires_at"], packet)
