"""Resources of a running notify service."""

from dataclasses import dataclass
from typing import Annotated

from services.notify.feed.endpoints.streams import Streams
from services.notify.mail.server import MailServer
from services.notify.settings import NotifySettings
from services.notify.webhooks.keyring import Keyring
from shared.runtime import context
from shared.runtime.sealing import Opener


@dataclass
class Resources:
    """The resources that the endpoints of one process share."""

    keyring: Keyring
    streams: Streams
    mail_server: MailServer | None = None
    mail_opener: Opener | None = None


Service = context.Service[NotifySettings, Resources]
CurrentService = Annotated[Service, context.CURRENT]
