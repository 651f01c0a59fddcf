"""Whether a text complains, answers a complaint, takes one back, or does none of these."""

from services.intake.domain.notices.languages import every
from services.intake.domain.notices.model import NoticeKind
from services.intake.domain.notices.patterns import spaced

# Only the author of a counter-notice says these: the statements of 17 USC 512(g)(3)(C) and (D).
_COUNTERS = spaced(
    r"(?:result of|by|due to) (?:a )?(?:mistake|error) or (?:a )?misidentification",
    r"consent to (?:the )?(?:\w+ ){0,3}jurisdiction",
    r"accept\w* service of (?:the )?process",
    r"dispute the notice\.",
    r"files? were taken down",
    *every("counters"),
)
_NAMES_COUNTER = spaced(
    r"\b(?:this|a|my|our|dmca|formal|following|submit\w*|fil\w+) (?:is a )?(?:dmca )?"
    r"counter[ -]?(?:noti(?:ce|fication)|claim)",
    *every("names_counter"),
)
_GUIDES_TO_COUNTER = spaced(r"(?:how to|guide to|if you|may|can) (?:\w+ ){0,3}\S{0,3}submit")

_REQUESTS = r"(?:notices?|notifications?|requests?|complaints?|reports?|claims?|dmca|take-?downs?)"
_RETRACTS = spaced(
    r"\bretract(?:s|ed|ing|ion)?\b",
    rf"\b(?:withdraw|withdrawn|withdrawing|withdrawal|rescind\w*|revok\w+|cancel\w*|take back|recall)\b"
    rf"[^.]{{0,80}}\b{_REQUESTS}\b",
    rf"\b{_REQUESTS}\b[^.]{{0,60}}\b(?:withdrawn|rescinded|revoked|cancell?ed|retracted"
    r"|in error|by mistake|mistakenly|accidentally)\b",
    r"\b(?:re-?instat|re-?enabl|restor|unblock|re-?activat|un-?disabl)\w*\b",
    r"\blift the (?:ban|block)",
    r"\bput (?:\w+ ){1,4}back (?:up|online)",
    r"\breverse (?:the|this|our) (?:dmca|take)",
    r"\b(?:accidentally|mistakenly|erroneously|wrongly) (?:reported|filed|sent|submitted|included|listed|flagged)",
    r"\bno longer (?:infring|wish|want|claim)\w*",
    r"\b(?:issue|matter|dispute) (?:has been|is|was) (?:now )?resolved",
    *every("retracts"),
)

# What the statements of 17 USC 512(c)(3)(A)(v) and (vi) end in, in most people's words.
_STATEMENTS = spaced(
    r"(?:owner|holder|agent)[^.]{0,60}\bor (?:by )?the law\b",
    r"exclusive right that is allegedly infringed",
)
_ACCUSES = spaced(
    r"good[ -]faith belief that (?:the )?(?:\w+ ){0,6}(?:use|usage|page|material|publication|disputed|activity|this)",
    r"\binfring\w+",
    r"\bcounterfeit\w*",
    r"\bpirat(?:ed|e|ing)\b",
    r"\bunauthori[sz]ed\b",
    r"\bwithout (?:\w+ ){0,3}(?:permission|consent|authori[sz]ation)",
    r"\bstolen\b",
    r"\btake\w* (?:it |this |them )?down\b",
    r"\bplagiari\w+",
    r"\bviolat\w+ (?:of )?(?:my|our|the|its|their)\b",
    r"\b(?:our|my) (?:copyright|trade ?mark|patent|design)",
    r"\billegal(?:ly)?\b",
    r"\bcop(?:y|ied|ies) (?:of )?(?:my|our)\b",
    r"\b(?:leaked|proprietary|confidential)\b",
    r"\bdmca\b",
    *every("accuses"),
)
# What the platform publishes of its own decisions is nobody's notice.
_REPORTS_A_DECISION = spaced(
    r"\b(?:has|have|we) (?:\w+ ){0,2}(?:reversed|rejected|declined|reject) (?:the|this|your) "
    r"(?:dmca )?(?:counter[ -]?)?noti(?:ce|fication)",
)
_OPENING_WORDS = 60


def kind_of(plain: str) -> NoticeKind:
    """What the text is. A statement that only one kind makes weighs more than words that all of them use."""
    if _REPORTS_A_DECISION.search(plain):
        return NoticeKind.OTHER
    if _COUNTERS.search(plain):
        return NoticeKind.COUNTER_NOTICE
    if _retracts(plain):
        return NoticeKind.RETRACTION
    if _STATEMENTS.search(plain):
        return NoticeKind.NOTICE
    for named in _NAMES_COUNTER.finditer(plain):
        if not _GUIDES_TO_COUNTER.search(plain, max(0, named.start() - 40), named.end()):
            return NoticeKind.COUNTER_NOTICE
    return NoticeKind.NOTICE if _ACCUSES.search(plain) else NoticeKind.OTHER


def _retracts(plain: str) -> bool:
    """A retraction may quote its notice below; a notice may speak of restoring things, but does not open with it."""
    retracts = _RETRACTS.search(plain)
    if retracts is None:
        return False
    statement = _STATEMENTS.search(plain)
    opens_with_it = len(plain[: retracts.start()].split()) < _OPENING_WORDS
    return statement is None or (retracts.start() < statement.start() and opens_with_it)
