"""One right once: a registration, told by its type, its office and its number, is one right wherever it is held.

Twice in one vault it is a finding against the later record. In two vaults under different owners it is a conflict,
which only the operator sees: `decide` says that a right may stand beside the others. Agents and licensees who name the
same owner are in no conflict with it, and rights that were rejected or have expired count on neither side.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal_column
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.vault import statements
from services.intake.vault.statements import SameRegistration
from services.intake.vault.tables import Right
from shared.contracts.ids import RightId
from shared.runtime.errors import Conflict, FieldError, Invalid


class RightInConflict(Conflict):
    """Other vaults hold the registration under other owners, and the operator has not decided about all of them."""

    code = "right_in_conflict"
    title = "Other vaults hold this registration under other owners"


async def same_registrations(session: AsyncSession, rights: Sequence[Right]) -> dict[str, SameRegistration]:
    """Return what else is held of these rights' registrations, by right. Of a right without a number nothing is."""
    numbered = [right.id for right in rights if right.number_key is not None]
    if not numbered:
        return {}
    await session.flush()
    return {found.id: found for found in await statements.SAME_REGISTRATION.all(session, ids=numbered)}


async def require_decided(session: AsyncSession, right: Right) -> None:
    """Raise `RightInConflict` where the operator has still to decide between this right and those of other owners."""
    found = (await same_registrations(session, [right])).get(right.id)
    if found is not None and found.undecided:
        raise RightInConflict(
            "Decide about the rights in `conflicts_with` first, with POST /v1/rights/{id}/conflict/decide; or reject "
            "this one, or them.",
            extensions={"conflicts_with": found.undecided},
        )


async def decide(
    session: AsyncSession, right: Right, others: Collection[RightId], *, reason: str, now: datetime
) -> None:
    """Keep the operator's word that a right may stand beside these others. Raises `Invalid`.

    A later decision takes the place of this one; a change of what identifies the right takes it away.
    """
    found = (await same_registrations(session, [right])).get(right.id)
    known = found.conflicts_with if found is not None else []
    message = "This right is not in conflict with that one."
    wrong = [
        FieldError(f"/rights/{place}", "right_not_in_conflict", message)
        for place, other in enumerate(others)
        if other not in known
    ]
    if wrong:
        raise Invalid(errors=wrong)
    decision: dict[str, Any] = {"rights": sorted(set(others)), "reason": reason, "decided_at": now.isoformat()}
    right.conflict_decision = decision


def in_conflict() -> ColumnElement[bool]:
    """Return the condition, of a selection from `rights`, that the operator has still to decide about a right."""
    return literal_column(statements.IN_CONFLICT)
