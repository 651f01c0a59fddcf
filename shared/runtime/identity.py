"""Who is calling, as the gateway says in a signed identity token.

The gateway checks the key or token and passes on a signed statement: a JWT (RFC 7519) of type `marque-identity+jwt`,
signed with Ed25519 (RFC 8037, RFC 9864), for one service as its audience, valid for a minute. A service believes
nothing else, so that a request which did not come through the gateway is nobody's. What is checked follows RFC 8725.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer, SecurityScopes
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from pydantic import ValidationError

from shared.contracts.codes import AccountKind, Scope
from shared.contracts.ids import AccountId, ClientId
from shared.runtime.clock import Clock
from shared.runtime.errors import Forbidden, KindNotAllowed, MarqueError, NotFound, Unauthenticated
from shared.runtime.telemetry import ACCOUNT

HEADER = "X-Marque-Identity"
ISSUER = "marque-gateway"
LIFETIME_SECONDS = 60
_TYPE = "marque-identity+jwt"
_VISITOR_TYPE = "marque-visitor+jwt"
_ALGORITHMS = ["Ed25519"]
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Caller:
    """The client and the account behind a request."""

    client_id: ClientId
    account_id: AccountId
    kind: AccountKind
    scopes: frozenset[str] = field(default_factory=frozenset)
    trusted_flagger: bool = False
    marketplaces: frozenset[str] | None = None
    """The marketplaces whose tasks a vendor may work on; none: all."""

    @property
    def is_operator(self) -> bool:
        """Return whether this is the marketplace itself, which sees every account's things."""
        return self.kind is AccountKind.MARKETPLACE

    def may(self, scope: Scope) -> bool:
        return scope.granted_by(self.scopes)

    def owns(self, account_id: str | None) -> bool:
        """Return whether a thing of this account is the caller's to see."""
        return self.is_operator or self.account_id == account_id


def sign(caller: Caller, *, audience: str, key: OKPKey, clock: Clock) -> str:
    """The gateway's statement for one service. Valid for `LIFETIME_SECONDS`."""
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": audience,
        "sub": caller.client_id,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "account": caller.account_id,
        "kind": caller.kind.value,
        "scope": " ".join(sorted(caller.scopes)),
        "trusted_flagger": caller.trusted_flagger,
    }
    if caller.marketplaces is not None:
        claims["marketplaces"] = sorted(caller.marketplaces)
    header = {"alg": "Ed25519", "typ": _TYPE, "kid": key.kid}
    return jwt.encode(header, claims, key, algorithms=_ALGORITHMS)


def sign_visitor(address: str, *, audience: str, key: OKPKey, clock: Clock) -> str:
    """The gateway's statement for one service of where a request without a key comes from."""
    now = int(clock.now().timestamp())
    claims = {"iss": ISSUER, "aud": audience, "sub": address, "iat": now, "exp": now + LIFETIME_SECONDS}
    header = {"alg": "Ed25519", "typ": _VISITOR_TYPE, "kid": key.kid}
    return jwt.encode(header, claims, key, algorithms=_ALGORITHMS)


class Verifier:
    """Checks the gateway's statements for one service; remembers the ones it has checked until they end."""

    def __init__(self, jwks: KeySet, *, audience: str, clock: Clock) -> None:
        self._jwks = jwks
        self._audience = audience
        self._clock = clock
        self._checked: OrderedDict[str, tuple[Caller, int]] = OrderedDict()

    @classmethod
    def from_file(cls, path: Path, *, audience: str, clock: Clock) -> "Verifier":
        return cls(KeySet.import_key_set(json.loads(path.read_text())), audience=audience, clock=clock)

    def verify(self, token: str | None) -> Caller:
        """The caller that a statement speaks of. Raises `Unauthenticated` where it is missing, false or over."""
        if not token:
            raise Unauthenticated
        now = int(self._clock.now().timestamp())
        known = self._checked.get(token)
        if known is not None:
            if known[1] <= now:
                del self._checked[token]
                raise Unauthenticated
            return known[0]
        caller, expires = self._check(token, now)
        self._checked[token] = (caller, expires)
        while len(self._checked) > _REMEMBERED:
            self._checked.popitem(last=False)
        return caller

    def visitor(self, token: str | None) -> str:
        """The address that a request without a key comes from, as the gateway states it. Raises `Unauthenticated`."""
        if not token:
            raise Unauthenticated
        try:
            return str(self._claims(token, int(self._clock.now().timestamp()), _VISITOR_TYPE)["sub"])
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated from error

    def _claims(self, token: str, now: int, kind: str) -> dict[str, Any]:
        decoded = jwt.decode(token, self._jwks, algorithms=_ALGORITHMS)
        if decoded.header.get("typ") != kind:
            raise Unauthenticated
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=5,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(decoded.claims)
        claims: dict[str, Any] = decoded.claims
        return claims

    def _check(self, token: str, now: int) -> tuple[Caller, int]:
        try:
            claims = self._claims(token, now, _TYPE)
            caller = Caller(
                client_id=ClientId(claims["sub"]),
                account_id=AccountId(claims["account"]),
                kind=AccountKind(claims["kind"]),
                scopes=frozenset(claims["scope"].split()),
                trusted_flagger=claims["trusted_flagger"] is True,
                marketplaces=None if claims.get("marketplaces") is None else frozenset(claims["marketplaces"]),
            )
        except (JoseError, ValidationError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated from error
        return caller, int(claims["exp"])


async def visitor(request: Request) -> str:
    """The network address of whoever calls without a key: what the gateway has signed, never what a caller says."""
    address: str = request.app.state.service.verifier.visitor(request.headers.get(HEADER))
    return address


Visitor = Annotated[str, Depends(visitor)]
"""The address of the caller of a public endpoint: `address: Visitor`."""

_documented = HTTPBearer(
    scheme_name="bearer", auto_error=False, description="An API key, or an access token from `POST /oauth/token`"
)


def requires(scope: Scope, *kinds: AccountKind, shown_to: Collection[AccountKind] = ()) -> Any:
    """Return an endpoint's requirements of its caller: the second half of `caller: Annotated[Caller, ...]`.

    Where kinds of account are named, the endpoint is not there for any other: 404, as for a stranger's thing. Those to
    whom what it acts on is shown elsewhere get 403. Both say for which kinds it is, and nothing was looked up for it.
    """

    async def check(request: Request, _scopes: SecurityScopes, _: Annotated[Any, Security(_documented)]) -> Caller:
        caller: Caller = request.app.state.service.verifier.verify(request.headers.get(HEADER))
        request.scope[ACCOUNT] = caller.account_id
        if not caller.may(scope):
            raise Forbidden(f"The scope {scope} is needed.", extensions={"required_scope": scope.value})
        if kinds:
            require_kind(caller, *kinds, refusal=KindNotAllowed if caller.kind in shown_to else NotFound)
        return caller

    check.scope = scope  # type: ignore[attr-defined]
    return Security(check, scopes=[scope.value])


def require_kind(caller: Caller, *kinds: AccountKind, refusal: type[MarqueError] = KindNotAllowed) -> None:
    """Refuse accounts of every other kind. Raises the refusal."""
    if caller.kind not in kinds:
        named = [kind.value for kind in kinds]
        raise refusal(
            f"This call is for accounts of kind {' or '.join(named)}; yours is of kind {caller.kind}.",
            extensions={"required_account_kinds": named},
        )


def operator(scope: Scope) -> Any:
    """Return the requirements of an endpoint for the operator alone."""
    return requires(scope, AccountKind.MARKETPLACE)


CallerCheck = Callable[..., Caller]
