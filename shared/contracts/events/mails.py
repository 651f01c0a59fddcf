"""Events by which intake has mail sent to notifiers without an account. No party reads them."""

from datetime import datetime
from enum import StrEnum

from ..event import Event
from ..ids import NoticeId


class NoticeLetter(StrEnum):
    """A letter about a notice."""

    CONFIRM = "confirm"
    RECEIPT = "receipt"
    QUESTION = "question"
    REMINDER = "reminder"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    OUTCOME = "outcome"


class _OfNotice(Event):
    notice_id: NoticeId

    @property
    def subject_id(self) -> str:
        return self.notice_id


class NoticeMailRequested(
    _OfNotice, name="marque.internal.notice_mail.requested.v1", producer="intake", audience="internal"
):  # fmt: skip
    """A letter is to be sent. `sealed` is a `NoticeMail` that notify alone can open (JWE, RFC 7516)."""

    letter: NoticeLetter
    language: str
    sealed: str
    requested_at: datetime


class NoticeMailCalledOff(
    _OfNotice, name="marque.internal.notice_mail.called_off.v1", producer="intake", audience="internal"
):  # fmt: skip
    """These letters about a notice would say nothing any more, where they still wait for the mail server.

    Those of a higher version were asked for afterwards, and are sent.
    """

    letters: list[NoticeLetter]
