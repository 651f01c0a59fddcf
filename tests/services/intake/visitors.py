"""People without an account, who notify and follow by mail."""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from typing import Any

import httpx

from services.intake.public_notices.notice_body import EXAMPLE
from shared.runtime import identity
from tests.running import Running
from tests.services.intake.conftest import Intake
from tests.services.intake.mailboxes import MailServer

StartService = Callable[..., Awaitable[Running]]
PATH = "/v1/public/notices"


class Visitors:
    """An intake that takes mail, and people without an account who come through the gateway."""

    def __init__(self, intake: Intake, mails: MailServer) -> None:
        self.intake, self.mails, self.running = intake, mails, intake.running

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
            self.look_for_mail()
            found = self.mails.tokens(kind)
            return found if len(found) >= count else None

        return str((await self.running.eventually(came))[-1])

    def look_for_mail(self) -> None:
        """Have what waits sent now, as the next look would, so that no test waits for that."""
        self.running.service.resources.mails_woken.set()

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
            self.look_for_mail()
            found = [message for _, message in self.mails.messages if subject in message["Subject"]]
            return found if len(found) >= count else None

        found: list[EmailMessage] = await self.running.eventually(came)
        return found

    async def nothing_waits(self) -> None:
        async def empty() -> bool:
            self.look_for_mail()
            return await self.intake.count("mails") == 0

        await self.running.eventually(empty)


async def start_visitors(start_service: StartService, mails: MailServer, **settings: Any) -> Visitors:
    """An intake whose mail goes to this server."""
    server = f"127.0.0.1:{mails.port}"
    running = await start_service(
        "intake", mail_server=server, mail_security="none", mail_retry_seconds="0", **settings
    )
    return Visitors(Intake(running), mails)
