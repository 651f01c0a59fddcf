"""Letters are sent by whoever has the lease; what comes too late is not sent; what is sealed opens here alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from services.notify.jobs import background
from services.notify.mail.sending import MAIL, send_mail
from services.notify.mail.server import MailServer as Outgoing
from services.notify.settings import NotifySettings
from shared.contracts.events import NoticeLetter, NoticeMailCalledOff
from shared.contracts.ids import NoticeId
from shared.runtime.clock import HeldClock
from shared.runtime.ids import new_id
from shared.runtime.jobs import LeaseLost, Work
from shared.runtime.jobs.queue import Queue
from shared.runtime.sealing import CannotOpen, KeyFile, Opener
from tests.conftest import Servers, StartService
from tests.running import Running
from tests.services.intake.mailboxes import MailServer, mail_server
from tests.services.notify.mail.conftest import requested

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@dataclass
class ByHand:
    """Notify without a mail server of its own, so that a test takes each step of a letter."""

    running: Running
    clock: HeldClock
    settings: NotifySettings
    outgoing: Outgoing
    opener: Opener

    async def claimed(self) -> Work | None:
        job = await Queue(self.running.database, background.kinds).claim([MAIL], self.clock.now())
        return Work(job, self.running.database, self.clock, self.running.service) if job else None

    async def send(self, work: Work) -> None:
        await send_mail(work, self.outgoing, self.opener, self.settings)

    async def waiting(self) -> list[str]:
        """The letters that wait."""
        async with self.running.database.pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT payload ->> 'letter' AS letter FROM jobs WHERE kind = 'mail' ORDER BY id"
            )
        return [row["letter"] for row in rows]

    async def until_due(self) -> timedelta:
        """The time until the letter that waits is tried again; none where there is none."""
        async with self.running.database.pool.acquire() as connection:
            due_at = await connection.fetchval("SELECT due_at FROM jobs WHERE kind = 'mail'")
        return timedelta(0) if due_at is None else due_at - self.clock.now()

    async def wait_for(self, *letters: str) -> None:
        async def there() -> bool:
            return await self.waiting() == list(letters)

        await self.running.eventually(there)


@pytest.fixture
async def by_hand(start_service: StartService, servers: Servers, mails: MailServer) -> ByHand:
    clock = HeldClock(NOW)
    running = await start_service("notify", clock=clock)
    changed = {"mail_server": f"127.0.0.1:{mails.port}", "mail_security": "none", "mail_retry_seconds": 30.0}
    settings = running.service.settings = running.service.settings.model_copy(update=changed)
    opener = Opener(KeyFile(servers.folder / "mail.json"))
    return ByHand(running, clock, settings, Outgoing(running.service), opener)


async def test_a_process_that_dies_before_or_after_the_server_took_it_loses_no_letter(
    by_hand: ByHand, mails: MailServer
) -> None:
    await by_hand.running.publish(requested())
    await by_hand.wait_for("confirm")
    dead = await by_hand.claimed()
    assert dead is not None
    assert await by_hand.claimed() is None, "it is leased"
    by_hand.clock.move(timedelta(seconds=61))
    alive = await by_hand.claimed()
    assert alive is not None
    with pytest.raises(LeaseLost):  # it wakes up late: the letter goes twice, and nothing is written twice
        await by_hand.send(dead)
    assert await by_hand.waiting() == ["confirm"]
    await by_hand.send(alive)
    assert await by_hand.waiting() == []
    assert {message["Message-ID"] for _, message in mails.messages} == {mails.messages[0][1]["Message-ID"]}
    assert mails.messages[0][0] == ["ada@people.example"]


async def test_a_letter_that_is_not_taken_waits_twice_as_long_each_time_and_is_given_up_after_days(
    by_hand: ByHand, mails: MailServer
) -> None:
    await by_hand.running.publish(requested())
    await by_hand.wait_for("confirm")
    mails.refuses = "451 later"
    tried = []
    while work := await by_hand.claimed():
        tried.append(by_hand.clock.now() - NOW)
        await by_hand.send(work)
        by_hand.clock.move(await by_hand.until_due())
    assert [at.total_seconds() for at in tried[:9]] == [0, 30, 60, 120, 240, 480, 960, 1920, 3840]
    assert tried[10] - tried[9] == timedelta(hours=1)
    assert timedelta(days=5) < tried[-1] < timedelta(days=5, hours=2)
    assert mails.messages == []


@pytest.mark.parametrize(
    ("comes", "left"),
    [
        (NoticeLetter.REMINDER, ["reminder"]),
        (NoticeLetter.CLOSED, ["closed"]),
        (NoticeLetter.OUTCOME, ["outcome"]),
        (NoticeLetter.WITHDRAWN, ["withdrawn"]),
        (NoticeLetter.RECEIPT, ["question", "receipt"]),
    ],
)
async def test_a_letter_that_says_all_takes_the_place_of_those_that_still_wait(
    by_hand: ByHand, comes: NoticeLetter, left: list[str]
) -> None:
    mine, other = new_id(NoticeId), new_id(NoticeId)
    await by_hand.running.publish(requested(NoticeLetter.QUESTION, mine))
    await by_hand.wait_for("question")
    await by_hand.running.publish(requested(NoticeLetter.QUESTION, other))
    await by_hand.wait_for("question", "question")
    await by_hand.running.publish(requested(comes, mine, version=2))
    await by_hand.wait_for(*([left[0], "question", *left[1:]] if len(left) > 1 else ["question", left[0]]))


async def test_what_is_called_off_is_not_sent(by_hand: ByHand) -> None:
    mine = new_id(NoticeId)
    for version, letter in enumerate((NoticeLetter.RECEIPT, NoticeLetter.QUESTION), start=1):
        await by_hand.running.publish(requested(letter, mine, version=version))
    await by_hand.wait_for("receipt", "question")
    off = NoticeMailCalledOff(version=3, notice_id=mine, letters=[NoticeLetter.QUESTION, NoticeLetter.REMINDER])
    await by_hand.running.publish(off)
    await by_hand.wait_for("receipt")


async def test_what_was_called_off_is_not_sent_either_where_it_is_asked_for_by_an_event_that_comes_later(
    by_hand: ByHand,
) -> None:
    mine, other = new_id(NoticeId), new_id(NoticeId)
    off = NoticeMailCalledOff(version=3, notice_id=mine, letters=[NoticeLetter.QUESTION, NoticeLetter.REMINDER])
    await by_hand.running.publish(off)
    for letter in off.letters:
        await by_hand.running.publish(requested(letter, mine, version=2))
    await by_hand.running.publish(requested(NoticeLetter.QUESTION, mine, version=4))  # another, asked for afterwards
    await by_hand.running.publish(requested(NoticeLetter.QUESTION, other, version=1))
    await by_hand.wait_for("question", "question")


async def test_what_was_asked_for_after_it_was_called_off_is_sent_whichever_comes_first(by_hand: ByHand) -> None:
    mine = new_id(NoticeId)
    await by_hand.running.publish(requested(NoticeLetter.QUESTION, mine, version=4))
    await by_hand.wait_for("question")
    await by_hand.running.publish(NoticeMailCalledOff(version=3, notice_id=mine, letters=[NoticeLetter.QUESTION]))
    await by_hand.running.publish(requested(NoticeLetter.RECEIPT, mine, version=5))
    await by_hand.wait_for("question", "receipt")


async def test_a_letter_that_says_all_takes_the_place_of_one_that_comes_later(by_hand: ByHand) -> None:
    mine = new_id(NoticeId)
    await by_hand.running.publish(requested(NoticeLetter.OUTCOME, mine, version=5))
    await by_hand.running.publish(requested(NoticeLetter.QUESTION, mine, version=4))
    await by_hand.running.publish(requested(NoticeLetter.RECEIPT, mine, version=6))
    await by_hand.wait_for("outcome", "receipt")


async def test_one_event_twice_is_one_letter(by_hand: ByHand) -> None:
    event = requested()
    await by_hand.running.publish(event)
    await by_hand.running.publish(event)
    await by_hand.running.publish(requested(NoticeLetter.RECEIPT))
    await by_hand.wait_for("confirm", "receipt")


async def test_what_was_sealed_for_another_or_was_changed_is_not_sent(by_hand: ByHand, mails: MailServer) -> None:
    event = requested()
    await by_hand.running.publish(event.model_copy(update={"sealed": event.sealed[:-6] + "AAAAAA"}))
    await by_hand.wait_for("confirm")
    work = await by_hand.claimed()
    assert work is not None
    with pytest.raises(CannotOpen):
        await by_hand.send(work)
    assert mails.messages == []
