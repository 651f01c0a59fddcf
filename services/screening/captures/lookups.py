"""Looking up what the store does not know: the marketplace is asked for a listing that was reported.

The answer is a stranger's: it is bounded in time and size, read strictly, and has to be about the listing asked for.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from typing import NamedTuple, Self

import orjson
from prometheus_client import Counter
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.notices.address import normal_id
from services.screening.captures import statements
from services.screening.listings import storing
from services.screening.listings.listing_body import ListingIn
from services.screening.settings import ScreeningSettings
from shared.runtime.errors import MarqueError
from shared.runtime.jobs import Work, enqueue
from shared.runtime.json_bodies import parse
from shared.runtime.outgoing.fetching import AnswerTooLarge, BadStatus, Fetcher, FetchFailed
from shared.runtime.outgoing.signatures import signed_headers

LOOK_UP_LISTING = "look_up_listing"
"""The kind of the job that asks for a listing."""

TRIES = 20
"""Two hours in which the marketplace may be away. After that nothing is known, and the next report asks again."""

_SECONDS = 5.0
_MOST_BYTES = 262_144
_ABSENT = frozenset({404, 410})
_REDIRECTS = range(300, 400)
_log = logging.getLogger(__name__)


@unique
class LookupResult(StrEnum):
    """The outcome of asking the marketplace for a listing."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    """The answer is not one that is believed."""


_results = Counter("marque_listing_lookups", "Listings that the marketplace was asked for, by outcome", ["result"])


class AnswerRefused(Exception):
    """An answer that is not believed, and why; it quotes nothing of it."""


class Wanted(NamedTuple):
    """A listing that is to be looked up, and where the reporter saw it."""

    marketplace: str
    listing_id: str
    url: str


@dataclass(frozen=True)
class Lookup:
    """The marketplace's address for such questions, and the secret that signs them."""

    fetcher: Fetcher
    url: str
    secret: str
    unknown_for: timedelta

    @classmethod
    def of(cls, settings: ScreeningSettings, fetcher: Fetcher) -> Self | None:
        """Return the look-up that the operator has named, if there is one. Raises `OSError` where there is no key."""
        if settings.listing_lookup is None or settings.listing_lookup_key is None:
            return None
        secret = settings.listing_lookup_key.read_text().strip()
        unknown_for = timedelta(seconds=settings.listing_unknown_seconds)
        signed_headers(
            [secret], message_id="", body="", now=datetime.fromtimestamp(0, UTC)
        )  # a wrong secret fails here
        return cls(fetcher, settings.listing_lookup, secret, unknown_for)

    async def ask(self, wanted: Wanted, *, message_id: str, now: datetime) -> ListingIn | None:
        """Return what the marketplace tells of a listing; None where it knows none.

        Raises `AnswerRefused`, and another `FetchFailed` where it may be asked again.
        """
        body = orjson.dumps(wanted._asdict())
        headers = signed_headers([self.secret], message_id=message_id, body=body.decode(), now=now)
        try:
            answer = await self.fetcher.post(self.url, body, headers, most_bytes=_MOST_BYTES, seconds=_SECONDS)
        except BadStatus as bad:
            if bad.status in _ABSENT:
                return None
            if bad.status in _REDIRECTS:
                raise AnswerRefused("it leads elsewhere") from bad
            raise
        except AnswerTooLarge as large:
            raise AnswerRefused(f"it has more than {_MOST_BYTES} bytes") from large
        return _believed(answer, wanted)


def _believed(answer: bytes, wanted: Wanted) -> ListingIn:
    try:
        listing = ListingIn.model_validate(parse(answer))
    except ValidationError as error:
        fields = {str(one["loc"][0]) for one in error.errors() if one["loc"]} & ListingIn.model_fields.keys()
        raise AnswerRefused(f"it is no listing: {', '.join(sorted(fields)) or 'its fields'}") from None
    except MarqueError as error:
        raise AnswerRefused(f"it cannot be read: {error.code}") from None
    if (listing.marketplace, normal_id(listing.listing_id)) != (wanted.marketplace, wanted.listing_id):
        raise AnswerRefused("it is another listing")
    return listing


async def ask_for(session: AsyncSession, listings: Iterable[Wanted], *, now: datetime) -> None:
    """Have listings looked up, each once for all who want it, unless the marketplace did not know it a moment ago."""
    wanted = {(one.marketplace, one.listing_id): one for one in listings}
    if not wanted:
        return
    rows = await statements.UNKNOWN_LATELY.all(
        session, marketplaces=[key[0] for key in wanted], listing_ids=[key[1] for key in wanted], now=now
    )
    for key in wanted.keys() - {(row.marketplace, row.listing_id) for row in rows}:
        await enqueue(session, LOOK_UP_LISTING, wanted[key]._asdict(), key=_key(*key), now=now)


async def look_up(work: Work, lookup: Lookup) -> None:
    """Do the job of a look-up: what it finds goes into the store as any listing does, and is captured by that."""
    wanted = Wanted(**work.job.payload)
    listing, result = None, LookupResult.REFUSED
    try:
        listing = await lookup.ask(wanted, message_id=work.job.id, now=work.clock.now())
        result = LookupResult.UNKNOWN if listing is None else LookupResult.KNOWN
    except AnswerRefused as refused:
        _log.warning("the look-up of a listing of %s was answered and is refused: %s", wanted.marketplace, refused)
    except FetchFailed as failure:
        if work.job.tries < TRIES:
            raise
        _log.warning("a listing of %s could not be looked up: %s", wanted.marketplace, failure)
    now = work.clock.now()
    async with work.effect() as session:
        if listing is not None:
            (outcome,) = await storing.store(session, [listing], now=now, looked_up=True)
            if outcome.refusal is not None:
                result = LookupResult.REFUSED
                _log.warning("what was looked up is refused: %s", outcome.refusal.code)
        if result is not LookupResult.KNOWN:
            await statements.KEEP_UNKNOWN.run(
                session, marketplace=wanted.marketplace, listing_id=wanted.listing_id, again_at=now + lookup.unknown_for
            )
    _results.labels(result).inc()


async def forget_unknown(session: AsyncSession, *, now: datetime, most: int = 5000) -> bool:
    """Drop some of what the marketplace did not know long enough ago to be asked again; whether there may be more."""
    return await statements.FORGET_UNKNOWN.run(session, now=now, most=most) == most


def _key(marketplace: str, listing_id: str) -> str:
    return hashlib.sha256(f"{marketplace}\0{listing_id}".encode()).hexdigest()
