"""Settings of the notify service."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from shared.runtime.settings import RuntimeSettings

Retries = tuple[Annotated[float, Field(ge=0)], ...]


class NotifySettings(RuntimeSettings):
    """Settings of the feed, of webhooks and their deliveries, and of mail."""

    environment: Literal["production", "development"] = Field(
        default="production", description="In development webhooks may go to loopback, unless said otherwise"
    )
    webhook_allow_loopback: bool | None = Field(
        default=None, description="Whether webhooks may go to loopback, also over http; unset: in development only"
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        description="Keys that seal the secrets of webhook endpoints at rest, each 32 bytes in base64, with commas "
        "between; the first seals, all of them open. Unset: one made for this database and kept in it",
    )
    webhook_retry_seconds: Annotated[Retries, NoDecode] = Field(
        default=(5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400),
        max_length=50,
        description="Seconds before each further try of a delivery, with commas between",
    )
    webhook_retry_jitter: float = Field(
        default=0.1, ge=0, le=1, description="Share of the pause before a try that chance may add"
    )
    webhook_timeout_seconds: float = Field(
        default=15, gt=0, le=60, description="Seconds that a receiver has from the first byte to the answer's headers"
    )
    webhook_ordered_tries: int = Field(
        default=3, ge=0, le=10, description="Tries of an event during which later ones of the same subject wait for it"
    )
    webhook_concurrency: int = Field(default=256, ge=1, le=4096, description="Deliveries under way at once")
    webhook_endpoint_concurrency: int = Field(
        default=8, ge=1, le=256, description="Deliveries under way at once to one endpoint"
    )
    webhook_poll_seconds: float = Field(
        default=1.0, gt=0, le=60, description="Seconds between looks for due deliveries where nothing announces them"
    )
    webhook_endpoints_per_account: int = Field(default=20, ge=1, le=1000, description="Endpoints of one account")
    event_streams: int = Field(default=500, ge=1, description="Event streams that one process serves at once")
    event_streams_per_account: int = Field(default=10, ge=1, description="Of these, to one account")
    event_heartbeat_seconds: float = Field(
        default=15, gt=0, le=300, description="Seconds of silence after which an event stream gets a comment"
    )
    feed_days: int = Field(default=400, ge=1, description="Days that an event stays in the feed")
    mail_server: str | None = Field(
        default=None,
        pattern=r"^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}$",
        description="Where mail is handed in (SMTP), `host:port`; none: no mail is sent",
    )
    mail_from: str = Field(
        default="notices@localhost", pattern=r"^[^\s@<>,;]{1,64}@[^\s@<>,;]{1,253}$", description="Sender of our mail"
    )
    mail_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="`tls` from the first byte, `starttls`, or `none`, for a server on this machine"
    )
    mail_user: str | None = Field(default=None, description="Name at the mail server, where it asks for one")
    mail_password: SecretStr | None = Field(default=None, description="Password at the mail server")
    mail_retry_seconds: float = Field(
        default=30, ge=0, description="Seconds after a mail's first failure; doubled each time, up to an hour"
    )
    mail_days: int = Field(default=5, ge=1, le=30, description="Days after which a mail is given up")
    mail_open_keys: Path | None = Field(
        default=None, description="File with the private keys that open what intake has sealed for letters (JWK set)"
    )
    delivery_days: int = Field(default=30, ge=1, description="Days that a settled delivery stays in the log")

    @field_validator("webhook_retry_seconds", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _mail_is_opened(self) -> Self:
        if self.mail_server is not None and self.mail_open_keys is None:
            raise ValueError("mail_server needs mail_open_keys, which open the letters that intake has sealed")
        return self

    @property
    def loopback_allowed(self) -> bool:
        """Return whether webhooks may go to this machine itself."""
        if self.webhook_allow_loopback is not None:
            return self.webhook_allow_loopback
        return self.environment == "development"

    @property
    def lease_seconds(self) -> float:
        """Return how long a delivery is one sender's: its time-out, and time enough to write down how it went."""
        return self.webhook_timeout_seconds + 15
