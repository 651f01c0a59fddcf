"""A mail server that takes nothing is noticed: readiness names it, and how much waits."""

import pytest
from prometheus_client import REGISTRY

from deploy.local.ports import free_port
from tests.conftest import StartService
from tests.running import Running, eventually
from tests.services.intake.mailboxes import MailServer, mail_server
from tests.services.notify.mail.conftest import requested


async def test_a_mail_server_that_cannot_be_reached_is_named_until_it_is_back(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.mail.server._TROUBLE_SECONDS", 0.1)
    monkeypatch.setattr("services.notify.mail.server._MEASURE_SECONDS", 0.05)
    mails = MailServer(free_port())
    address = {"mail_server": f"127.0.0.1:{mails.port}", "mail_security": "none", "mail_retry_seconds": "0.1"}
    notify = await start_service("notify", **address)
    assert await _said(notify) == "ok"
    await notify.publish(requested())
    said = await eventually(lambda: _named(notify))
    assert said.startswith("the mail server has taken no mail for ")
    assert said.endswith("; 1 wait")
    await eventually(lambda: _measured(1.0))
    async with mail_server(handler=mails):
        await eventually(mails.until("confirm"))
        await eventually(lambda: _well(notify))
        await eventually(lambda: _measured(0.0))


async def _said(notify: Running) -> str:
    return str((await notify.anonymous.get("/readyz")).json()["checks"]["mail"])


async def _named(notify: Running) -> str | None:
    said = await _said(notify)
    return said if said.endswith("1 wait") else None


async def _well(notify: Running) -> bool:
    return await _said(notify) == "ok"


async def _measured(waiting: float) -> bool:
    return REGISTRY.get_sample_value("marque_mails_waiting") == waiting
