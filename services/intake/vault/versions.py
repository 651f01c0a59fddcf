"""The versions that things of the vault have had: what a report was filed under can be read for good."""

from typing import Any, TypeVar

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.vault.authorities.tables import AuthorityVersion
from services.intake.vault.tables import RightVersion
from shared.contracts.ids import AuthorityId, RightId
from shared.runtime.errors import NotFound
from shared.runtime.pagination import Paging

Kept = TypeVar("Kept", RightVersion, AuthorityVersion)


class VersionNotFound(NotFound):
    """The thing never had this version."""

    code = "version_not_found"
    title = "Version not found"


async def versions_of_right(
    session: AsyncSession, right_id: RightId, *, paging: Paging
) -> tuple[list[RightVersion], str | None]:
    """A page of a right's versions, newest first. Whoever may read the right may read them."""
    return await _page(session, select(RightVersion).where(RightVersion.right_id == right_id), RightVersion, paging)


async def versions_of_authority(
    session: AsyncSession, authority_id: AuthorityId, *, paging: Paging
) -> tuple[list[AuthorityVersion], str | None]:
    """The same of an authority."""
    statement = select(AuthorityVersion).where(AuthorityVersion.authority_id == authority_id)
    return await _page(session, statement, AuthorityVersion, paging)


async def right_version(session: AsyncSession, right_id: RightId, number: int) -> RightVersion:
    """A right as it stood at one version. Raises `VersionNotFound`."""
    return _there(await session.get(RightVersion, (right_id, number)))


async def authority_version(session: AsyncSession, authority_id: AuthorityId, number: int) -> AuthorityVersion:
    """The same of an authority."""
    return _there(await session.get(AuthorityVersion, (authority_id, number)))


async def _page(
    session: AsyncSession, statement: Any, table: type[Kept], paging: Paging
) -> tuple[list[Kept], str | None]:
    if paging.after is not None:
        statement = statement.where(col(table.version) < int(paging.after))
    ordered = statement.order_by(col(table.version).desc()).limit(paging.limit + 1)
    rows: list[Kept] = list((await session.exec(ordered)).all())
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    return rows, paging.cursor(str(rows[-1].version)) if more else None


def _there(found: Kept | None) -> Kept:
    if found is None:
        raise VersionNotFound
    return found
