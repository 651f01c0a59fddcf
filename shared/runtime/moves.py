"""Tables that change their service: the migration step copies them, once, before the new owner of a table starts.

To add a move, write `services/<new owner>/moves.py`:

    from shared.runtime.moves import Move, Rows

    MOVES = (
        Move("standing", source="intake", inbox=True, rows=(
            Rows("standing_days"),
            Rows("timers", "SELECT * FROM timers WHERE kind = 'suspension_ends'"),
        )),
    )

- The new owner's migrations make the tables, and leave them empty. `Rows(table)` copies the table of that name; a query
  on the source names other rows. Its columns have the names and the types of those of the table.
- `inbox=True` where the new owner counts events that the source has counted until now: the ids of the events that the
  source has taken in are copied with the rows, so that none is counted twice. Its subscribers take in the others, those
  that the source still counts while it is being upgraded included.
- A move happens once, and a note in the target says so (`moves`). A move that was released is never changed. The source
  keeps its tables: a later release drops them, and the move with them.

Standard library only: the runner reads which services belong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec


@dataclass(frozen=True)
class Rows:
    """A table of the new owner, and the query on the source for its rows; without one, the table of that name."""

    table: str
    query: str = ""


@dataclass(frozen=True)
class Move:
    """Rows that change their service together. `name` is that of the note."""

    name: str
    source: str
    rows: Sequence[Rows]
    inbox: bool = False


def moves_of(service: str) -> Sequence[Move]:
    """Return what is moved to a service."""
    module = f"services.{service}.moves"
    if find_spec(f"services.{service}") is None or find_spec(module) is None:
        return ()
    moves: Sequence[Move] = import_module(module).MOVES
    return moves


def lots(services: Sequence[str], number: int) -> list[list[str]]:
    """Divide the services among so many processes that migrate side by side: who moves and who is moved to go together.

    The order is kept in each of them.
    """
    tied = {name for service in services for move in moves_of(service) for name in (move.source, service)}
    divided: list[list[str]] = [[] for _ in range(number)]
    divided[0] += [name for name in services if name in tied]
    for name in services:
        if name not in tied:
            min(divided, key=len).append(name)
    return [sorted(lot, key=services.index) for lot in divided if lot]
