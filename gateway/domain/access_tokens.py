"""Access tokens: JWTs for at most a quarter of an hour, as RFC 9068 writes them, checked as RFC 8725 asks."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OKPKey

from shared.runtime.clock import Clock
from shared.runtime.errors import Unauthenticated

_ALGORITHMS = ["Ed25519"]
_TYPE = "at+jwt"
_REMEMBERED = 4096
_EXPIRED = "The access token has expired: ask POST /oauth/token for another."


@dataclass(frozen=True, slots=True)
class Granted:
    """The claims of an access token: which client, which of its scopes, until when."""

    client_id: str
    scopes: frozenset[str]
    ends_at: int


class AccessTokens:
    """Makes and checks the access tokens of this platform: `issuer` is both who makes them and whom they are for."""

    def __init__(self, key: OKPKey, jwks: KeySet, *, issuer: str, seconds: int, clock: Clock) -> None:
        self._key = key
        self._jwks = jwks
        self._issuer = issuer
        self._clock = clock
        self._checked: OrderedDict[str, Granted] = OrderedDict()
        self.seconds = seconds

    def issue(self, client_id: str, scopes: list[str]) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": client_id,
            "client_id": client_id,
            "iat": now,
            "exp": now + self.seconds,
            "jti": secrets.token_hex(16),
            "scope": " ".join(scopes),
        }
        header = {"alg": "Ed25519", "typ": _TYPE, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=_ALGORITHMS)

    def knows(self, token: str) -> bool:
        """Return whether this token was found good before."""
        return token in self._checked

    def check(self, token: str) -> Granted:
        """Return the claims of a token. Raises `Unauthenticated`. The signature is verified once for each token."""
        now = int(self._clock.now().timestamp())
        granted = self._checked.get(token)
        if granted is None:
            granted = self._decoded(token, now)
            self._checked[token] = granted
            while len(self._checked) > _REMEMBERED:
                self._checked.popitem(last=False)
        if granted.ends_at <= now:
            self._checked.pop(token, None)
            raise Unauthenticated(_EXPIRED)
        return granted

    def _decoded(self, token: str, now: int) -> Granted:
        try:
            decoded = jwt.decode(token, self._jwks, algorithms=_ALGORITHMS)
            if decoded.header.get("typ") not in {_TYPE, f"application/{_TYPE}"}:
                raise Unauthenticated
            jwt.JWTClaimsRegistry(
                now=now,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._issuer},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
            ).validate(decoded.claims)
            claims: dict[str, Any] = decoded.claims
            return Granted(str(claims["client_id"]), frozenset(str(claims["scope"]).split()), int(claims["exp"]))
        except ExpiredTokenError as error:
            raise Unauthenticated(_EXPIRED) from error
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("This is neither an API key nor an access token of this platform.") from error
