"""Names and pictures are erased after their time; hashes stay and hold, and nothing that somebody needs is lost."""

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.screening.captures import erasing, occasions
from services.screening.captures.pictures import statements as pictures
from services.screening.jobs import erase_pictures, erase_sellers, forget_listing_versions
from shared.contracts.events import ListingCaptured, ReportSubmitted, ReportWithdrawn, SellersErased
from tests.conftest import StartService
from tests.libraries.documents.pictures import gif, png
from tests.services.runtime_outgoing.servers import Server, ok
from tests.services.screening.conftest import Screening, listing, report, start_screening
from tests.services.screening.test_capture_pictures import sha256, shop, shown

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with shop({"/a": ok(png()), "/b": ok(gif())}) as server:
        yield server


async def _captured(screening: Screening, told: dict[str, Any], count: int = 1) -> tuple[ReportSubmitted, str]:
    await screening.put(told)
    filed = report(told["listing_id"])
    await screening.running.publish(filed)
    return filed, (await screening.captured(count))[-1].capture_id


async def _ended(screening: Screening, *filed: ReportSubmitted) -> None:
    for one in filed:
        ids = [item.item_id for item in one.items]
        await screening.running.publish(
            ReportWithdrawn(
                version=2, report_id=one.report_id, account_id=one.account_id, item_ids=ids, state="withdrawn"
            )
        )
    await screening.settled()


async def _long_ago(screening: Screening) -> None:
    """All that has happened so far happened years ago."""
    await screening.value("UPDATE captures SET captured_at = $1", LONG_AGO)
    await screening.value("UPDATE reported_items SET moved_at = $1", LONG_AGO)


async def _read(screening: Screening, capture_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await screening.operator.get(f"/v1/captures/{capture_id}")).json()
    return found


async def _has(screening: Screening, sha256: str) -> bool:
    return bool(await screening.running.service.resources.pictures.objects.has(sha256))


async def _delete_files(screening: Screening, *, later: timedelta = timedelta(hours=2)) -> None:
    running = screening.running
    now = running.service.clock.now() + later
    await erasing.delete_files(running.database, running.service.resources.pictures.objects, now=now)


async def test_a_name_is_erased_and_the_hash_still_holds(screening: Screening) -> None:
    filed, capture_id = await _captured(screening, listing(images=[]))
    before = await _read(screening, capture_id)
    await _ended(screening, filed)
    await _long_ago(screening)
    await screening.running.sweep(erase_sellers)
    after = await _read(screening, capture_id)
    assert (after["listing"]["seller"]["name"], after["seller_salt"]) == (None, None)
    assert after["seller_erased_at"] is not None
    assert after["listing"]["seller"]["seller_id"] == "seller/77"
    assert (after["document"], after["hash"]) == (before["document"], before["hash"])
    assert after["hash"] == hashlib.sha256(after["document"].encode()).hexdigest()
    assert len(json.loads(after["document"])["listing"]["seller"]["name_hash"]) == 64
    everything = "SELECT string_agg(c::text, '') FROM captures c"
    assert "Best Shoes" not in await screening.value(everything)
    (told,) = await screening.running.recorded(SellersErased)
    assert told.capture_ids == [capture_id]
    await screening.running.sweep(erase_sellers)
    assert len(await screening.running.recorded(SellersErased)) == 1


@pytest.mark.parametrize("part", ["open", "ended lately", "young"])
async def test_nothing_is_erased_before_its_time(screening: Screening, server: Server, part: str) -> None:
    filed, capture_id = await _captured(screening, shown(server, "/a"))
    if part != "open":
        await _ended(screening, filed)
    if part != "young":
        await screening.value("UPDATE captures SET captured_at = $1", LONG_AGO)
    if part == "young":
        await screening.value("UPDATE reported_items SET moved_at = $1", LONG_AGO)
    await screening.running.sweep(erase_sellers)
    await screening.running.sweep(erase_pictures)
    read = await _read(screening, capture_id)
    assert read["listing"]["seller"]["name"] == "Best Shoes Ltd"
    assert (read["seller_erased_at"], read["pictures_erased_at"]) == (None, None)


async def test_pictures_are_erased_and_their_hashes_stay(screening: Screening, server: Server) -> None:
    filed, capture_id = await _captured(screening, shown(server, "/a", "/b"))
    path = f"/v1/captures/{capture_id}/images/{sha256(png())}"
    link = (await screening.operator.get(path)).json()["url"].removeprefix("http://127.0.0.1:8080")
    await _ended(screening, filed)
    await _long_ago(screening)
    await screening.running.sweep(erase_pictures)
    await _delete_files(screening, later=timedelta(minutes=30))
    assert await _has(screening, sha256(png()))
    await _delete_files(screening)
    assert not await _has(screening, sha256(png()))
    assert not await _has(screening, sha256(gif()))
    read = await _read(screening, capture_id)
    assert [image["sha256"] for image in read["images"]] == [sha256(png()), sha256(gif())]
    assert read["pictures_erased_at"] is not None
    for answer in (await screening.operator.get(path), await screening.running.anonymous.get(link)):
        assert (answer.status_code, answer.json()["code"]) == (410, "picture_erased")
    assert await screening.value("SELECT count(*) FROM capture_files") == 0


async def test_a_file_that_another_capture_shows_stays(screening: Screening, server: Server) -> None:
    filed, _ = await _captured(screening, shown(server, "/a", "/b"))
    await _ended(screening, filed)
    await _long_ago(screening)
    _, other = await _captured(screening, shown(server, "/a", listing_id="9002"), 2)
    await screening.running.sweep(erase_pictures)
    await _delete_files(screening)
    assert await _has(screening, sha256(png()))
    assert not await _has(screening, sha256(gif()))
    link = (await screening.operator.get(f"/v1/captures/{other}/images/{sha256(png())}")).json()["url"]
    opened = await screening.running.anonymous.get(link.removeprefix("http://127.0.0.1:8080"))
    assert opened.content == png()


async def test_a_report_after_the_erasure_has_a_capture_with_all_of_it(screening: Screening, server: Server) -> None:
    filed, first = await _captured(screening, shown(server, "/a"))
    await _ended(screening, filed)
    await _long_ago(screening)
    await screening.running.sweep(erase_pictures)
    await _delete_files(screening)
    later = report("9001")
    await screening.running.publish(later)
    told = await screening.captured(2)
    assert told[1].capture_id != first
    assert [item.item_id for item in told[1].items] == [later.items[0].item_id]
    assert (told[1].version, told[1].images[0].sha256) == (told[0].version, sha256(png()))
    assert await _has(screening, sha256(png()))


async def test_a_version_goes_with_the_name_that_it_holds(screening: Screening) -> None:
    filed, _ = await _captured(screening, listing(images=[], version=7))
    await screening.put(listing(images=[], version=8, seller=None))
    await screening.captured(2)
    await _ended(screening, filed)
    await _long_ago(screening)
    await screening.running.sweep(erase_sellers)
    assert await screening.value("SELECT array_agg(version) FROM listing_versions") == [8]
    await screening.value("UPDATE superseded_versions SET superseded_at = $1", LONG_AGO)
    await screening.running.sweep(forget_listing_versions)
    assert await screening.value("SELECT array_agg(version) FROM listing_versions") == [8]


async def test_a_report_that_meets_the_erasure_misses_nothing(screening: Screening) -> None:
    """It waits for the erasure, finds that the capture is no longer whole, and begins another."""
    filed, first = await _captured(screening, listing(images=[]))
    await _ended(screening, filed)
    await _long_ago(screening)
    running = screening.running
    now = running.service.clock.now()
    async with running.database.transaction() as erasing_it, running.database.transaction() as reporting:
        assert not await erasing.erase_sellers(erasing_it, keep_days=30, now=now)
        waiting = asyncio.create_task(occasions.capture(reporting, [report("9001")], [], now=now))
        await running.eventually(lambda: _waits_for_a_lock(screening))
        await erasing_it.commit()
        await waiting
    told = await running.recorded(ListingCaptured)
    assert told[1].capture_id != first
    assert told[1].listing.seller is not None
    assert told[1].listing.seller.name == "Best Shoes Ltd"


async def test_an_erasure_that_meets_a_report_leaves_its_capture_whole(screening: Screening) -> None:
    filed, first = await _captured(screening, listing(images=[]))
    await _ended(screening, filed)
    await _long_ago(screening)
    running = screening.running
    now = running.service.clock.now()
    async with running.database.transaction() as reporting, running.database.transaction() as erasing_it:
        await occasions.capture(reporting, [report("9001")], [], now=now)
        waiting = asyncio.create_task(erasing.erase_sellers(erasing_it, keep_days=30, now=now))
        await running.eventually(lambda: _waits_for_a_lock(screening))
        await reporting.commit()
        await waiting
    assert (await _read(screening, first))["seller_erased_at"] is None


async def _waits_for_a_lock(screening: Screening) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await screening.value(waiting))


async def test_a_file_that_comes_again_while_it_is_deleted_is_written_anew(screening: Screening) -> None:
    running = screening.running
    objects = running.service.resources.pictures.objects
    name, now = sha256(png()), running.service.clock.now()
    assert not await pictures.ANNOUNCE_FILE.one(running.database.pool, sha256=name, now=LONG_AGO)
    await objects.put(name, io.BytesIO(png()))
    async with running.database.direct() as deleting:
        assert await pictures.DELETE_FILE.run(deleting, sha256=name, before=now) == 1
        again = asyncio.create_task(pictures.ANNOUNCE_FILE.one(running.database.pool, sha256=name, now=now))
        await running.eventually(lambda: _waits_for_a_lock(screening))
        await objects.delete(name)
    assert await again is False, "it is to be written"
    await objects.put(name, io.BytesIO(png()))
    await _delete_files(screening, later=timedelta(minutes=30))
    assert await _has(screening, name)


async def test_a_file_that_is_announced_once_more_is_not_deleted_under_whoever_writes_it(screening: Screening) -> None:
    running = screening.running
    name, now = sha256(gif()), running.service.clock.now()
    await pictures.ANNOUNCE_FILE.one(running.database.pool, sha256=name, now=LONG_AGO)
    await pictures.ANNOUNCE_FILE.one(running.database.pool, sha256=name, now=now)
    await running.service.resources.pictures.objects.put(name, io.BytesIO(gif()))
    await _delete_files(screening, later=timedelta(0))
    assert await _has(screening, name)


@pytest.mark.parametrize("setting", ["capture_seller_days", "capture_picture_days"])
async def test_nothing_is_kept_for_no_time_at_all(start_service: StartService, setting: str) -> None:
    with pytest.raises(ValueError, match=f"{setting}.*\n.*greater than or equal to 1"):
        await start_screening(start_service, **{setting: "0"})
