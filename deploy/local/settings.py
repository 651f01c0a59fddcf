"""Settings of the local platform: environment variables that start with `MARQUE_`."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.errors import CannotStartError


class RunnerSettings(BaseSettings):
    """The settings of the runner; those of the services pass through it untouched."""

    model_config = SettingsConfigDict(env_prefix="MARQUE_", extra="ignore", frozen=True)

    home: Path = Field(default=Path(".marque"), description="Folder of everything that the platform keeps")
    port: int = Field(default=8080, ge=1, le=65535, description="Port of the gateway on 127.0.0.1")
    service_ports: int | None = Field(
        default=None,
        ge=1,
        le=65000,
        description="Port of the first service behind the gateway on 127.0.0.1; the others follow in the order of "
        "`deploy/services.yaml`. For Prometheus; free ones unless set",
    )
    public_url: str | None = Field(
        default=None, description="The gateway's address as its callers see it; http://127.0.0.1:<port> unless set"
    )
    database_url: SecretStr | None = Field(
        default=None, description="A PostgreSQL server to use; the embedded one is started unless set"
    )
    nats_url: SecretStr | None = Field(
        default=None, description="A NATS server to use; the embedded one is started unless set"
    )
    nats_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of the embedded NATS on 127.0.0.1; unless set, a free one that the home keeps",
    )
    start_seconds: float = Field(
        default=180, gt=0, description="Seconds after which a platform that is not ready is given up"
    )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def read_settings() -> RunnerSettings:
    try:
        return RunnerSettings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "MARQUE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise CannotStartError(f"{name} is not usable: {first['msg']}") from None
