"""Every event of the platform, by noun. Importing this package fills the registry."""

from .decisions import DecisionMade, DecisionReversed, EnforcementApplied, EnforcementRequested
from .escalations import (
    EscalationAcknowledged,
    EscalationBreached,
    EscalationOpened,
    EscalationResolved,
    EscalationWarned,
)
from .imports import ImportCompleted
from .notices import NoticeHandedOn
from .reporters import ReporterReinstated, ReporterSuspended, ReporterWarned
from .reports import (
    ReportCompleted,
    ReportInformationProvided,
    ReportInformationRequested,
    ReportRescheduled,
    ReportSubmitted,
    ReportTriaged,
    ReportWithdrawn,
)
from .rights import RightExpired, RightExpiring, RightRejected, RightVerified
from .tasks import TaskClaimed, TaskCreated, TaskJoined, TaskJudged, TaskRerouted
from .webhooks import WebhookFailed, WebhookTested

__all__ = [
    "DecisionMade",
    "DecisionReversed",
    "EnforcementApplied",
    "EnforcementRequested",
    "EscalationAcknowledged",
    "EscalationBreached",
    "EscalationOpened",
    "EscalationResolved",
    "EscalationWarned",
    "ImportCompleted",
    "NoticeHandedOn",
    "ReportCompleted",
    "ReportInformationProvided",
    "ReportInformationRequested",
    "ReportRescheduled",
    "ReportSubmitted",
    "ReportTriaged",
    "ReportWithdrawn",
    "ReporterReinstated",
    "ReporterSuspended",
    "ReporterWarned",
    "RightExpired",
    "RightExpiring",
    "RightRejected",
    "RightVerified",
    "TaskClaimed",
    "TaskCreated",
    "TaskJoined",
    "TaskJudged",
    "TaskRerouted",
    "WebhookFailed",
    "WebhookTested",
]
