"""The rule books: drafts are written and changed for another draft, published versions are dated and stand for ever."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.review.policies.tables import Policy, PolicyVersion
from shared.contracts.codes import ReasonCode, RightType
from shared.contracts.ids import PolicyId
from shared.contracts.policy_codes import Demand
from shared.runtime.errors import Conflict, FieldError, NotFound, Unprocessable
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock

DRAFT, PUBLISHED = "draft", "published"


class PolicyExists(Conflict):
    """There is a policy for this right type; it gets a new version instead."""

    code = "policy_exists"
    title = "This right type has a policy already"


class VersionPublished(Conflict):
    """A published version is never changed, nor published twice."""

    code = "policy_version_published"
    title = "The version is published and stands"


class EffectiveInThePast(Unprocessable):
    """Rules do not reach back."""

    code = "effective_from_in_the_past"
    title = "A version takes effect when it is published, or later"


class ClausesInvalid(Unprocessable):
    """The clauses of a version do not hold together; see its errors."""

    code = "clauses_invalid"
    title = "The clauses do not hold together"


@dataclass(frozen=True)
class DraftClause:
    """A clause as it is written."""

    code: str
    title: str
    text: str
    law: str
    accept_codes: tuple[ReasonCode, ...] = ()
    reject_codes: tuple[ReasonCode, ...] = ()
    reporter_text: str | None = None
    demands: tuple[Demand, ...] = ()


def check_clauses(clauses: Sequence[DraftClause]) -> None:
    """Each clause has its own code and allows something, each code in the list of its kind. Raises `ClausesInvalid`."""
    errors = []
    seen: set[str] = set()
    for i, clause in enumerate(clauses):
        if clause.code in seen:
            errors.append(FieldError(f"/clauses/{i}/code", "clause_code_twice", f"{clause.code} is there twice."))
        seen.add(clause.code)
        if not clause.accept_codes and not clause.reject_codes:
            errors.append(FieldError(f"/clauses/{i}", "clause_without_codes", "A clause allows at least one code."))
        for j, code in enumerate(clause.accept_codes):
            if not code.accepts:
                errors.append(
                    FieldError(f"/clauses/{i}/accept_codes/{j}", "code_of_other_kind", f"{code} accepts nothing.")
                )
        for j, code in enumerate(clause.reject_codes):
            if not code.rejects:
                errors.append(
                    FieldError(f"/clauses/{i}/reject_codes/{j}", "code_of_other_kind", f"{code} rejects nothing.")
                )
    if errors:
        raise ClausesInvalid(errors=errors)


async def create_policy(
    session: AsyncSession,
    right_type: RightType,
    title: str,
    clauses: Sequence[DraftClause],
    note: str | None,
    *,
    now: datetime,
) -> tuple[Policy, PolicyVersion]:
    """A rule book for a right type that has none, with its first draft. Raises `PolicyExists`, `ClausesInvalid`."""
    check_clauses(clauses)
    id_ = new_id(PolicyId)
    values = {
        "id": id_,
        "right_type": right_type.value,
        "title": title,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    made = await (await session.connection()).execute(
        insert(Policy).values(**values).on_conflict_do_nothing(index_elements=["right_type"]).returning(col(Policy.id))
    )
    if made.scalar_one_or_none() is None:
        raise PolicyExists
    policy = await _locked(session, id_)
    return policy, _add(session, policy, 1, clauses, note, now)


async def draft_version(
    session: AsyncSession, policy_id: PolicyId, clauses: Sequence[DraftClause], note: str | None, *, now: datetime
) -> PolicyVersion:
    """A new draft of a policy. Raises `NotFound`, `ClausesInvalid`."""
    check_clauses(clauses)
    policy = await _locked(session, policy_id)
    last = (
        await session.exec(select(func.max(PolicyVersion.number)).where(col(PolicyVersion.policy_id) == policy_id))
    ).one()
    policy.version += 1
    policy.updated_at = now
    return _add(session, policy, (last or 0) + 1, clauses, note, now)


async def publish(
    session: AsyncSession,
    policy_id: PolicyId,
    number: int,
    effective_from: datetime | None,
    *,
    clock: Callable[[], datetime],
) -> PolicyVersion:
    """Date a draft; from then on it stands. Raises `NotFound`, `VersionPublished`, `EffectiveInThePast`.

    The time is read once nobody judges any more, so that no judgement can have been given under the old version at a
    time when this one is in force.
    """
    policy = await _locked(session, policy_id)
    version = await read_version(session, policy_id, number)
    if version.state == PUBLISHED:
        raise VersionPublished
    await Lock.POLICIES.take(session)
    now = clock()
    if effective_from is not None and effective_from < now:
        message = f"It is {now.isoformat(timespec='seconds')} now."
        raise EffectiveInThePast(errors=[FieldError("/effective_from", EffectiveInThePast.code, message)])
    version.state, version.published_at = PUBLISHED, now
    version.effective_from = effective_from or now
    policy.version += 1
    policy.updated_at = now
    return version


async def read_policy(session: AsyncSession, policy_id: PolicyId) -> Policy:
    """Raises `NotFound`."""
    policy = await session.get(Policy, policy_id)
    if policy is None:
        raise NotFound
    return policy


async def read_version(
    session: AsyncSession, policy_id: PolicyId, number: int, *, drafts: bool = True
) -> PolicyVersion:
    """Raises `NotFound`, also for a draft where drafts are not meant."""
    version = await session.get(PolicyVersion, (policy_id, number))
    if version is None or not (drafts or version.state == PUBLISHED):
        raise NotFound
    return version


async def list_versions(
    session: AsyncSession, policy_id: PolicyId, *, drafts: bool, before: int | None, limit: int
) -> list[PolicyVersion]:
    """The versions of a policy, newest first, before a number. Raises `NotFound`."""
    await read_policy(session, policy_id)
    statement = select(PolicyVersion).where(col(PolicyVersion.policy_id) == policy_id)
    if not drafts:
        statement = statement.where(col(PolicyVersion.state) == PUBLISHED)
    if before is not None:
        statement = statement.where(col(PolicyVersion.number) < before)
    return list(await session.exec(statement.order_by(col(PolicyVersion.number).desc()).limit(limit)))


async def number_in_force(session: AsyncSession, policy_id: str, now: datetime) -> int | None:
    """The version in force: of those that have taken effect, the latest."""
    statement = (
        select(PolicyVersion.number)
        .where(
            col(PolicyVersion.policy_id) == policy_id,
            col(PolicyVersion.state) == PUBLISHED,
            col(PolicyVersion.effective_from) <= now,
        )
        .order_by(col(PolicyVersion.effective_from).desc(), col(PolicyVersion.number).desc())
        .limit(1)
    )
    return (await session.exec(statement)).one_or_none()


async def _locked(session: AsyncSession, policy_id: PolicyId) -> Policy:
    statement = select(Policy).where(col(Policy.id) == policy_id).with_for_update()
    policy = (await session.exec(statement)).one_or_none()
    if policy is None:
        raise NotFound
    return policy


def _add(
    session: AsyncSession, policy: Policy, number: int, clauses: Sequence[DraftClause], note: str | None, now: datetime
) -> PolicyVersion:
    version = PolicyVersion(
        policy_id=policy.id, number=number, state=DRAFT, note=note, clauses=[stored(c) for c in clauses], created_at=now
    )
    session.add(version)
    return version


def stored(clause: DraftClause) -> dict[str, Any]:
    """Return a clause as its version keeps it, in JSON."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(clause).items()}
