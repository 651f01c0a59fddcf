"""A mail server that takes nothing is noticed: readiness names it, and how much waits."""

from collections.abc import Awaitable, Callable

import pytest
from prometheus_client import REGISTRY

from deploy.local.ports import free_port
from tests.running import Running, eventually
from tests.services.intake.conftest import Intake
from tests.services.intake.mailboxes import MailServer, mail_server
from tests.services.intake.visitors import Visitors

StartService = Callable[..., Awaitable[Running]]


async def test_a_mail_server_that_cannot_be_reached_is_named_until_it_is_back(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.public_notices.mail_server._TROUBLE_SECONDS", 0.1)
    monkeypatch.setattr("services.intake.public_notices.mail_server._MEASURE_SECONDS", 0.05)
    mails = MailServer(free_port())
    address = {"mail_server": f"127.0.0.1:{mails.port}", "mail_security": "none", "mail_retry_seconds": "0.1"}
    intake = Intake(await start_service("intake", **address))
    assert await _said(intake) == "ok"
    await Visitors(intake, mails).send()
    said = await eventually(lambda: _named(intake))
    assert said.startswith("the mail server has taken no mail for ")
    assert said.endswith("; 1 wait")
    await eventually(lambda: _measured(1.0))
    async with mail_server(handler=mails):
        await eventually(mails.until("confirm"))
        await eventually(lambda: _well(intake))
        await eventually(lambda: _measured(0.0))


async def _said(intake: Intake) -> str:
    return str((await intake.running.anonymous.get("/readyz")).json()["checks"]["mail"])


async def _named(intake: Intake) -> str | None:
    said = await _said(intake)
    return said if said.endswith("1 wait") else None


async def _well(intake: Intake) -> bool:
    return await _said(intake) == "ok"


async def _measured(waiting: float) -> bool:
    return REGISTRY.get_sample_value("marque_mails_waiting") == waiting
