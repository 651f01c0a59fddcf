"""The vault: rights are put in, checked by the operator, revised, and end."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.right_types import COLUMNS, COSMETIC, RightInput
from services.intake.domain.states import RightStep, right_after
from services.intake.tables import Right, RightVersion
from shared.contracts.codes import ReasonCode, RightState, RightType
from shared.contracts.events import RightExpired, RightExpiring, RightRejected, RightVerified
from shared.contracts.ids import AccountId, RightId
from shared.contracts.things import RightSnapshot
from shared.runtime.errors import Conflict, FieldError, Invalid, NotFound
from shared.runtime.ids import new_id
from shared.runtime.outbox import record
from shared.runtime.pagination import Paging, paginate
from shared.runtime.problems import pointer_to
from shared.runtime.timers import cancel_timer, set_timer

EXPIRES = "right_expires"
ANNOUNCED_DAYS = {"right_expires_in_30_days": 30, "right_expires_in_7_days": 7}

_input: TypeAdapter[Any] = TypeAdapter(RightInput)


class RightNotFound(NotFound):
    """There is no such right in the caller's vault."""

    code = "right_not_found"
    title = "There is no such right"


class RightStateConflict(Conflict):
    """The right is not in a state that allows this."""

    code = "right_state_conflict"
    title = "The right is not in a state that allows this"


class RightOver(Conflict):
    """The right has ended, so that it cannot be verified."""

    code = "right_over"
    title = "The right has ended"


async def put_in_vault(session: AsyncSession, given: Any, *, account_id: AccountId, now: datetime) -> Right:
    """A new right, pending until the operator has looked at its register."""
    right = Right(
        id=new_id(RightId), account_id=account_id, type=given.type.value, state=RightState.PENDING.value, version=1,
        **_columns(given), created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(right)
    await session.flush()
    _keep_version(session, right, now)
    return right


async def find_right(session: AsyncSession, right_id: RightId, *, account_id: AccountId | None) -> Right:
    """A right of an account; of any account where none is named. Raises `RightNotFound`."""
    return _owned(await session.get(Right, right_id), account_id)


async def list_rights(
    session: AsyncSession,
    *,
    right_type: RightType | None,
    state: RightState | None,
    account_id: AccountId | None,
    paging: Paging,
) -> tuple[list[Right], str | None]:
    """A page of an account's rights, newest first; of everyone's where no account is named."""
    statement = select(Right)
    for column, value in ((Right.account_id, account_id), (Right.type, right_type), (Right.state, state)):
        if value is not None:
            statement = statement.where(column == str(value))
    return await paginate(session, statement, Right.id, paging)


async def lock_right(session: AsyncSession, right_id: RightId, *, account_id: AccountId | None) -> Right:
    """The same, held until the end of the transaction."""
    statement = select(Right).where(Right.id == right_id).with_for_update()
    return _owned((await session.exec(statement)).one_or_none(), account_id)


async def revise(session: AsyncSession, right: Right, changes: dict[str, Any], *, now: datetime) -> Right:
    """Change fields of a right. A change of what the register was asked about makes it pending again.

    Raises `Invalid` where the right would no longer be whole.
    """
    before = given_fields(right)
    after = _revised(before, changes)
    changed = {name for name, value in given_of(after).items() if value != before.get(name)}
    if not changed:
        return right
    if not changed <= COSMETIC:
        right.state = _after(right, RightStep.REVISE)
        right.rejection_code = right.rejection_note = right.verified_at = None
        await _forget_expiry(session, right)
    for name, value in _columns(after).items():
        setattr(right, name, value)
    _next_version(session, right, now)
    return right


async def verify(session: AsyncSession, right: Right, *, now: datetime) -> Right:
    """The operator found the right in its register. Raises `RightStateConflict`, `RightOver`."""
    state = _after(right, RightStep.VERIFY)
    if is_over(right.expires_on, now):
        raise RightOver(f"It was in force until {right.expires_on}.")
    right.state = state
    right.verified_at = now
    right.rejection_code = right.rejection_note = None
    _next_version(session, right, now)
    record(session, RightVerified(version=right.version, right=snapshot(right)), now=now)
    await _await_expiry(session, right, now)
    return right


async def reject(session: AsyncSession, right: Right, *, code: ReasonCode, note: str | None, now: datetime) -> Right:
    """The operator could not confirm the right, or no longer can. Raises `RightStateConflict`, `Invalid`."""
    if code.accepts:
        raise Invalid(errors=[FieldError("/code", "code_accepts", "A code that asks (N_) or rejects (R_) is needed.")])
    right.state = _after(right, RightStep.REJECT)
    right.rejection_code, right.rejection_note = code.value, note
    right.verified_at = None
    _next_version(session, right, now)
    await _forget_expiry(session, right)
    event = RightRejected(
        version=right.version, right_id=RightId(right.id), account_id=AccountId(right.account_id), code=code, note=note
    )
    record(session, event, now=now)
    return right


async def announce_expiry(session: AsyncSession, right_id: str, *, now: datetime) -> None:
    """Tell that a right ends soon, where it still does."""
    right = await lock_right(session, RightId(right_id), account_id=None)
    if right.state != RightState.VERIFIED.value or right.expires_on is None or is_over(right.expires_on, now):
        return
    event = RightExpiring(
        version=right.version,
        right_id=RightId(right.id),
        account_id=AccountId(right.account_id),
        expires_on=right.expires_on,
        days_left=(right.expires_on - now.astimezone(UTC).date()).days,
    )
    record(session, event, now=now)


async def expire(session: AsyncSession, right_id: str, *, now: datetime) -> None:
    """End a right whose last day has passed."""
    right = await lock_right(session, RightId(right_id), account_id=None)
    if right.state != RightState.VERIFIED.value or right.expires_on is None or not is_over(right.expires_on, now):
        return
    right.state = _after(right, RightStep.EXPIRE)
    _next_version(session, right, now)
    event = RightExpired(
        version=right.version,
        right_id=RightId(right.id),
        account_id=AccountId(right.account_id),
        expires_on=right.expires_on,
    )
    record(session, event, now=now)


def is_over(expires_on: date | None, now: datetime) -> bool:
    """Whether a right's last day has passed. It is in force to the end of that day, in UTC."""
    return expires_on is not None and expires_on < now.astimezone(UTC).date()


def given_fields(right: Right) -> dict[str, Any]:
    """A right's fields as a partner gives them."""
    fields: dict[str, Any] = {
        "type": right.type, "title": right.title, "owner": right.owner, "territories": right.territories,
        "office": right.office, "registration_number": right.registration_number,
        "registered_on": right.registered_on, "expires_on": right.expires_on,
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


def _after(right: Right, step: RightStep) -> str:
    state = right_after(RightState(right.state), step)
    if state is None:
        raise RightStateConflict(f"A right that is {right.state} cannot be changed in this way ({step.value}).")
    return state.value


def _columns(given: Any) -> dict[str, Any]:
    """What a partner gave, as the columns of the table."""
    fields = given_of(given)
    columns = {name: fields[name] for name in COLUMNS - {"type", "nice_classes"}}
    details = {name: value for name, value in fields.items() if name not in COLUMNS}
    return {**columns, "nice_classes": fields.get("nice_classes", []), "details": details}


def _revised(before: dict[str, Any], changes: dict[str, Any]) -> Any:
    merged = {name: value for name, value in {**before, **changes}.items() if value is not None}
    as_text = {name: value.isoformat() if isinstance(value, date) else value for name, value in merged.items()}
    try:
        return _input.validate_python(as_text)
    except ValidationError as error:
        found = [FieldError(pointer_to(e["loc"]), e["type"], e["msg"]) for e in error.errors(include_url=False)]
        raise Invalid("See errors for each field.", errors=found) from error


def _next_version(session: AsyncSession, right: Right, now: datetime) -> None:
    right.version += 1
    right.updated_at = now
    session.add(right)
    _keep_version(session, right, now)


def _keep_version(session: AsyncSession, right: Right, now: datetime) -> None:
    kept = snapshot(right).model_dump(mode="json")
    session.add(RightVersion(right_id=right.id, version=right.version, snapshot=kept, created_at=now))


async def _await_expiry(session: AsyncSession, right: Right, now: datetime) -> None:
    if right.expires_on is None:
        return
    over_at = datetime.combine(right.expires_on + timedelta(days=1), time(), tzinfo=UTC)
    await set_timer(session, EXPIRES, right.id, over_at)
    for kind, days in ANNOUNCED_DAYS.items():
        due_at = datetime.combine(right.expires_on - timedelta(days=days), time(), tzinfo=UTC)
        if due_at > now:
            await set_timer(session, kind, right.id, due_at)


async def _forget_expiry(session: AsyncSession, right: Right) -> None:
    for kind in (EXPIRES, *ANNOUNCED_DAYS):
        await cancel_timer(session, kind, right.id)
