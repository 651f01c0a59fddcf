"""An import goes on after a crash at any step, with no row lost and none filed twice."""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from deploy.local.ports import free_port
from services.intake.imports import bodies
from services.intake.imports import filing as batch_filing
from services.intake.imports.progress import TRIES
from services.intake.imports.reader import Reader
from services.intake.imports.receiving import Limits, Upload
from services.intake.imports.records import tidy
from services.intake.reports.sender import Sender
from shared.contracts.events import ImportCompleted, ReportSubmitted
from shared.contracts.ids import RightId
from shared.runtime.ids import new_id
from tests.running import Running, eventually
from tests.services.intake.conftest import Intake, a_report
from tests.services.intake.importing import file_one_batch
from tests.services.intake.rows import as_csv, defaults, items, nothing_is_left, over, refused, send, url

StartService = Callable[..., Awaitable[Running]]
ROWS = 2200
FILE = as_csv([
    ["url", "reference"],
    *([url(n) if n % 100 else "none", str(n // 300)] for n in range(ROWS)),
    [url(1), "again"],
])  # fmt: skip
SOUND = ROWS - ROWS // 100
BATCHES = 3


class Killed(BaseException):
    """The process ends here."""


class Dying:
    """A connection whose process ends at its n-th statement, before or after the server has done it."""

    def __init__(self, connection: Any, at: int, *, done: bool) -> None:
        self._connection, self._left, self._done = connection, at, done

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)
        if name not in {"fetch", "fetchrow", "fetchval", "execute", "copy_records_to_table"}:
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._done:
                raise Killed
            answer = await method(*args, **kwargs)
            if self._left == 0:
                raise Killed
            return answer

        return call


@pytest.fixture
async def still(start_service: StartService) -> Intake:
    return Intake(await start_service("intake", import_workers="0"))


async def everything_is_there(intake: Intake, found: dict[str, Any]) -> None:
    assert (found["state"], found["rows_seen"]) == ("completed", ROWS + 1)
    assert (found["filed"], found["refused"]) == (SOUND, ROWS + 1 - SOUND)
    assert sorted(map(int, await items(intake))) == [n for n in range(ROWS) if n % 100]
    told = await intake.running.recorded(ReportSubmitted)
    assert (len(told), sum(len(report.items) for report in told)) == (found["reports"], SOUND)
    assert await intake.count("reports") == found["reports"]
    assert len(await intake.running.recorded(ImportCompleted)) == 1
    numbers = [int(row["import_row"]) for row in await refused(intake, found)]
    twice = {3, ROWS + 2}  # the same listing: batches that run side by side decide which of the two rows is filed
    assert len(twice.intersection(numbers)) == 1
    assert [number for number in numbers if number not in twice] == [n + 2 for n in range(0, ROWS, 100)]
    assert await intake.count("import_batches") == 0


@pytest.mark.parametrize("done", [False, True])
async def test_a_crash_at_any_statement_loses_nothing_and_files_nothing_twice(
    still: Intake, monkeypatch: pytest.MonkeyPatch, *, done: bool
) -> None:
    right = await still.right()
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()
    database = still.running.database
    direct = database.direct
    crashes = 0
    for at in range(1, 100):

        @asynccontextmanager
        async def dying(at: int = at) -> AsyncIterator[Any]:
            async with direct() as connection:
                yield Dying(connection, at, done=done)

        before = [await still.count(table) for table in ("report_items", "outbox", "import_refusals", "import_batches")]
        monkeypatch.setattr(database, "direct", dying)
        try:
            went_on = await file_one_batch(still)
        except Killed:
            monkeypatch.setattr(database, "direct", direct)
            crashes += 1
            tables = ("report_items", "outbox", "import_refusals", "import_batches")
            assert [await still.count(table) for table in tables] == before
            continue
        finally:
            monkeypatch.setattr(database, "direct", direct)
        assert went_on
        break
    assert crashes >= 6
    while await file_one_batch(still):
        pass
    await everything_is_there(still, (await still.brand.get(f"/v1/imports/{found['id']}")).json())


async def test_a_lost_acknowledgement_of_the_commit_files_nothing_twice(
    still: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = await still.right()
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()
    database = still.running.database
    direct = database.direct

    @asynccontextmanager
    async def dying() -> AsyncIterator[Any]:
        async with direct() as connection:
            yield connection
        raise Killed

    monkeypatch.setattr(database, "direct", dying)
    for _ in range(BATCHES):
        with pytest.raises(Killed):
            await file_one_batch(still)
    monkeypatch.setattr(database, "direct", direct)
    assert not await file_one_batch(still)
    await everything_is_there(still, (await still.brand.get(f"/v1/imports/{found['id']}")).json())


async def test_many_at_once_file_every_row_once(still: Intake) -> None:
    right = await still.right()
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()

    async def replica() -> None:
        while await file_one_batch(still):
            pass

    await asyncio.gather(*(replica() for _ in range(4)))
    await everything_is_there(still, (await still.brand.get(f"/v1/imports/{found['id']}")).json())


async def test_an_import_and_reports_that_name_the_same_listings_at_once_have_one_item_each(intake: Intake) -> None:
    right = await intake.right()
    content = as_csv([["url"], *([url(n)] for n in range(1000))])
    answer = await send(intake.brand, content, defaults(right["id"]))
    filings = [intake.brand.post("/v1/reports", json=a_report(right["id"], n)) for n in range(0, 1000, 50)]
    answers = await asyncio.gather(*filings)
    found = await over(intake, answer)
    taken = sum(answer.status_code == 201 for answer in answers)
    assert {answer.status_code for answer in answers} <= {201, 422}
    assert found["filed"] + taken == 1000
    assert found["refused"] == taken
    assert sorted(map(int, await items(intake))) == list(range(1000))


async def test_a_right_that_changes_meanwhile_refuses_the_rows_that_are_left(still: Intake) -> None:
    right = await still.right()
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()
    assert await file_one_batch(still)
    changed = await still.brand.patch(f"/v1/rights/{right['id']}", json={"registration_number": "018012346"})
    assert changed.json()["state"] == "pending"
    while await file_one_batch(still):
        pass
    after = (await still.brand.get(f"/v1/imports/{found['id']}")).json()
    assert after["state"] == "completed"
    assert after["filed"] + after["refused"] == ROWS + 1
    assert "R_RIGHT_PENDING" in (await refused(still, after))[-1]["import_codes"]


async def test_a_right_that_changes_while_its_rows_are_filed_is_looked_at_again(
    still: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = await still.right()
    found = (await send(still.brand, as_csv([["url"], [url(1)]]), defaults(right["id"]))).json()
    look_up = batch_filing._rights
    looked: list[int] = []

    async def changing(*args: Any) -> Any:
        rights = await look_up(*args)
        looked.append(rights[right["id"]].version)
        if len(looked) == 1:
            await still.execute("UPDATE rights SET version = version + 1 WHERE id = $1", right["id"])
        return rights

    monkeypatch.setattr(batch_filing, "_rights", changing)
    assert await file_one_batch(still)
    assert looked == [right["version"], right["version"] + 1]
    assert (await still.brand.get(f"/v1/imports/{found['id']}")).json()["filed"] == 1
    (told,) = await still.running.recorded(ReportSubmitted)
    assert told.right.version == right["version"] + 1


async def test_a_batch_that_always_fails_is_refused_in_the_end_and_holds_nobody_up(
    still: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = await still.right()
    found = (await send(still.brand, FILE, defaults(right["id"]))).json()
    body_of = bodies.body_of

    def failing(rows: Any, *args: Any) -> Any:
        if rows[0].number == 2:
            raise RuntimeError("a defect")
        return body_of(rows, *args)

    monkeypatch.setattr(batch_filing, "body_of", failing)
    assert await file_one_batch(still)
    for _ in range(BATCHES - 1):
        assert await file_one_batch(still)
    assert (await still.brand.get(f"/v1/imports/{found['id']}")).json()["filed"] > 0
    for _ in range(TRIES - 1):
        assert await file_one_batch(still)
    assert await file_one_batch(still)
    after = (await still.brand.get(f"/v1/imports/{found['id']}")).json()
    assert (after["state"], after["filed"] + after["refused"]) == ("completed", ROWS + 1)
    assert (await refused(still, after))[0]["import_codes"] == "could_not_be_filed"


def _upload(intake: Intake) -> Upload:
    service, reader = intake.running.service, Reader("csv", {}, defaults(str(new_id(RightId))), most_rows=10_000)
    return Upload(service.database, service.clock, reader, Limits(10**7, 10), hashlib.sha256())


async def test_an_upload_that_stops_leaves_nothing(still: Intake) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield FILE
        raise ConnectionResetError

    caller = still.running.caller("brand")
    upload = _upload(still)
    await upload.begin(Sender(caller.client_id, caller.account_id, caller.kind, trusted_flagger=False), {})
    with pytest.raises(ConnectionResetError):
        await upload.take(broken())
    assert (await still.brand.get("/v1/imports")).json()["data"] == []
    assert (await still.brand.get(f"/v1/imports/{upload.import_id}")).status_code == 404
    assert not await file_one_batch(still)
    await upload.forget()
    await nothing_is_left(still)


async def test_what_a_dead_process_received_of_a_file_is_cleared_away_later(still: Intake) -> None:
    caller = still.running.caller("brand")
    upload = _upload(still)
    await upload.begin(Sender(caller.client_id, caller.account_id, caller.kind, trusted_flagger=False), {})
    service = still.running.service
    async with service.database.transaction() as session:
        await tidy(session, keep_days=30, now=service.clock.now() + timedelta(minutes=9))
    assert await still.count("imports") == 1
    async with service.database.transaction() as session:
        await tidy(session, keep_days=30, now=service.clock.now() + timedelta(minutes=11))
    await nothing_is_left(still)


async def test_an_import_is_forgotten_with_its_refused_rows_when_it_has_been_over_for_long(intake: Intake) -> None:
    right = await intake.right()
    await over(intake, await send(intake.brand, FILE, defaults(right["id"])))
    service = intake.running.service
    async with service.database.transaction() as session:
        await tidy(session, keep_days=30, now=service.clock.now() + timedelta(days=29))
    assert await intake.count("import_refusals") > 0
    async with service.database.transaction() as session:
        await tidy(session, keep_days=30, now=service.clock.now() + timedelta(days=31))
    assert (await intake.count("imports"), await intake.count("import_refusals")) == (0, 0)
    assert len(await items(intake)) == SOUND


class Process:
    """The service in a process of its own, to be killed."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.port = free_port()
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        command = ["-m", "uvicorn", "services.intake.app:app", "--port", str(self.port), "--log-level", "error"]
        environment = {**os.environ, "MARQUE_IMPORT_WORKERS": "2"}
        self.process = await asyncio.create_subprocess_exec(sys.executable, *command, env=environment)

        async def answers() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return (await self._get("/livez")).status_code == 200
            return False

        await eventually(answers)

    async def _get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.get(f"http://127.0.0.1:{self.port}{path}")

    async def kill(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def test_killing_the_process_again_and_again_loses_nothing_and_files_nothing_twice(still: Intake) -> None:
    right = await still.right()
    wide = [["url", "reference"], *([url(n), str(n // 3)] for n in range(9000))]
    found = (await send(still.brand, as_csv(wide), defaults(right["id"]))).json()
    other = Process(still)
    kills, filed = 0, 0
    try:
        while True:
            await other.start()

            async def further(than: int = filed) -> dict[str, Any] | None:
                state: dict[str, Any] = (await still.brand.get(f"/v1/imports/{found['id']}")).json()
                return state if state["filed"] > than else None

            state = await eventually(further)
            await other.kill()
            kills, filed = kills + 1, state["filed"]
            if state["state"] == "completed" or kills == 4:
                break
    finally:
        await other.kill()
    while await file_one_batch(still, seconds=60):  # the leases of the killed run out
        pass
    state = (await still.brand.get(f"/v1/imports/{found['id']}")).json()
    assert (state["state"], state["filed"], state["reports"]) == ("completed", 9000, 3000)
    assert sorted(map(int, await items(still))) == list(range(9000))
    assert len(await still.running.recorded(ReportSubmitted)) == 3000


async def test_a_caller_that_hangs_up_leaves_nothing(still: Intake) -> None:
    other = Process(still)
    await other.start()
    try:
        headers = still.running.callers.header(still.running.caller("brand"), "intake")
        name, token = next(iter(headers.items()))
        common = quote(json.dumps(defaults(str(new_id(RightId)))))
        head = (
            f"POST /v1/imports?defaults={common} HTTP/1.1\r\nHost: intake\r\n{name}: {token}\r\n"
            "Content-Type: text/csv\r\nContent-Length: 1000000\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", other.port)) as connection:
            connection.sendall(head.encode() + FILE)

            async def receiving() -> bool:
                return await still.count("imports") == 1

            await eventually(receiving)

        async def gone() -> bool:
            return await still.count("imports") == 0

        await eventually(gone)
        await nothing_is_left(still)
    finally:
        await other.kill()
