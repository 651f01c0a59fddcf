"""Where each request goes, the most particular path first.

Made by `make schemas` from deploy/services.yaml.
"""

from typing import Final

UPSTREAMS: Final = ("intake", "review", "conduct", "escalation", "screening", "notify")
"""The services behind the gateway."""

# path, service, everything below it too, without a key, with bearer tokens of the service's own
TABLE: Final[tuple[tuple[str, str, bool, bool, bool], ...]] = (
    ("/v1/captures/{}/images/{}/content", "screening", False, True, False),
    ("/v1/decisions/{}/statement-of-reasons", "notify", False, False, False),
    ("/v1/evidence/{}/content", "intake", False, True, False),
    ("/v1/dead-letters/conduct", "conduct", True, False, False),
    ("/v1/dead-letters/escalation", "escalation", True, False, False),
    ("/v1/dead-letters/intake", "intake", True, False, False),
    ("/v1/dead-letters/notify", "notify", True, False, False),
    ("/v1/dead-letters/review", "review", True, False, False),
    ("/v1/dead-letters/screening", "screening", True, False, False),
    ("/v1/jobs/conduct", "conduct", True, False, False),
    ("/v1/jobs/escalation", "escalation", True, False, False),
    ("/v1/jobs/intake", "intake", True, False, False),
    ("/v1/jobs/notify", "notify", True, False, False),
    ("/v1/jobs/review", "review", True, False, False),
    ("/v1/jobs/screening", "screening", True, False, False),
    ("/v1/public/notices", "intake", True, True, True),
    ("/v1/reports/parse", "intake", False, False, False),
    ("/v1/rights/import", "intake", False, False, False),
    ("/v1/authorities", "intake", True, False, False),
    ("/v1/captures", "screening", True, False, False),
    ("/v1/decisions", "review", True, False, False),
    ("/v1/deliveries", "notify", True, False, False),
    ("/v1/enforcements", "review", True, False, False),
    ("/v1/escalations", "escalation", True, False, False),
    ("/v1/events", "notify", True, False, False),
    ("/v1/evidence", "intake", True, False, False),
    ("/v1/imports", "intake", True, False, False),
    ("/v1/judgements", "review", True, False, False),
    ("/v1/leases", "review", True, False, False),
    ("/v1/limits", "intake", True, False, False),
    ("/v1/listings", "screening", True, False, False),
    ("/v1/policies", "review", True, False, False),
    ("/v1/public-notices", "intake", True, False, False),
    ("/v1/queues", "review", True, False, False),
    ("/v1/reports", "intake", True, False, False),
    ("/v1/rights", "intake", True, False, False),
    ("/v1/service-levels", "intake", True, True, False),
    ("/v1/severities", "escalation", True, False, False),
    ("/v1/severity-rules", "escalation", True, False, False),
    ("/v1/standing", "conduct", True, False, False),
    ("/v1/tasks", "review", True, False, False),
    ("/v1/webhook-endpoints", "notify", True, False, False),
)
