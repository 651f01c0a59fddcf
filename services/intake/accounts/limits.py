"""How much of the platform an account may use at once: open reports, rights in the vault, bytes of evidence.

What is used is a balance and the changes since. Every transaction that adds something or takes it away writes a change
of its own, so that nobody waits for anybody and a crash leaves nothing half counted; a sweep adds the changes up.

A limit is exact. Whoever may come near it holds the account's lock from the look at what is used to its commit. Far
from it, where all who could be writing at this moment together would not reach it, filing holds the lock shared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.accounts import statements
from services.intake.settings import Settings
from shared.contracts.events import AccountChanged
from shared.contracts.ids import AccountId
from shared.runtime.errors import Unprocessable
from shared.runtime.locks import Lock
from shared.runtime.statements import Executor


@unique
class Limited(StrEnum):
    """A limited quantity; its value names its column, and its limit in an account."""

    OPEN_REPORTS = "open_reports"
    RIGHTS = "rights"
    EVIDENCE_BYTES = "evidence_bytes"


SLACK = 150_000
"""Reports that may be on their way into the database at one moment: 300 connections with 500 each."""

_WORDS = {
    Limited.OPEN_REPORTS: "open reports; wait until some have ended, or withdraw some",
    Limited.RIGHTS: "rights in the vault; use one that is there",
    Limited.EVIDENCE_BYTES: "bytes of evidence; delete some that no report refers to",
}
LOCKS = {
    Limited.OPEN_REPORTS: Lock.OPEN_REPORTS_LIMIT,
    Limited.RIGHTS: Lock.RIGHTS_LIMIT,
    Limited.EVIDENCE_BYTES: Lock.EVIDENCE_BYTES_LIMIT,
}
"""The locks of those who may come near a limit, by the account."""


@dataclass(frozen=True)
class Use:
    """How much an account uses of one thing, and how much it may. `own`: the operator has set it for this account."""

    name: Limited
    used: int
    limit: int
    own: bool


class LimitReached(Unprocessable):
    """The account would use more than it may."""

    code = "limit_reached"
    title = "The account uses as much as it may"

    def __init__(self, use: Use) -> None:
        super().__init__(
            f"The account may have {use.limit} {_WORDS[use.name]}. It has {use.used}.",
            extensions={"limit": {"name": use.name.value, "used": use.used, "limit": use.limit}},
        )


def defaults(settings: Settings) -> dict[Limited, int]:
    """Return the default limits, for accounts without limits of their own."""
    return {
        Limited.OPEN_REPORTS: settings.limit_open_reports,
        Limited.RIGHTS: settings.limit_rights,
        Limited.EVIDENCE_BYTES: settings.limit_evidence_bytes,
    }


async def keep_limits(session: AsyncSession, changed: AccountChanged) -> None:
    """Take over what the operator has set for an account, and whether it may come in."""
    limits = changed.limits.model_dump(exclude_none=True)
    await statements.KEEP_LIMITS.run(
        session,
        account_id=changed.account_id,
        version=changed.version,
        limits=orjson.dumps(limits).decode(),
        state=changed.state.value,
    )


async def use_of(connection: Executor, account_id: AccountId, limits: Mapping[Limited, int]) -> list[Use]:
    """Return an account's use of every limited quantity. `limits` are the defaults."""
    rows = await statements.USE_OF_LIMITS.all(connection, account_id=account_id, what=[what.value for what in limits])
    own = {row.what: row for row in rows}
    return [
        Use(
            what,
            found.used,
            default if found.own_limit is None else found.own_limit,
            found.own_limit is not None,
        )
        for what, default in limits.items()
        for found in [own[what.value]]
    ]


async def take_room(
    connection: Executor, account_id: AccountId, what: Limited, amount: int, limits: Mapping[Limited, int]
) -> None:
    """Count what is added, last in the caller's transaction. Raises `LimitReached`; then nothing may be committed."""
    await LOCKS[what].take(connection, account_id)
    await require_room(connection, account_id, what, amount, limits)
    await give_room(connection, account_id, what, -amount)


async def require_room(
    connection: Executor, account_id: AccountId, what: Limited, amount: int, limits: Mapping[Limited, int]
) -> None:
    """Look whether there is room, before work that a refusal would not undo. Raises `LimitReached`."""
    (use,) = await use_of(connection, account_id, {what: limits[what]})
    if use.used + amount > use.limit:
        raise LimitReached(use)


async def give_room(connection: Executor, account_id: AccountId, what: Limited, amount: int) -> None:
    """Count what is gone."""
    await statements.CHANGE_USE.run(connection, account_id=account_id, what=what.value, by=-amount)


async def count_open_reports(session: AsyncSession, by_account: Mapping[str, int]) -> None:
    """Count reports that have ended (less), or have been opened again (more), or in which an item has (none)."""
    if by_account:
        values = {"accounts": list(by_account), "by": list(by_account.values())}
        await statements.CHANGE_OPEN_REPORTS.run(session, **values)


async def add_up(session: AsyncSession) -> Sequence[str]:
    """Add the changes to the balances, and return the accounts that had some."""
    return await statements.ADD_UP_USE.all(session)
