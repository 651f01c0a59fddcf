"""The SQL of mail that waits to be sent."""

from datetime import datetime
from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class CalledOff(NamedTuple):
    """A kind of letter, and the version up to which all of it was called off."""

    letter: str
    version: int


class WaitingMail(NamedTuple):
    """How many letters wait, and since when the oldest does."""

    number: int
    oldest: datetime | None


# Whoever asks for a letter waits here for whoever calls it off at this moment, and the other way round.
HOLD_LETTERS = Query(
    "hold_letters",
    """
INSERT INTO notice_letters AS l (notice_id, letter, called_off, heard_at)
SELECT :notice_id, letter, version, :now FROM unnest(:letters::text[], :versions::bigint[]) AS g (letter, version)
ORDER BY letter
ON CONFLICT (notice_id, letter) DO UPDATE SET called_off = greatest(l.called_off, excluded.called_off), heard_at = :now
RETURNING letter, called_off AS version
""",
    CalledOff,
)

CANCEL_MAIL = Statement(
    "cancel_mail",
    """
DELETE FROM jobs j USING unnest(:letters::text[], :versions::bigint[]) AS g (letter, version)
WHERE j.kind = 'mail' AND split_part(j.key, '/', 1) = :notice_id AND split_part(j.key, '/', 2) = g.letter
    AND split_part(j.key, '/', 3)::bigint < g.version AND j.key >= :notice_id AND j.key < :notice_id || '0'
""",
)

FORGET_LETTERS = Statement("forget_letters", "DELETE FROM notice_letters WHERE heard_at < :before")

WAITING_MAIL = Query(
    "waiting_mail",
    "SELECT count(*) AS number, min(created_at) AS oldest FROM jobs WHERE kind = 'mail' AND died_at IS NULL",
    WaitingMail,
)
