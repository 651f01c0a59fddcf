"""Erasing what captures hold of people once it is no longer needed: names of sellers, and pictures. Hashes stay.

A capture is locked before it is looked whether all of its items have ended: a report that arrives at this moment either
is seen, or finds the capture erased and begins another one of the same version.
"""

from datetime import datetime, timedelta

from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures import statements
from services.screening.captures.pictures import statements as pictures
from shared.contracts.events import SellersErased
from shared.contracts.ids import CaptureId
from shared.runtime.database import Database
from shared.runtime.objects import Objects
from shared.runtime.outbox import record

_AT_ONCE = 100
_LOOSE_FOR = timedelta(hours=1)
"""Longer than a file takes from its announcement to the first reference to it."""

_erased = Counter("marque_capture_erasures", "Captures of which something was erased", ["part"])


async def erase_sellers(session: AsyncSession, *, keep_days: int, now: datetime) -> bool:
    """Erase the sellers' names of some captures whose items ended so long ago; whether there may be more.

    The versions that held the name go too, unless they are what the listing is now.
    """
    before = now - timedelta(days=keep_days)
    found = await statements.CAPTURES_WITH_SELLER.all(session, before=before, most=_AT_ONCE)
    held = await statements.LOCK_CAPTURES.all(session, ids=found)
    ended = await statements.CAPTURES_ENDED.all(session, ids=held, before=before)
    await statements.ERASE_SELLERS.run(session, ids=ended, now=now)
    await statements.DROP_VERSIONS.run(session, ids=ended)
    if ended:
        record(session, SellersErased(version=1, capture_ids=[CaptureId(id_) for id_ in ended]), now=now)
    _erased.labels("seller").inc(len(ended))
    return len(found) == _AT_ONCE


async def erase_pictures(session: AsyncSession, *, keep_days: int, now: datetime) -> bool:
    """Let go of the pictures of some captures whose items ended so long ago; whether there may be more.

    The file of one that another capture refers to stays for that.
    """
    before = now - timedelta(days=keep_days)
    found = await statements.CAPTURES_WITH_PICTURES.all(session, before=before, most=_AT_ONCE)
    held = await statements.LOCK_CAPTURES.all(session, ids=found)
    ended = await statements.CAPTURES_ENDED.all(session, ids=held, before=before)
    await statements.ERASE_PICTURES.run(session, ids=ended, now=now)
    files = sorted(set(await pictures.FORGET_PICTURES.all(session, ids=ended)))
    await pictures.LOCK_FILES.all(session, hashes=files)
    await pictures.LOOSEN_FILES.run(session, hashes=files, now=now)
    _erased.labels("pictures").inc(len(ended))
    return len(found) == _AT_ONCE


async def delete_files(database: Database, objects: Objects, *, now: datetime) -> bool:
    """Delete some of the files that no capture has referred to for an hour; whether there may be more.

    The row is locked until the file is gone: who announces the same file meanwhile writes it again.
    """
    before = now - _LOOSE_FOR
    loose = await pictures.LOOSE_FILES.all(database.pool, before=before, most=_AT_ONCE)
    for sha256 in loose:
        async with database.direct() as connection:
            if await pictures.DELETE_FILE.run(connection, sha256=sha256, before=before):
                await objects.delete(sha256)
    return len(loose) == _AT_ONCE
