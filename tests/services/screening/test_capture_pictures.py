"""The pictures of a capture: fetched from where the marketplace says they are, looked into, kept, opened by links."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.screening.captures import capturing
from services.screening.captures import statements as captures
from services.screening.captures.capturing import COMPLETE_CAPTURE
from services.screening.captures.pictures import completing, statements
from services.screening.jobs import background
from shared.contracts.events import EvidenceDeleted, EvidenceKept, ListingCaptured
from shared.contracts.ids import AccountId, CaptureId, EvidenceId
from shared.runtime.clock import SystemClock
from shared.runtime.errors import Unavailable
from shared.runtime.ids import new_id
from shared.runtime.statements import Query
from tests.conftest import Servers, StartService
from tests.libraries.documents.pictures import chunk, gif, jpeg, png, webp
from tests.services.runtime_outgoing.servers import Connection, Server, ok, serving, to
from tests.services.screening.conftest import Screening, listing, report, start_screening

Answers = dict[str, bytes | Callable[[Connection], Any]]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@asynccontextmanager
async def shop(answers: Answers) -> AsyncIterator[Server]:
    """The marketplace's pictures, by path; what is not among them is 404."""

    async def answer(connection: Connection) -> None:
        found = answers.get(connection.path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        if isinstance(found, bytes):
            await connection.say(found)
        else:
            await found(connection)

    async with serving(answer) as server:
        yield server


def shown(server: Server, *paths: str, **changes: Any) -> dict[str, Any]:
    """A listing with these pictures."""
    return listing(images=[{"url": f"{server.url}{path[1:]}"} for path in paths], **changes)


async def capture(screening: Screening, told: dict[str, Any]) -> ListingCaptured:
    await screening.put(told)
    await screening.running.publish(report("9001"))
    (event,) = await screening.captured(1)
    return event


def stored(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and path.name != "probe"}


async def test_pictures_are_kept_by_their_hash_and_told_of(screening: Screening, servers: Servers) -> None:
    pictures = {"/a.png": png(width=3, height=2), "/b": jpeg(), "/c.gif": gif(), "/d.webp": webp()}
    async with shop({path: ok(content, "Content-Type: text/html") for path, content in pictures.items()}) as server:
        event = await capture(screening, shown(server, *pictures))
    assert [
        (image.url, image.sha256, image.media_type, image.size, image.width, image.height, image.problem)
        for image in event.images
    ] == [
        (f"{server.url}a.png", sha256(png(width=3, height=2)), "image/png", len(pictures["/a.png"]), 3, 2, None),
        (f"{server.url}b", sha256(jpeg()), "image/jpeg", len(jpeg()), 3, 2, None),
        (f"{server.url}c.gif", sha256(gif()), "image/gif", len(gif()), 2, 3, None),
        (f"{server.url}d.webp", sha256(webp()), "image/webp", len(webp()), 5, 7, None),
    ]
    assert {sha256(content) for content in pictures.values()} <= stored(servers.folder / "captures")
    read = (await screening.operator.get(f"/v1/captures/{event.capture_id}")).json()
    assert read["hash"] == event.hash == sha256(read["document"].encode())
    assert [image["sha256"] for image in json.loads(read["document"])["images"]] == [
        image.sha256 for image in event.images
    ]


async def streaming(connection: Connection) -> None:
    await connection.say(CHUNKED)
    await connection.say_for_ever(b"10000\r\n" + bytes(65_536) + b"\r\n")


async def silent(connection: Connection) -> None:
    await connection.reader.read()
    await asyncio.sleep(60)


async def broken_off(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\x89PNG")


BOMB = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\xff\xff\x00\x00" * 2 + b"\x08\x00\x00\x00\x00")
PROBLEMS: dict[str, tuple[bytes | Callable[[Connection], Any], str]] = {
    "/pixels": (ok(png(width=20_000, height=20_000)), "too_large"),
    "/thin": (ok(png(width=1, height=100_000)), "too_large"),
    "/cut": (ok(png()[:-5]), "broken"),
    "/cut-jpeg": (ok(jpeg()[:-2]), "broken"),
    "/bomb": (ok(BOMB), "broken"),
    "/empty": (ok(b""), "broken"),
    "/svg": (ok(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), "not_a_picture"),
    "/html": (ok(b"<!doctype html><title>Sign in</title>", "Content-Type: image/png"), "not_a_picture"),
    "/pdf": (ok(b"%PDF-1.7\n%%EOF"), "broken"),
    "/long": (ok(png(chunk(b"zzZz", bytes(300_000)))), "too_large"),
    "/stream": (streaming, "too_large"),
    "/none": (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", "not_found"),
    "/forbidden": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "answer_refused"),
    "/inside": (to("http://169.254.169.254/latest/meta-data"), "address_refused"),
    "/round": (to("/round"), "answer_refused"),
}


async def test_what_is_no_sound_picture_is_named_and_the_capture_complete(start_service: StartService) -> None:
    screening = await start_screening(start_service, capture_picture_bytes="200000", capture_seconds="8")
    answers: Answers = {path: answer for path, (answer, _) in PROBLEMS.items()}
    async with shop({**answers, "/good": ok(png())}) as server:
        event = await capture(screening, shown(server, *PROBLEMS, "/good", "/missing"))
    found = {image.url: image.problem for image in event.images if image.url}
    wanted = {f"{server.url}{path[1:]}": problem for path, (_, problem) in PROBLEMS.items()}
    assert found == {**wanted, f"{server.url}good": None, f"{server.url}missing": "not_found"}
    assert [image.sha256 for image in event.images if image.sha256] == [sha256(png())]


async def test_addresses_within_are_not_called(start_service: StartService) -> None:
    screening = await start_screening(start_service, capture_allow_loopback="false", capture_seconds="5")
    async with shop({"/a": ok(png())}) as server:
        inside = [server.url, "https://10.0.0.1/a.png", "https://[::1]/a.png", "http://shop.example/a.png"]
        told = listing(images=[{"url": url} for url in inside])
        event = await capture(screening, told)
    assert [image.problem for image in event.images] == ["address_refused"] * 4
    assert server.asked == []


async def test_what_takes_too_long_is_given_up_in_time(start_service: StartService) -> None:
    screening = await start_screening(start_service, capture_seconds="1")
    loop = asyncio.get_running_loop()
    async with shop({"/slow": silent, "/cut": broken_off, "/good": ok(png())}) as server:
        started = loop.time()
        event = await capture(screening, shown(server, "/slow", "/cut", "/good"))
    assert loop.time() - started < 6
    assert [image.problem for image in event.images] == ["too_slow", "answer_refused", None]


async def test_what_passes_is_tried_again(screening: Screening) -> None:
    answers = iter([b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", ok(png())])

    async def at_last(connection: Connection) -> None:
        await connection.say(next(answers))

    async with shop({"/a": at_last}) as server:
        event = await capture(screening, shown(server, "/a"))
    assert event.images[0].sha256 == sha256(png())


async def test_one_address_is_asked_once_for_all_reports_of_a_version(screening: Screening) -> None:
    async with shop({"/a": ok(png()), "/b": ok(png())}) as server:
        await screening.put(shown(server, "/a", "/b", "/a"))
        filed = [report("9001") for _ in range(5)]
        await asyncio.gather(*map(screening.running.publish, filed))

        async def told() -> bool:
            events = await screening.running.recorded(ListingCaptured)
            return sum(len(event.items) for event in events) == 5

        await screening.running.eventually(told)
        await screening.running.publish(report("9001"))
        await screening.settled()
    assert sorted(asked.path for asked in server.asked) == ["/a", "/b"]
    events = await screening.running.recorded(ListingCaptured)
    assert len({event.hash for event in events}) == 1
    assert sum(len(event.items) for event in events) == 6


def kept(evidence_id: EvidenceId, **changes: Any) -> EvidenceKept:
    facts = {"sha256": sha256(b"sent"), "shared_sha256": sha256(b"sent"), "media_type": "image/png", "size": 4}
    return EvidenceKept(version=1, evidence_id=evidence_id, account_id=new_id(AccountId), **{**facts, **changes})


async def test_pictures_that_are_evidence_are_known_by_intakes_word(start_service: StartService) -> None:
    screening = await start_screening(start_service, capture_seconds="2")
    first, late, hidden, page, gone, unknown = (new_id(EvidenceId) for _ in range(6))
    running = screening.running
    await running.publish(kept(first))
    await running.publish(kept(hidden, shared_sha256=sha256(b"shared")))
    await running.publish(kept(page, media_type="application/pdf"))
    deleted = EvidenceDeleted(version=2, evidence_id=gone, account_id=new_id(AccountId))
    await running.publish(deleted)
    await running.publish(kept(gone))
    told = listing(images=[{"evidence_id": one} for one in (first, late, hidden, page, gone, unknown)])
    await screening.put(told)
    await running.publish(report("9001"))
    await screening.settled()
    await running.publish(kept(late, media_type="image/gif"))
    (event,) = await screening.captured(1)
    assert [(one.evidence_id, one.sha256, one.media_type, one.size, one.problem) for one in event.images] == [
        (first, sha256(b"sent"), "image/png", 4, None),
        (late, sha256(b"sent"), "image/gif", 4, None),
        (hidden, sha256(b"shared"), "image/png", None, None),
        (page, None, "application/pdf", 4, "not_a_picture"),
        (gone, None, None, None, "evidence_unknown"),
        (unknown, None, None, None, "evidence_unknown"),
    ]
    link = (await screening.operator.get(f"/v1/captures/{event.capture_id}/images/{sha256(b'shared')}")).json()
    assert f"/v1/evidence/{hidden}/content?copy=shared&" in link["url"]


async def test_a_capture_that_waits_for_its_pictures_is_not_there_yet(screening: Screening) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def when_told(connection: Connection) -> None:
        asked.set()
        await answered.wait()
        await connection.say(ok(png()))

    async with shop({"/a": when_told}) as server:
        await screening.put(shown(server, "/a"))
        first, second = report("9001"), report("9001")
        await screening.running.publish(first)
        await asked.wait()
        await screening.running.publish(second)
        await screening.settled()
        params = {"marketplace": "shop.example", "listing_id": "9001"}
        assert (await screening.operator.get("/v1/captures", params=params)).json()["data"] == []
        capture_id = await screening.value("SELECT id FROM captures")
        assert (await screening.operator.get(f"/v1/captures/{capture_id}")).status_code == 404
        assert await screening.running.recorded(ListingCaptured) == []
        answered.set()
        (event,) = await screening.captured(1)
    assert {item.item_id for item in event.items} == {first.items[0].item_id, second.items[0].item_id}


async def test_a_picture_is_opened_by_a_link_of_a_few_minutes(screening: Screening) -> None:
    async with shop({"/a": ok(png())}) as server:
        event = await capture(screening, shown(server, "/a", "/b"))
    path = f"/v1/captures/{event.capture_id}/images/{sha256(png())}"
    link = (await screening.operator.get(path)).json()
    assert link["url"].startswith(f"http://127.0.0.1:8080{path}/content?expires=")
    answer = await screening.running.anonymous.get(link["url"].removeprefix("http://127.0.0.1:8080"))
    assert (answer.status_code, answer.content) == (200, png())
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"].startswith("private, max-age=")
    by_review = screening.running.service.resources.links.make_picture(
        event.capture_id, sha256(png()), now=SystemClock().now() - timedelta(seconds=301)
    )
    late = await screening.running.anonymous.get(by_review.url.removeprefix("http://127.0.0.1:8080"))
    assert (late.status_code, late.json()["code"]) == (410, "link_expired")


async def test_a_link_opens_nothing_else(screening: Screening) -> None:
    async with shop({"/a": ok(png()), "/b": ok(gif())}) as server:
        event = await capture(screening, shown(server, "/a", "/b"))
    path = f"/v1/captures/{event.capture_id}/images/{sha256(png())}"
    link = (await screening.operator.get(path)).json()["url"].removeprefix("http://127.0.0.1:8080")
    stranger = screening.running.anonymous
    for other in (
        link.replace(sha256(png()), sha256(gif())),
        link.replace(event.capture_id, new_id(CaptureId)),
        link.replace("expires=1", "expires=2"),
        f"{path}/content",
    ):
        answer = await stranger.get(other)
        assert (answer.status_code, answer.json()["code"]) == (404, "link_invalid")
    for kind in ("brand", "vendor"):
        assert (await screening.running.as_(kind).get(path)).status_code == 404
    unknown = f"/v1/captures/{event.capture_id}/images/{'0' * 64}"
    assert (await screening.operator.get(unknown)).json()["code"] == "picture_not_found"
    assert (await screening.operator.get(f"/v1/captures/{event.capture_id}/images/xyz")).status_code == 422


class Killed(Exception):
    """The process is gone."""


async def _finished(screening: Screening) -> list[ListingCaptured]:
    """What came of one capture whose job is killed before each statement and each file in turn, and begun again."""
    job_of = "SELECT count(*) FROM jobs WHERE kind = $1"
    await screening.running.eventually(lambda: _none(screening, job_of, COMPLETE_CAPTURE))
    return await screening.running.recorded(ListingCaptured)


async def _none(screening: Screening, asked: str, *values: Any) -> bool:
    return not await screening.value(asked, *values)


async def test_a_job_that_is_killed_anywhere_completes_the_capture_once(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed before the first statement that it runs, then before the second one, and so on."""
    screening = await start_screening(start_service)
    left = 0

    def dies(do: Callable[..., Any]) -> Callable[..., Any]:
        async def doing(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return await do(*given, **named)

        return doing

    job = background.kinds[COMPLETE_CAPTURE]
    for statement in (statements.HOLD_FILES, statements.SETTLE_PICTURES, captures.FINISH_CAPTURE):
        monkeypatch.setattr(statement, "run", dies(statement.run))
    queries: tuple[Query[Any], ...] = (statements.WAITING_PICTURES, statements.PICTURES)
    for query in queries:
        monkeypatch.setattr(query, "all", dies(query.all))
    monkeypatch.setattr(statements.ANNOUNCE_FILE, "one", dies(statements.ANNOUNCE_FILE.one))
    objects = screening.running.service.resources.pictures.objects
    monkeypatch.setattr(objects, "put", dies(objects.put))
    monkeypatch.setattr(completing, "tell", dies(capturing.tell))
    monkeypatch.setattr("shared.runtime.jobs.worker.random.uniform", lambda *_: 0.01)
    assert job.tries == 100
    async with shop({f"/{n}": ok(png(chunk(b"tEXt", bytes([n])))) for n in range(2)}) as server:
        for point in range(1, 14):
            left = point
            await screening.put(shown(server, "/0", "/1", listing_id=f"l-{point}"))
            await screening.running.publish(report(f"l-{point}"))
            events = await _finished_of(screening, point)
            assert len(events) == point
    assert left > 0, "no statement was left to be killed at"
    assert await screening.value("SELECT count(*) FROM capture_files WHERE loose_since IS NULL") == 2
    assert {image.problem for event in events for image in event.images} == {None}


async def _finished_of(screening: Screening, count: int) -> list[ListingCaptured]:
    async def there() -> bool:
        return bool(await screening.value("SELECT count(*) FROM captures WHERE hash IS NOT NULL") == count)

    await screening.running.eventually(there)
    return await _finished(screening)


async def test_while_the_object_store_is_away_the_capture_waits(
    screening: Screening, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = screening.running.service.resources.pictures.objects
    put, away = objects.put, True

    async def perhaps(*given: Any) -> None:
        if away:
            raise Unavailable("The object store cannot be reached.")
        await put(*given)

    monkeypatch.setattr(objects, "put", perhaps)
    async with shop({"/a": ok(png())}) as server:
        await screening.put(shown(server, "/a"))
        await screening.running.publish(report("9001"))
        failing = "SELECT count(*) FROM jobs WHERE error LIKE 'Unavailable%'"
        await screening.running.eventually(lambda: screening.value(failing))
        assert await screening.running.recorded(ListingCaptured) == []
        away = False
        (event,) = await screening.captured(1)
    assert event.images[0].sha256 == sha256(png())


async def test_readiness_tells_of_the_object_store(screening: Screening) -> None:
    answer = await screening.running.anonymous.get("/readyz")
    assert answer.json()["checks"]["captures"] == "ok"
