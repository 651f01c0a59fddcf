"""Resources of a running gateway, for its own endpoints."""

from dataclasses import dataclass
from typing import Annotated

from joserfc.jwk import KeySet

from gateway.addresses import Proxies
from gateway.api.sealed import Seal
from gateway.authenticator import Authenticator
from gateway.domain.access_tokens import AccessTokens
from gateway.openapi.published import Published
from gateway.settings import GatewaySettings
from shared.runtime import context


@dataclass
class Resources:
    """The resources that the gateway's own endpoints share. `pepper` keys the hashes of API keys."""

    pepper: bytes
    seal: Seal
    jwks: KeySet
    tokens: AccessTokens
    authenticator: Authenticator
    proxies: Proxies
    published: Published


Service = context.Service[GatewaySettings, Resources]
CurrentService = Annotated[Service, context.CURRENT]
