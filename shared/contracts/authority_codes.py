"""The code lists of authority documents: by what, and whether, an account may act under rights that are not its own."""

from enum import StrEnum, unique


@unique
class AuthorityKind(StrEnum):
    """The kind of an authority document."""

    POWER_OF_ATTORNEY = "power_of_attorney"
    LICENCE = "licence"
    AGENCY_AGREEMENT = "agency_agreement"
    EMPLOYMENT = "employment"
    COURT_ORDER = "court_order"
    OTHER = "other"


@unique
class AuthorityState(StrEnum):
    """The life of an authority."""

    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"
