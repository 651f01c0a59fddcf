"""The terms of standing as they are in force: read by everyone, changed by the operator, kept in every version."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.standing.tables import StandingTerms
from services.conduct.standing.terms import FIRST, Terms
from shared.contracts.ids import AccountId
from shared.runtime.etags import require_match
from shared.runtime.locks import Lock

FIRST_VERSION = 1


@dataclass(frozen=True)
class Published:
    """One version of the terms. The first is the platform's own, and was never changed."""

    version: int
    terms: Terms
    changed_at: datetime | None = None


async def terms_in_force(session: AsyncSession) -> Published:
    """The newest version."""
    newest = select(StandingTerms).order_by(col(StandingTerms.version).desc()).limit(1)
    row = (await session.exec(newest)).one_or_none()
    if row is None:
        return Published(FIRST_VERSION, FIRST)
    return Published(row.version, Terms.model_validate(row.terms), row.created_at)


async def change_terms(
    session: AsyncSession, terms: Terms, *, if_match: str, account_id: AccountId, now: datetime
) -> Published:
    """Publish new terms; they hold from now on, and filing goes by them soon.

    Raises `PreconditionFailed` where others were published meanwhile.
    """
    await Lock.PUBLISHED_TERMS.take(session)
    held = await terms_in_force(session)
    require_match(if_match.replace("*", ""), held.version)
    row = StandingTerms(
        version=held.version + 1, terms=terms.model_dump(mode="json"), account_id=account_id, created_at=now
    )
    session.add(row)
    return Published(row.version, terms, now)
