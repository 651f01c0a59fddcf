"""People without an account, who notify and follow by mail."""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from typing import Any

import httpx

from services.intake.public_notices.notice_body import EXAMPLE
from shared.contracts.events import NoticeMailRequested
from shared.runtime import identity
from tests.running import Running
from tests.services.intake.conftest import Intake
from tests.services.intake.mailboxes import MailServer

StartService = Callable[..., Awaitable[Running]]
PATH = "/v1/public/notices"


class Visitors:
    """An intake that takes notices, notify that writes the letters, and people who come through the gateway."""

    def __init__(self, intake: Intake, mails: MailServer, notify: Running | None = None) -> None:
        self.intake, self.mails, self.running, self.notify = intake, mails, intake.running, notify

    def at(self, address: str = "192.0.2.1") -> httpx.AsyncClient:
        statement = identity.sign_visitor(
            address, audience="intake", key=self.running.callers.key, clock=self.running.service.clock
        )
        client = self.running.anonymous
        client.headers[identity.HEADER] = statement
        return client

    async def send(self, address: str = "192.0.2.1", **changes: Any) -> httpx.Response:
        return await self.at(address).post(PATH, json={**EXAMPLE, **changes})

    async def sent(self, **changes: Any) -> tuple[str, str]:
        """A notice that waits for its confirmation: its id, and the token that came by mail."""
        came = len(self.mails.tokens("confirm"))
        answer = await self.send(**changes)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"], await self.token("confirm", came + 1)

    async def token(self, kind: str, count: int = 1) -> str:
        """The newest token of a kind, once so many have come."""

        async def came() -> list[str] | None:
            found = self.mails.tokens(kind)
            return found if len(found) >= count else None

        return str((await self.running.eventually(came))[-1])

    async def confirm(self, notice_id: str, token: str) -> httpx.Response:
        return await self.at().post(f"{PATH}/{notice_id}/confirm", json={"token": token})

    async def status(self, notice_id: str) -> tuple[dict[str, Any], str]:
        """How a notice stands, by the newest status token."""
        token = await self.token("status")
        answer = await self.at().get(f"{PATH}/{notice_id}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return answer.json(), token

    async def act(self, notice_id: str, token: str, verb: str, body: Any = None, **headers: str) -> httpx.Response:
        """Do something about a notice by its private link."""
        bearer = {"Authorization": f"Bearer {token}", **headers}
        return await self.at().post(f"{PATH}/{notice_id}/{verb}", json=body or {}, headers=bearer)

    async def letters(self, subject: str, count: int = 1) -> list[EmailMessage]:
        """The letters with this in their subject, once so many have come."""

        async def came() -> list[EmailMessage] | None:
            found = [message for _, message in self.mails.messages if subject in message["Subject"]]
            return found if len(found) >= count else None

        found: list[EmailMessage] = await self.running.eventually(came)
        return found

    async def asked_for(self) -> int:
        """Letters that anybody was to get so far."""
        waiting = await self.intake.value("SELECT count(*) FROM jobs WHERE kind = 'notice_mail'")
        return int(waiting) + len(await self.running.recorded(NoticeMailRequested))

    async def nothing_waits(self) -> None:
        """Every letter that was asked for has left, or was called off."""
        assert self.notify is not None
        mail = "SELECT count(*) FROM outbox WHERE type LIKE 'marque.internal.notice\\_mail.%'"
        taken_in = "SELECT count(*) FROM inbox WHERE event_id = ANY($1)"
        ids = "SELECT coalesce(array_agg(event_id), '{}') FROM outbox WHERE type LIKE 'marque.internal.notice\\_mail.%'"
        waiting = "SELECT count(*) FROM jobs WHERE kind = 'mail'"
        notify = self.notify.database.pool

        async def empty() -> bool:
            if await self.intake.value("SELECT count(*) FROM jobs WHERE kind = 'notice_mail'"):
                return False
            async with notify.acquire() as connection:
                told = await self.intake.value(ids)
                if await connection.fetchval(taken_in, told) < await self.intake.value(mail):
                    return False
                return not await connection.fetchval(waiting)

        await self.running.eventually(empty)


async def start_visitors(start_service: StartService, mails: MailServer, **settings: Any) -> Visitors:
    """Services whose mail goes to this server."""
    mail = {"mail_server": f"127.0.0.1:{mails.port}", "mail_security": "none", "mail_retry_seconds": "0"}
    intake = Intake(await start_service("intake", **mail, **settings))
    return Visitors(intake, mails, await start_service("notify", **{**mail, **settings}))
