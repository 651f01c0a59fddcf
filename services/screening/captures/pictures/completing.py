"""Completing a capture: its pictures are had, or have failed for good, and it gets its hash and is told of.

A file is in the object store before anything refers to it, and leaves it after nothing does any more: it is announced,
written, and then held together with the first reference to it. What was announced an hour ago and is not held is let
go, with its row locked, so that a file which comes again in the moment of its deletion is written anew.
"""

import asyncio
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures import statements as captures
from services.screening.captures.capturing import tell
from services.screening.captures.documents import completed
from services.screening.captures.pictures import statements
from services.screening.captures.pictures.fetching import Errand, PictureMissing, Pictures
from services.screening.captures.pictures.statements import PictureRow
from shared.contracts.listing_codes import PictureProblem
from shared.runtime.jobs import Work

_EVIDENCE_SECONDS = 0.5
_pictures = Counter("marque_capture_pictures", "Pictures of captures, by what became of them", ["result"])


class Fetched(NamedTuple):
    """The outcome of fetching the picture at an address: its file, or why there is none."""

    sha256: str | None = None
    media_type: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    problem: PictureProblem | None = None


async def complete(work: Work, pictures: Pictures) -> None:
    """Do the job of a capture: killed at any moment, it is begun again, and has its effect once."""
    capture_id: str = work.job.payload["capture_id"]
    errand = pictures.errand(capture_id)
    waiting = await statements.WAITING_PICTURES.all(work.database.pool, capture_id=capture_id)
    urls = dict.fromkeys(row.url for row in waiting if row.url is not None)
    evidence_ids = [row.evidence_id for row in waiting if row.evidence_id is not None]
    try:
        async with asyncio.TaskGroup() as group:
            fetched = {url: group.create_task(_fetch(work, pictures, errand, url)) for url in urls}
            group.create_task(_wait_for_evidence(work, errand, evidence_ids))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    async with work.effect() as session:
        await _finish(session, capture_id, {url: task.result() for url, task in fetched.items()}, work.clock.now())


async def _fetch(work: Work, pictures: Pictures, errand: Errand, url: str) -> Fetched:
    """Return what became of a picture, whose file is in the store then."""
    async with errand.places:
        try:
            picture = await errand.fetch(url)
        except PictureMissing as missing:
            return Fetched(problem=missing.problem)
        is_held = await statements.ANNOUNCE_FILE.one(work.database.pool, sha256=picture.sha256, now=work.clock.now())
        if not is_held:
            await pictures.objects.put(picture.sha256, io.BytesIO(picture.content))
        return Fetched(picture.sha256, picture.media_type, picture.size, picture.width, picture.height)


async def _wait_for_evidence(work: Work, errand: Errand, evidence_ids: list[str]) -> None:
    """Wait for intake's word on pictures that are evidence: it may come after the listing that shows them."""
    while evidence_ids and errand.seconds_left > 0:
        known = await statements.COUNT_EVIDENCE.one(work.database.pool, evidence_ids=evidence_ids)
        if known == len(set(evidence_ids)):
            return
        await asyncio.sleep(_EVIDENCE_SECONDS)


async def _finish(session: AsyncSession, capture_id: str, fetched: Mapping[str, Fetched], now: datetime) -> None:
    document = await captures.LOCK_UNFINISHED.first(session, id=capture_id)
    if document is None:
        return
    files = {one.sha256 for one in fetched.values() if one.sha256 is not None}
    if files:
        await statements.HOLD_FILES.run(session, hashes=list(files))
    columns = {name: [getattr(one, name) for one in fetched.values()] for name in Fetched._fields}
    await statements.SETTLE_PICTURES.run(session, capture_id=capture_id, urls=list(fetched), **columns)
    await statements.SETTLE_EVIDENCE.run(session, capture_id=capture_id)
    rows = await statements.PICTURES.all(session, capture_id=capture_id)
    whole, digest = completed(document, [_listed(row) for row in rows])
    await captures.FINISH_CAPTURE.run(
        session, id=capture_id, document=whole, hash=digest, holds_pictures=bool(files), now=now
    )
    for row in rows:
        _pictures.labels(row.problem or "kept").inc()
    await tell(session, [capture_id], now=now)


def _listed(row: PictureRow) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if value is not None}
