"""Every event of the platform, by noun. Importing this package fills the registry."""

from .abuse import ReporterSuspected, ReportSuspected
from .accounts import AccountChanged, AccountLimits, AccountState
from .authorities import (
    AuthorityExpired,
    AuthorityExpiring,
    AuthorityRejected,
    AuthorityRevoked,
    AuthorityVerified,
)
from .captures import ListingCaptured, SellersErased
from .conduct import NewcomersLimited, RatingApplied, ReporterRated, ReporterUseCounted, ReportsTraced
from .decisions import DecisionMade, DecisionReversed, EnforcementApplied, EnforcementRequested
from .escalations import (
    EscalationAcknowledged,
    EscalationBreached,
    EscalationOpened,
    EscalationResolved,
    EscalationWarned,
)
from .evidence import EvidenceDeleted, EvidenceKept
from .imports import ImportCompleted
from .listings import ListingRemoved, ListingsKept, ListingUpserted
from .mails import NoticeLetter, NoticeMailCalledOff, NoticeMailRequested
from .notices import NoticeHandedOn, NoticeSettled
from .refusals import EventRefused
from .reporters import ReporterReinstated, ReporterSuspended, ReporterWarned
from .reports import (
    ReportClosed,
    ReportCompleted,
    ReportInformationProvided,
    ReportInformationRequested,
    ReportListingGone,
    ReportReminded,
    ReportReopened,
    ReportRescheduled,
    ReportSubmitted,
    ReportTriaged,
    ReportWithdrawalRefused,
    ReportWithdrawalRequested,
    ReportWithdrawn,
)
from .rights import RightExpired, RightExpiring, RightRejected, RightRenewalRejected, RightVerified
from .tasks import (
    RightSearched,
    TaskCancelled,
    TaskClaimed,
    TaskCreated,
    TaskItemsWithdrawn,
    TaskJoined,
    TaskJudged,
    TaskLeaseBroken,
    TaskRerouted,
)
from .webhooks import WebhookFailed, WebhookTested

__all__ = [
    "AccountChanged",
    "AccountLimits",
    "AccountState",
    "AuthorityExpired",
    "AuthorityExpiring",
    "AuthorityRejected",
    "AuthorityRevoked",
    "AuthorityVerified",
    "DecisionMade",
    "DecisionReversed",
    "EnforcementApplied",
    "EnforcementRequested",
    "EscalationAcknowledged",
    "EscalationBreached",
    "EscalationOpened",
    "EscalationResolved",
    "EscalationWarned",
    "EventRefused",
    "EvidenceDeleted",
    "EvidenceKept",
    "ImportCompleted",
    "ListingCaptured",
    "ListingRemoved",
    "ListingUpserted",
    "ListingsKept",
    "NewcomersLimited",
    "NoticeHandedOn",
    "NoticeLetter",
    "NoticeMailCalledOff",
    "NoticeMailRequested",
    "NoticeSettled",
    "RatingApplied",
    "ReportClosed",
    "ReportCompleted",
    "ReportInformationProvided",
    "ReportInformationRequested",
    "ReportListingGone",
    "ReportReminded",
    "ReportReopened",
    "ReportRescheduled",
    "ReportSubmitted",
    "ReportSuspected",
    "ReportTriaged",
    "ReportWithdrawalRefused",
    "ReportWithdrawalRequested",
    "ReportWithdrawn",
    "ReporterRated",
    "ReporterReinstated",
    "ReporterSuspected",
    "ReporterSuspended",
    "ReporterUseCounted",
    "ReporterWarned",
    "ReportsTraced",
    "RightExpired",
    "RightExpiring",
    "RightRejected",
    "RightRenewalRejected",
    "RightSearched",
    "RightVerified",
    "SellersErased",
    "TaskCancelled",
    "TaskClaimed",
    "TaskCreated",
    "TaskItemsWithdrawn",
    "TaskJoined",
    "TaskJudged",
    "TaskLeaseBroken",
    "TaskRerouted",
    "WebhookFailed",
    "WebhookTested",
]
