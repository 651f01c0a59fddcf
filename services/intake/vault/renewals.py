"""Renewals: a right goes on past its last day, once the operator has found the renewal in the register."""

from datetime import date, datetime
from enum import StrEnum, unique
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.clocks.days import days_after
from services.intake.evidence.references import use
from services.intake.vault.expiry import is_awaited, is_over
from services.intake.vault.office_days import zone_of
from services.intake.vault.rights import (  # fmt: skip
    TIMERS,
    RightOver,
    RightStateConflict,
    after_step,
    confirm,
    end,
    next_version,
)
from services.intake.vault.states import RightStep, right_after
from services.intake.vault.tables import Right
from shared.contracts.codes import ReasonCode, RightState
from shared.contracts.events import RightRenewalRejected
from shared.contracts.ids import AccountId, EvidenceId, RightId
from shared.runtime.errors import Conflict, FieldError, Invalid
from shared.runtime.outbox import record


@unique
class RenewalState(StrEnum):
    """The state of a renewal."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class RenewalNotPending(Conflict):
    """No renewal of this right waits to be looked at."""

    code = "renewal_not_pending"
    title = "No renewal of this right waits to be looked at"


async def renew(
    session: AsyncSession,
    right: Right,
    *,
    expires_on: date,
    evidence_id: EvidenceId | None,
    grace_days: int,
    now: datetime,
) -> Right:
    """Tell that a right was renewed. A verified one stays so until the operator has looked, or the grace is over.

    A second word about the same renewal takes the place of the first. Raises `RightStateConflict`, `Invalid`.
    """
    if right_after(RightState(right.state), RightStep.RENEW) is None:
        raise RightStateConflict(f"A right that is {right.state} cannot be renewed; correct its dates instead.")
    last = right.expires_on
    if last is None:
        raise RightStateConflict("The vault knows no end of this right, so that there is nothing to renew.")
    if expires_on <= last or is_over(expires_on, now, zone_of(right)):
        message = f"A renewal ends later than {last}, and not in the past."
        raise Invalid(errors=[FieldError("/expires_on", "renewal_not_later", message)])
    if (
        right.state == RightState.VERIFIED.value
        and is_over(last, now, zone_of(right))
        and not is_awaited(right.renewal, now, zone_of(right))
    ):
        end(session, right, now=now)  # its clock is late: what is over stays over until the operator has looked
    if evidence_id is not None:
        await use(
            session, {"/evidence_id": evidence_id}, account_id=AccountId(right.account_id), used_by=right.id, now=now
        )  # fmt: skip
    right.renewal = {
        "expires_on": expires_on.isoformat(),
        "state": RenewalState.PENDING.value,
        "evidence_id": evidence_id,
        "holds_until": days_after(last, grace_days).isoformat(),
        "asked_at": now.isoformat(),
    }
    next_version(session, right, now)
    return right


async def accept_renewal(session: AsyncSession, right: Right, *, now: datetime) -> Right:
    """The operator found the renewal in the register: the right goes on. Raises `RenewalNotPending`, `RightOver`."""
    renewal = _pending(right)
    expires_on = date.fromisoformat(renewal["expires_on"])
    if is_over(expires_on, now, zone_of(right)):
        raise RightOver(f"It was renewed until {expires_on}.")
    right.state = after_step(right, RightStep.RENEW)
    right.expires_on = expires_on
    right.renewal = {**renewal, "state": RenewalState.ACCEPTED.value, "decided_at": now.isoformat()}
    await TIMERS.stop(session, right.id)
    await confirm(session, right, now=now)
    return right


async def reject_renewal(
    session: AsyncSession, right: Right, *, code: ReasonCode, note: str | None, now: datetime
) -> Right:
    """The operator could not find the renewal: the right ends as it would have. Raises `RenewalNotPending`."""
    renewal = _pending(right)
    if code.accepts:
        raise Invalid(errors=[FieldError("/code", "code_accepts", "A code that asks (N_) or rejects (R_) is needed.")])
    right.renewal = {
        **renewal,
        "state": RenewalState.REJECTED.value,
        "code": code.value,
        "note": note,
        "decided_at": now.isoformat(),
    }
    next_version(session, right, now)
    event = RightRenewalRejected(
        version=right.version,
        right_id=RightId(right.id),
        account_id=AccountId(right.account_id),
        expires_on=date.fromisoformat(renewal["expires_on"]),
        code=code,
        note=note,
    )
    record(session, event, now=now)
    if right.state == RightState.VERIFIED.value and is_over(right.expires_on, now, zone_of(right)):
        await TIMERS.stop(session, right.id)
        end(session, right, now=now)
    return right


def _pending(right: Right) -> dict[str, Any]:
    if right.renewal is None or right.renewal["state"] != RenewalState.PENDING:
        raise RenewalNotPending
    return right.renewal
