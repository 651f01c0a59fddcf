"""Access tokens over HTTP: the token endpoint (RFC 6749), where it is found (RFC 8414), and the keys (RFC 7517).

The endpoint is a protocol of its own: a form instead of JSON, its own shape of refusals, no idempotency keys. A token
that was lost is simply asked for again.
"""

import base64
import binascii
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from gateway.credential_errors import KeyExpired, KeyOfClosedAccount, KeyRevoked
from gateway.resources import CurrentService
from shared.contracts.codes import Scope
from shared.contracts.ids import ClientId
from shared.runtime.errors import Forbidden, Unauthenticated
from shared.runtime.inputs import Output
from shared.runtime.routes import router

routes = router(tags=["tokens"], transactional=False)

_FORM = "application/x-www-form-urlencoded"
_GRANT = "client_credentials"


class TokenRefused(Exception):
    """A refusal as RFC 6749, section 5.2 writes it."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class TokenOut(Output):
    """An access token (RFC 6749, section 5.1)."""

    access_token: Annotated[str, Field(max_length=4096)]
    token_type: Annotated[str, Field(max_length=16)] = "Bearer"  # noqa: S105 - how it is used, not what it is
    expires_in: Annotated[int, Field(ge=1, le=900, description="Seconds")]
    scope: Annotated[str, Field(max_length=1024, description="The scopes it carries, with spaces between")]


class TokenRefusalOut(Output):
    """Why there is no token (RFC 6749, section 5.2)."""

    error: Annotated[str, Field(max_length=64)]
    error_description: Annotated[str, Field(max_length=1024)]


_FORM_SCHEMA: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": [_GRANT]},
                        "client_id": {
                            "type": "string",
                            "maxLength": 30,
                            "description": "The client's id, unless in the Authorization header",
                        },
                        "client_secret": {
                            "type": "string",
                            "maxLength": 128,
                            "description": "Its API key, unless in the Authorization header",
                        },
                        "scope": {
                            "type": "string",
                            "maxLength": 1024,
                            "description": "Scopes with spaces between; all of the client's unless given",
                        },
                    },
                },
                "example": {"grant_type": _GRANT, "scope": "reports:read"},
            }
        },
    }
}


@routes.post(
    "/oauth/token",
    operation_id="issue_token",
    summary="Issue an access token",
    response_model=TokenOut,
    openapi_extra=_FORM_SCHEMA,
    responses={
        400: {"model": TokenRefusalOut, "description": "The request cannot be granted"},
        401: {"model": TokenRefusalOut, "description": "The client id and its key do not belong together"},
    },
)
async def issue_token(request: Request, service: CurrentService) -> Response:
    """Trade a client's id and API key for a short-lived token (RFC 6749, section 4.4) with all or some of its scopes.

    The client comes in the Authorization header (Basic) or in the form. The token is a JWT (RFC 9068) that anyone can
    check with `/.well-known/jwks.json`. It ends at once when its client is revoked.
    """
    no_store = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    try:
        token = await _grant(request, service)
    except TokenRefused as refused:
        headers = no_store | ({"WWW-Authenticate": 'Basic realm="marque"'} if refused.status == 401 else {})
        refusal = TokenRefusalOut(error=refused.error, error_description=refused.description)
        return JSONResponse(refusal.model_dump(), status_code=refused.status, headers=headers)
    return JSONResponse(token.model_dump(), headers=no_store)


async def _grant(request: Request, service: CurrentService) -> TokenOut:
    form = await _form(request)
    if form.get("grant_type") != _GRANT:
        if "grant_type" not in form:
            raise TokenRefused("invalid_request", "grant_type is missing")
        raise TokenRefused("unsupported_grant_type", f"the only grant is {_GRANT}")
    client_id, secret = _credentials(request, form)
    authenticator = service.resources.authenticator
    try:
        client = await authenticator.client_of_key(secret, _address(request, service))
    except (KeyExpired, KeyRevoked, KeyOfClosedAccount) as ended:
        raise TokenRefused("invalid_client", ended.title, 401) from None
    except Unauthenticated:
        raise TokenRefused("invalid_client", "the client id and its key do not belong together", 401) from None
    except Forbidden as suspended:
        raise TokenRefused("invalid_client", suspended.title, 401) from None
    if client.caller.client_id != client_id:
        raise TokenRefused("invalid_client", "the client id and its key do not belong together", 401)
    scopes = _scopes(form.get("scope"), client.caller.scopes)
    tokens = service.resources.tokens
    return TokenOut(
        access_token=tokens.issue(ClientId(client_id), scopes), expires_in=tokens.seconds, scope=" ".join(scopes)
    )


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise TokenRefused("invalid_request", f"the body is sent as {_FORM}")
    try:
        pairs = parse_qsl(
            (await request.body()).decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=20,
            errors="strict",
        )  # fmt: skip
    except ValueError:
        raise TokenRefused("invalid_request", "the form cannot be read") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise TokenRefused("invalid_request", "a parameter is given more than once")
    return {name: value for name, value in form.items() if value}


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if "client_secret" in form or scheme.lower() != "basic":
            raise TokenRefused("invalid_request", "the client is named in one way: Basic, or in the form")
        try:
            name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise TokenRefused("invalid_client", "the Authorization header cannot be read", 401) from None
        client_id, secret = unquote_plus(name), unquote_plus(secret)
        if form.get("client_id", client_id) != client_id:
            raise TokenRefused("invalid_request", "the client is named in two ways")
        return client_id, secret
    if "client_id" not in form or "client_secret" not in form:
        raise TokenRefused("invalid_client", "client_id and client_secret are missing", 401)
    return form["client_id"], form["client_secret"]


def _scopes(asked: str | None, held: frozenset[str]) -> list[str]:
    """The scopes of the token: what was asked for, none that the client lacks; all of its own unless asked."""
    if asked is None:
        return sorted(held)
    known = {scope.value for scope in Scope}
    scopes = sorted(set(asked.split()))
    if not scopes or not all(scope in known and Scope(scope).granted_by(held) for scope in scopes):
        raise TokenRefused("invalid_scope", "the client does not hold all of these scopes")
    return scopes


def _address(request: Request, service: CurrentService) -> str:
    proxies = service.resources.proxies
    peer = request.client.host if request.client else ""
    return proxies.caller(peer, request.headers.get("x-forwarded-for", "").encode("latin-1"))


@routes.get("/.well-known/oauth-authorization-server", include_in_schema=False)
async def read_metadata(service: CurrentService) -> Response:
    """Where tokens come from (RFC 8414)."""
    issuer: str = service.settings.public_url
    document = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": [scope.value for scope in Scope],
        "response_types_supported": [],
        "grant_types_supported": [_GRANT],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "service_documentation": f"{issuer}/docs",
    }
    return JSONResponse(document, headers={"Cache-Control": "public, max-age=300"})


@routes.get("/.well-known/jwks.json", include_in_schema=False)
async def read_keys(service: CurrentService) -> Response:
    """The public keys that access tokens are checked with (RFC 7517)."""
    return JSONResponse(
        service.resources.jwks.as_dict(private=False),
        media_type="application/jwk-set+json",
        headers={"Cache-Control": "public, max-age=300"},
    )
