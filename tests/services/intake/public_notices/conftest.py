"""A mail server, and people without an account who come through the gateway."""

from collections.abc import AsyncIterator

import pytest

from tests.services.intake.mailboxes import MailServer, mail_server
from tests.services.intake.visitors import StartService, Visitors, start_visitors


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def visitors(start_service: StartService, mails: MailServer) -> Visitors:
    return await start_visitors(start_service, mails)
