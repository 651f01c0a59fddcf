"""Listings put into the store: the newest of what was told of each stands, whatever the order in which it comes."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.notices.address import normal_id
from services.screening.listings import statements
from services.screening.listings.listing_body import ListingIn
from services.screening.listings.statements import KnownListing, WrittenListing
from services.screening.listings.states import ListingStatus
from shared.contracts.events import ListingRemoved, ListingsKept, ListingUpserted
from shared.contracts.events.listings import KeptListing
from shared.runtime.errors import Conflict, Unprocessable
from shared.runtime.outbox import record
from shared.runtime.statements import Query

_LISTINGS = TypeAdapter(list[ListingIn])  # all at once: one by one they take twice as long
_NO_CONTENT = {"__all__": {"version", "updated_at"}}
_IN_EVENT = 150
"""Listings of one event: with ids that are all escapes it stays below a megabyte."""

_CLOCKS_DIFFER = timedelta(minutes=5)


class ListingVersionReused(Conflict):
    """A version, or a time of change, that the store has with another content."""

    code = "listing_version_reused"
    title = "This version of the listing, or this time of its change, is known with another content"


class ListingOrderUnknown(Conflict):
    """A listing that is known by its version alone, and comes with a time alone; or the other way round."""

    code = "listing_order_unknown"
    title = "The listing is known by what this lacks, its version or the time of its change: give both once"


class ListingOfTheFuture(Unprocessable):
    """A time of change that no other could follow until it has come."""

    code = "listing_of_the_future"
    title = "The listing says that it was changed at a time that has not come"


Refusal = type[Conflict] | type[Unprocessable]


@dataclass(frozen=True)
class Given:
    """A listing as it is stored and compared."""

    listing: ListingIn
    key: tuple[str, str]
    content: str
    content_hash: bytes

    @property
    def version(self) -> int | None:
        return self.listing.version

    @property
    def changed_at(self) -> datetime | None:
        return self.listing.updated_at

    def is_of_the_future(self, now: datetime) -> bool:
        return self.changed_at is not None and self.changed_at > now + _CLOCKS_DIFFER

    def adds_to(self, known: KnownListing) -> bool:
        """Return whether this has a version that the known one lacks, or a time that it lacks or that is later."""
        if self.version is not None and known.version is None:
            return True
        return self.changed_at is not None and (known.changed_at is None or self.changed_at > known.changed_at)

    @classmethod
    def all_of(cls, listings: Sequence[ListingIn]) -> "list[Given]":
        """Prepare listings to be stored.

        One content has one text, to the byte, also once listings have more fields: they are sorted, and those that were
        left out are not in it.
        """
        fields = _LISTINGS.dump_python(list(listings), mode="json", exclude=_NO_CONTENT, exclude_defaults=True)
        contents = [orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in fields]
        return [
            cls(
                listing=listing,
                key=(listing.marketplace, normal_id(listing.listing_id)),
                content=content.decode(),
                content_hash=hashlib.sha256(content).digest(),
            )
            for listing, content in zip(listings, contents, strict=True)
        ]


@dataclass(frozen=True)
class Outcome:
    """How it went with a listing, and where it was refused, why."""

    status: ListingStatus
    refusal: Refusal | None = None

    @property
    def stands(self) -> bool:
        return self.status in {ListingStatus.CREATED, ListingStatus.UPDATED}


def compare(known: KnownListing | Given, given: Given) -> Outcome:
    """Tell what a listing is to the one that is known: by the versions where both have one, else by the times."""
    if known.version is not None and given.version is not None:
        newer, same = given.version > known.version, given.version == known.version
    elif known.changed_at is not None and given.changed_at is not None:
        newer, same = given.changed_at > known.changed_at, given.changed_at == known.changed_at
    else:
        return Outcome(ListingStatus.REFUSED, ListingOrderUnknown)
    if newer:
        return Outcome(ListingStatus.UPDATED)
    if not same:
        return Outcome(ListingStatus.OUTDATED)
    if given.content_hash != known.content_hash:
        return Outcome(ListingStatus.REFUSED, ListingVersionReused)
    return Outcome(ListingStatus.UNCHANGED)


async def store(
    session: AsyncSession, listings: Sequence[ListingIn], *, now: datetime, looked_up: bool = False
) -> list[Outcome]:
    """Put listings into the store, and say which of them changed; how it went with each, in their order.

    Of one listing that is given several times each is compared with the one before it, and the last to stand is kept.
    `looked_up`: the marketplace told of them because it was asked.
    """
    outcomes: dict[int, Outcome] = {}
    waiting = dict(enumerate(Given.all_of(listings)))
    for place, given in waiting.items():
        if given.is_of_the_future(now):
            outcomes[place] = Outcome(ListingStatus.REFUSED, ListingOfTheFuture)
    written: list[tuple[int, Given]] = []
    while waiting := {place: given for place, given in waiting.items() if place not in outcomes}:
        written += await _store_known(session, waiting, outcomes, now, looked_up=looked_up)
    for first in range(0, len(written), _IN_EVENT):
        record(session, _kept(written[first : first + _IN_EVENT]), now=now)
    return [outcomes[place] for place in range(len(listings))]


async def _store_known(
    session: AsyncSession, given: Mapping[int, Given], outcomes: dict[int, Outcome], now: datetime, *, looked_up: bool
) -> list[tuple[int, Given]]:
    """Store what is newer than what is known; the numbers of the versions that were written, with their content.

    A listing that somebody else has added since we looked has no outcome yet: it is known the next time.
    """
    keys = sorted({one.key for one in given.values()})
    rows = await statements.LOCK_LISTINGS.all(
        session, marketplaces=[key[0] for key in keys], listing_ids=[key[1] for key in keys]
    )
    known: dict[tuple[str, str], KnownListing | Given] = {(row.marketplace, row.listing_id): row for row in rows}
    found: dict[int, Outcome] = {}
    fresh: dict[tuple[str, str], Given] = {}
    changed: dict[tuple[str, str], Given] = {}
    again: dict[tuple[str, str], Given] = {}
    for place, one in given.items():
        before = known.get(one.key)
        found[place] = Outcome(ListingStatus.CREATED) if before is None else compare(before, one)
        if found[place].stands:
            of = fresh if before is None or one.key in fresh else changed
            of[one.key] = known[one.key] = one
        elif (
            found[place].status is ListingStatus.UNCHANGED and isinstance(before, KnownListing) and one.adds_to(before)
        ):
            again[one.key] = one
    await _keep_orders(session, {key: one for key, one in again.items() if key not in changed})
    added = await _write(session, statements.ADD_LISTINGS, fresh, now, looked_up=looked_up)
    raced = fresh.keys() - {one.key for _, one in added}
    outcomes.update({place: outcome for place, outcome in found.items() if given[place].key not in raced})
    return added + await _write(session, statements.CHANGE_LISTINGS, changed, now, looked_up=looked_up)


async def _keep_orders(session: AsyncSession, again: Mapping[tuple[str, str], Given]) -> None:
    """Of what is told once more keep what it adds to the order: a version, or a later time, of the same content."""
    if again:
        await statements.KEEP_ORDERS.run(
            session,
            marketplaces=[key[0] for key in again],
            listing_ids=[key[1] for key in again],
            versions=[one.version for one in again.values()],
            changed_at=[one.changed_at for one in again.values()],
        )


async def _write(
    session: AsyncSession,
    statement: Query[WrittenListing],
    given: Mapping[tuple[str, str], Given],
    now: datetime,
    *,
    looked_up: bool = False,
) -> list[tuple[int, Given]]:
    if not given:
        return []
    rows = await statement.all(
        session,
        marketplaces=[key[0] for key in given],
        listing_ids=[key[1] for key in given],
        versions=[one.version for one in given.values()],
        changed_at=[one.changed_at for one in given.values()],
        hashes=[one.content_hash for one in given.values()],
        contents=[one.content for one in given.values()],
        looked_up=looked_up,
        now=now,
    )
    return [(row.number, given[row.marketplace, row.listing_id]) for row in rows]


def told_by(event: ListingUpserted) -> dict[str, Any]:
    """Return a listing as its event tells of it. What names the seller alone, as events did at first, is its seller."""
    fields = event.model_dump(mode="json", exclude={"version", "seller_id"})
    if event.seller is None and event.seller_id is not None:
        fields["seller"] = {"seller_id": event.seller_id}
    return {**fields, "version": event.version or None}


async def remove(session: AsyncSession, removed: ListingRemoved, *, now: datetime) -> None:
    """Keep a listing as no longer offered, with what is known of it. One that was never told of is kept as that.

    Raises as `keep` does.
    """
    key = (removed.marketplace, normal_id(removed.listing_id))
    bare = {"marketplace": key[0], "listing_id": removed.listing_id}
    order = {"version": removed.version or None, "updated_at": removed.updated_at, "state": removed.state}
    of = {"marketplaces": [key[0]], "listing_ids": [key[1]]}
    if not await statements.LOCK_LISTINGS.all(session, **of):
        (unknown,) = Given.all_of([ListingIn.model_validate({**bare, **order})])
        if unknown.is_of_the_future(now):
            raise ListingOfTheFuture
        if added := await _write(session, statements.ADD_LISTINGS, {key: unknown}, now):
            record(session, _kept(added), now=now)
            return
        await statements.LOCK_LISTINGS.all(session, **of)  # somebody has told of it meanwhile
    (known,) = await statements.LISTINGS_NOW.all(session, marketplace=key[0], listing_ids=[key[1]])
    await keep(session, [{**orjson.loads(known.content), **order}], now=now)


async def keep(session: AsyncSession, listings: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Put listings into the store of which the marketplace tells by events.

    Raises the refusal of one, and `ValidationError` where it is no listing: its event becomes a dead letter then.
    """
    given = [ListingIn.model_validate(listing) for listing in listings]
    for outcome in await store(session, given, now=now):
        if outcome.refusal is not None:
            raise outcome.refusal


async def forget_versions(session: AsyncSession, *, keep_days: int, now: datetime, most: int = 5000) -> bool:
    """Drop some of the versions superseded so many days ago that no capture names; whether there may be more."""
    before = now - timedelta(days=keep_days)
    return await statements.FORGET_VERSIONS.one(session, before=before, most=most) == most


def _kept(written: Iterable[tuple[int, Given]]) -> ListingsKept:
    listings = [
        KeptListing(
            marketplace=given.key[0],
            listing_id=given.key[1],
            version=number,
            state=given.listing.state,
            listed_at=given.listing.listed_at,
            category=given.listing.category,
            seller_id=given.listing.seller.seller_id if given.listing.seller else None,
        )
        for number, given in written
    ]
    return ListingsKept(version=max(listing.version for listing in listings), listings=listings)
