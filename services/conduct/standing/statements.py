"""The SQL of standing: counts of outcomes, who is a reporter, and who has to be rated again."""

from datetime import date, datetime
from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class WasReversed(NamedTuple):
    """The verdict of an earlier reversal of a decision; None where there was none."""

    was: str | None


class KeptReversal(NamedTuple):
    """A decision that did not stand, for one of its reporters."""

    decision_id: str
    account_id: str
    verdict: str


class CountedItem(NamedTuple):
    """A decided item that was counted."""

    claim: str
    code: str
    decided_at: datetime


class ClaimSum(NamedTuple):
    """Outcomes of an account by claim and reason code."""

    claim: str
    code: str
    decided: int
    accepted: int
    overturned: int


class AccountCounts(NamedTuple):
    """Outcomes of an account in the window, and the oldest day that has some."""

    account_id: str
    decided: int
    accepted: int
    overturned: int
    oldest: date


ADD_TO_DAYS = Statement(
    "add_to_days",
    """
INSERT INTO standing_days AS d (account_id, day, claim, code, decided, accepted, overturned)
SELECT * FROM unnest(
    :accounts::text[], :days::date[], :claims::text[], :codes::text[],
    :decided::bigint[], :accepted::bigint[], :overturned::bigint[]
) ORDER BY 1, 2, 3, 4
ON CONFLICT (account_id, day, claim, code) DO UPDATE
SET decided = d.decided + excluded.decided, accepted = d.accepted + excluded.accepted,
    overturned = d.overturned + excluded.overturned
""",
)

REVERSALS_OF = Query(
    "reversals_of",
    """
SELECT decision_id, account_id, verdict FROM reversals WHERE decision_id = ANY(:ids::text[])
""",
    KeptReversal,
)

KEEP_DECIDED_ITEMS = Query(
    "keep_decided_items",
    """
INSERT INTO decided_items (item_id, decision_id, account_id, claim, code, decided_at)
SELECT * FROM unnest(
    :items::text[], :decisions::text[], :accounts::text[], :claims::text[],
    :codes::text[], :times::timestamptz[]
) ORDER BY 1 ON CONFLICT DO NOTHING RETURNING item_id
""",
    str,
)

KEEP_REVERSAL = Query(
    "keep_reversal",
    """
INSERT INTO reversals AS r (decision_id, account_id, verdict, reversed_at)
VALUES (:decision_id, :account_id, :verdict, :reversed_at)
ON CONFLICT (decision_id, account_id) DO UPDATE SET verdict = excluded.verdict, reversed_at = excluded.reversed_at
WHERE r.reversed_at < excluded.reversed_at RETURNING old.verdict AS was
""",
    WasReversed,
)

COUNTED_ITEMS = Query(
    "counted_items",
    """
SELECT claim, code, decided_at FROM decided_items WHERE decision_id = :decision_id AND account_id = :account_id
""",
    CountedItem,
)

SUMS_BY_CLAIM = Query(
    "sums_by_claim",
    """
SELECT claim, code, sum(decided)::bigint AS decided, sum(accepted)::bigint AS accepted,
       sum(overturned)::bigint AS overturned
FROM standing_days WHERE account_id = :account_id AND day > :since GROUP BY claim, code ORDER BY claim, code
""",
    ClaimSum,
)

FORGET_DAYS = Statement("forget_days", "DELETE FROM standing_days WHERE day < :before")

FORGET_DECIDED_ITEMS = Statement("forget_decided_items", "DELETE FROM decided_items WHERE decided_at < :before")

COUNTS_BY_ACCOUNT = Query(
    "counts_by_account",
    """
SELECT account_id, sum(decided)::bigint AS decided, sum(accepted)::bigint AS accepted,
       sum(overturned)::bigint AS overturned, min(day) AS oldest
FROM standing_days WHERE account_id = ANY(:accounts::text[]) AND day > :since GROUP BY account_id
""",
    AccountCounts,
)

RATE_EVERYBODY = Statement(
    "rate_everybody",
    """
UPDATE reporters r SET rate_at = :now
FROM (SELECT account_id FROM reporters ORDER BY account_id FOR UPDATE) locked WHERE r.account_id = locked.account_id
""",
)

ADD_REPORTER = Statement(
    "add_reporter", "INSERT INTO reporters (account_id) VALUES (:account_id) ON CONFLICT DO NOTHING"
)

RATE_AGAIN = Statement(
    "rate_again",
    """
INSERT INTO reporters AS r (account_id, rate_at)
SELECT account_id, :now FROM unnest(:accounts::text[]) AS a(account_id) ORDER BY 1
ON CONFLICT (account_id) DO UPDATE SET rate_at = least(r.rate_at, excluded.rate_at)
""",
)

KEEP_APPLIED = Statement(
    "keep_applied", "UPDATE reporters SET applied = :version WHERE account_id = :account_id AND applied < :version"
)

KEEP_USE = Statement(
    "keep_use",
    """
UPDATE reporters SET use_version = :version, open_items = :open_items, filings = :filings, filings_on = :day
WHERE account_id = :account_id AND use_version < :version
""",
)
