"""Settings of the gateway."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from gateway.route_table import UPSTREAMS
from shared.runtime.settings import RuntimeSettings

MEBIBYTE = 1_048_576
Network = IPv4Network | IPv6Network


class GatewaySettings(RuntimeSettings):
    """Settings of the gateway: who is let in, how fast, and to where."""

    identity_private_key: Path = Field(description="File with the private Ed25519 key (JWK) that signs identities")
    key_pepper: Path = Field(description="File with the 32 bytes or more that key the hashes of API keys")
    upstreams: dict[str, str] = Field(description='Where the services are: {"intake": "http://10.0.0.5:8001", ...}')
    public_url: str = Field(
        default="http://127.0.0.1:8080", pattern=r"^https?://[^/\s]+$", description="The gateway as its callers see it"
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        description="Networks of our own proxies: their X-Forwarded-For is believed, and only they may ask /auth",
    )
    metrics_networks: tuple[Network, ...] = Field(
        default=tuple(map(ip_network, ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))),
        description="Networks that may ask /metrics, straight and not through a proxy",
    )
    connections_per_address: int = Field(
        default=256,
        ge=1,
        description="Connections of one address at once (of a /64 of IPv6 addresses); trusted proxies are not counted",
    )
    body_limit: int = Field(default=2 * MEBIBYTE, ge=1024, description="Bytes of a request's body, at most")
    body_limits: dict[str, int] = Field(
        default={
            "/v1/evidence": 26 * MEBIBYTE,
            "/v1/imports": 128 * MEBIBYTE,
            "/v1/reports/parse": 10 * MEBIBYTE,
            "/v1/accounts": 65_536,
            "/v1/clients": 65_536,
            "/v1/public/notices": 262_144,
        },
        description="The same for some paths and all below them",
    )
    public_body_limit: int = Field(
        default=16_384, ge=1024, description="The same where no key is needed and no path is named"
    )
    body_memory: int = Field(
        default=64 * 1024,
        ge=1024,
        description="Bytes of a body that are held in memory until it is whole; then in a file",
    )
    body_folder: Path | None = Field(
        default=None,
        description="Folder of these files, which have no names; the system's for temporary files unless set",
    )
    spilled_per_client: int = Field(
        default=256 * MEBIBYTE, ge=MEBIBYTE, description="Bytes in these files of one client at once, or of one address"
    )
    spilled_per_account: int = Field(default=512 * MEBIBYTE, ge=MEBIBYTE, description="The same of one account")
    spilled_total: int = Field(default=2048 * MEBIBYTE, ge=MEBIBYTE, description="The same of all, in one replica")
    body_rate: int = Field(
        default=4096, ge=1, description="Bytes a second at which a body has to come, on average from its beginning"
    )
    body_grace_seconds: float = Field(
        default=20, gt=0, description="Seconds after its head from which that rate has to be kept"
    )
    body_silence_seconds: float = Field(default=30, gt=0, description="Seconds without a byte of a body that is coming")
    client_rate: float = Field(default=200, gt=0, description="Requests a second of one client, in the long run")
    client_burst: int = Field(default=400, ge=1, description="Requests of one client at once")
    anonymous_rate: float = Field(
        default=20, gt=0, description="Requests a second without a key from one address, in the long run"
    )
    anonymous_burst: int = Field(
        default=100,
        ge=1,
        description="Requests without a key from one address at once; as many again with keys that are none",
    )
    upstream_connect_seconds: float = Field(default=5, gt=0, description="Seconds to reach a service")
    upstream_silence_seconds: float = Field(
        default=45, gt=30, description="Seconds without a byte of an answer; a claim may wait 30 s for work"
    )
    upstream_connections: int = Field(
        default=512, ge=1, description="Requests that one service is given at once; calls that wait are apart from them"
    )
    upstream_per_client: int = Field(default=64, ge=1, description="The same of one client; its others wait for these")
    upstream_per_account: int = Field(
        default=128, ge=1, description="The same of one account; of all callers without a key together"
    )
    upstream_wait_seconds: float = Field(
        default=10, gt=0, description="Seconds for which a request waits for its place; then 429, or 503 where all wait"
    )
    requests_per_client: int = Field(
        default=256, ge=1, description="Requests of one client at once, those whose bodies are still coming among them"
    )
    requests_per_account: int = Field(default=512, ge=1, description="The same of one account")
    requests_per_address: int = Field(default=32, ge=1, description="The same of one address without a key")
    requests_without_key: int = Field(default=1024, ge=1, description="The same of all callers without a key together")
    waiting_per_client: int = Field(
        default=100, ge=1, description="Claims that wait for work, and event streams, of one client at once"
    )
    waiting_per_account: int = Field(default=200, ge=1, description="The same of one account")
    waiting_total: int = Field(default=1000, ge=1, description="The same of all together, in one replica")
    token_seconds: Annotated[int, Field(ge=60, le=900)] = Field(
        default=900, description="Seconds that an access token is good for"
    )
    clients_per_account: int = Field(default=100, ge=1, description="Clients of one account that are not revoked")

    @field_validator("upstreams")
    @classmethod
    def _all_there(cls, value: dict[str, str]) -> dict[str, str]:
        missing = [name for name in UPSTREAMS if name not in value]
        if missing:
            raise ValueError(f"the addresses of these services are missing: {', '.join(missing)}")
        return {name: url.rstrip("/") for name, url in value.items()}
