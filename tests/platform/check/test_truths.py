"""The checker finds nothing where nothing is wrong, and names the row where something is."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.check.__main__ import judge
from cli.check.evidence import Asked
from cli.check.findings import Findings
from tests.conftest import Servers
from tests.platform.check.conftest import Kept

ROOT = Path(__file__).resolve().parents[3]
NOW = Asked(grace=timedelta(0))


def strictly(**more: Any) -> Asked:
    return Asked(quiet=True, **more)


async def judged(
    kept: Kept, asked: Asked, *breaks: tuple[str, str], named: tuple[str, str]
) -> tuple[list[Findings], str]:
    """The findings after these databases were broken, and the row that a statement names beforehand."""
    async with kept.copy(*{service for service, _ in breaks} | {named[0]}) as (platform, databases):
        row = str(await databases[named[0]].fetchval(named[1]))
        for service, statement in breaks:
            await databases[service].execute(statement)
        return await judge(platform, asked), row


async def test_a_platform_on_which_nothing_went_wrong_passes(kept: Kept) -> None:
    for asked in (NOW, strictly()):
        async with kept.copy() as (platform, _):
            findings = await judge(platform, asked)
        assert [(one.number, one.offences) for one in findings if one.wrong] == []
        assert [one.number for one in findings] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
        assert [one.number for one in findings if not one.judged] == [7]
        assert all(one.checked > 0 for one in findings if one.judged)


async def test_open_work_is_wrong_only_where_all_must_be_finished(kept: Kept) -> None:
    async with kept.copy() as (platform, _):
        findings = await judge(platform, Asked(finished=True))
    assert [one.number for one in findings if one.wrong] == [1]


async def test_the_receivers_log_is_held_against_the_deliveries(kept: Kept, tmp_path: Path) -> None:
    async with kept.copy() as (platform, _):
        webhooks = (await judge(platform, strictly(received=kept.log)))[5]
        assert webhooks.offences == []
        lines = kept.log.read_text().splitlines()
        forged = json.loads(lines[1])
        forged["body"] = forged["body"].replace("marque.", "marque..", 1)
        log = tmp_path / "forged.jsonl"
        log.write_text("\n".join([json.dumps(forged), *lines[2:]]))
        webhooks = (await judge(platform, strictly(received=log)))[5]
        first = json.loads(json.loads(lines[0])["body"])["id"]
        assert sorted(offence.row for offence in webhooks.offences) == sorted([first, "forged.jsonl:1"])


async def test_a_report_that_a_client_was_told_of_is_missed(kept: Kept, tmp_path: Path) -> None:
    lost = "rep_01h455vb4pex5vsknk084sn02q"
    listed = tmp_path / "filed"
    listed.write_text("\n".join([*kept.filed, lost]))
    async with kept.copy() as (platform, _):
        findings = await judge(platform, strictly(filed=listed))
    assert [offence.row for offence in findings[0].offences] == [lost]
    assert findings[7].wrong == 1


FIRST = "SELECT min(position) FROM feed"
REPORT = "SELECT min(id) FROM reports"
WORK = "SELECT id FROM rights WHERE type = 'copyright'"
EVIDENCE = "SELECT min(id) FROM evidence"
DECIDED = "SELECT min(id) FROM report_items WHERE state = 'accepted'"
COUNTED = "SELECT min(item_id) FROM decided_items WHERE code LIKE 'A%'"
TASK = "SELECT task_id FROM judgements WHERE outcome = 'accept'"
SUBMITTED = "SELECT min(event_id) FROM outbox WHERE type = 'marque.report.submitted.v1'"
DECISION = "SELECT id FROM decisions WHERE verdict = 'accepted'"
DELIVERED = "SELECT min(id) FROM deliveries WHERE state = 'delivered'"
OPEN_TASK = "SELECT min(task_id) FROM holds"
OPEN_ITEM = "SELECT min(id) FROM report_items WHERE state = 'in_review'"
WITHDRAWN = "SELECT min(id) FROM report_items WHERE state = 'withdrawn'"
PICTURED = "SELECT min(capture_id) FROM capture_pictures"
SEEN = f"SELECT min(item_id) FROM item_captures WHERE capture_id = ({PICTURED})"
QUESTION = "'esc_01h455vb4pex5vsknk084sn02q'"

BREAKS: list[tuple[int, str, str, str, str]] = [
    # The truth, whose database, what is done to it, whose row is named, which row.
    (1, "intake", f"DELETE FROM reports WHERE id = ({REPORT})", "intake", REPORT),
    (1, "intake", f"UPDATE report_items SET state = 'rejected' WHERE id = ({DECIDED})", "intake", DECIDED),
    (1, "intake", f"UPDATE report_items SET state = 'queued' WHERE id = ({DECIDED})", "intake", DECIDED),
    (1, "intake", f"UPDATE report_items SET state = 'closed' WHERE id = ({DECIDED})", "intake", DECIDED),
    (1, "intake", f"UPDATE report_items SET decision_id = NULL WHERE id = ({DECIDED})", "intake", DECIDED),
    (
        1, "intake",
        ("INSERT INTO timeline (report_id, item_id, state, at) "
        f"SELECT report_id, id, 'rejected', now() FROM report_items WHERE id = ({DECIDED})"),
        "intake", DECIDED,
    ),
    (1, "intake", f"DELETE FROM evidence_uses WHERE used_by = ({REPORT})", "intake", REPORT),
    (1, "intake", f"DELETE FROM evidence_uses WHERE used_by = ({WORK})", "intake", WORK),
    (1, "intake", "UPDATE evidence_files SET size = size + 1", "intake", EVIDENCE),
    (
        1, "intake",
        "UPDATE evidence SET sha256 = repeat('0', 64); UPDATE evidence_files SET sha256 = repeat('0', 64)",
        "intake", EVIDENCE,
    ),
    (1, "review", f"UPDATE decisions SET verdict = 'rejected' WHERE id = ({DECISION})", "intake", DECIDED),
    (1, "intake", "UPDATE reports SET completed_at = now()", "intake", REPORT),
    (
        2, "review",
        ("DROP INDEX tasks_one_open; "
        "INSERT INTO tasks SELECT 'tsk_01h455vb4pex5vsknk084sn02q', marketplace, listing_id, "
        "right_id, right_key, right_type, language, severity, due_at, state, round, version, listing, right_snapshot, "
        f"findings, notes, created_at, updated_at FROM tasks WHERE id = ({OPEN_TASK})"),
        "review", OPEN_TASK,
    ),
    (2, "review", f"DELETE FROM holds WHERE task_id = ({OPEN_TASK})", "review", OPEN_TASK),
    (2, "review", "DELETE FROM task_items WHERE item_id = (SELECT min(item_id) FROM task_items)", "review",
     "SELECT min(item_id) FROM task_items"),
    (2, "review", "UPDATE tasks SET listing_id = listing_id || 'x'", "review", "SELECT min(item_id) FROM task_items"),
    (2, "intake", f"DELETE FROM report_items WHERE id = ({DECIDED})", "intake", DECIDED),
    (2, "review", f"UPDATE tasks SET state = 'cancelled' WHERE id = ({TASK})", "review", TASK),
    (
        3, "review",
        ("INSERT INTO leases SELECT fence + 1000, change, task_id, round, 'acc_other', reviewer, "
        f"at + interval '1 microsecond', expires_at FROM leases WHERE change = 'claimed' AND task_id = ({OPEN_TASK})"),
        "review", OPEN_TASK,
    ),
    (3, "review", f"UPDATE leases SET expires_at = at WHERE task_id = ({TASK})", "review", TASK),
    (
        3, "review",
        ("INSERT INTO leases SELECT fence, 'expired', task_id, round, account_id, reviewer, at, expires_at FROM leases "
        "WHERE change = 'claimed' AND fence = (SELECT fence FROM judgements WHERE outcome = 'accept')"),
        "review", TASK,
    ),
    (3, "review", f"DELETE FROM leases WHERE task_id = ({TASK})", "review", TASK),
    (3, "review", f"UPDATE holds SET fence = fence + 1000 WHERE task_id = ({OPEN_TASK})", "review", OPEN_TASK),
    (
        4, "review",
        ("ALTER TABLE decisions DROP CONSTRAINT decisions_task_id_round_key; INSERT INTO decisions SELECT "
        "'dec_01h455vb4pex5vsknk084sn02q', task_id, round, version, verdict, code, clauses, right_type, judgement_ids, "
        f"enforcement_id, decided_at FROM decisions WHERE id = ({DECISION})"),
        "review", DECISION,
    ),
    (4, "review", "UPDATE decisions SET clauses = '[]'", "review", DECISION),
    (4, "review", "UPDATE policy_versions SET effective_from = now() + interval '1 day'", "review", DECISION),
    (4, "review", "UPDATE decisions SET judgement_ids = '[\"jdg_nobody\"]'", "review", DECISION),
    (5, "review", "DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox ORDER BY 1 LIMIT 1)", "review",
     'SELECT min(event_id COLLATE "C") FROM inbox'),
    (
        5, "escalation",
        ("INSERT INTO dead_letters SELECT event_id, consumer, 'marque.x', '', 'it would not', 8, now() FROM inbox "
        "ORDER BY event_id LIMIT 1; DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM dead_letters)"),
        "escalation", 'SELECT min(event_id COLLATE "C") FROM inbox',
    ),
    (
        5, "review",
        ("INSERT INTO dead_letters (event_id, original_id, source, consumer, type, payload, error, tries, died_at) "
        "VALUES ('evt_outside', 'a/b', 'https://catalogue.example', 'review', 'marque.x', '', '', 1, now())"),
        "review", "SELECT 'evt_outside'",
    ),
    (
        5, "intake",
        ("INSERT INTO jobs (id, kind, priority, due_at, payload, tries, error, created_at, died_at) "
        "VALUES ('job_dead', 'tidy', 1, 'infinity', '{}', 8, 'ValueError', now(), now())"),
        "intake", "SELECT 'job_dead'",
    ),
    (5, "notify", f"DELETE FROM feed WHERE position = ({FIRST})", "notify",
     f"SELECT event_id FROM feed WHERE position = ({FIRST})"),
    (6, "notify", f"DELETE FROM delivery_attempts WHERE delivery_id = ({DELIVERED})", "notify", DELIVERED),
    (6, "notify", "UPDATE deliveries SET last_error = NULL WHERE state = 'dead'", "notify",
     "SELECT min(id) FROM deliveries WHERE state = 'dead'"),
    (6, "notify", f"UPDATE deliveries SET state = 'pending' WHERE id = ({DELIVERED})", "notify", DELIVERED),
    (
        6, "notify",
        (f"UPDATE webhook_endpoints SET updated_at = created_at - interval '1 hour'; DELETE FROM deliveries "
        f"WHERE id = ({DELIVERED})"),
        "notify", f"SELECT event_id FROM deliveries WHERE id = ({DELIVERED})",
    ),
    (8, "escalation", "DELETE FROM item_clocks WHERE item_id = (SELECT min(item_id) FROM item_clocks)", "escalation",
     "SELECT report_id FROM item_clocks ORDER BY item_id LIMIT 1"),
    (8, "notify", "DELETE FROM feed WHERE type = 'marque.report.submitted.v1'", "intake", REPORT),
    (10, "conduct", f"DELETE FROM decided_items WHERE item_id = ({COUNTED})", "intake", DECIDED),
    (10, "conduct", "UPDATE decided_items SET decision_id = 'dec_nobody'", "intake", DECIDED),
    (10, "conduct", "UPDATE standing_days SET decided = decided + 1", "conduct",
     "SELECT account_id FROM standing_days"),
    (10, "conduct", "DELETE FROM standing_days", "conduct", "SELECT account_id FROM decided_items LIMIT 1"),
    (
        10, "conduct", "UPDATE reporters SET suspended_until = now() + interval '1 day', suspended_in = 1, applied = 1",
        "conduct", "SELECT account_id FROM reporters",
    ),
    (9, "intake", f"UPDATE report_items SET state = 'withdrawn', decision_id = NULL WHERE id = ({DECIDED})",
     "intake", DECIDED),
    (9, "intake", "UPDATE report_items SET state = 'queued', decision_id = NULL WHERE state = 'accepted'",
     "intake", DECIDED),
    (9, "intake", f"UPDATE report_items SET withdrawal_requested_at = now() WHERE id = ({OPEN_ITEM})",
     "intake", OPEN_ITEM),
    (9, "review", "UPDATE task_items SET withdrawn_at = now()", "intake", DECIDED),
    (9, "review", "UPDATE task_items SET withdrawn_at = NULL", "intake", WITHDRAWN),
    (9, "review", "UPDATE enforcements SET applied_at = now()", "intake", DECIDED),
    (9, "escalation", "UPDATE item_clocks SET ended_at = NULL", "intake", DECIDED),
    (9, "escalation", "UPDATE item_clocks SET ended_at = now()", "intake", OPEN_ITEM),
    (
        9, "escalation",
        ("INSERT INTO escalations (id, kind, severity, state, reason, account_ids, task_id, raised_by_regulator, "
        "acknowledge_due_at, resolve_due_at, acknowledge_breached, resolve_breached, opened_at, version) "
        f"SELECT {QUESTION}, 'reviewer_question', 'p2', 'open', 'Whose?', '{{}}', task_id, false, now(), now(), false, "
        "false, now(), 1 FROM item_clocks WHERE ended_at IS NOT NULL AND task_id IS NOT NULL LIMIT 1"),
        "escalation", f"SELECT {QUESTION}",
    ),
    (9, "notify", "DELETE FROM decisions_told", "intake", DECIDED),
    (9, "notify", "UPDATE decision_enforcements SET applied_at = now()", "intake", DECIDED),
    (
        9, "notify",
        ("UPDATE feed SET envelope = jsonb_set(envelope, '{data,item_ids}', (SELECT jsonb_build_array(event #> "
        "'{items,0,item_id}') FROM decisions_told ORDER BY decision_id LIMIT 1)) "
        "WHERE type = 'marque.report.withdrawn.v1'"),
        "notify", "SELECT event #>> '{items,0,item_id}' FROM decisions_told ORDER BY decision_id LIMIT 1",
    ),
    (11, "screening", f"DELETE FROM item_captures WHERE item_id = ({SEEN})", "screening", SEEN),
    (11, "screening", f"DELETE FROM reported_items WHERE item_id = ({SEEN})", "screening", SEEN),
    (11, "screening", f"DELETE FROM captures WHERE id = ({PICTURED})", "screening", SEEN),
    (11, "screening", f"UPDATE captures SET document = document || ' ' WHERE id = ({PICTURED})", "screening", PICTURED),
    (11, "screening", f"UPDATE captures SET seller_name = 'Another' WHERE id = ({PICTURED})", "screening", PICTURED),
    (11, "screening", f"UPDATE captures SET seller_name = NULL WHERE id = ({PICTURED})", "screening", PICTURED),
    (11, "screening", f"UPDATE captures SET hash = NULL WHERE id = ({PICTURED})", "screening", PICTURED),
    (
        11, "screening", f"UPDATE capture_pictures SET sha256 = repeat('0', 64) WHERE capture_id = ({PICTURED})",
        "screening", PICTURED,
    ),
    (11, "screening", f"UPDATE capture_pictures SET size = 1 WHERE capture_id = ({PICTURED})", "screening", PICTURED),
]  # fmt: skip


@pytest.mark.parametrize("case", BREAKS, ids=lambda case: f"{case[0]}-{case[1]}-{case[2][:40]}")
async def test_what_is_broken_is_named(kept: Kept, case: tuple[int, str, str, str, str]) -> None:
    truth, service, statement, owner, row = case
    findings, named = await judged(kept, strictly(), (service, statement), named=(owner, row))
    found = next(one for one in findings if one.number == truth)
    assert found.wrong > 0
    assert any(named in offence.row for offence in found.offences), (named, found.offences)


async def test_a_dead_letter_that_was_discarded_or_had_its_effect_is_no_broken_promise(kept: Kept) -> None:
    """Discarded, an event counts as heard; only what notify would have shown of it is not asked for."""
    async with kept.copy("notify", "review") as (platform, databases):
        for name, reason in (("notify", "'It was a test.'"), ("review", "NULL")):
            await databases[name].execute(
                "INSERT INTO dead_letters (event_id, consumer, type, payload, error, tries, died_at, settled_at, "
                f"discard_reason) SELECT event_id, consumer, 'marque.x', '', 'it would not', 8, now(), now(), {reason} "
                'FROM inbox ORDER BY event_id COLLATE "C" LIMIT 1'
            )
        shown = "DELETE FROM feed WHERE event_id IN (SELECT event_id FROM dead_letters)"
        await databases["notify"].execute(shown)
        findings = await judge(platform, strictly())
        assert findings[4].offences == []
        await databases["notify"].execute("UPDATE dead_letters SET discard_reason = NULL")
        findings = await judge(platform, strictly())
        assert findings[4].wrong == 1


async def test_what_is_on_its_way_is_not_wrong(kept: Kept) -> None:
    """An event that was not published yet explains why its readers know nothing of what it tells."""
    event = f"SELECT event_id FROM outbox WHERE event_id = ({SUBMITTED})"
    async with kept.copy("intake", "review", "escalation", "notify") as (platform, databases):
        event_id = await databases["intake"].fetchval(event)
        report_id = await databases["intake"].fetchval(
            "SELECT payload::json ->> 'subject' FROM outbox WHERE event_id = $1", event_id
        )
        await databases["intake"].execute("UPDATE outbox SET stream_seq = NULL WHERE event_id = $1", event_id)
        for service in ("review", "escalation", "notify"):
            await databases[service].execute("DELETE FROM inbox WHERE event_id = $1", event_id)
        await databases["review"].execute(
            "DELETE FROM waiting USING task_items i WHERE i.task_id = waiting.task_id AND i.report_id = $1", report_id
        )
        await databases["escalation"].execute("DELETE FROM item_clocks WHERE report_id = $1", report_id)
        findings = await judge(platform, Asked(grace=timedelta(hours=1)))
        events, counts = findings[4], findings[7]
        assert (events.wrong, events.in_flight) == (0, 3)
        assert (counts.wrong, counts.in_flight) == (0, 1)
        findings = await judge(platform, strictly())
        assert findings[4].wrong == 3
        assert [offence.row for offence in findings[7].offences] == [report_id]


async def test_an_outbox_in_which_an_old_event_waits_and_does_not_leave_stands_still(kept: Kept) -> None:
    async with kept.copy("intake", "review") as (platform, databases):
        first = await databases["intake"].fetchval("SELECT min(event_id) FROM outbox")
        await databases["intake"].execute("UPDATE outbox SET stream_seq = NULL")
        await databases["review"].execute(
            "UPDATE outbox SET stream_seq = NULL WHERE event_id = (SELECT max(event_id) FROM outbox)"
        )
        waiting = await databases["intake"].fetchval("SELECT count(*) FROM outbox")
        events = (await judge(platform, NOW))[4]
        [intake, review] = events.offences
        assert intake.row == "the outbox of intake"
        assert f"stands still: {waiting} events wait for the stream, the oldest, {first}, since 2" in intake.why
        assert (review.row, review.why.split(":")[1][:8]) == ("the outbox of review", " 1 event")
        assert [one.wrong for one in await judge(platform, Asked(grace=timedelta(hours=1)))][4] == 0


async def test_an_event_that_was_published_long_ago_and_not_heard_is_lost(kept: Kept) -> None:
    lose = ("review", "DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox ORDER BY event_id LIMIT 1)")
    named = ("review", 'SELECT min(event_id COLLATE "C") FROM inbox')
    findings, event_id = await judged(kept, NOW, lose, named=named)
    assert [offence.row.split()[0] for offence in findings[4].offences] == [event_id]
    findings, _ = await judged(kept, Asked(grace=timedelta(days=1)), lose, named=named)
    assert (findings[4].wrong, findings[4].in_flight) == (0, 1)


def checker(servers: Servers, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    values = {name: value for name, value in os.environ.items() if not name.startswith("MARQUE_")}
    return subprocess.run(
        [sys.executable, "-m", "cli.check", *options], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**values, "COLUMNS": "200", **environment},
    )  # fmt: skip


async def test_the_command_tells_with_its_exit_code(kept: Kept, servers: Servers, tmp_path: Path) -> None:
    address = {"MARQUE_DATABASE_URL": servers.database_url}
    fine = checker(servers, "--wait", "20", "--json", **address)
    assert fine.returncode == 0, fine.stderr + fine.stdout
    answer = json.loads(fine.stdout)
    assert (answer["holds"], answer["quiet"], len(answer["truths"])) == (True, True, 11)
    shown = checker(servers, "--finished", **address)
    assert shown.returncode == 1
    assert "does not hold" in shown.stdout
    assert kept.filed[0] in shown.stdout
    nowhere = checker(servers, MARQUE_HOME=str(tmp_path))
    assert nowhere.returncode == 2
    assert "platform.json" in nowhere.stderr
    (tmp_path / "platform.json").write_text(json.dumps({"environment": address}))
    assert checker(servers, MARQUE_HOME=str(tmp_path)).returncode == 0
