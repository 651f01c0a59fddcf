"""One right once: a registration, told by its type, its office and its number, is one right wherever it is held.

Twice in one vault it is a finding against the later record. In two vaults under different owners it is a conflict,
which only the operator sees: `decide` says that a right may stand beside the others. Agents and licensees who name the
same owner are in no conflict with it, and rights that were rejected or have expired count on neither side.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, literal_column
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.vault.tables import Right
from shared.contracts.ids import RightId
from shared.runtime.errors import Conflict, FieldError, Invalid
from shared.runtime.statements import Query

MOST_CONFLICTS: Final = 50
"""Rights that are named as conflicting with one; where there are more, some are rejected first."""

_SAME: Final = """
o.number_key = rights.number_key AND o.office = rights.office AND o.type = rights.type
AND o.state IN ('pending', 'verified') AND rights.state <> 'expired'"""
# One owner is written with and without the dots of "G.m.b.H.", in capitals or not.
_OWNER: Final = r"regexp_replace(lower(normalize({of}.owner ->> 'name', NFKC)), '[\s.,;''\u2019-]+', '', 'g')"
_CONFLICTING: Final = f"""{_SAME}
AND o.account_id <> rights.account_id AND {_OWNER.format(of="o")} <> {_OWNER.format(of="rights")}"""
_DECIDED: Final = "coalesce(rights.conflict_decision -> 'rights' ? o.id, false)"


class SameRegistration(NamedTuple):
    """A right, the first record of its registration in the same vault, and those of other owners elsewhere."""

    id: str
    first: str | None
    conflicts_with: list[str]
    undecided: list[str]


SAME_REGISTRATION: Final = Query(
    "same_registration",
    f"""
SELECT rights.id, first.id AS first, others.ids AS conflicts_with, others.undecided
FROM rights
LEFT JOIN LATERAL (
    SELECT o.id FROM rights o WHERE {_SAME} AND o.account_id = rights.account_id ORDER BY o.state DESC, o.id LIMIT 1
) first ON true
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(c.id ORDER BY c.decided, c.id), '{{}}') AS ids,
           coalesce(array_agg(c.id ORDER BY c.id) FILTER (WHERE NOT c.decided), '{{}}') AS undecided
    FROM (
        SELECT o.id, {_DECIDED} AS decided FROM rights o WHERE {_CONFLICTING}
        ORDER BY decided, o.id LIMIT {MOST_CONFLICTS}
    ) c
) others
WHERE rights.id = ANY(:ids::text[]) AND rights.number_key IS NOT NULL
""",
    SameRegistration,
    hot=True,
)


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
    return {found.id: found for found in await SAME_REGISTRATION.all(session, ids=numbered)}


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
    condition = f"EXISTS (SELECT FROM rights o WHERE {_CONFLICTING} AND NOT {_DECIDED} AND rights.state <> 'rejected')"
    return literal_column(condition)
