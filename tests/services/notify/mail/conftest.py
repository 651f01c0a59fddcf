"""Letters that intake asks for, sealed with the key of the tests' services."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.contracts.events import NoticeLetter, NoticeMailRequested
from shared.contracts.ids import NoticeId
from shared.contracts.things import NoticeMail
from shared.runtime.ids import new_id
from shared.runtime.sealing import KeyFile, Sealer

LINK = "https://marque.example/v1/public/notices/confirm?language=en&token=a-token"


def facts(**changes: Any) -> NoticeMail:
    return NoticeMail(**{"recipient": "ada@people.example", "link": LINK, **changes})


def requested(
    letter: NoticeLetter = NoticeLetter.CONFIRM, notice_id: NoticeId | None = None, *, language: str = "en",
    version: int = 1, **changes: Any,
) -> NoticeMailRequested:  # fmt: skip
    """A letter that is to be sent."""
    sealer = Sealer(KeyFile(Path(os.environ["MARQUE_MAIL_SEAL_KEYS"])))
    return NoticeMailRequested(
        version=version, notice_id=notice_id or new_id(NoticeId), letter=letter, language=language,
        sealed=sealer.seal(facts(**changes).model_dump(mode="json")),
        requested_at=datetime(2026, 11, 27, 9, tzinfo=UTC),
    )  # fmt: skip
