"""The SQL of notices without an account."""

from datetime import datetime
from typing import Any, NamedTuple

from shared.runtime.statements import Query, Statement


class HeldNotice(NamedTuple):
    """A notice that is being confirmed."""

    id: str
    account_id: str
    state: str
    version: int
    body: Any
    listings: Any
    expires_at: datetime


class WaitingMail(NamedTuple):
    """A letter that waits where a process of before has put it."""

    id: int
    notice_id: str
    letter: str


class NotedQuestion(NamedTuple):
    """The newest question about an item."""

    item_id: str
    note: str | None


class NoticesTaken(NamedTuple):
    """Notices of one sender in the window, up to its limit, and the time of the oldest of them."""

    number: int
    oldest: datetime | None


# The newest within the window, as many as the limit allows: the oldest of them says when there is room again.
_COUNT = """
SELECT count(*) AS number, min(created_at) AS oldest FROM (
    SELECT created_at FROM public_notices
    WHERE {column} = :hash AND created_at > :since ORDER BY created_at DESC LIMIT :most
) newest
"""
TAKEN_FROM_ADDRESS = Query("notices_from_address", _COUNT.format(column="address_hash"), NoticesTaken, hot=True)
TAKEN_FROM_EMAIL = Query("notices_from_email", _COUNT.format(column="email_hash"), NoticesTaken, hot=True)

# The same number at the same office, or, where no number is given, the same title of the same owner. In two statements:
# one with an OR of both reads the whole vault wherever its plan is made for any values.
_MEANT = """
SELECT to_jsonb(r) FROM rights r WHERE state = 'verified' AND held_as = 'owner' AND type = :type AND {same}
ORDER BY verified_at, id LIMIT 1
"""
MEANT_BY_NUMBER = Query(
    "right_by_number", _MEANT.format(same="number_key = :number_key AND office = :office"), dict, hot=True
)
MEANT_BY_TITLE = Query(
    "right_by_title",
    _MEANT.format(same="lower(title) = lower(:title) AND lower(owner ->> 'name') = lower(:owner)"),
    dict,
    hot=True,
)
_OF_CONFIRMATION = """
SELECT n.id, n.account_id, n.state, n.version, n.body, n.listings, n.expires_at
FROM public_notices n JOIN public_notice_tokens t ON t.notice_id = n.id
WHERE t.hash = :hash AND t.kind = 'confirm'"""
NOTICE_TO_CONFIRM = Query("notice_to_confirm", _OF_CONFIRMATION, HeldNotice)
HOLD_NOTICE = Query("hold_notice", _OF_CONFIRMATION + " FOR UPDATE OF n", HeldNotice)

ACCOUNT_OF_NOTICE = Query(
    "account_of_notice",
    """
SELECT n.account_id FROM public_notices n JOIN public_notice_tokens t ON t.notice_id = n.id
WHERE t.hash = :hash AND t.kind = 'confirm'
""",
    str,
)

CONFIRM_NOTICE = Statement(
    "confirm_notice",
    """
UPDATE public_notices SET state = :state, report_id = :report_id, confirmed_at = :now, version = version + 1
WHERE id = :id
""",
)

KEEP_TOKEN = Statement(
    "keep_token", "INSERT INTO public_notice_tokens (hash, notice_id, kind) VALUES (:hash, :notice_id, :kind)"
)

# Until 0.1 a letter waited for the mail server here. One that a process of then still takes in is sent like all others.
TAKE_WAITING_MAIL = Query(
    "take_waiting_mail",
    "DELETE FROM mails WHERE id IN (SELECT id FROM mails ORDER BY id LIMIT 500) RETURNING id, notice_id, letter",
    WaitingMail,
)

# Locks the notice: of a letter and what calls it off at the same moment the later one sees what the earlier one did.
# Before letters were counted, the microsecond stood for their version.
NEXT_LETTER = Query(
    "next_letter",
    """
UPDATE public_notices SET letter_version = greatest(letter_version + 1, :microseconds)
WHERE id = :notice_id RETURNING letter_version
""",
    int,
)

NOTICE_OF_TOKEN = Query(
    "notice_of_token", "SELECT notice_id FROM public_notice_tokens WHERE hash = :hash AND kind = 'status'", str
)

QUESTIONS = Query(
    "newest_questions",
    """
SELECT DISTINCT ON (item_id) item_id, note FROM timeline
WHERE report_id = :report_id AND item_id IS NOT NULL AND state = 'needs_information'
  AND code IS DISTINCT FROM 'R_LISTING_GONE'
ORDER BY item_id, seq DESC
""",
    NotedQuestion,
)

FORGET_UNCONFIRMED = Statement(
    "forget_unconfirmed", "DELETE FROM public_notices WHERE state = 'awaiting_confirmation' AND expires_at <= :now"
)

# Addresses are only counted for an hour; a notice that was confirmed meanwhile counts too.
FORGET_ADDRESSES = Statement(
    "forget_addresses",
    "UPDATE public_notices SET address_hash = NULL WHERE address_hash IS NOT NULL AND created_at <= :before",
)

# The contact goes, and with it whatever was signed; what was decided about which listing stays. While an answer would
# still reopen something, the notifier can be written to.
FORGET_CONTACTS = Statement(
    "forget_contacts",
    """
WITH over AS (
    UPDATE public_notices n SET email = NULL, body = jsonb_set(body, '{contact}', '{}')
    WHERE completed_at <= :before AND email IS NOT NULL
        AND NOT EXISTS (SELECT FROM report_items i WHERE i.report_id = n.report_id AND i.reopen_until >= :now)
    RETURNING id, report_id
), tokens AS (
    DELETE FROM public_notice_tokens WHERE notice_id IN (SELECT id FROM over)
)
UPDATE reports SET contact = '{"name": "", "email": ""}', signature = '' WHERE id IN (SELECT report_id FROM over)
""",
)

ADD_NOTICE = Statement(
    "add_notice",
    """
INSERT INTO public_notices (id, account_id, state, email, email_hash, address_hash, language, body, listings,
                            created_at, expires_at)
VALUES (:id, :account_id, 'awaiting_confirmation', :email, :email_hash, :address_hash, :language, :body, :listings,
        :now, :expires_at)
""",
)
