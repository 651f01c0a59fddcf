"""From the databases of before standing had a service of its own: nothing is lost, and suspensions go on holding."""

import asyncio
import hashlib
import importlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from alembic import command

from services.conduct.jobs import ticker
from shared.contracts.events import ReporterReinstated
from shared.contracts.ids import AccountId, DecisionId, ItemId, NoticeId, ReportId, RightId, SanctionId
from shared.runtime.addresses import service_url
from shared.runtime.clock import HeldClock, SystemClock
from shared.runtime.ids import new_id
from shared.runtime.migrate import _config, ensure_database, migrate, migrate_all
from tests.conftest import Servers
from tests.running import Callers, Running, eventually, forget_stream, run_service
from tests.services.conduct.conftest import Conduct
from tests.services.intake.conftest import Intake, a_report
from tests.services.intake.mailboxes import mail_server

SERVICES = ("intake", "conduct", "notify")
NOW = datetime.now(UTC).replace(microsecond=0)
UNTIL = NOW + timedelta(days=20)
WARNING, SUSPENSION = new_id(SanctionId), new_id(SanctionId)
DECISION, REPORT, RIGHT = new_id(DecisionId), new_id(ReportId), new_id(RightId)
ITEMS = [new_id(ItemId) for _ in range(3)]
NOTICE_ID = new_id(NoticeId)
PLAIN = hashlib.sha256(b"a signature").hexdigest()

FILED = """
INSERT INTO reports (id, account_id, right_id, right_version, right_type, claim, legal_basis, language, markets,
    explanation, evidence_ids, statements, signature, contact, findings, state, version, created_at, updated_at)
VALUES ($1, $2, $3, 1, 'trademark', 'counterfeit', 'dsa', 'en', '[]', 'It is a copy.', '[]', '{}', 'Ada', '{}', '[]',
    'queued', 4, $4, $4)
"""
ITEM = """
INSERT INTO report_items (id, report_id, account_id, right_id, right_type, marketplace, listing_id, url, media_type,
    part, evidence_ids, state, severity, decision_id, code, created_at, decided_at)
VALUES ($1, $2, $3, $4, 'trademark', 'shop.example', $5, 'https://shop.example/1', 'listing', 'whole', '[]', $6, 'p2',
    $7, $8, $9, $10)
"""
OLD_ROWS: list[tuple[str, tuple[Any, ...]]] = [
    (
        "INSERT INTO standing_days VALUES ($1, $2, 'counterfeit', 'R_MANIFESTLY_UNFOUNDED', 2, 0, 0)",
        ("{account}", NOW.date()),
    ),
    (
        "INSERT INTO reporter_conduct VALUES ($1, 7, $2, $3, $4, 1, $5, $6)",
        ("{account}", WARNING, NOW - timedelta(days=9), NOW + timedelta(days=174), SUSPENSION, UNTIL),
    ),
    ("INSERT INTO timers (kind, subject, due_at) VALUES ('suspension_ends', $1, $2)", ("{account}", UNTIL)),
    ("INSERT INTO timers (kind, subject, due_at) VALUES ('right_end', $1, $2)", (RIGHT, UNTIL)),
    ("INSERT INTO reversals VALUES ('dec_before_its_event', $1, 'rejected', $2)", ("{account}", NOW)),
    ("INSERT INTO traces VALUES ('signature', $1, $2, '', 3, $3, $3)", (PLAIN, "{account}", NOW)),
    ("INSERT INTO traces VALUES ('hour', '2026-11-27T09', $1, '', 3, $2, $2)", ("{account}", NOW)),
    ("INSERT INTO suspicions VALUES ('shared_signature', $1, $2)", (PLAIN, NOW)),
    ("INSERT INTO suspicions VALUES ('burst', $1, $2)", ("{account}", NOW)),
    ("INSERT INTO inbox (event_id, consumer, received_at) VALUES ('evt_counted', 'intake', $1)", (NOW,)),
]
SANCTION = """
INSERT INTO reporter_sanctions (id, account_id, kind, reason, misuse, by_account_id, terms_version, created_at, ends_at)
VALUES ($1, $2, $3, 'It went on and on.', '{"number": 2, "proportion": 1.0, "gravity": "grave", "intent": "deliberate",
    "codes": ["R_MANIFESTLY_UNFOUNDED"], "window_days": 92}', $2, 1, $4, $5)
"""
NOTICE = """
INSERT INTO public_notices (id, account_id, state, email, email_hash, language, body, listings, created_at, expires_at)
VALUES ($1, $2, 'awaiting_confirmation', 'grace@people.example', '', 'de', $3, '[]', $4, $5)
"""
QUEUED = """
INSERT INTO mails (notice_id, letter, tries, error, created_at, due_at) VALUES ($1, 'confirm', 3, 'OSError', $2, $3)
"""
TERMS = "INSERT INTO standing_terms VALUES (2, $1, $2, $3)"


async def _old(servers: Servers, account_id: AccountId) -> None:
    """Make intake's database with the old migrations, and fill it as it was then."""
    admin = await asyncpg.connect(servers.database_url, database="postgres")
    for name in SERVICES:
        await admin.execute(f"DROP DATABASE IF EXISTS marque_{name} WITH (FORCE)")
    await admin.close()
    await ensure_database("intake", servers.database_url, {})
    url = service_url(servers.database_url, "intake")
    for revision in ("runtime_0002", "intake_0022"):
        await asyncio.to_thread(command.upgrade, _config("intake", url), revision)
    connection = await asyncpg.connect(url)
    await connection.execute(FILED, REPORT, account_id, RIGHT, NOW)
    for place, item_id in enumerate(ITEMS):
        decided = (DECISION, "R_MANIFESTLY_UNFOUNDED", NOW, NOW) if place < 2 else (None, None, NOW, None)
        state = "rejected" if place < 2 else "queued"
        await connection.execute(ITEM, item_id, REPORT, account_id, RIGHT, str(place), state, *decided)
    for statement, values in OLD_ROWS:
        await connection.execute(statement, *(account_id if value == "{account}" else value for value in values))
    for sanction, kind, ends_at in ((WARNING, "warning", NOW + timedelta(days=174)), (SUSPENSION, "suspension", UNTIL)):
        await connection.execute(SANCTION, sanction, account_id, kind, NOW - timedelta(days=9), ends_at)
    terms = '{"window_days": 60, "tiers": {"new": {"gives": {"max_open_items": 50}}}}'
    await connection.execute(TERMS, terms, account_id, NOW)
    body = '{"items": [{"url": "https://shop.example/item/1"}]}'
    await connection.execute(NOTICE, NOTICE_ID, account_id, body, NOW, NOW + timedelta(hours=48))
    await connection.execute(QUEUED, NOTICE_ID, NOW, NOW + timedelta(hours=1))
    await connection.close()


@dataclass
class Upgraded:
    """The services on upgraded databases; conduct starts when the test says so."""

    account_id: AccountId
    stack: AsyncExitStack
    servers: Servers
    callers: Callers
    intake: Intake

    async def conduct(self) -> Conduct:
        return Conduct(await _run("conduct", self.callers, self.servers, self.stack))


async def _run(name: str, callers: Callers, servers: Servers, stack: AsyncExitStack) -> Running:
    app = importlib.import_module(f"services.{name}.app").app
    return await run_service(name, app, callers, servers.nats_url, stack, SystemClock())


@pytest.fixture
async def upgraded(servers: Servers, callers: Callers, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Upgraded]:
    callers.known.clear()
    account_id = callers.caller("brand").account_id
    await _old(servers, account_id)
    await migrate_all(SERVICES, servers.database_url, {})
    await forget_stream(servers.nats_url)
    for name, value in {
        "database_url": servers.database_url,
        "nats_url": servers.nats_url,
        "identity_jwks": str(servers.folder / "identity.jwks.json"),
        "evidence_link_key": str(servers.folder / "evidence_links"),
        "evidence_url": str(servers.folder / "evidence"),
        "mail_seal_keys": str(servers.folder / "mail.jwks.json"),
        "mail_open_keys": str(servers.folder / "mail.json"),
        "log_level": "WARNING",
        "standing_seconds": "0",
    }.items():
        monkeypatch.setenv(f"MARQUE_{name.upper()}", value)
    async with AsyncExitStack() as stack:
        intake = Intake(await _run("intake", callers, servers, stack))
        yield Upgraded(account_id, stack, servers, callers, intake)
    for name in SERVICES:  # as the others of this worker expect them
        await migrate(name, servers.database_url)


async def test_a_suspended_reporter_files_nothing_from_the_first_moment_on(upgraded: Upgraded) -> None:
    """Before conduct has started at all."""
    right = await upgraded.intake.right(by=upgraded.intake.brand)
    answer = await upgraded.intake.brand.post("/v1/reports", json=a_report(right["id"]))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "R_REPORTER_SUSPENDED")


async def test_standing_sanctions_and_terms_are_as_before(upgraded: Upgraded) -> None:
    conduct = await upgraded.conduct()

    async def effective() -> dict[str, Any] | None:
        found: dict[str, Any] = (await conduct.brand.get("/v1/standing")).json()
        return found if found["sanctions"][0]["effective"] else None

    found = await conduct.running.eventually(effective)
    assert (found["tier"], found["decided"], found["accepted"]) == ("suspended", 2, 0)
    assert found["suspended_until"] == UNTIL.isoformat().replace("+00:00", "Z")
    assert [(one["id"], one["kind"]) for one in found["sanctions"]] == [
        (SUSPENSION, "suspension"), (WARNING, "warning")
    ]  # fmt: skip
    assert found["sanctions"][0]["misuse"]["gravity"] == "grave"
    assert (found["terms_version"], found["window_days"]) == (2, 60)
    assert (await conduct.operator.get(f"/v1/standing/{upgraded.account_id}")).json()["decided"] == 2
    rows = await upgraded.intake.value("SELECT max_open_items FROM newcomer_limits")
    assert rows == 50


async def test_the_rest_comes_over_and_what_was_counted_is_not_counted_again(upgraded: Upgraded) -> None:
    conduct = await upgraded.conduct()
    assert await conduct.value("SELECT array_agg(item_id ORDER BY item_id) FROM decided_items") == sorted(ITEMS[:2])
    assert await conduct.value("SELECT count(*) FROM reversals WHERE decision_id = 'dec_before_its_event'") == 1
    assert await conduct.value("SELECT array_agg(kind) FROM timers") == ["suspension_ends"]
    assert (
        await conduct.value("SELECT count(*) FROM inbox WHERE consumer = 'conduct' AND event_id = 'evt_counted'") == 1
    )
    key = await upgraded.intake.value("SELECT key FROM traced_until")
    keyed = hashlib.sha256(key + PLAIN.encode()).hexdigest()
    assert await conduct.value("SELECT trace FROM traces WHERE kind = 'signature'") == keyed
    assert await conduct.value("SELECT trace FROM traces WHERE kind = 'hour'") == "2026-11-27T09"
    subjects = await conduct.value("SELECT array_agg(subject ORDER BY signal) FROM suspicions")
    assert subjects == [upgraded.account_id, keyed]
    assert await upgraded.intake.value("SELECT count(*) FROM reporter_sanctions") == 2, "the source keeps its own"


async def test_a_suspension_that_came_over_ends_at_its_time_and_filing_hears_of_it(upgraded: Upgraded) -> None:
    conduct = await upgraded.conduct()
    await ticker.tick(conduct.running.database, HeldClock(UNTIL + timedelta(seconds=1)))
    (reinstated,) = await conduct.running.recorded(ReporterReinstated)
    assert (reinstated.account_id, reinstated.sanction_id) == (upgraded.account_id, SUSPENSION)
    assert reinstated.version > 7
    right = await upgraded.intake.right(by=upgraded.intake.brand)

    async def filed() -> bool:
        answer = await upgraded.intake.brand.post("/v1/reports", json=a_report(right["id"]))
        return answer.status_code == 201

    await conduct.running.eventually(filed)


async def test_a_letter_that_waited_for_the_mail_server_is_sent(
    upgraded: Upgraded, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mail_server() as mails:
        monkeypatch.setenv("MARQUE_MAIL_SERVER", f"127.0.0.1:{mails.port}")
        monkeypatch.setenv("MARQUE_MAIL_SECURITY", "none")
        await _run("notify", upgraded.callers, upgraded.servers, upgraded.stack)
        await eventually(mails.until("confirm"))
        ((recipients, message),) = mails.messages
    assert recipients == ["grace@people.example"]
    assert message["Subject"] == "Bitte bestätigen Sie Ihre Meldung"
    assert await upgraded.intake.count("mails") == 0
