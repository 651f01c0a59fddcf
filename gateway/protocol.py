"""HTTP/1.1 at the gateway: `uvicorn --http gateway.protocol:GatewayProtocol gateway.app:app`."""

from uvicorn.server import ServerState

from gateway.addresses import Proxies, quota_of
from gateway.application import careful_headers
from gateway.settings import GatewaySettings
from shared.runtime.http_connections import ConnectionTable
from shared.runtime.http_protocol import BoundedProtocol


class GatewayTable(ConnectionTable):
    """The connections of callers, counted by their address."""

    settings: GatewaySettings

    def __init__(self, settings: GatewaySettings, state: ServerState) -> None:
        super().__init__(settings, state.connections, per_address=settings.connections_per_address)  # type: ignore[arg-type]
        self.proxies = Proxies(settings.trusted_proxies)
        self.careful = careful_headers(settings.public_url)


class GatewayProtocol(BoundedProtocol):
    """One connection of a caller, or of a proxy of ours."""

    table: GatewayTable

    def new_table(self, server_state: ServerState) -> ConnectionTable:
        return GatewayTable(GatewaySettings(), server_state)

    def counted_as(self, peer: str) -> str | None:
        """The quota of an address; a proxy of ours stands for many callers, and is not counted."""
        return None if self.table.proxies.trusts(peer) else quota_of(peer)

    def said_always(self) -> list[tuple[bytes, bytes]]:
        return [pair for pair in self.table.careful if pair[0] != b"cache-control"]
