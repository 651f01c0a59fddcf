"""Completing a capture: its pictures are had, or have failed for good, and it gets its hash and is told of.

A file is in the object store before anything refers to it, and leaves it after nothing does any more: it is announced,
written, and then held together with the first reference to it. What was announced an hour ago and is not held is let
go, with its row locked, so that a file which comes again in the moment of its deletion is written anew.
"""

import asyncio
import io
from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures import statements
from services.screening.captures.capturing import tell
from services.screening.captures.documents import completed
from services.screening.captures.pictures import Errand, Picture, PictureMissing, Pictures
from services.screening.captures.statements import PictureRow
from shared.contracts.listing_codes import PictureProblem
from shared.runtime.jobs import Work

_EVIDENCE_SECONDS = 0.5
_pictures = Counter("marque_capture_pictures", "Pictures of captures, by what became of them", ["result"])


async def complete(work: Work, pictures: Pictures) -> None:
    """Do the job of a capture. Killed at any moment and begun again it fetches only what it has not kept yet."""
    capture_id: str = work.job.payload["capture_id"]
    errand = pictures.errand(capture_id)
    waiting = await statements.WAITING_PICTURES.all(work.database.pool, capture_id=capture_id)
    urls = list(dict.fromkeys(row.url for row in waiting if row.url is not None))
    try:
        async with asyncio.TaskGroup() as group:
            for url in urls:
                group.create_task(_fetch(work, pictures, errand, capture_id, url))
            if len(waiting) > sum(row.url is not None for row in waiting):
                group.create_task(_find_evidence(work, errand, capture_id))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    async with work.effect() as session:
        await _finish(session, capture_id, work)


async def _fetch(work: Work, pictures: Pictures, errand: Errand, capture_id: str, url: str) -> None:
    try:
        picture = await errand.fetch(url)
    except PictureMissing as missing:
        await _settle(work, capture_id, url, _missing(missing.problem))
        _pictures.labels(missing.problem).inc()
        return
    announced = await statements.ANNOUNCE_FILE.one(work.database.pool, sha256=picture.sha256, now=work.clock.now())
    if not announced:
        await pictures.objects.put(picture.sha256, io.BytesIO(picture.content))
    await _settle(work, capture_id, url, _had(picture))
    _pictures.labels("kept").inc()


async def _settle(work: Work, capture_id: str, url: str, found: Mapping[str, Any]) -> None:
    """Write down what became of a picture, wherever the listing shows it."""
    async with work.direct() as connection:
        if found["sha256"] is not None:
            await statements.HOLD_FILE.run(connection, sha256=found["sha256"])
        await statements.SETTLE_PICTURE.run(connection, capture_id=capture_id, url=url, **found)


async def _find_evidence(work: Work, errand: Errand, capture_id: str) -> None:
    """Wait for the word on pictures that are evidence: it may come after the listing that shows them."""
    while True:
        async with work.direct() as connection:
            await statements.SETTLE_EVIDENCE.run(connection, capture_id=capture_id)
            left = await statements.COUNT_EVIDENCE.one(connection, capture_id=capture_id)
            if left and errand.seconds_left <= _EVIDENCE_SECONDS:
                await statements.GIVE_UP_EVIDENCE.run(connection, capture_id=capture_id)
                _pictures.labels(PictureProblem.EVIDENCE_UNKNOWN).inc(left)
                return
        if not left:
            return
        await asyncio.sleep(_EVIDENCE_SECONDS)


async def _finish(session: AsyncSession, capture_id: str, work: Work) -> None:
    document = await statements.LOCK_UNFINISHED.first(session, id=capture_id)
    if document is None:
        return
    rows = await statements.PICTURES.all(session, capture_id=capture_id)
    whole, digest = completed(document, [_listed(row) for row in rows])
    now = work.clock.now()
    await statements.FINISH_CAPTURE.run(session, id=capture_id, document=whole, hash=digest, now=now)
    await tell(session, [capture_id], now=now)


def _listed(row: PictureRow) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if value is not None}


def _had(picture: Picture) -> dict[str, Any]:
    return {
        "sha256": picture.sha256, "media_type": picture.media_type, "size": picture.size, "width": picture.width,
        "height": picture.height, "problem": None,
    }  # fmt: skip


def _missing(problem: PictureProblem) -> dict[str, Any]:
    return {**dict.fromkeys(("sha256", "media_type", "size", "width", "height")), "problem": problem}
