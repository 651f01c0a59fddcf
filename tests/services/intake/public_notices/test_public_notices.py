"""Notices by people without an account, the whole way by mail."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.jobs import forget_notifiers, take_over_letters
from services.intake.public_notices.notice_body import EXAMPLE
from shared.contracts.codes import AccountKind, ReasonCode
from shared.contracts.events import NoticeHandedOn, NoticeMailRequested, NoticeSettled, ReportSubmitted
from shared.runtime.clock import HeldClock
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import hear
from tests.services.intake.mailboxes import MailServer
from tests.services.intake.news import Task
from tests.services.intake.visitors import PATH, StartService, Visitors, start_visitors


async def test_a_notice_about_a_right_of_the_vault_becomes_a_report_and_its_outcome_a_mail(visitors: Visitors) -> None:
    intake = visitors.intake
    await intake.right()
    words = {"title": "Acme shoes", "owner": "Acme", "office": "euipo", "registration_number": "Reg. No. 18 012 345"}
    notice_id, token = await visitors.sent(right=words, claim="counterfeit")
    assert await intake.count("reports") == 0
    answer = await visitors.confirm(notice_id, token)
    assert (answer.status_code, answer.json()["state"]) == (200, "filed"), answer.text
    (event,) = await intake.running.recorded(ReportSubmitted)
    assert event.reporter.kind is AccountKind.PUBLIC
    assert "people.example" not in event.model_dump_json()
    found, _ = await visitors.status(notice_id)
    assert [item["state"] for item in found["items"]] == ["received"]
    assert found["redress"] is None

    listed = (await intake.operator.get("/v1/public-notices")).json()["data"]
    report = (await intake.operator.get(f"/v1/reports/{listed[0]['report_id']}")).json()
    task = Task((report, report["items"][0]), account_id=event.account_id)
    await hear(intake, task.decided())
    await hear(intake, task.decided())
    await visitors.token("status", 2)
    found, _ = await visitors.status(notice_id)
    assert (found["state"], found["items"][0]["code"]) == ("completed", "A_COUNTERFEIT")
    assert "Art. 21" in found["redress"]
    assert "complain" not in found["redress"]
    to, letter = visitors.mails.messages[-1]
    assert to == ["ada@people.example"]
    assert "https://shop.example/item/9001: accepted" in letter.get_content()
    assert len(visitors.mails.messages) == 3
    await visitors.nothing_waits()


async def test_a_notice_without_a_right_of_the_vault_is_handed_on_and_decided_by_the_operator(
    visitors: Visitors,
) -> None:
    intake = visitors.intake
    notice_id, token = await visitors.sent(language="de-AT")
    assert (await visitors.confirm(notice_id, token)).json()["state"] == "handed_on"
    (event,) = await intake.running.recorded(NoticeHandedOn)
    assert (event.right.title, event.items[0].listing.listing_id) == ("The Lighthouse", "9001")
    assert "people.example" not in event.model_dump_json()
    (listed,) = (await intake.operator.get("/v1/public-notices?state=handed_on")).json()["data"]
    assert listed["id"] == notice_id
    assert (await intake.brand.get("/v1/public-notices")).status_code == 404
    url, decision = f"/v1/public-notices/{notice_id}/decide", {"verdict": "rejected", "code": "R_NOT_RIGHTS_HOLDER"}
    assert (await intake.brand.post(url, json=decision)).status_code == 404
    answer = await intake.operator.post(url, json={**decision, "note": "<b>No</b> licence was shown."})
    assert (answer.status_code, answer.json()["state"]) == (200, "completed"), answer.text
    assert (await intake.operator.post(url, json=decision)).json()["code"] == "notice_not_handed_on"
    (settled,) = await intake.running.recorded(NoticeSettled)
    assert (settled.outcome, settled.code, settled.version) == ("rejected", "R_NOT_RIGHTS_HOLDER", event.version + 1)
    await visitors.token("status", 2)
    assert "abgelehnt" in visitors.mails.messages[-1][1].get_content()
    found, token = await visitors.status(notice_id)
    assert found["items"][0]["state"] == "rejected"
    page = await visitors.at().get(f"{PATH}/status", params={"token": token, "language": "de"})
    assert "&lt;b&gt;No&lt;/b&gt;" in page.text
    assert "<b>" not in page.text


async def test_only_the_button_confirms_and_html_is_escaped(visitors: Visitors) -> None:
    evil = "<script>alert(1)</script>"
    notice_id, token = await visitors.sent(
        right={"title": evil, "owner": evil}, contact={**EXAMPLE["contact"], "name": evil}
    )
    page = await visitors.at().get(f"{PATH}/confirm", params={"token": token})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'value="{token}"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert (await visitors.intake.operator.get("/v1/public-notices")).json()["data"] == []
    done = await visitors.at().post(f"{PATH}/confirm", data={"token": token, "language": "fr"})
    assert (done.status_code, "Merci" in done.text) == (200, True), done.text
    assert (await visitors.at().post(f"{PATH}/confirm", data={"token": token})).status_code == 409
    assert (await visitors.at().post(f"{PATH}/confirm", data={"token": "x" * 43})).status_code == 404
    assert (await visitors.at().post(f"{PATH}/confirm", data={"token": "<>"})).status_code == 422
    _, status = await visitors.status(notice_id)
    shown = await visitors.at().get(f"{PATH}/status", params={"token": status})
    assert "&lt;script&gt;" in shown.text
    assert "<script>" not in shown.text


async def test_tokens_open_what_they_were_made_for_and_once(visitors: Visitors) -> None:
    notice_id, token = await visitors.sent()
    other_id, other = await visitors.sent(items=[{"url": "https://shop.example/item/2"}])
    assert (await visitors.confirm(notice_id, other)).status_code == 404
    assert (await visitors.confirm(notice_id, "w" * 43)).status_code == 404
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await visitors.at().get(f"{PATH}/{notice_id}", headers=bearer)).status_code == 404
    assert (await visitors.at().get(f"{PATH}/{notice_id}")).status_code == 404
    assert (await visitors.confirm(notice_id, token)).status_code == 200
    assert (await visitors.confirm(notice_id, token)).json()["code"] == "notice_confirmed"
    _, status = await visitors.status(notice_id)
    assert (await visitors.confirm(notice_id, status)).status_code == 404
    stranger = {"Authorization": f"Bearer {status}"}
    assert (await visitors.at().get(f"{PATH}/{other_id}", headers=stranger)).status_code == 404


async def test_confirmations_at_once_file_once(visitors: Visitors) -> None:
    await visitors.intake.right()
    notice_id, token = await visitors.sent(right={"title": "acme", "owner": "ACME GmbH"}, claim="trademark")
    answers = await asyncio.gather(*(visitors.confirm(notice_id, token) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert await visitors.intake.count("reports") == 1
    await visitors.token("status")
    await visitors.nothing_waits()
    assert len(visitors.mails.tokens("status")) == 1


async def test_the_same_key_is_one_notice(visitors: Visitors) -> None:
    first, again = [await visitors.at().post(PATH, json=EXAMPLE, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert (again.status_code, again.json()) == (202, first.json())
    assert await visitors.intake.count("public_notices") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"contact": {"name": "Ada", "email": "ada@people.example\r\nBcc: all@people.example"}},
        {"contact": {"name": "Ada", "email": "ada@people.example,all@people.example"}},
        {"contact": {"name": "Ada", "email": "<ada@people.example>"}},
        {"contact": {"name": "Ada\r\nBcc: all@people.example", "email": "ada@people.example"}},
        {"contact": {"name": "", "email": "ada@people.example"}},
        {"contact": {"name": "Ada"}},
        {"items": []},
        {"items": [{"url": f"https://shop.example/item/{n}"} for n in range(51)]},
        {"items": [{"url": "https://elsewhere.example/item/1"}]},
        {"statements": {"good_faith": True}},
        {"explanation": "short"},
        {"right": {"title": 5, "owner": "Ada"}},
        {"surprise": 1},
    ],
)
async def test_what_cannot_be_taken_is_refused_and_nobody_is_written_to(
    visitors: Visitors, changes: dict[str, Any]
) -> None:
    answer = await visitors.send(**changes)
    assert answer.status_code == 422, answer.text
    assert await visitors.asked_for() == 0
    assert await visitors.intake.count("public_notices") == 0


async def test_only_what_the_gateway_signed_is_an_address(visitors: Visitors) -> None:
    forged = {"X-Forwarded-For": "198.51.100.7", "X-Real-IP": "198.51.100.7"}
    assert (await visitors.running.anonymous.post(PATH, json=EXAMPLE, headers=forged)).status_code == 401
    assert (await visitors.intake.brand.post(PATH, json=EXAMPLE)).status_code == 401
    assert (await visitors.at().get("/v1/reports")).status_code == 401


async def test_a_flood_from_one_address_or_for_one_mailbox_is_held_back(
    start_service: StartService, mails: MailServer
) -> None:
    server = f"127.0.0.1:{mails.port}"
    running = await start_service(
        "intake", mail_server=server, mail_security="none", notices_per_address="3", notices_per_email="2"
    )
    visitors = Visitors(Intake(running), mails)

    def mailbox(name: str) -> dict[str, Any]:
        return {"contact": {"name": "Ada", "email": f"{name}@people.example"}}

    answers = await asyncio.gather(*(visitors.send(**mailbox(f"a{n}")) for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [429] * 3
    held = next(answer for answer in answers if answer.status_code == 429)
    assert 3500 < int(held.headers["retry-after"]) <= 3601
    answers = [await visitors.send(f"192.0.2.{n}", **mailbox("Bob" if n % 2 else "bob")) for n in range(2, 6)]
    assert [answer.status_code for answer in answers] == [202, 202, 429, 429]


async def test_confirming_does_not_make_room_for_more(start_service: StartService, mails: MailServer) -> None:
    visitors = await start_visitors(start_service, mails, notices_per_address="1")
    notice_id, token = await visitors.sent()
    assert (await visitors.confirm(notice_id, token)).status_code == 200
    assert (await visitors.send()).status_code == 429


@pytest.mark.parametrize(("most", "outcome"), [("1", (200, None)), ("0", (422, "limit_reached"))])
async def test_a_low_limit_of_open_reports_holds_for_notices_exactly(
    start_service: StartService, mails: MailServer, most: str, outcome: tuple[int, str | None]
) -> None:
    visitors = await start_visitors(start_service, mails, limit_open_reports=most)
    await visitors.intake.right()
    words = {"title": "Acme shoes", "owner": "Acme", "office": "EUIPO", "registration_number": "018012345"}
    answer = await visitors.confirm(*(await visitors.sent(right=words, claim="counterfeit")))
    assert (answer.status_code, answer.json().get("code")) == outcome, answer.text
    assert await visitors.intake.count("reports") == (1 if outcome[0] == 200 else 0)


async def test_without_a_mail_server_no_notice_is_taken(intake: Intake) -> None:
    answer = await Visitors(intake, MailServer(0)).send()
    assert (answer.status_code, answer.json()["code"]) == (503, "no_mail_server")


async def test_a_server_that_is_down_or_refuses_gets_the_mail_when_it_is_back(visitors: Visitors) -> None:
    visitors.mails.refuses = "451 later"
    assert (await visitors.send()).status_code == 202

    async def tried() -> bool:
        return visitors.mails.refused > 1

    await visitors.running.eventually(tried)
    assert visitors.mails.messages == []
    visitors.mails.refuses = None
    await visitors.token("confirm")
    await visitors.nothing_waits()


async def test_a_letter_is_asked_for_with_its_cause_or_not_at_all(visitors: Visitors) -> None:
    """What asks for it is a job of the cause's transaction; the job's own ends with the event."""
    assert visitors.notify is not None
    notice_id, token = await visitors.sent()
    await visitors.intake.execute(
        "ALTER TABLE outbox ADD CONSTRAINT dies CHECK (type NOT LIKE '%notice_mail%') NOT VALID"
    )
    assert (await visitors.confirm(notice_id, token)).status_code == 200

    async def failed() -> bool:
        return bool(await visitors.intake.value("SELECT error IS NOT NULL FROM jobs WHERE kind = 'notice_mail'"))

    await visitors.running.eventually(failed)
    assert await visitors.intake.count("public_notice_tokens") == 1, (
        "no token of a letter that nobody was asked to send"
    )
    await visitors.intake.execute("ALTER TABLE outbox DROP CONSTRAINT dies")
    await visitors.intake.execute("UPDATE jobs SET due_at = now()")
    await visitors.token("status")
    assert len(visitors.mails.messages) == 2


async def test_letters_that_a_process_of_before_asks_for_are_sent_too(visitors: Visitors) -> None:
    notice_id, _ = await visitors.sent()
    await visitors.intake.execute(
        "INSERT INTO mails (notice_id, letter, created_at, due_at) VALUES ($1, 'confirm', now(), now())", notice_id
    )
    await visitors.running.sweep(take_over_letters)
    await visitors.token("confirm", 2)
    assert await visitors.intake.count("mails") == 0


async def test_what_travels_has_no_address_no_link_and_nothing_of_a_notice_in_the_clear(visitors: Visitors) -> None:
    """Neither in the outbox, from which the stream is filled, nor in what waits for the mail server."""
    assert visitors.notify is not None
    visitors.mails.refuses = "451 later"
    await visitors.send()

    async def waits() -> bool:
        return visitors.mails.refused > 0

    await visitors.running.eventually(waits)
    (mail,) = await visitors.running.recorded(NoticeMailRequested)
    async with visitors.notify.database.pool.acquire() as connection:
        queued = await connection.fetchval("SELECT payload::text FROM jobs WHERE kind = 'mail'")
        fed = await connection.fetchval("SELECT count(*) FROM feed WHERE type LIKE 'marque.internal.%'")
    outbox = await visitors.intake.value("SELECT string_agg(payload, ' ') FROM outbox")
    for text in (outbox, queued):
        assert mail.sealed in text
        for secret in (EXAMPLE["contact"]["email"], "people.example", "token=", "/v1/public/notices", "shop.example"):
            assert secret not in text
    assert fed == 0
    visitors.mails.refuses = None
    await visitors.token("confirm")


async def test_what_is_not_confirmed_is_deleted_and_personal_data_goes_in_the_end(
    start_service: StartService, mails: MailServer
) -> None:
    clock = HeldClock(datetime.now(UTC))
    visitors = await start_visitors(start_service, mails, clock=clock, notice_days="180")
    intake, running = visitors.intake, visitors.running
    unconfirmed, late = await visitors.sent()
    kept, token = await visitors.sent(contact={"name": "Grace", "email": "grace@people.example"})
    assert (await visitors.confirm(kept, token)).status_code == 200
    answer = await intake.operator.post(
        f"/v1/public-notices/{kept}/decide", json={"verdict": "rejected", "code": ReasonCode.R_FAIR_USE.value}
    )
    assert answer.status_code == 200, answer.text
    await visitors.token("status", 2)
    clock.move(timedelta(hours=48))
    assert (await visitors.confirm(unconfirmed, late)).status_code == 404
    await running.sweep(forget_notifiers)
    assert await intake.count("public_notices") == 1
    clock.move(timedelta(days=180))
    await running.sweep(forget_notifiers)
    async with running.database.pool.acquire() as connection:
        row = await connection.fetchrow("SELECT email, body::text AS body FROM public_notices")
    assert row is not None
    assert row["email"] is None
    assert "grace" not in row["body"].lower()
    assert await intake.count("public_notice_tokens") == 0
