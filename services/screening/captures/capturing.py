"""Capturing: a version of a listing is frozen once, for all report items that are about the listing as it was then."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures import statements
from services.screening.captures.documents import completed, freeze, read_document
from services.screening.captures.pictures.statements import ADD_PICTURES
from services.screening.captures.statements import CompleteCapture, HeldCapture, LinkedItem, StoredVersion
from shared.contracts.events import ListingCaptured
from shared.contracts.events.captures import CapturedItem
from shared.contracts.ids import CaptureId, ItemId, ReportId
from shared.contracts.listing_codes import CaptureSource
from shared.runtime.ids import new_id
from shared.runtime.jobs import enqueue
from shared.runtime.outbox import record

COMPLETE_CAPTURE = "complete_capture"
"""The kind of the job that fetches a capture's pictures."""

_IN_EVENT = 250
"""Items of one event: with the longest listing there can be it stays below a megabyte."""

_captures = Counter("marque_captures", "Captures that were begun, by who told of the listing", ["source"])
_items = Counter("marque_captured_items", "Report items that were given a capture", ["which"])


@dataclass(frozen=True)
class Link:
    """A report item that is to have the capture of a version, and the one that it had before."""

    item_id: str
    number: int
    is_late: bool
    changed_from: str | None = None
    changed: Sequence[str] = ()


async def link(session: AsyncSession, links: Sequence[Link], *, now: datetime) -> None:
    """Give report items the captures of these versions, which are made where there are none yet, and tell of it.

    Those whose capture still waits for its pictures are told of with its end.
    """
    if not links:
        return
    held = await _hold(session, {one.number for one in links}, now)
    made = [one for one in links if one.number in held]
    await statements.LINK_ITEMS.run(
        session,
        item_ids=[one.item_id for one in made],
        capture_ids=[held[one.number].id for one in made],
        is_late=[one.is_late for one in made],
        changed_from=[one.changed_from for one in made],
        changed=[",".join(one.changed) for one in made],
    )
    for one in made:
        _items.labels(_which(one)).inc()
    complete = [capture.id for capture in held.values() if capture.is_complete]
    await tell(session, complete, only={one.item_id for one in made}, now=now)


async def tell(
    session: AsyncSession, capture_ids: Collection[str], *, only: Collection[str] | None = None, now: datetime
) -> None:
    """Record the events of complete captures for all of their items, or for these alone."""
    if not capture_ids:
        return
    rows = await statements.COMPLETE_CAPTURES.all(session, ids=list(capture_ids))
    found = await statements.LINKED_ITEMS.all(
        session, capture_ids=[row.id for row in rows], item_ids=None if only is None else list(only)
    )
    items: defaultdict[str, defaultdict[str | None, list[LinkedItem]]] = defaultdict(lambda: defaultdict(list))
    for item in found:
        items[item.capture_id][item.changed_from].append(item)
    for row in rows:
        for group in items[row.id].values():
            for first in range(0, len(group), _IN_EVENT):
                record(session, _event(row, group[first : first + _IN_EVENT]), now=now)


async def _hold(session: AsyncSession, numbers: Collection[int], now: datetime) -> Mapping[int, HeldCapture]:
    """Return the captures of these versions, by their numbers, locked; those of versions that are forgotten are not."""
    versions: dict[int, StoredVersion] | None = None
    while True:
        rows = await statements.HOLD_CAPTURES.all(session, numbers=list(numbers))
        held = {row.number: row for row in rows}
        missing = [number for number in numbers if number not in held and (versions is None or number in versions)]
        if not missing:
            return held
        found = await statements.VERSIONS.all(session, numbers=missing)
        versions = {row.number: row for row in found}
        await _add(session, versions.values(), now)


async def _add(session: AsyncSession, versions: Iterable[StoredVersion], now: datetime) -> None:
    """Begin captures. One that somebody else begins at the same moment is theirs.

    One without pictures is complete at once; for the others a job fetches them.
    """
    ids = {version.number: new_id(CaptureId) for version in versions}
    frozen = {one.number: freeze(one, capture_id=ids[one.number], now=now) for one in versions}
    of = {one.number: one for one in versions}
    texts = {
        number: (one.document, None) if one.pictures else completed(one.document, ()) for number, one in frozen.items()
    }
    added = await statements.ADD_CAPTURES.all(
        session,
        ids=list(ids.values()),
        numbers=list(ids),
        marketplaces=[of[number].marketplace for number in ids],
        listing_ids=[of[number].listing_id for number in ids],
        sources=[of[number].source for number in ids],
        documents=[texts[number][0] for number in ids],
        hashes=[texts[number][1] for number in ids],
        seller_names=[frozen[number].seller_name for number in ids],
        seller_salts=[frozen[number].seller_salt for number in ids],
        now=now,
    )
    for row in added:
        _captures.labels(of[row.number].source).inc()
    await _ask_for_pictures(session, {row.id: frozen[row.number].pictures for row in added}, now)


async def _ask_for_pictures(
    session: AsyncSession, of: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime
) -> None:
    pictures = [(capture_id, place, one) for capture_id, told in of.items() for place, one in enumerate(told)]
    if not pictures:
        return
    await ADD_PICTURES.run(
        session,
        capture_ids=[capture_id for capture_id, _, _ in pictures],
        places=[place for _, place, _ in pictures],
        urls=[one.get("url") for _, _, one in pictures],
        evidence_ids=[one.get("evidence_id") for _, _, one in pictures],
        pdqs=[one.get("pdq") for _, _, one in pictures],
    )
    for capture_id in dict.fromkeys(capture_id for capture_id, _, _ in pictures):
        await enqueue(session, COMPLETE_CAPTURE, {"capture_id": capture_id}, key=capture_id, now=now)


def _event(row: CompleteCapture, items: Sequence[LinkedItem]) -> ListingCaptured:
    listing, images = read_document(row.document, row.seller_name)
    return ListingCaptured(
        version=row.number,
        capture_id=CaptureId(row.id),
        marketplace=row.marketplace,
        listing_id=row.listing_id,
        hash=row.hash.hex(),
        source=CaptureSource(row.source),
        captured_at=row.captured_at,
        listing=listing,
        images=images,
        items=[
            CapturedItem(
                report_id=ReportId(item.report_id), item_id=ItemId(item.item_id), first=item.is_first, late=item.is_late
            )
            for item in items
        ],
        changed_from=None if items[0].changed_from is None else CaptureId(items[0].changed_from),
        changed=items[0].changed,
    )


def _which(one: Link) -> str:
    if one.changed_from is not None:
        return "changed"
    return "late" if one.is_late else "first"
