"""The vault: rights are put in, checked by the operator, revised, and end."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.accounts.limits import Limited, take_room
from services.intake.vault.expiry import Timers, is_awaited, is_over, reminder
from services.intake.vault.office_days import zone_of
from services.intake.vault.originals import keep_originals
from services.intake.vault.registrations import decide, in_conflict, require_decided
from services.intake.vault.right_types import COLUMNS, RightInput, identifying
from services.intake.vault.states import RightStep, right_after
from services.intake.vault.tables import Right, RightVersion
from shared.contracts.codes import ReasonCode, RightState, RightType
from shared.contracts.events import RightExpired, RightExpiring, RightRejected, RightVerified
from shared.contracts.ids import AccountId, RightId
from shared.contracts.registration_numbers import normal_form
from shared.contracts.things import RightSnapshot
from shared.runtime.errors import Conflict, FieldError, Invalid, NotFound
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.outbox import record
from shared.runtime.pagination import Paging, among, paginate
from shared.runtime.validation import body_errors

TIMERS = Timers("right")

_input: TypeAdapter[Any] = TypeAdapter(RightInput)


class RightNotFound(NotFound):
    """The caller's vault has no right with this id."""

    code = "right_not_found"
    title = "Right not found"


class RightStateConflict(Conflict):
    """The right is not in a state that allows this."""

    code = "right_state_conflict"
    title = "The right is not in a state that allows this"


class RightOver(Conflict):
    """The right has ended, so that it cannot be verified."""

    code = "right_over"
    title = "The right has ended"


async def put_in_vault(
    session: AsyncSession, given: Any, *, account_id: AccountId, limits: Mapping[Limited, int], now: datetime
) -> Right:
    """A new right, pending until the operator has looked at its register. Raises `Invalid`, `LimitReached`.

    Of two at once with one registration, the later one finds the first in the vault.
    """
    await Lock.RIGHTS_OF_ACCOUNT.take(session, account_id)
    right = Right(
        id=new_id(RightId), account_id=account_id, type=given.type.value, state=RightState.PENDING.value, version=1,
        **columns_of(given), created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(right)
    await session.flush()
    await keep_originals(session, right, now)
    keep_version(session, right, now)
    await take_room(session, account_id, Limited.RIGHTS, 1, limits)
    return right


async def find_right(session: AsyncSession, right_id: RightId, *, account_id: AccountId | None) -> Right:
    """A right of an account; of any account where none is named. Raises `RightNotFound`."""
    return _owned(await session.get(Right, right_id), account_id)


async def list_rights(
    session: AsyncSession,
    *,
    types: Sequence[RightType] | None,
    states: Sequence[RightState] | None,
    conflict: bool | None,
    account_id: AccountId | None,
    paging: Paging,
) -> tuple[list[Right], str | None]:
    """A page of an account's rights, newest first; of everyone's where no account is named."""
    statement = among(among(select(Right), Right.type, types), Right.state, states)
    if account_id is not None:
        statement = statement.where(Right.account_id == account_id)
    if conflict is not None:
        statement = statement.where(in_conflict() if conflict else ~in_conflict())
    return await paginate(session, statement, Right.id, paging)


async def lock_right(session: AsyncSession, right_id: RightId, *, account_id: AccountId | None) -> Right:
    """The same, held until the end of the transaction."""
    statement = select(Right).where(Right.id == right_id).with_for_update()
    return _owned((await session.exec(statement)).one_or_none(), account_id)


async def revise(session: AsyncSession, right: Right, changes: dict[str, Any], *, now: datetime) -> Right:
    """Change fields of a right. A change of what identifies it makes it pending again (`right_types.LABELS`).

    Raises `Invalid` where the right would no longer be whole, or names evidence that is not the account's.
    """
    before = given_fields(right)
    after = _revised(before, changes)
    changed = {name for name, value in given_of(after).items() if value != before.get(name)}
    if not changed:
        return right
    if identifying(RightType(right.type), changed, has_mark_text=bool(before.get("mark_text"))):
        right.state = after_step(right, RightStep.REVISE)
        right.rejection_code = right.rejection_note = right.verified_at = right.renewal = None
        right.conflict_decision = None
        await TIMERS.stop(session, right.id)
    for name, value in columns_of(after).items():
        setattr(right, name, value)
    await keep_originals(session, right, now)
    next_version(session, right, now)
    return right


async def verify(session: AsyncSession, right: Right, *, now: datetime) -> Right:
    """The operator found the right in its register. Raises `RightStateConflict`, `RightOver`, `RightInConflict`."""
    state = after_step(right, RightStep.VERIFY)
    if is_over(right.expires_on, now, zone_of(right)):
        raise RightOver(f"It was in force until {right.expires_on}.")
    await require_decided(session, right)
    right.state = state
    await confirm(session, right, now=now)
    return right


async def decide_conflict(
    session: AsyncSession, right: Right, others: Sequence[RightId], *, reason: str, now: datetime
) -> Right:
    """The operator lets the right stand beside those of other owners. Raises `Invalid`."""
    await decide(session, right, others, reason=reason, now=now)
    next_version(session, right, now)
    return right


async def confirm(session: AsyncSession, right: Right, *, now: datetime) -> None:
    """Tell that a right stands in its register, and set the timers of its end."""
    right.verified_at = now
    right.rejection_code = right.rejection_note = None
    next_version(session, right, now)
    record(session, RightVerified(version=right.version, right=snapshot(right)), now=now)
    await TIMERS.start(session, right.id, right.expires_on, now, zone_of(right))
    _remind(session, right, now)


async def reject(session: AsyncSession, right: Right, *, code: ReasonCode, note: str | None, now: datetime) -> Right:
    """The operator could not confirm the right, or no longer can. Raises `RightStateConflict`, `Invalid`."""
    if code.accepts:
        raise Invalid(errors=[FieldError("/code", "code_accepts", "A code that asks (N_) or rejects (R_) is needed.")])
    right.state = after_step(right, RightStep.REJECT)
    right.rejection_code, right.rejection_note = code.value, note
    right.verified_at = right.renewal = None
    next_version(session, right, now)
    await TIMERS.stop(session, right.id)
    event = RightRejected(
        version=right.version, right_id=RightId(right.id), account_id=AccountId(right.account_id), code=code, note=note
    )
    record(session, event, now=now)
    return right


async def announce_expiry(session: AsyncSession, right_id: str, *, now: datetime) -> None:
    """Tell that a right ends soon, where it still does and its account was not told."""
    right = await lock_right(session, RightId(right_id), account_id=None)
    if right.state == RightState.VERIFIED.value and not is_over(right.expires_on, now, zone_of(right)):
        _remind(session, right, now)
        await TIMERS.start(session, right.id, right.expires_on, now, zone_of(right))  # it may have come too early


async def expire(session: AsyncSession, right_id: str, *, now: datetime) -> None:
    """End a right whose last day has passed. While its renewal is looked at, it stays, as long as registers wait."""
    right = await lock_right(session, RightId(right_id), account_id=None)
    zone = zone_of(right)
    if right.state != RightState.VERIFIED.value or right.expires_on is None:
        return
    if not is_over(right.expires_on, now, zone):  # a timer of days that ended elsewhere
        await TIMERS.start(session, right.id, right.expires_on, now, zone)
        return
    if right.renewal is not None and is_awaited(right.renewal, now, zone):
        await TIMERS.end_after(session, right.id, date.fromisoformat(right.renewal["holds_until"]), zone)
        return
    end(session, right, now=now)


def end(session: AsyncSession, right: Right, *, now: datetime) -> None:
    """A verified right is over."""
    if right.expires_on is None:
        raise ValueError("a right without a last day does not end")
    right.state = after_step(right, RightStep.EXPIRE)
    next_version(session, right, now)
    event = RightExpired(
        version=right.version,
        right_id=RightId(right.id),
        account_id=AccountId(right.account_id),
        expires_on=right.expires_on,
    )
    record(session, event, now=now)


def given_fields(right: Right) -> dict[str, Any]:
    """A right's fields as a partner gives them."""
    fields: dict[str, Any] = {
        "type": right.type, "title": right.title, "owner": right.owner, "territories": right.territories,
        "office": right.office, "registration_number": right.registration_number,
        "registered_on": right.registered_on, "expires_on": right.expires_on, "held_as": right.held_as,
    }  # fmt: skip
    if right.type == RightType.TRADEMARK.value:
        fields["nice_classes"] = right.nice_classes
    return {**fields, **right.details}


def given_of(given: Any) -> dict[str, Any]:
    """The same, of what a partner gave just now."""
    fields: dict[str, Any] = given.model_dump(mode="json", exclude={"registered_on", "expires_on"})
    return {
        **fields,
        "registered_on": given.registered_on,
        "expires_on": given.expires_on,
        "territories": given.held_in,
    }


def snapshot(right: Right) -> RightSnapshot:
    """A right as events carry it."""
    return RightSnapshot.model_validate(
        {**right.model_dump(include=set(RightSnapshot.model_fields)), "details": right.details}
    )


def _owned(right: Right | None, account_id: AccountId | None) -> Right:
    if right is None or (account_id is not None and right.account_id != account_id):
        raise RightNotFound
    return right


def after_step(right: Right, step: RightStep) -> str:
    """The state after a step. Raises `RightStateConflict` where it cannot happen."""
    state = right_after(RightState(right.state), step)
    if state is None:
        raise RightStateConflict(f"A right that is {right.state} cannot be changed in this way ({step.value}).")
    return state.value


def columns_of(given: Any) -> dict[str, Any]:
    """Return a partner's fields as columns of the table."""
    fields = given_of(given)
    columns = {name: fields[name] for name in COLUMNS - {"type", "nice_classes"}}
    details = {name: value for name, value in fields.items() if name not in COLUMNS}
    key = normal_form(given.office, given.type, given.registration_number) if given.registration_number else None
    return {**columns, "number_key": key, "nice_classes": fields.get("nice_classes", []), "details": details}


def _revised(before: dict[str, Any], changes: dict[str, Any]) -> Any:
    merged = {name: value for name, value in {**before, **changes}.items() if value is not None}
    as_text = {name: value.isoformat() if isinstance(value, date) else value for name, value in merged.items()}
    try:
        return _input.validate_python(as_text)
    except ValidationError as error:
        found = body_errors(error.errors(include_url=False), RightInput, as_text)
        raise Invalid("See errors for each field.", errors=found) from error


def next_version(session: AsyncSession, right: Right, now: datetime) -> None:
    """A right has changed; how it stands now is kept for good."""
    right.version += 1
    right.updated_at = now
    session.add(right)
    keep_version(session, right, now)


def keep_version(session: AsyncSession, right: Right, now: datetime) -> None:
    kept = snapshot(right).model_dump(mode="json")
    session.add(
        RightVersion(
            right_id=right.id, version=right.version, snapshot=kept, conflict_decision=right.conflict_decision,
            created_at=now,
        )
    )  # fmt: skip


def _remind(session: AsyncSession, right: Right, now: datetime) -> None:
    left = reminder(right, right.expires_on, now, zone_of(right))
    if left is None or right.expires_on is None:
        return
    session.add(right)
    event = RightExpiring(
        version=right.version,
        right_id=RightId(right.id),
        account_id=AccountId(right.account_id),
        expires_on=right.expires_on,
        days_left=left,
    )
    record(session, event, now=now)
