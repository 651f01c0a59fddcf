"""Report items, as far as captures go by them: which are open, and which have ended."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures import statements
from shared.contracts.events import DecisionMade, ReportCompleted, ReportReopened, ReportWithdrawn

Moving = DecisionMade | ReportCompleted | ReportWithdrawn | ReportReopened
MOVES: dict[type[Moving], bool] = {
    DecisionMade: True, ReportCompleted: True, ReportWithdrawn: True, ReportReopened: False,
}  # fmt: skip
"""The events that end an item, or open it again."""


async def move_items(session: AsyncSession, events: Sequence[tuple[Moving, datetime]]) -> None:
    """Keep which items have ended. Of several events about one item the latest counts, whatever their order."""
    last: dict[str, tuple[datetime, bool]] = {}
    for event, at in events:
        move = (at, MOVES[type(event)])
        last |= {item_id: max(move, last.get(item_id, move)) for item_id in _items(event)}
    await statements.MOVE_ITEMS.run(
        session,
        item_ids=list(last),
        ended=[ended for _, ended in last.values()],
        moved_at=[at for at, _ in last.values()],
    )


def _items(event: Moving) -> Iterator[str]:
    if isinstance(event, DecisionMade | ReportCompleted):
        yield from (item.item_id for item in event.items)
    else:
        yield from event.item_ids
