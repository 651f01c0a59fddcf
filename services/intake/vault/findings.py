"""Rules about a right in the vault: what a person at the register will stumble over."""

from datetime import datetime

from services.intake.finding import warns
from services.intake.vault.expiry import is_over
from services.intake.vault.office_days import zone_of
from services.intake.vault.originals import at_addresses
from services.intake.vault.registers import number_complaint
from services.intake.vault.tables import Right
from shared.contracts.codes import ReasonCode, RightType
from shared.contracts.things import Finding

_STATUS = {
    "applied": (ReasonCode.R_RIGHT_PENDING, "The mark is applied for, not yet registered."),
    "opposed": (ReasonCode.R_RIGHT_PENDING, "The mark is opposed, and may not be registered."),
    "cancelled": (ReasonCode.R_RIGHT_CANCELLED, "The register has cancelled the mark."),
}
_CAN_CHANGE = "What is at an address can change or vanish, and is then no proof of what it showed."
_UPLOAD = "Upload it as evidence, and give the id of that."


def examine_right(right: Right, now: datetime, *, first: str | None = None) -> list[Finding]:
    """Findings against verifying a right, as far as they can be had without its register.

    `first` is the first record of the registration in the same vault, which may be this one.
    """
    right_type = RightType(right.type)
    found = []
    complaint = number_complaint(right.office, right_type, right.registration_number)
    if complaint:
        code = ReasonCode.N_REGISTRATION_NUMBER_INVALID
        found.append(warns(code, complaint, "/registration_number", "Compare the number with the register's."))
    if first not in {None, right.id}:
        message = f"This is the registration of your right {first}."
        fix = "Use that one; what has changed of it, such as its territories, is changed there."
        found.append(warns(ReasonCode.R_DUPLICATE, message, "/registration_number", fix))
    if is_over(right.expires_on, now, zone_of(right)):
        message = f"The right was in force until {right.expires_on}."
        found.append(
            warns(ReasonCode.R_RIGHT_EXPIRED, message, "/expires_on", "If it was renewed, give its new last day.")
        )
    status = _STATUS.get(str(right.details.get("register_status")))
    if status:
        found.append(warns(*status, "/register_status", "Put the mark in once it is registered."))
    if right_type is RightType.PATENT and not right.details.get("claim_chart"):
        message = "There is no claim chart; a report under this patent will be asked for it."
        found.append(warns(ReasonCode.N_CLAIM_CHART, message, "/claim_chart", "Chart the claim element by element."))
    found += [warns(ReasonCode.N_ADDRESS_ONLY, _CAN_CHANGE, place, _UPLOAD) for place in at_addresses(right.details)]
    return found
