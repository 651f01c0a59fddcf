"""The clients that a replica knows: looked up once, and never believed for longer than a revocation may take.

What has been used lately is read again in the background, all in one query, so that the database sees a few queries a
second however many requests there are, and no request waits for one. An entry that could not be read again in time is
not believed: the next request reads it itself, and where the database is away it is refused.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from gateway.credential_errors import KeyExpired, KeyOfClosedAccount, KeyRevoked
from gateway.shares import Party
from shared.contracts.codes import AccountKind
from shared.contracts.ids import AccountId, ClientId
from shared.runtime.database import Database
from shared.runtime.errors import Forbidden, MarqueError, Unauthenticated, Unavailable
from shared.runtime.identity import Caller
from shared.runtime.statements import Query

BELIEVED_SECONDS = 0.7
REFRESH_SECONDS = 0.25
_USED_LATELY_SECONDS = 120.0
_DATABASE_SECONDS = 5.0


class StoredClient(NamedTuple):
    """A client with its account, and those of its keys that still open."""

    id: str
    account_id: str
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    client_suspended_at: datetime | None
    kind: str
    trusted_flagger: bool
    closed_at: datetime | None
    account_suspended_at: datetime | None
    marketplaces: list[str] | None
    key_ids: list[str] | None
    digests: list[bytes] | None
    key_ends: list[datetime | None] | None


_FIND = Query(
    "find_clients",
    """
SELECT c.id, c.account_id, c.scopes, c.expires_at, c.revoked_at, c.suspended_at AS client_suspended_at,
       a.kind, a.trusted_flagger, a.closed_at, a.suspended_at AS account_suspended_at, a.marketplaces,
       array_agg(k.id) FILTER (WHERE k.id IS NOT NULL) AS key_ids,
       array_agg(k.digest) FILTER (WHERE k.id IS NOT NULL) AS digests,
       array_agg(k.ends_at) FILTER (WHERE k.id IS NOT NULL) AS key_ends
FROM clients c JOIN accounts a ON a.id = c.account_id
LEFT JOIN api_keys k ON k.client_id = c.id AND (k.ends_at IS NULL OR k.ends_at > :now)
WHERE c.id IN (SELECT unnest(:client_ids::text[]) UNION SELECT client_id FROM api_keys WHERE id = ANY(:key_ids::text[]))
GROUP BY c.id, a.id
""",
    StoredClient,
    hot=True,
)


class EndedKey(NamedTuple):
    """A key that opens nothing any more."""

    digest: bytes


_FIND_ENDED = Query("find_ended_key", "SELECT digest FROM api_keys WHERE id = :key_id AND ends_at <= :now", EndedKey)


class AccountSuspended(Forbidden):
    """The operator has suspended the account; the operator alone resumes it."""

    code = "account_suspended"
    title = "The account is suspended: ask the operator of the marketplace"


class ClientSuspended(Forbidden):
    """The operator has suspended the client; the operator alone resumes it."""

    code = "client_suspended"
    title = "The client is suspended: ask the operator of the marketplace"


@dataclass(slots=True, eq=False)
class KnownClient:
    """A client as the database had it at one moment, and what was made from that."""

    caller: Caller
    keys: dict[str, tuple[bytes, datetime | None]]
    expires_at: datetime | None
    shut: type[Unauthenticated] | None
    suspended: type[MarqueError] | None
    read_at: float
    used_at: float = 0.0
    statements: dict[tuple[str, frozenset[str]], tuple[str, float]] = field(default_factory=dict)
    party: Party = field(init=False)

    def __post_init__(self) -> None:
        self.party = Party(str(self.caller.client_id), str(self.caller.account_id))

    def lives(self, now: datetime) -> bool:
        """Return whether it is neither revoked nor expired, and its account is open; suspended or not."""
        return self.shut is None and (self.expires_at is None or self.expires_at > now)

    def refusal(self) -> Unauthenticated:
        """Say why it does not live, to whoever holds one of its keys or tokens."""
        return KeyExpired() if self.shut is None else self.shut()

    def is_let_in(self, now: datetime) -> bool:
        return self.suspended is None and self.lives(now)

    def same_as(self, other: "KnownClient") -> bool:
        return (self.caller, self.keys, self.expires_at, self.shut, self.suspended) == (
            other.caller,
            other.keys,
            other.expires_at,
            other.shut,
            other.suspended,
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """A look at the database that is under way."""

    began_at: float
    task: "asyncio.Task[None]"


class KnownClients:
    """Finds clients by their id or by that of one of their keys."""

    def __init__(self, database: Database, *, utc: Callable[[], datetime]) -> None:
        self._database = database
        self._utc = utc
        self._now = asyncio.get_running_loop().time
        self._clients: dict[str, KnownClient] = {}
        self._by_key: dict[str, KnownClient] = {}
        self._readings: dict[str, _Reading] = {}

    def at_hand(self, key_id: str) -> KnownClient | None:
        """The client of a key, where it is known freshly enough: the way of nearly every request."""
        return self._fresh(self._by_key.get(key_id))

    async def of_key(self, key_id: str) -> KnownClient | None:
        """The client of a key. Raises `Unavailable`."""
        known = self.at_hand(key_id)
        if known is None:
            await self._look_up(f"key {key_id}", [], [key_id])
            known = self._by_key.get(key_id)
        return known

    async def digest_of_ended(self, key_id: str) -> bytes:
        """The digest of a key whose overlap is over; empty where there is none. Raises `Unavailable`."""
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                row = await _FIND_ENDED.first(self._database.pool, key_id=key_id, now=self._utc())
        except Exception as error:
            raise Unavailable("The keys cannot be checked for the moment; try again.") from error
        return b"" if row is None else bytes(row.digest)

    async def of_id(self, client_id: str) -> KnownClient | None:
        """A client by its id. Raises `Unavailable`."""
        known = self._fresh(self._clients.get(client_id))
        if known is None:
            await self._look_up(client_id, [client_id], [])
            known = self._clients.get(client_id)
        return known

    def refusal(self, client_id: str) -> MarqueError | None:
        """Return why a client that was let in a moment ago would not be now; none where it would.

        A client that is asked about counts as used, so that one whose only request is a stream stays known.
        """
        client = self._clients.get(client_id)
        if client is None:
            return None
        client.used_at = self._now()
        if client.is_let_in(self._utc()):
            return None
        return client.suspended() if client.suspended is not None and client.lives(self._utc()) else Unauthenticated()

    async def refresh(self) -> bool:
        """Read again what was used lately, and forget the rest."""
        since = self._now() - _USED_LATELY_SECONDS
        for client in [client for client in self._clients.values() if client.used_at < since]:
            self._forget(client)
        if self._clients:
            await self._read(list(self._clients), [])
        return False

    async def pause(self) -> None:
        await asyncio.sleep(REFRESH_SECONDS)

    def _fresh(self, client: KnownClient | None) -> KnownClient | None:
        if client is None:
            return None
        now = self._now()
        if now - client.read_at > BELIEVED_SECONDS:
            return None
        client.used_at = now
        return client

    async def _look_up(self, name: str, ids: list[str], key_ids: list[str]) -> None:
        """Ask the database, once for all who want to know the same now. However long that takes, what it answers is no
        older than it may be for this request.
        """
        oldest = self._now() - BELIEVED_SECONDS
        while True:
            reading = self._readings.get(name)
            if reading is None:
                reading = _Reading(self._now(), asyncio.create_task(self._read(ids, key_ids)))
                self._readings[name] = reading
                reading.task.add_done_callback(lambda _: self._readings.pop(name, None))
            await _unhindered(reading.task)
            if reading.began_at >= oldest:
                return

    async def _read(self, ids: list[str], key_ids: list[str]) -> None:
        asked_at = self._now()
        async with asyncio.timeout(_DATABASE_SECONDS):
            rows = await _FIND.all(self._database.pool, client_ids=ids, key_ids=key_ids, now=self._utc())
        read = [_client(row, asked_at) for row in rows]
        gone = set(ids) - {client.caller.client_id for client in read}
        for client in [self._clients[name] for name in gone if name in self._clients]:
            self._forget(client)
        for client in read:
            self._remember(client)

    def _remember(self, new: KnownClient) -> None:
        old = self._clients.get(new.caller.client_id)
        if old is not None and old.read_at > new.read_at:
            return  # a reading that began later has ended first
        if old is not None and old.same_as(new):
            old.read_at = new.read_at
            return
        if old is not None:
            new.used_at = old.used_at
            self._forget(old)
        else:
            new.used_at = new.read_at
        self._clients[new.caller.client_id] = new
        for key_id in new.keys:
            self._by_key[key_id] = new

    def _forget(self, client: KnownClient) -> None:
        self._clients.pop(client.caller.client_id, None)
        for key_id in client.keys:
            self._by_key.pop(key_id, None)


async def _unhindered(reading: "asyncio.Task[None]") -> None:
    """Wait for a reading without ending it for the others when this caller hangs up. Raises `Unavailable`."""
    try:
        await asyncio.shield(reading)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        raise Unavailable("The keys cannot be checked for the moment; try again.") from error


def _client(row: StoredClient, read_at: float) -> KnownClient:
    caller = Caller(
        client_id=ClientId(row.id),
        account_id=AccountId(row.account_id),
        kind=AccountKind(row.kind),
        scopes=frozenset(row.scopes),
        trusted_flagger=row.trusted_flagger,
        marketplaces=None if row.marketplaces is None else frozenset(row.marketplaces),
    )
    keys = zip(row.key_ids or (), row.digests or (), row.key_ends or (), strict=True)
    return KnownClient(
        caller=caller,
        keys={key_id: (bytes(digest), ends_at) for key_id, digest, ends_at in keys},
        expires_at=row.expires_at,
        shut=_end(row),
        suspended=_suspension(row),
        read_at=read_at,
    )


def _end(row: StoredClient) -> type[Unauthenticated] | None:
    if row.closed_at is not None:
        return KeyOfClosedAccount
    return KeyRevoked if row.revoked_at is not None else None


def _suspension(row: StoredClient) -> type[MarqueError] | None:
    if row.account_suspended_at is not None:
        return AccountSuspended
    return ClientSuspended if row.client_suspended_at is not None else None
