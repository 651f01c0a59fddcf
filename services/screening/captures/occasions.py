"""The occasions on which listings are captured: a report arrives; a listing changes while somebody decides about it."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote

from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.notices.address import normal_id
from services.screening.captures import statements
from services.screening.captures.capturing import Link, link
from services.screening.captures.documents import differences
from services.screening.captures.lookups import Wanted, ask_for
from services.screening.captures.statements import OpenItem
from services.screening.listings.listing_body import LONGEST_KEY
from shared.contracts.events import ListingsKept, ReportSubmitted
from shared.contracts.things import Listing
from shared.runtime.locks import Lock

_NOTHING = "{}"


async def capture(
    session: AsyncSession, reports: Sequence[ReportSubmitted], kept: Sequence[ListingsKept], *,
    looks_up: bool = False, now: datetime,
) -> None:  # fmt: skip
    """Capture what these reports are about, and of these listings those that open report items are about.

    `looks_up`: the marketplace is asked for what the store does not know.

    Of a report and a change at the same moment one has to see the other: each change waits for the reports that are
    being taken in.
    """
    if kept:
        await Lock.OPEN_ITEMS.take(session)
    else:
        await Lock.OPEN_ITEMS.share(session)
    if reports:
        await _capture_reports(session, reports, looks_up=looks_up, now=now)
    if kept:
        await _capture_changes(session, kept, now)


async def _capture_reports(
    session: AsyncSession, reports: Sequence[ReportSubmitted], *, looks_up: bool, now: datetime
) -> None:
    """Capture what is reported as it was when the report arrived, where the store knows it."""
    items = [(report, item, _key(item.listing)) for report in reports for item in report.items]
    new = await statements.ADD_ITEMS.all(
        session,
        item_ids=[item.item_id for _, item, _ in items],
        report_ids=[report.report_id for report, _, _ in items],
        marketplaces=[key and key[0] for _, _, key in items],
        listing_ids=[key and key[1] for _, _, key in items],
        reported_at=[report.submitted_at for report, _, _ in items],
    )
    known = await _capture_first(session, new, now)
    await catch_up(session, new, now=now)
    unknown = set(new) - known if looks_up else set()
    wanted = [Wanted(*key, item.listing.url) for _, item, key in items if key is not None and item.item_id in unknown]
    await ask_for(session, wanted, now=now)


def _key(listing: Listing) -> tuple[str, str] | None:
    """Return under which key the store has a listing; None where it is too long for any that it could have."""
    if max(len(listing.marketplace), len(unquote(listing.listing_id))) > LONGEST_KEY:
        return None
    return listing.marketplace, normal_id(listing.listing_id)


async def _capture_first(session: AsyncSession, item_ids: Sequence[str], now: datetime) -> set[str]:
    """Give these items their first capture; those whose listing is known."""
    then = await statements.VERSIONS_THEN.all(session, item_ids=list(item_ids))
    await link(session, [Link(row.item_id, row.number, row.is_late) for row in then], now=now)
    return {row.item_id for row in then}


async def _capture_changes(session: AsyncSession, kept: Sequence[ListingsKept], now: datetime) -> None:
    newest: dict[tuple[str, str], int] = {}
    for one in (listing for event in kept for listing in event.listings):
        key = (one.marketplace, one.listing_id)
        newest[key] = max(one.version, newest.get(key, 0))
    await _capture_newest(session, newest, now)


async def catch_up(session: AsyncSession, item_ids: Sequence[str], *, now: datetime) -> None:
    """Capture what changed before these items were taken in, or while they were not open.

    Whoever calls this holds `Lock.OPEN_ITEMS`, at least shared.
    """
    behind = await statements.BEHIND.all(session, item_ids=list(item_ids))
    await _capture_newest(session, {(row.marketplace, row.listing_id): row.number for row in behind}, now)


async def _capture_newest(session: AsyncSession, newest: dict[tuple[str, str], int], now: datetime) -> None:
    """Give open items their first capture where nothing was known before, and another one where the content changed."""
    if not newest:
        return
    open_items = await _open(session, newest)
    if first := [one.item_id for one in open_items if one.had_number is None]:
        await _capture_first(session, first, now)
        open_items = await _open(session, newest)
    if open_items:
        await link(session, await _changed(session, open_items), now=now)


async def _changed(session: AsyncSession, open_items: Sequence[OpenItem]) -> list[Link]:
    """Return the links of those whose listing has another content than their last capture."""
    versions = {number for one in open_items for number in (one.number, one.had_number) if number is not None}
    rows = await statements.VERSIONS.all(session, numbers=list(versions))
    contents = {row.number: row.content for row in rows}
    changed = {
        (had, number): differences(contents.get(had, _NOTHING), contents[number])
        for had, number in {(one.had_number, one.number) for one in open_items}
        if had is not None and number in contents
    }
    return [
        Link(one.item_id, one.number, is_late=True, changed_from=one.had_capture_id, changed=fields)
        for one in open_items
        if one.had_number is not None and (fields := changed.get((one.had_number, one.number)))
    ]


async def _open(session: AsyncSession, newest: dict[tuple[str, str], int]) -> list[OpenItem]:
    return await statements.OPEN_ITEMS.all(
        session,
        marketplaces=[marketplace for marketplace, _ in newest],
        listing_ids=[listing_id for _, listing_id in newest],
        numbers=list(newest.values()),
    )
