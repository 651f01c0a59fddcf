"""Errors for notifiers."""

from shared.runtime.errors import Conflict, MarqueError, NotFound, Unavailable


class NoMailServer(Unavailable):
    """The operator has set no mail server, so that no notice could be confirmed."""

    code = "no_mail_server"
    title = "Notices without an account cannot be taken here: no mail server is set"


class TooManyNotices(MarqueError):
    """So many notices came from one network address, or for one e-mail address, that no more are taken for a while."""

    status = 429
    code = "too_many_notices"
    title = "Too many notices from one address"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


class NoticeNotFound(NotFound):
    """No notice has this id, or the token does not open it."""

    code = "notice_not_found"
    title = "Notice not found, or the link is no longer good"


class NoticeConfirmed(Conflict):
    """The token was used."""

    code = "notice_confirmed"
    title = "The notice was confirmed already"


class NoticeNotHandedOn(Conflict):
    """Only a notice that was handed on is decided here; a filed one is decided by review."""

    code = "notice_not_handed_on"
    title = "The notice does not wait for the operator's decision"
