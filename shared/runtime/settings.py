"""Settings of every service: environment variables that start with `MARQUE_`."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.runtime.http_limits import HttpSettings


class RuntimeSettings(HttpSettings):
    """The settings that all services share; a service adds its own in a subclass."""

    database_url: SecretStr = Field(
        description="The service's database, with its role: `postgresql://marque_intake:...@db:5432/marque_intake`. "
        "`{service}` in it is replaced by the service's name; where it names no database, role and database are "
        "`marque_<service>`, with the password given."
    )
    nats_url: SecretStr = Field(description="The NATS server or servers, with commas between")
    identity_jwks: Path = Field(description="File with the public keys (JWKS) of the gateway's signed identity")
    database_pool: int = Field(
        default=10, ge=2, le=200, description="Connections to the database of each kind, at most"
    )
    stream_replicas: int = Field(default=1, ge=1, le=5, description="Copies of the stream; 3 in production")
    stream_max_age_days: int = Field(default=7, ge=1, description="Days that the stream keeps an event")
    outbox_days: int = Field(default=30, ge=1, description="Days that a published event stays in the outbox")
    consumer_batch: int = Field(
        default=500, ge=1, le=1000, description="Events in one transaction of a consumer, at most"
    )
    consumer_gather_seconds: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Seconds from one batch of events that a consumer takes to the next, at least, where it is not "
        "full",
    )
    relay_gather_seconds: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Seconds from one batch of events that the relay publishes to the next, at least, where it is not "
        "full",
    )
    consumer_tries: int = Field(default=8, ge=1, description="Tries before an event becomes a dead letter")
    consumer_pause: float = Field(
        default=1.0, gt=0, description="Seconds after the first failure of an event; doubled each time"
    )
    jobs_at_once: int = Field(
        default=4, ge=1, le=100, description="Background jobs that one process does at a time, of all kinds together"
    )
    idempotency_hours: int = Field(
        default=48, ge=24, description="Hours that the answer under an idempotency key is kept"
    )
    outbox_standstill_seconds: float = Field(
        default=10,
        gt=0,
        description="Seconds for which the same event may be the oldest that waits, before /readyz is red",
    )
    tolerated_checks: frozenset[str] = Field(
        default=frozenset(),
        description="Checks that /readyz names without turning red, for a load balancer that follows it: "
        '`["mail", "evidence"]`',
    )
    disks: dict[str, Path] = Field(
        default={},
        description='Folders whose disks are measured, beside the one for temporary files: `{"home": "/srv/marque"}`',
    )
    disk_warning_percent: float = Field(
        default=80, gt=0, lt=100, description="Percent of a disk in use from which it is warned of"
    )
    log_level: str = Field(default="INFO", description="The least level that is logged")
    otlp_endpoint: str | None = Field(default=None, description="Where traces go (OTLP over HTTP); none: no tracing")
