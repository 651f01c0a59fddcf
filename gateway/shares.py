"""Fair shares of what is scarce: how much of it one client, one account and all together may have at once.

An `Allowance` refuses what would go over; `Places` lets it wait, each client for its own share alone.
"""

import asyncio
import random
from collections import deque
from typing import NamedTuple

from gateway.settings import GatewaySettings
from shared.runtime.errors import MarqueError, Unavailable

Fields = list[tuple[bytes, bytes]]
_AGAIN_SECONDS = (2, 6)


class Party(NamedTuple):
    """For whom something is counted. Callers without a key are clients by their address, all of one account."""

    client: str
    account: str


class TooManyAtOnce(MarqueError):
    """The client, or its account, has as much in use as it may."""

    status = 429
    code = "too_many_at_once"
    title = "As much is in use at once as may be"


class Busy(Unavailable):
    """All together have as much in use as there is."""

    code = "busy"
    title = "As much is in use as there is"


class Limits(NamedTuple):
    """The most of something that may be in use at once."""

    client: int
    account: int
    total: int


class Allowance:
    """Counts what is in use. `unit` is its name in the RateLimit fields, `what` in messages, with its verb."""

    def __init__(self, name: str, what: str, limits: Limits, *, unit: str = "concurrent-requests") -> None:
        self.name = name
        self.limits = limits
        self._most_client, self._most_account, self._most = limits
        self._what = what
        self._clients: dict[str, int] = {}
        self._accounts: dict[str, int] = {}
        self._total = 0
        self._policy = f'"{name}";q={limits.client};qu="{unit}"'.encode()

    def has_room(self, party: Party, amount: int = 1) -> bool:
        """Tell whether so much more may be in use. Takes nothing."""
        return (
            self._clients.get(party.client, 0) + amount <= self.limits.client
            and self._accounts.get(party.account, 0) + amount <= self.limits.account
            and self._total + amount <= self.limits.total
        )

    def take(self, party: Party, amount: int = 1) -> None:
        """Count more as in use. Raises `TooManyAtOnce`, or `Busy` where it is not this party's doing."""
        if not self.take_now(party, amount):
            raise self.refusal(party, amount)

    def take_now(self, party: Party, amount: int = 1) -> bool:
        """Count more as in use, where so much may be."""
        client, account = party
        of_client = self._clients.get(client, 0) + amount
        of_account = self._accounts.get(account, 0) + amount
        total = self._total + amount
        if of_client > self._most_client or of_account > self._most_account or total > self._most:
            return False
        self._clients[client] = of_client
        self._accounts[account] = of_account
        self._total = total
        return True

    def give_back(self, party: Party, amount: int = 1) -> None:
        """Count so much as in use no longer."""
        _less(self._clients, party.client, amount)
        _less(self._accounts, party.account, amount)
        self._total -= amount

    def refusal(self, party: Party, amount: int = 1) -> MarqueError:
        """The refusal of more: it says whose share is used up."""
        for used, name, most in (
            (self._clients.get(party.client, 0), "client", self.limits.client),
            (self._accounts.get(party.account, 0), "account", self.limits.account),
        ):
            if used + amount > most:
                headers = {"Retry-After": _again()}
                headers |= {key.decode().title(): value.decode() for key, value in self.headers(party)}
                return TooManyAtOnce(
                    f"{self._what} for one {name}, at most {most}. Wait for some to end.", headers=headers
                )
        return Busy(
            f"{self._what} for all callers together, at most {self.limits.total}.", headers={"Retry-After": _again()}
        )

    def headers(self, party: Party) -> Fields:
        """The limit and what is left of it, as draft-ietf-httpapi-ratelimit-headers writes them."""
        left = max(0, self.limits.client - self._clients.get(party.client, 0))
        return [(b"ratelimit-policy", self._policy), (b"ratelimit", b'"%b";r=%d' % (self.name.encode(), left))]


class Allowances:
    """Shares of a scarce thing, by caller."""

    def __init__(self, settings: GatewaySettings) -> None:
        clients = Limits(settings.requests_per_client, settings.requests_per_account, settings.connections)
        without_key = Limits(settings.requests_per_address, settings.requests_without_key, settings.connections)
        waiting = Limits(settings.waiting_per_client, settings.waiting_per_account, settings.waiting_total)
        self._clients = Allowance("requests", "Requests are answered at once", clients)
        self._addresses = Allowance("requests", "Requests without a key are answered at once", without_key)
        self.waiting = Allowance("waiting", "Claims that wait and event streams are open", waiting)

    def requests_of(self, party: Party) -> Allowance:
        """The allowance that a request counts against from its head to the end of its answer."""
        return self._clients if party.account else self._addresses


def joined(limits: Fields, more: Fields) -> Fields:
    """The RateLimit fields of two limits as one of each."""
    found = dict(more)
    return [(name, value + b", " + found[name]) if name in found else (name, value) for name, value in limits]


class Places:
    """Places that are waited for: when one is free it goes to the next client in turn whose share has room."""

    def __init__(self, allowance: Allowance, *, wait_seconds: float) -> None:
        self._used = allowance
        self._wait_seconds = wait_seconds
        self._waiting: dict[Party, deque[asyncio.Future[None]]] = {}

    def take_now(self, party: Party) -> bool:
        """Take a place where one is free for this party, and none of its own waits for it."""
        return party not in self._waiting and self._used.take_now(party)

    async def take(self, party: Party) -> None:
        """Take a place, after having waited for it. Raises `TooManyAtOnce` and `Busy`."""
        if self.take_now(party):
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party, deque()).append(place)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self.give_back(party)
            else:
                self._leave(party, place)
            if isinstance(error, TimeoutError):
                raise self._used.refusal(party) from None
            raise

    def give_back(self, party: Party) -> None:
        """Give a place back, to whoever waits for one."""
        self._used.give_back(party)
        if self._waiting:
            self._hand_on()

    def _hand_on(self) -> None:
        for party in list(self._waiting):
            if self._used.has_room(party):
                places = self._waiting.pop(party)
                place = _first_awaited(places)
                if places:
                    self._waiting[party] = places  # behind the others
                if place is not None:
                    self._used.take(party)
                    place.set_result(None)
                    return

    def _leave(self, party: Party, place: "asyncio.Future[None]") -> None:
        places = self._waiting.get(party, deque())
        if place in places:
            places.remove(place)
            if not places:
                del self._waiting[party]


def _again() -> str:
    """Seconds for `Retry-After`, other ones each time: those who are refused together must not come back together."""
    return str(random.randint(*_AGAIN_SECONDS))  # noqa: S311 - spreads them, and hides nothing


def _first_awaited(places: "deque[asyncio.Future[None]]") -> "asyncio.Future[None] | None":
    """Take out the first that is awaited still: one is cancelled a moment before whoever waits for it can leave."""
    while places:
        place = places.popleft()
        if not place.done():
            return place
    return None


def _less(counts: dict[str, int], name: str, amount: int) -> None:
    left = counts[name] - amount
    if left:
        counts[name] = left
    else:
        del counts[name]
