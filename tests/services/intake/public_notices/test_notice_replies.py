"""What a notifier without an account does by the private link: answers, reopens, withdraws; and what it is written."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from services.intake.jobs import forget_notifiers, ticker
from services.intake.public_notices.notice_words import LANGUAGES
from services.intake.public_notices.question_words import _ASKED
from shared.contracts.codes import Outcome, ReasonCode, Verdict
from shared.contracts.events import (
    NoticeMailCalledOff,
    NoticeMailRequested,
    NoticeSettled,
    ReportInformationProvided,
    ReportReopened,
    ReportSubmitted,
    ReportWithdrawalRequested,
    ReportWithdrawn,
)
from shared.runtime.clock import HeldClock
from tests.services.intake.conftest import Intake
from tests.services.intake.decisions import hear, leave_review
from tests.services.intake.mailboxes import MailServer
from tests.services.intake.news import Task
from tests.services.intake.visitors import PATH, StartService, Visitors, start_visitors

ANSWER = {"explanation": "The seam is glued; ours is sewn."}
WORDS = {"title": "Acme", "owner": "Acme GmbH"}


async def _filed(visitors: Visitors, *listings: int, **changes: Any) -> tuple[str, str, Task]:
    """A notice that was filed under a right: its id, its status token, and the task of its listings."""
    came = len(visitors.mails.tokens("status"))
    items = [{"url": f"https://shop.example/item/{listing}"} for listing in listings or (1,)]
    notice_id, token = await visitors.sent(right=WORDS, claim="trademark", items=items, **changes)
    answer = await visitors.confirm(notice_id, token)
    assert answer.json()["state"] == "filed", answer.text
    event = (await visitors.intake.running.recorded(ReportSubmitted))[-1]
    report = {"id": event.report_id}
    task = Task(*((report, {"id": item.item_id}) for item in event.items), account_id=event.account_id)
    token = await visitors.token("status", came + 1)
    return notice_id, token, task


async def _asked(visitors: Visitors, *listings: int, **changes: Any) -> tuple[str, str, Task]:
    """A notice of which a reviewer asks something, and its newest status token."""
    if await visitors.intake.count("rights") == 0:
        await visitors.intake.right()
    notice_id, _, task = await _filed(visitors, *listings, **changes)
    came = len(visitors.mails.tokens("status"))
    for event in (task.created(), task.claimed(), _question(task)):
        await hear(visitors.intake, event)
    token = await visitors.token("status", came + 1)
    return notice_id, token, task


def _question(task: Task, version: int = 4) -> Any:
    return task.judged(Outcome.NEEDS_INFORMATION, ReasonCode.N_COMPARISON, version)


async def test_a_question_comes_by_mail_and_is_answered_by_its_link(visitors: Visitors) -> None:
    notice_id, token, task = await _asked(visitors)
    (letter,) = await visitors.letters("A question about your notice")
    said = letter.get_content()
    found, _ = await visitors.status(notice_id)
    (item,) = found["items"]
    assert (item["state"], item["code"], item["question"]) == ("needs_information", "N_COMPARISON", "Which seam?")
    due = datetime.fromisoformat(item["answer_due_at"])
    for part in ("How does the listing compare", "> Which seam?", f"answer by {due:%Y-%m-%d %H:%M} UTC", token):
        assert part in said

    key = {"Idempotency-Key": "answer-1"}
    first = await visitors.act(notice_id, token, "information", ANSWER, **key)
    assert (first.status_code, first.json()["items"][0]["state"]) == (200, "queued"), first.text
    again = await visitors.act(notice_id, token, "information", ANSWER, **key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    other = await visitors.act(notice_id, token, "information", {"explanation": "Another."}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    late = await visitors.act(notice_id, token, "information", ANSWER)
    assert (late.status_code, late.json()["code"]) == (409, "nothing_asked")
    (event,) = await visitors.running.recorded(ReportInformationProvided)
    assert (event.explanation, event.account_id) == (ANSWER["explanation"], task.account_id)

    await hear(visitors.intake, task.claimed(7))
    await hear(visitors.intake, task.decided())
    (letter,) = await visitors.letters("decided")
    assert "https://shop.example/item/1: accepted" in letter.get_content()


async def test_who_has_no_account_reads_why_it_was_decided_so_by_mail_and_on_the_page(visitors: Visitors) -> None:
    await visitors.intake.right()
    notice_id, _, task = await _filed(visitors, 1, 2)
    reason = "The mark is <b>named</b> only.\nThe goods are genuine."
    decided = task.decided(Verdict.REJECTED).model_copy(update={"public_reason": reason})
    for event in (task.created(), task.claimed(), decided):
        await hear(visitors.intake, event)
    (letter,) = await visitors.letters("decided")
    said = "- https://shop.example/item/{}: rejected\n  The mark is <b>named</b> only.\n  The goods are genuine.\n"
    assert said.format(1) + said.format(2) in letter.get_content().replace("\r\n", "\n")
    found, token = await visitors.status(notice_id)
    assert [item["public_reason"] for item in found["items"]] == [reason] * 2
    page = (await visitors.at().get(f"{PATH}/status", params={"token": token})).text
    assert page.count("<blockquote>The mark is &lt;b&gt;named&lt;/b&gt; only.") == 2


async def test_the_page_of_the_link_has_a_box_for_the_answer_and_a_button_to_withdraw(visitors: Visitors) -> None:
    notice_id, token, task = await _asked(visitors, language="de")
    await hear(visitors.intake, _question(task, 5).model_copy(update={"note": "<b>Which</b> seam?"}))
    client = visitors.at()
    page = await client.get(f"{PATH}/status", params={"token": token, "language": "de"})
    assert 'action="/v1/public/notices/information"' in page.text
    assert "&lt;b&gt;Which&lt;/b&gt; seam?" in page.text
    assert "Wie unterscheidet sich das Angebot" in page.text
    form = {"token": token, "language": "de"}
    sent = await client.post(f"{PATH}/information", data={**form, "explanation": "Line one.\r\nLine two."})
    assert (sent.status_code, "Danke" in sent.text, "<textarea" in sent.text) == (200, True, False), sent.text
    assert "form-action 'self'" in sent.headers["content-security-policy"]
    (event,) = await visitors.running.recorded(ReportInformationProvided)
    assert event.explanation == "Line one.\nLine two."
    again = await client.post(f"{PATH}/information", data={**form, "explanation": "Once more."})
    assert (again.status_code, "nichts mehr gefragt" in again.text) == (409, True)
    assert (await client.post(f"{PATH}/reopen", data={**form, "explanation": "Once more."})).status_code == 409

    gone = await client.post(f"{PATH}/withdraw", data=form)
    assert (gone.status_code, "Wir haben Ihre Rücknahme erhalten" in gone.text) == (200, True)
    assert ("Rücknahme beantragt" in gone.text, "<form" in gone.text) == (True, False)
    assert (await client.post(f"{PATH}/withdraw", data=form)).status_code == 200
    assert await visitors.running.recorded(ReportWithdrawn) == []
    await leave_review(visitors.intake, task.items[0].report_id)
    assert (await client.post(f"{PATH}/withdraw", data=form)).status_code == 409
    assert len(await visitors.running.recorded(ReportWithdrawn)) == 1
    assert len(await visitors.letters("Ihre Meldung wurde zurückgenommen")) == 1
    assert (await visitors.status(notice_id))[0]["state"] == "withdrawn"


async def test_what_a_form_cannot_say_is_refused(visitors: Visitors) -> None:
    _, token, _ = await _asked(visitors)
    client = visitors.at()
    said = {"token": token, "explanation": "It is glued."}
    for form, status in (
        ({**said, "token": "x" * 43}, 404),
        ({**said, "token": "<>"}, 422),
        ({**said, "explanation": ""}, 422),
        ({**said, "explanation": "x" * 10_001}, 422),
        ({**said, "explanation": "\u202eglued"}, 422),
        ({**said, "language": "xx"}, 422),
        ({**said, "more": "1"}, 422),
        ({**said, "explanation": ["one", "two"]}, 422),
        ({"token": token}, 422),
    ):
        assert (await client.post(f"{PATH}/information", data=form)).status_code == status, form
    refused = await client.post(f"{PATH}/information", content=b"\xff\xfe")
    assert refused.status_code == 422
    assert await visitors.running.recorded(ReportInformationProvided) == []


async def test_what_cannot_answer(visitors: Visitors) -> None:
    notice_id, token, _ = await _asked(visitors)
    for body, pointer in (
        ({}, "/explanation"),
        ({"explanation": 5}, "/explanation"),
        ({"explanation": ""}, "/explanation"),
        ({"explanation": "x" * 10_001}, "/explanation"),
        ({**ANSWER, "item_ids": []}, "/item_ids"),
        ({**ANSWER, "item_ids": ["itm_01h455vb4pex5vsknk084sn02q"]}, "/item_ids/0"),
        ({**ANSWER, "item_ids": ["itm_01h455vb4pex5vsknk084sn02q"] * 51}, "/item_ids"),
        ({**ANSWER, "evidence_ids": []}, "/evidence_ids"),
    ):
        answer = await visitors.act(notice_id, token, "information", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    answer = await visitors.act(notice_id, token, "withdraw", {"item_ids": ["rep_01h455vb4pex5vsknk084sn02q"]})
    assert answer.status_code == 422
    assert (await visitors.act(notice_id, token, "reopen", ANSWER)).json()["code"] == "nothing_to_reopen"
    assert (await visitors.status(notice_id))[0]["items"][0]["state"] == "needs_information"


async def test_only_the_notices_own_token_answers(visitors: Visitors) -> None:
    notice_id, token, _ = await _asked(visitors, 1)
    other_id, other, _ = await _asked(visitors, 2, contact={"name": "Grace", "email": "grace@people.example"})
    confirmation = visitors.mails.tokens("confirm")[0]
    key = {"Idempotency-Key": "shared-address"}
    for verb in ("information", "reopen", "withdraw"):
        for wrong in (other, confirmation, "x" * 43, ""):
            assert (await visitors.act(notice_id, wrong, verb, ANSWER)).status_code in (404, 422), (verb, wrong)
        bare = await visitors.at().post(f"{PATH}/{notice_id}/{verb}", json=ANSWER if verb != "withdraw" else {})
        assert bare.status_code == 404
        direct = await visitors.running.anonymous.post(
            f"{PATH}/{notice_id}/{verb}", json=ANSWER if verb != "withdraw" else {},
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert direct.status_code == 401
    assert (await visitors.act(notice_id, token, "information", ANSWER, **key)).status_code == 200
    stolen = await visitors.act(notice_id, other, "information", ANSWER, **key)
    assert stolen.status_code == 404  # not the first answer again
    answer = await visitors.act(other_id, other, "information", ANSWER, **key)
    assert (answer.status_code, answer.json()["id"]) == (200, other_id)


async def test_some_listings_are_answered_and_some_withdrawn(visitors: Visitors) -> None:
    notice_id, token, task = await _asked(visitors, 1, 2, 3)
    found, _ = await visitors.status(notice_id)
    one, two, three = (item["id"] for item in found["items"])
    answer = await visitors.act(notice_id, token, "information", {**ANSWER, "item_ids": [one]})
    assert [item["state"] for item in answer.json()["items"]] == ["queued", "needs_information", "needs_information"]
    answer = await visitors.act(notice_id, token, "withdraw", {"item_ids": [two]})
    assert [item["withdrawal"] for item in answer.json()["items"]] == [None, "requested", None]
    late = await visitors.act(notice_id, token, "information", {**ANSWER, "item_ids": [two]})
    assert (late.status_code, late.json()["code"]) == (409, "withdrawal_requested")
    await leave_review(visitors.intake, task.items[0].report_id, two)
    found, _ = await visitors.status(notice_id)
    assert [item["state"] for item in found["items"]] == ["queued", "withdrawn", "needs_information"]
    answer = await visitors.act(notice_id, token, "information", {**ANSWER, "item_ids": [one, three]})
    assert answer.json()["code"] == "nothing_asked"
    await visitors.nothing_waits()
    assert len(visitors.mails.messages) == 3


async def test_of_many_who_answer_or_withdraw_at_once_one_does(visitors: Visitors) -> None:
    notice_id, token, task = await _asked(visitors)
    answers = await asyncio.gather(*(visitors.act(notice_id, token, "information", ANSWER) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert len(await visitors.running.recorded(ReportInformationProvided)) == 1
    answers = await asyncio.gather(*(visitors.act(notice_id, token, "withdraw") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202] * 5
    assert len(await visitors.running.recorded(ReportWithdrawalRequested)) == 1
    await leave_review(visitors.intake, task.items[0].report_id)
    await leave_review(visitors.intake, task.items[0].report_id)
    assert len(await visitors.running.recorded(ReportWithdrawn)) == 1
    assert len(await visitors.letters("withdrawn")) == 1
    await visitors.nothing_waits()


async def _time_is_up(visitors: Visitors, clock: HeldClock) -> None:
    """Time passes until the next clock of a question has run out, and what is due is done."""
    async with visitors.running.database.pool.acquire() as connection:
        due = await connection.fetchval("SELECT min(due_at) FROM timers WHERE kind LIKE 'answer_%'")
    await _pass(visitors, clock, due - clock.now() + timedelta(seconds=1))


async def _pass(visitors: Visitors, clock: HeldClock, by: timedelta) -> None:
    clock.move(by)
    await ticker.tick(visitors.running.database, clock)
    await visitors.running.sweep(forget_notifiers)


async def _closed(visitors: Visitors, clock: HeldClock) -> tuple[str, str, Task]:
    """A notice that was closed because its notifier did not answer."""
    notice_id, _, task = await _asked(visitors)
    await _time_is_up(visitors, clock)
    await visitors.letters("Reminder")
    await _time_is_up(visitors, clock)
    await visitors.letters("closed without an answer")
    await visitors.nothing_waits()
    return notice_id, visitors.mails.tokens("status")[-1], task


async def test_who_does_not_answer_is_reminded_and_told_of_the_closing_and_can_reopen(
    start_service: StartService, mails: MailServer
) -> None:
    clock = HeldClock(datetime.now(UTC))
    visitors = await start_visitors(start_service, mails, clock=clock)
    notice_id, token, task = await _closed(visitors, clock)
    ((reminder,), (closing,)) = (await visitors.letters("Reminder"), await visitors.letters("closed without an answer"))
    assert "> Which seam?" in reminder.get_content()
    assert "can be reopened until" in closing.get_content()
    assert len(visitors.mails.messages) == 5  # and no outcome
    found, _ = await visitors.status(notice_id)
    (item,) = found["items"]
    assert (found["state"], item["state"], item["question"]) == ("completed", "closed", "Which seam?")
    page = await visitors.at().get(f"{PATH}/status", params={"token": token})
    assert 'action="/v1/public/notices/reopen"' in page.text
    assert (await visitors.act(notice_id, token, "information", ANSWER)).json()["code"] == "nothing_asked"

    answers = await asyncio.gather(*(visitors.act(notice_id, token, "reopen", ANSWER) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (event,) = await visitors.running.recorded(ReportReopened)
    assert event.explanation == ANSWER["explanation"]
    found, _ = await visitors.status(notice_id)
    assert (found["state"], found["completed_at"], found["items"][0]["state"]) == ("filed", None, "queued")
    await hear(visitors.intake, task.decided(Verdict.REJECTED))
    (letter,) = await visitors.letters("decided")
    assert "item/1: rejected" in letter.get_content()
    assert (await visitors.status(notice_id))[0]["state"] == "completed"


async def test_what_was_closed_and_is_decided_all_the_same_is_told(
    start_service: StartService, mails: MailServer
) -> None:
    clock = HeldClock(datetime.now(UTC))
    visitors = await start_visitors(start_service, mails, clock=clock)
    notice_id, token, task = await _closed(visitors, clock)
    await hear(visitors.intake, task.decided())
    (letter,) = await visitors.letters("decided")
    assert "item/1: accepted" in letter.get_content()
    answer = await visitors.act(notice_id, token, "reopen", ANSWER)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_reopen")


async def test_a_closed_notice_is_not_reopened_beside_a_newer_one_or_too_late(
    start_service: StartService, mails: MailServer
) -> None:
    clock = HeldClock(datetime.now(UTC))
    visitors = await start_visitors(start_service, mails, clock=clock, notice_days="3650")
    notice_id, token, _ = await _closed(visitors, clock)
    await _filed(visitors, 1)
    answer = await visitors.act(notice_id, token, "reopen", ANSWER)
    assert (answer.status_code, answer.json()["code"]) == (409, "reported_anew")
    await _pass(visitors, clock, timedelta(days=181))
    answer = await visitors.act(notice_id, token, "reopen", ANSWER)
    assert (answer.status_code, answer.json()["code"]) == (409, "reopening_over")
    page = await visitors.at().get(f"{PATH}/status", params={"token": token})
    assert "<textarea" not in page.text


async def test_personal_data_is_kept_while_an_answer_reopens_and_no_longer(
    start_service: StartService, mails: MailServer
) -> None:
    clock = HeldClock(datetime.now(UTC))
    visitors = await start_visitors(start_service, mails, clock=clock, notice_days="30")
    notice_id, token, task = await _closed(visitors, clock)
    await _pass(visitors, clock, timedelta(days=179))
    assert (await visitors.status(notice_id))[0]["items"][0]["state"] == "closed"
    await _pass(visitors, clock, timedelta(days=2))
    assert (await visitors.act(notice_id, token, "reopen", ANSWER)).status_code == 404
    came = len(visitors.mails.messages)
    await hear(visitors.intake, task.decided())  # there is nobody left to write to
    await visitors.nothing_waits()
    assert len(visitors.mails.messages) == came


async def test_what_the_operator_has_not_decided_can_be_withdrawn(visitors: Visitors) -> None:
    notice_id, token = await visitors.sent()
    assert (await visitors.confirm(notice_id, token)).json()["state"] == "handed_on"
    _, token = await visitors.status(notice_id)
    assert (await visitors.act(notice_id, token, "information", ANSWER)).json()["code"] == "nothing_asked"
    assert (await visitors.act(notice_id, token, "reopen", ANSWER)).json()["code"] == "nothing_to_reopen"
    named = await visitors.act(notice_id, token, "withdraw", {"item_ids": ["itm_01h455vb4pex5vsknk084sn02q"]})
    assert (named.status_code, named.json()["errors"][0]["pointer"]) == (422, "/item_ids/0")
    page = await visitors.at().get(f"{PATH}/status", params={"token": token})
    assert ("<textarea" in page.text, 'action="/v1/public/notices/withdraw"' in page.text) == (False, True)
    answers = await asyncio.gather(*(visitors.act(notice_id, token, "withdraw") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    (settled,) = await visitors.running.recorded(NoticeSettled)
    assert (settled.notice_id, settled.outcome, settled.code) == (notice_id, "withdrawn", None)
    found, _ = await visitors.status(notice_id)
    assert (found["state"], found["items"][0]["state"], found["redress"]) == ("withdrawn", "withdrawn", None)
    (letter,) = await visitors.letters("withdrawn")
    assert "https://shop.example/item/9001: withdrawn" in letter.get_content()
    decision = {"verdict": "rejected", "code": "R_NOT_RIGHTS_HOLDER"}
    answer = await visitors.intake.operator.post(f"/v1/public-notices/{notice_id}/decide", json=decision)
    assert answer.json()["code"] == "notice_not_handed_on"


async def test_a_letter_that_would_say_nothing_any_more_is_not_sent(visitors: Visitors) -> None:
    notice_id, token, task = await _asked(visitors)
    visitors.mails.refuses = "451 later"
    await hear(visitors.intake, _question(task, 5))
    assert (await visitors.act(notice_id, token, "information", ANSWER)).status_code == 200
    await visitors.nothing_waits()  # until the event that calls it off has come in, the letter is tried again
    visitors.mails.refuses = None
    assert len(await visitors.letters("A question about your notice")) == 1


async def test_a_letter_and_what_calls_it_off_at_the_same_moment_are_told_in_one_order(visitors: Visitors) -> None:
    """Whichever comes first, no question is asked that was answered already."""
    notice_id, token, _ = await _asked(visitors)
    await visitors.nothing_waits()
    service, asked = visitors.running.service, {"notice_id": notice_id, "letter": "question"}
    before = await visitors.asked_for()
    async with service.database.transaction() as session:
        await service.resources.letters.request(session, asked, now=service.clock.now())
        answering = asyncio.create_task(visitors.act(notice_id, token, "information", ANSWER))
        await visitors.running.eventually(lambda: _waits_for_a_lock(visitors))
    assert (await answering).status_code == 200
    (off,) = await visitors.running.recorded(NoticeMailCalledOff)
    *_, last = await visitors.running.recorded(NoticeMailRequested)
    assert off.version > last.version
    async with service.database.transaction() as session:
        await service.resources.letters.request(session, asked, now=service.clock.now())
    assert await visitors.asked_for() == before + 1


async def _waits_for_a_lock(visitors: Visitors) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await visitors.intake.value(waiting))


async def test_a_question_to_an_account_holder_is_no_mail(intake: Intake) -> None:
    report = await intake.file((await intake.right())["id"], 1)
    task = Task((report, report["items"][0]), account_id=intake.running.caller("brand").account_id)
    for event in (task.created(), task.claimed(), _question(task)):
        await hear(intake, event)
    assert await Visitors(intake, MailServer(0)).asked_for() == 0


def test_every_code_that_asks_has_words_in_every_language() -> None:
    assert set(_ASKED) == {code for code in ReasonCode if code.asks}
    assert all(set(words) == set(LANGUAGES) and all(words.values()) for words in _ASKED.values())
