"""The SQL of mail that waits to be sent."""

from datetime import datetime
from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class WaitingMail(NamedTuple):
    """How many letters wait, and since when the oldest does."""

    number: int
    oldest: datetime | None


CANCEL_MAIL = Statement(
    "cancel_mail",
    """
DELETE FROM jobs WHERE kind = 'mail' AND split_part(key, '/', 1) = :notice_id
    AND split_part(key, '/', 2) = ANY(:letters::text[])
    AND key >= :notice_id AND key < :notice_id || '0'
""",
)

WAITING_MAIL = Query(
    "waiting_mail",
    "SELECT count(*) AS number, min(created_at) AS oldest FROM jobs WHERE kind = 'mail' AND died_at IS NULL",
    WaitingMail,
)
