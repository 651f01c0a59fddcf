"""The client of Marque, the platform with which a marketplace protects intellectual property."""

from marque_client.aio.client import AsyncMarque
from marque_client.aio.workbench import AsyncWorkbench
from marque_client.errors import (
    ApiError,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    LeaseLost,
    MarqueError,
    NotDecidedYet,
    NotFound,
    PreconditionFailed,
    RateLimited,
    ReportBlocked,
    ServerError,
    Unauthenticated,
    Unreachable,
    WebhookInvalid,
)
from marque_client.retries import Retries
from marque_client.sync.client import Marque
from marque_client.sync.workbench import Workbench
from marque_client.version import __version__
from marque_client.webhooks import sign_webhook, verify_webhook

__all__ = [
    "ApiError",
    "AsyncMarque",
    "AsyncWorkbench",
    "Conflict",
    "FieldError",
    "Forbidden",
    "Invalid",
    "LeaseLost",
    "Marque",
    "MarqueError",
    "NotDecidedYet",
    "NotFound",
    "PreconditionFailed",
    "RateLimited",
    "ReportBlocked",
    "Retries",
    "ServerError",
    "Unauthenticated",
    "Unreachable",
    "WebhookInvalid",
    "Workbench",
    "__version__",
    "sign_webhook",
    "verify_webhook",
]
