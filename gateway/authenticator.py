"""The one check of a request: who is calling, may it come in, how fast; and the identity token that says so.

The gateway asks it before passing a request on, and `/auth` for a proxy that carries the bytes itself. Whether the
caller has the scope of an endpoint says the service that has it, by the token (`shared.runtime.identity.requires`).
"""

import asyncio
import hmac
from dataclasses import dataclass, field, replace

from joserfc.jwk import OKPKey
from prometheus_client import Counter

from gateway.addresses import quota_of
from gateway.credential_errors import KeyExpired, fault_of_key, fault_of_scheme
from gateway.domain.access_tokens import AccessTokens
from gateway.domain.api_keys import FAMILY, ID_IN_KEY, MAX_LENGTH, PREFIX, digest_of, id_of
from gateway.key_uses import KeyUses
from gateway.known_clients import KnownClient, KnownClients
from gateway.rate_limits import RateLimit, RateLimited, Spent
from gateway.routing import Route
from gateway.shares import Party
from shared.contracts.codes import Scope
from shared.runtime.clock import Clock
from shared.runtime.errors import MarqueError, Unauthenticated
from shared.runtime.identity import Caller, sign, sign_visitor

_failed = Counter("marque_gateway_failed_credentials", "Requests with a key or a token that opens nothing")
_BEARER = b"Bearer "
_KEY_FOLLOWS = _BEARER + PREFIX.encode()
_STATEMENT_SECONDS = 30.0  # of the sixty that one is good for
_STATEMENTS_KEPT = 64  # of one client: an audience for each service, and more for tokens with fewer scopes
_LONGEST_TOKEN = 4096


@dataclass(slots=True)
class Admission:
    """A request that was let in."""

    statement: str | None
    party: Party
    client_id: str | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class Authenticator:
    """Checks requests for one replica."""

    def __init__(
        self,
        clients: KnownClients,
        tokens: AccessTokens,
        *,
        uses: KeyUses,
        key: OKPKey,
        pepper: bytes,
        clock: Clock,
        per_client: RateLimit,
        anonymous: RateLimit,
        failures: RateLimit,
    ) -> None:
        self._clients = clients
        self._tokens = tokens
        self.uses = uses
        self._key = key
        self._pepper = pepper
        self._clock = clock
        self._per_client = per_client
        self._anonymous = anonymous
        self._failures = failures
        self._now = asyncio.get_running_loop().time

    def admit_known(self, route: Route, authorization: bytes) -> Admission | None:
        """Let in a request with a key that is at hand, at once; None where more has to be looked at.

        Raises `RateLimited`.
        """
        if route.public or not authorization.startswith(_KEY_FOLLOWS):
            return None
        key = authorization[len(_BEARER) :].decode("latin-1")
        key_id = key[ID_IN_KEY]
        client = self._clients.at_hand(key_id)
        if client is None or client.suspended is not None or not self._opens(client, key_id, key):
            return None
        self.uses.add(key_id)
        headers = self._spend(self._per_client, client.caller.client_id)
        return Admission(
            self._statement(client, client.caller, route.service), client.party, client.caller.client_id, headers
        )

    async def admit(self, route: Route, authorization: bytes, address: str) -> Admission:
        """Let a request in.

        Raises `Unauthenticated`, `AccountSuspended`, `ClientSuspended`, `RateLimited`, `Unavailable`.
        """
        if route.public:
            quota = quota_of(address)
            headers = self._spend(self._anonymous, quota)
            statement = self._visitor(route, address) if route.visitors else None
            return Admission(statement, Party(quota, ""), headers=headers)
        client, caller = await self._authenticate(authorization, address)
        headers = self._spend(self._per_client, caller.client_id)
        return Admission(self._statement(client, caller, route.service), client.party, caller.client_id, headers)

    async def client_of_key(self, key: str, address: str) -> KnownClient:
        """The living client that a key opens.

        Why a key that was right does not open any more is told to whoever holds all of it, and to nobody else. Raises
        `Unauthenticated`, `AccountSuspended`, `ClientSuspended`, `RateLimited`, `Unavailable`.
        """
        key_id = id_of(key) if len(key) <= MAX_LENGTH else None
        if key_id is None:
            raise self._failed(address, Unauthenticated(fault_of_key(key)))
        client = self._clients.at_hand(key_id)
        if client is None:
            # Guessing costs a look at the database: who has guessed too much already does not get one.
            self._require_left(address)
            client = await self._clients.of_key(key_id)
        if client is None:
            # Also where there is no such key: nobody learns by the time that it takes whether there once was one.
            ended = await self._clients.digest_of_ended(key_id)
            raise self._failed(address, KeyExpired() if self._fits(key, ended) else None)
        if not self._opens(client, key_id, key):
            raise self._failed(address, client.refusal() if self._fits(key, client.keys[key_id][0]) else None)
        self.uses.add(key_id)
        return _not_suspended(client)

    def _opens(self, client: KnownClient, key_id: str, key: str) -> bool:
        """Return whether this is a key of this client, and both are still good."""
        now = self._clock.now()
        digest, ends_at = client.keys.get(key_id, (b"", None))
        return self._fits(key, digest) and (ends_at is None or ends_at > now) and client.lives(now)

    def _fits(self, key: str, digest: bytes) -> bool:
        """Return whether this is the whole of the key that has the digest."""
        return hmac.compare_digest(digest_of(key, self._pepper), digest)

    async def _authenticate(self, authorization: bytes, address: str) -> tuple[KnownClient, Caller]:
        scheme, _, credential = authorization.decode("latin-1").partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            raise self._failed(address, Unauthenticated(fault_of_scheme(authorization)))
        if credential.startswith(FAMILY):
            client = await self.client_of_key(credential, address)
            return client, client.caller
        return await self._of_token(credential, address)

    async def _of_token(self, token: str, address: str) -> tuple[KnownClient, Caller]:
        if len(token) > _LONGEST_TOKEN:
            raise self._failed(address, Unauthenticated(f"An access token has at most {_LONGEST_TOKEN} characters."))
        if not self._tokens.knows(token):
            self._require_left(address)
        try:
            granted = self._tokens.check(token)
        except Unauthenticated as error:
            raise self._failed(address, error) from error
        client = await self._clients.of_id(granted.client_id)
        if client is None or not client.lives(self._clock.now()):
            raise self._failed(address, None if client is None else client.refusal())
        whole = _not_suspended(client).caller
        scopes = frozenset(scope for scope in granted.scopes if _still_held(scope, whole))
        return client, replace(whole, scopes=scopes)

    def _statement(self, client: KnownClient, caller: Caller, audience: str) -> str:
        """The statement for one service; the same for a while, since a signature costs more than all else here."""
        now = self._clock.now().timestamp()
        made = client.statements.get((audience, caller.scopes))
        if made is not None and 0 <= now - made[1] < _STATEMENT_SECONDS:
            return made[0]
        statement = sign(caller, audience=audience, key=self._key, clock=self._clock)
        if len(client.statements) >= _STATEMENTS_KEPT:
            client.statements.clear()
        client.statements[audience, caller.scopes] = (statement, now)
        return statement

    def _visitor(self, route: Route, address: str) -> str:
        return sign_visitor(quota_of(address), audience=route.service, key=self._key, clock=self._clock)

    def _spend(self, limit: RateLimit, who: str) -> list[tuple[bytes, bytes]]:
        spent = limit.spend(who, self._now())
        if not spent.allowed:
            raise _limited(limit, spent)
        return limit.headers(spent)

    def _require_left(self, address: str) -> None:
        """Raises `RateLimited` for an address that has failed too often."""
        who, now = quota_of(address), self._now()
        if not self._failures.has_left(who, now):
            raise _limited(self._failures, self._failures.spend(who, now))

    def may_be_advised(self, address: str) -> bool:
        """Return whether an address without a key may be told what it probably meant; each time counts."""
        return self._anonymous.spend(quota_of(address), self._now()).allowed

    def _failed(self, address: str, refusal: Unauthenticated | None = None) -> MarqueError:
        """The refusal of a credential that is none; each counts against its address."""
        _failed.inc()
        spent = self._failures.spend(quota_of(address), self._now())
        return (refusal or Unauthenticated()) if spent.allowed else _limited(self._failures, spent)


def _not_suspended(client: KnownClient) -> KnownClient:
    """The client itself. Raises `AccountSuspended`, `ClientSuspended`."""
    if client.suspended is not None:
        raise client.suspended
    return client


def is_key(authorization: bytes) -> bool:
    """Return whether a header holds what looks like an API key, which no service gets to see."""
    return PREFIX.encode() in authorization


def _limited(limit: RateLimit, spent: Spent) -> RateLimited:
    headers = {name.decode(): value.decode() for name, value in limit.headers(spent)}
    return RateLimited(
        f"Try again in {spent.retry_seconds} s.", headers={"Retry-After": str(spent.retry_seconds), **headers}
    )


def _still_held(scope: str, caller: Caller) -> bool:
    return Scope(scope).granted_by(caller.scopes)
