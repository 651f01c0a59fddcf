"""Authorities in the vault: put in, checked by the operator, revised, revoked, and ended by their last day."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from pydantic import ValidationError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.evidence.references import use
from services.intake.vault.authorities.fields import AuthorityFields, AuthorityIn
from services.intake.vault.authorities.states import AuthorityStep, authority_after
from services.intake.vault.authorities.tables import Authority, AuthorityVersion
from services.intake.vault.expiry import Timers, is_over, reminder
from services.intake.vault.office_days import zone_in
from services.intake.vault.tables import Right
from shared.contracts.authority_codes import AuthorityState
from shared.contracts.codes import ReasonCode
from shared.contracts.events import (
    AuthorityExpired,
    AuthorityExpiring,
    AuthorityRejected,
    AuthorityRevoked,
    AuthorityVerified,
)
from shared.contracts.ids import AccountId, AuthorityId, EvidenceId
from shared.contracts.things import AuthoritySnapshot
from shared.runtime.errors import Conflict, FieldError, Invalid, NotFound
from shared.runtime.ids import new_id
from shared.runtime.outbox import record
from shared.runtime.pagination import Paging, among, paginate
from shared.runtime.validation import body_errors

TIMERS = Timers("authority")


class AuthorityNotFound(NotFound):
    """The caller's vault has no authority with this id."""

    code = "authority_not_found"
    title = "Authority not found"


class AuthorityStateConflict(Conflict):
    """The authority is not in a state that allows this."""

    code = "authority_state_conflict"
    title = "The authority is not in a state that allows this"


class AuthorityOver(Conflict):
    """The authority has ended, so that it cannot be verified."""

    code = "authority_over"
    title = "The authority has ended"


async def put_in_vault(session: AsyncSession, given: AuthorityIn, *, account_id: AccountId, now: datetime) -> Authority:
    """A new authority, pending until the operator has read it. Raises `Invalid` where it names others' rights."""
    await _all_are_there(session, given, account_id)
    authority = Authority(
        id=new_id(AuthorityId), account_id=account_id, state=AuthorityState.PENDING.value, version=1, **_columns(given),
        created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(authority)
    await session.flush()
    await _keep_document(session, authority, now)
    _keep_version(session, authority, now)
    return authority


async def _keep_document(session: AsyncSession, authority: Authority, now: datetime) -> None:
    """Have the document stay for as long as the authority does. Raises `Invalid` where it is not there."""
    if authority.evidence_id is not None:
        await use(
            session, {"/evidence_id": EvidenceId(authority.evidence_id)}, account_id=AccountId(authority.account_id),
            used_by=authority.id, now=now,
        )  # fmt: skip


async def find_authority(
    session: AsyncSession, authority_id: AuthorityId, *, account_id: AccountId | None
) -> Authority:
    """An authority of an account; of any account where none is named. Raises `AuthorityNotFound`."""
    return _owned(await session.get(Authority, authority_id), account_id)


async def list_authorities(
    session: AsyncSession, *, states: Sequence[AuthorityState] | None, account_id: AccountId | None, paging: Paging
) -> tuple[list[Authority], str | None]:
    """A page of an account's authorities, newest first; of everyone's where no account is named."""
    statement = among(select(Authority), Authority.state, states)
    if account_id is not None:
        statement = statement.where(Authority.account_id == account_id)
    return await paginate(session, statement, Authority.id, paging)


async def lock_authority(
    session: AsyncSession, authority_id: AuthorityId, *, account_id: AccountId | None
) -> Authority:
    """The same, held until the end of the transaction."""
    statement = select(Authority).where(Authority.id == authority_id).with_for_update()
    return _owned((await session.exec(statement)).one_or_none(), account_id)


async def revise(session: AsyncSession, authority: Authority, changes: dict[str, Any], *, now: datetime) -> Authority:
    """Change what an authority says; it must be read again then. Raises `AuthorityStateConflict`, `Invalid`."""
    before = given_fields(authority)
    given = _revised({**before, **changes})
    after = _columns(given)
    if after == {name: before[name] for name in after}:
        return authority
    await _all_are_there(session, given, AccountId(authority.account_id))
    authority.state = _after(authority, AuthorityStep.REVISE)
    authority.rejection_code = authority.rejection_note = authority.verified_at = None
    for name, value in after.items():
        setattr(authority, name, value)
    if authority.evidence_id != before["evidence_id"]:
        await _keep_document(session, authority, now)
    _next_version(session, authority, now)
    await TIMERS.stop(session, authority.id)
    return authority


async def verify(session: AsyncSession, authority: Authority, *, now: datetime) -> Authority:
    """The operator accepted the document. Raises `AuthorityStateConflict`, `AuthorityOver`."""
    state = _after(authority, AuthorityStep.VERIFY)
    if is_over(authority.valid_to, now, _zone(authority)):
        raise AuthorityOver(f"It held until {authority.valid_to}.")
    authority.state, authority.verified_at = state, now
    authority.rejection_code = authority.rejection_note = None
    _next_version(session, authority, now)
    record(session, AuthorityVerified(version=authority.version, authority=snapshot(authority)), now=now)
    await TIMERS.start(session, authority.id, authority.valid_to, now, _zone(authority))
    _remind(session, authority, now)
    return authority


async def reject(
    session: AsyncSession, authority: Authority, *, code: ReasonCode, note: str | None, now: datetime
) -> Authority:
    """The operator could not accept the document, or no longer can. Raises `AuthorityStateConflict`, `Invalid`."""
    if code.accepts:
        raise Invalid(errors=[FieldError("/code", "code_accepts", "A code that asks (N_) or rejects (R_) is needed.")])
    authority.state = _after(authority, AuthorityStep.REJECT)
    authority.rejection_code, authority.rejection_note = code.value, note
    authority.verified_at = None
    _next_version(session, authority, now)
    await TIMERS.stop(session, authority.id)
    record(session, AuthorityRejected(**_named(authority), code=code, note=note), now=now)
    return authority


async def revoke(session: AsyncSession, authority: Authority, *, now: datetime) -> Authority:
    """The account says that it may act by this no longer, for good. Raises `AuthorityStateConflict`."""
    authority.state = _after(authority, AuthorityStep.REVOKE)
    _next_version(session, authority, now)
    await TIMERS.stop(session, authority.id)
    record(session, AuthorityRevoked(**_named(authority)), now=now)
    return authority


async def announce_expiry(session: AsyncSession, authority_id: str, *, now: datetime) -> None:
    """Tell that an authority ends soon, where it still does and its account was not told."""
    authority = await lock_authority(session, AuthorityId(authority_id), account_id=None)
    if authority.state == AuthorityState.VERIFIED.value and not is_over(authority.valid_to, now, _zone(authority)):
        _remind(session, authority, now)
        await TIMERS.start(
            session, authority.id, authority.valid_to, now, _zone(authority)
        )  # it may have been too early


async def expire(session: AsyncSession, authority_id: str, *, now: datetime) -> None:
    """End an authority whose last day has passed."""
    authority = await lock_authority(session, AuthorityId(authority_id), account_id=None)
    last = authority.valid_to
    if authority.state != AuthorityState.VERIFIED.value or last is None:
        return
    if not is_over(last, now, _zone(authority)):  # a timer of days that ended elsewhere
        await TIMERS.start(session, authority.id, last, now, _zone(authority))
        return
    authority.state = _after(authority, AuthorityStep.EXPIRE)
    _next_version(session, authority, now)
    record(session, AuthorityExpired(**_named(authority), valid_to=last), now=now)


def given_fields(authority: Authority) -> dict[str, Any]:
    """An authority's fields as a partner gives them."""
    return authority.model_dump(include=set(AuthorityFields.model_fields))


def snapshot(authority: Authority) -> AuthoritySnapshot:
    """An authority as events carry it."""
    return AuthoritySnapshot.model_validate(authority.model_dump(include=set(AuthoritySnapshot.model_fields)))


def _columns(given: AuthorityIn) -> dict[str, Any]:
    fields: dict[str, Any] = given.model_dump(mode="json", exclude={"valid_from", "valid_to"})
    return {**fields, "valid_from": given.valid_from, "valid_to": given.valid_to}


def _revised(fields: dict[str, Any]) -> AuthorityIn:
    try:
        return AuthorityIn.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        found = body_errors(error.errors(include_url=False), AuthorityIn, fields)
        raise Invalid("See errors for each field.", errors=found) from error


async def _all_are_there(session: AsyncSession, given: AuthorityIn, account_id: AccountId) -> None:
    if given.right_ids is None:
        return
    own = select(Right.id).where(Right.account_id == account_id, col(Right.id).in_(given.right_ids))
    there = set((await session.exec(own)).all())
    missing = [(place, right_id) for place, right_id in enumerate(given.right_ids) if right_id not in there]
    if missing:
        message = "Your vault has no right with this id."
        raise Invalid(
            "An authority names rights of the same vault.",
            errors=[FieldError(f"/right_ids/{place}", "right_not_found", message) for place, _ in missing[:100]],
        )


def _zone(authority: Authority) -> tzinfo:
    return zone_in(authority.principal.get("country"))


def _owned(authority: Authority | None, account_id: AccountId | None) -> Authority:
    if authority is None or (account_id is not None and authority.account_id != account_id):
        raise AuthorityNotFound
    return authority


def _after(authority: Authority, step: AuthorityStep) -> str:
    state = authority_after(AuthorityState(authority.state), step)
    if state is None:
        detail = f"An authority that is {authority.state} cannot be changed in this way ({step.value})."
        raise AuthorityStateConflict(detail)
    return state.value


def _named(authority: Authority) -> dict[str, Any]:
    return {
        "version": authority.version,
        "authority_id": AuthorityId(authority.id),
        "account_id": AccountId(authority.account_id),
    }


def _next_version(session: AsyncSession, authority: Authority, now: datetime) -> None:
    authority.version += 1
    authority.updated_at = now
    session.add(authority)
    _keep_version(session, authority, now)


def _keep_version(session: AsyncSession, authority: Authority, now: datetime) -> None:
    kept = snapshot(authority).model_dump(mode="json")
    version = AuthorityVersion(
        authority_id=authority.id, version=authority.version, snapshot=kept, created_at=now
    )  # fmt: skip
    session.add(version)


def _remind(session: AsyncSession, authority: Authority, now: datetime) -> None:
    last: date | None = authority.valid_to
    left = reminder(authority, last, now, _zone(authority))
    if left is None or last is None:
        return
    session.add(authority)
    record(session, AuthorityExpiring(**_named(authority), valid_to=last, days_left=left), now=now)
