"""The published code lists: the words that requests, answers and events share."""

from enum import StrEnum, unique


@unique
class AccountKind(StrEnum):
    """The kind of an account: its relation to the marketplace."""

    BRAND = "brand"
    VENDOR = "vendor"
    MARKETPLACE = "marketplace"
    REGULATOR = "regulator"
    PUBLIC = "public"
    """Someone without an account, known by a confirmed e-mail address (DSA Art. 16(1))."""


@unique
class RightType(StrEnum):
    """The six kinds of right that the vault knows."""

    TRADEMARK = "trademark"
    COPYRIGHT = "copyright"
    DESIGN = "design"
    PATENT = "patent"
    TRADE_DRESS = "trade_dress"
    GEOGRAPHICAL_INDICATION = "geographical_indication"


@unique
class RightState(StrEnum):
    """The life of a right in the vault."""

    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"
    EXPIRED = "expired"


@unique
class HeldAs(StrEnum):
    """The relation of an account to a right in its vault. One that does not own it needs an authority."""

    OWNER = "owner"
    AGENT = "agent"
    LICENSEE = "licensee"


@unique
class Claim(StrEnum):
    """The claim of a report. Counterfeit is a claim under a trademark; every other claim has the name of its right."""

    COUNTERFEIT = "counterfeit"
    TRADEMARK = "trademark"
    COPYRIGHT = "copyright"
    DESIGN = "design"
    PATENT = "patent"
    TRADE_DRESS = "trade_dress"
    GEOGRAPHICAL_INDICATION = "geographical_indication"

    @property
    def right_type(self) -> RightType:
        """The right that carries this claim."""
        return RightType.TRADEMARK if self is Claim.COUNTERFEIT else RightType(self.value)


@unique
class LegalBasis(StrEnum):
    """The law, or the terms, under which a report is made."""

    DMCA = "dmca"
    DSA = "dsa"
    CHINA_ECOMMERCE = "china_ecommerce"
    TERMS = "terms"


@unique
class MediaType(StrEnum):
    """The kind of a listing."""

    LISTING = "listing"
    IMAGE = "image"
    VIDEO = "video"
    LIVESTREAM = "livestream"
    AD = "ad"


@unique
class ItemPart(StrEnum):
    """Which part of a listing a report complains of."""

    WHOLE = "whole"
    TITLE = "title"
    DESCRIPTION = "description"
    IMAGE = "image"
    VIDEO = "video"


@unique
class ReportState(StrEnum):
    """A report's state, derived from those of its items."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    NEEDS_INFORMATION = "needs_information"
    ACCEPTED = "accepted"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REJECTED = "rejected"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@unique
class NoticeState(StrEnum):
    """The life of a notice by someone without an account: filed as a report, or handed on to the operator's desk."""

    AWAITING_CONFIRMATION = "awaiting_confirmation"
    FILED = "filed"
    HANDED_ON = "handed_on"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


@unique
class NoticeOutcome(StrEnum):
    """How a notice ended that was handed on to the operator's desk."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@unique
class ImportState(StrEnum):
    """The life of an import, from the moment its file is whole here."""

    FILING = "filing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@unique
class ItemState(StrEnum):
    """The life of a report item."""

    RECEIVED = "received"
    QUEUED = "queued"
    IN_REVIEW = "in_review"
    NEEDS_INFORMATION = "needs_information"
    CLOSED = "closed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ACTIONED = "actioned"
    APPEALED = "appealed"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"


@unique
class TaskState(StrEnum):
    """The life of a task."""

    PENDING = "pending"
    LEASED = "leased"
    NEEDS_INFORMATION = "needs_information"
    ESCALATED = "escalated"
    DECIDED = "decided"
    CANCELLED = "cancelled"


@unique
class Outcome(StrEnum):
    """A reviewer's answer to a task."""

    ACCEPT = "accept"
    REJECT = "reject"
    NEEDS_INFORMATION = "needs_information"
    WRONG_RIGHT_TYPE = "wrong_right_type"
    ESCALATE = "escalate"


@unique
class Verdict(StrEnum):
    """The platform's answer to a task."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@unique
class Severity(StrEnum):
    """How soon something must be decided: P0 is the most pressing."""

    P0 = "p0"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"


@unique
class EscalationState(StrEnum):
    """The life of an escalation."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@unique
class EscalationStep(StrEnum):
    """An entry in the timeline of an escalation."""

    OPENED = "opened"
    CLOCK_MISSED = "clock_missed"
    CLOCK_KEPT = "clock_kept"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    BREACHED = "breached"
    RESOLVED = "resolved"


@unique
class EscalationKind(StrEnum):
    """The cause of an escalation."""

    CLOCK_MISSED = "clock_missed"
    REVIEWER_QUESTION = "reviewer_question"
    RAISED = "raised"
    SUSPECTED_ABUSE = "suspected_abuse"
    NOTICE_HANDED_ON = "notice_handed_on"


@unique
class AbuseSignal(StrEnum):
    """A sign that notices may be misused. It decides nothing: people look."""

    BURST = "burst"
    CLONED_EXPLANATION = "cloned_explanation"
    SHARED_SIGNATURE = "shared_signature"
    SHARED_CONTACT = "shared_contact"
    LATE_RIGHT = "late_right"


@unique
class FindingSeverity(StrEnum):
    """The weight of a finding: the report is refused, is likely to fail, or the finding is good to know."""

    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"


@unique
class ReporterTier(StrEnum):
    """How reliable a reporter has been of late, and so what it may do."""

    NEW = "new"
    STANDARD = "standard"
    TRUSTED = "trusted"
    EXPRESS = "express"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"


@unique
class ReasonCode(StrEnum):
    """Why: of a decision, a request for information, or a finding. `N_` asks, `R_` rejects, `A_` accepts."""

    N_IDENTITY_MISSING = "N_IDENTITY_MISSING"
    N_AUTHORITY_MISSING = "N_AUTHORITY_MISSING"
    N_AUTHORITY_EXPIRED = "N_AUTHORITY_EXPIRED"
    N_AUTHORITY_SCOPE = "N_AUTHORITY_SCOPE"
    R_NOT_RIGHTS_HOLDER = "R_NOT_RIGHTS_HOLDER"
    R_AGENT_BARRED = "R_AGENT_BARRED"

    N_REGISTRATION_NUMBER_INVALID = "N_REGISTRATION_NUMBER_INVALID"
    N_REGISTRATION_NOT_FOUND = "N_REGISTRATION_NOT_FOUND"
    R_RIGHT_PENDING = "R_RIGHT_PENDING"
    R_RIGHT_EXPIRED = "R_RIGHT_EXPIRED"
    R_RIGHT_CANCELLED = "R_RIGHT_CANCELLED"
    R_TERRITORY_MISMATCH = "R_TERRITORY_MISMATCH"
    R_CLASS_MISMATCH = "R_CLASS_MISMATCH"
    R_WRONG_RIGHT_TYPE = "R_WRONG_RIGHT_TYPE"
    N_URL_INVALID = "N_URL_INVALID"
    N_URL_IS_STORE = "N_URL_IS_STORE"
    N_URL_IS_SHORT = "N_URL_IS_SHORT"
    R_LISTING_GONE = "R_LISTING_GONE"
    R_DUPLICATE = "R_DUPLICATE"
    R_NOT_ON_MARKETPLACE = "R_NOT_ON_MARKETPLACE"

    N_EXPLANATION_MISSING = "N_EXPLANATION_MISSING"
    N_EVIDENCE_NOT_FOUND = "N_EVIDENCE_NOT_FOUND"
    N_CLAIM_CHART = "N_CLAIM_CHART"
    N_TEST_PURCHASE = "N_TEST_PURCHASE"
    N_COMPARISON = "N_COMPARISON"
    N_ADDRESS_ONLY = "N_ADDRESS_ONLY"
    R_NOT_USED_AS_MARK = "R_NOT_USED_AS_MARK"
    R_NOMINATIVE_USE = "R_NOMINATIVE_USE"
    R_EXHAUSTION = "R_EXHAUSTION"
    R_FAIR_USE = "R_FAIR_USE"
    R_DESCRIPTIVE_USE = "R_DESCRIPTIVE_USE"
    R_FUNCTIONAL = "R_FUNCTIONAL"
    R_INSUFFICIENT_SIMILARITY = "R_INSUFFICIENT_SIMILARITY"
    R_NOT_INTELLECTUAL_PROPERTY = "R_NOT_INTELLECTUAL_PROPERTY"

    N_GOOD_FAITH_MISSING = "N_GOOD_FAITH_MISSING"
    N_ACCURACY_MISSING = "N_ACCURACY_MISSING"
    N_PERJURY_MISSING = "N_PERJURY_MISSING"
    N_SIGNATURE_MISSING = "N_SIGNATURE_MISSING"
    N_LANGUAGE_NOT_READ = "N_LANGUAGE_NOT_READ"
    R_MANIFESTLY_UNFOUNDED = "R_MANIFESTLY_UNFOUNDED"
    R_FRAUDULENT_EVIDENCE = "R_FRAUDULENT_EVIDENCE"
    R_IMPERSONATION = "R_IMPERSONATION"
    R_REPORTER_SUSPENDED = "R_REPORTER_SUSPENDED"
    R_REPORTER_LIMIT = "R_REPORTER_LIMIT"

    A_COUNTERFEIT = "A_COUNTERFEIT"
    A_TRADEMARK_MISUSE = "A_TRADEMARK_MISUSE"
    A_COPYRIGHT_COPY = "A_COPYRIGHT_COPY"
    A_DESIGN_COPY = "A_DESIGN_COPY"
    A_PATENT = "A_PATENT"
    A_TRADE_DRESS = "A_TRADE_DRESS"
    A_GEOGRAPHICAL_INDICATION = "A_GEOGRAPHICAL_INDICATION"

    @property
    def asks(self) -> bool:
        return self.value.startswith("N_")

    @property
    def rejects(self) -> bool:
        return self.value.startswith("R_")

    @property
    def accepts(self) -> bool:
        return self.value.startswith("A_")


@unique
class Scope(StrEnum):
    """A permission of a client. A write scope includes its read scope."""

    RIGHTS_READ = "rights:read"
    RIGHTS_WRITE = "rights:write"
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    TASKS_READ = "tasks:read"
    TASKS_WORK = "tasks:work"
    TASKS_MANAGE = "tasks:manage"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    DECISIONS_READ = "decisions:read"
    APPEALS_READ = "appeals:read"
    APPEALS_WRITE = "appeals:write"
    ESCALATIONS_READ = "escalations:read"
    ESCALATIONS_MANAGE = "escalations:manage"
    EVENTS_READ = "events:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_MANAGE = "webhooks:manage"
    LISTINGS_READ = "listings:read"
    LISTINGS_WRITE = "listings:write"
    METRICS_READ = "metrics:read"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_ADMIN = "accounts:admin"

    @property
    def noun(self) -> str:
        return self.value.partition(":")[0]

    @property
    def reads(self) -> bool:
        return self.value.endswith(":read")

    def granted_by(self, held: frozenset[str]) -> bool:
        """Return whether a client with these scopes has this one: directly, or as the read half of a write scope."""
        return self.value in held or (self.reads and any(scope.partition(":")[0] == self.noun for scope in held))


PLANNED_SCOPES = frozenset({Scope.APPEALS_READ, Scope.APPEALS_WRITE, Scope.METRICS_READ})
"""Scopes of what is not there yet. They are known, so that naming one is no mistake, and given to nobody."""
