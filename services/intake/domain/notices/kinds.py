"""Whether a text complains, answers a complaint, takes one back, or does none of these."""

import re

from services.intake.domain.notices.model import NoticeKind

# Only the author of a counter-notice says these: the statements of 17 USC 512(g)(3)(C) and (D).
_COUNTERS = re.compile(
    r"(?:result\s+of|by|due\s+to)\s+(?:a\s+)?(?:mistake|error)\s+or\s+(?:a\s+)?misidentification"
    r"|consent\s+to\s+(?:the\s+)?(?:\w+\s+){0,3}jurisdiction"
    r"|accept\w*\s+service\s+of\s+(?:the\s+)?process"
    r"|dispute\s+the\s+notice\."
    r"|files?\s+were\s+taken\s+down"
    r"|(?:durch|wegen|infolge)\s+(?:eines\s+)?(?:versehens|irrtums|fehlers|verwechslung)"
    r"|(?:par|d'une)\s+erreur\s+ou\s+(?:d'une\s+)?(?:mauvaise\s+identification|confusion)"
    r"|(?:error|equivocación)\s+o\s+(?:una\s+)?(?:identificación\s+errónea|mala\s+identificación)",
    re.IGNORECASE,
)
_NAMES_COUNTER = re.compile(
    r"\b(?:this|a|my|our|dmca|formal|following|submit\w*|fil\w+)\s+(?:is\s+a\s+)?(?:dmca\s+)?counter[\s-]?(?:noti(?:ce|fication)|claim)"
    r"|\bgegendarstellung\b|\bgegenmitteilung\b|\bcontre-notification\b|\bcontranotificación\b",
    re.IGNORECASE,
)
_GUIDES_TO_COUNTER = re.compile(
    r"(?:how\s+to|guide\s+to|if\s+you|may|can)\s+(?:\w+\s+){0,3}\S{0,3}submit", re.IGNORECASE
)

_RETRACTS = re.compile(
    r"\bretract(?:s|ed|ing|ion)?\b"
    r"|\b(?:withdraw|withdrawn|withdrawing|withdrawal|rescind\w*|revok\w+|cancel\w*|take\s+back|recall)\b"
    r"[^.]{0,80}\b(?:notices?|notifications?|requests?|complaints?|reports?|claims?|dmca|take-?downs?)\b"
    r"|\b(?:notices?|notifications?|requests?|complaints?|claims?|dmca|take-?downs?)\b[^.]{0,60}"
    r"\b(?:withdrawn|rescinded|revoked|cancell?ed|retracted|in\s+error|by\s+mistake|mistakenly|accidentally)\b"
    r"|\b(?:re-?instat|re-?enabl|restor|unblock|re-?activat|un-?disabl)\w*\b"
    r"|\blift\s+the\s+(?:ban|block)|\bput\s+(?:\w+\s+){1,4}back\s+(?:up|online)|\breverse\s+(?:the|this|our)\s+(?:dmca|take)"
    r"|\b(?:accidentally|mistakenly|erroneously|wrongly)\s+(?:reported|filed|sent|submitted|included|listed|flagged)"
    r"|\bno\s+longer\s+(?:infring|wish|want|claim)\w*|\b(?:issue|matter|dispute)\s+(?:has\s+been|is|was)\s+(?:now\s+)?resolved"
    r"|\bzieh\w+[^.]{0,80}\bzurück\b|\bzurück(?:ziehen|nehmen|genommen|gezogen)\b"
    r"|\bretir(?:er|ons|e|ée?)\b[^.]{0,40}\b(?:notre|ma|la|cette)\s+(?:notification|plainte|demande|signalement)"
    r"|\bretir(?:ar|amos|o)\b[^.]{0,40}\b(?:nuestra|mi|la|esta)\s+(?:notificación|denuncia|reclamación|solicitud)",
    re.IGNORECASE,
)
_ACCUSES = re.compile(
    r"good[\s-]+faith\s+belief\s+that\s+(?:the\s+)?(?:\w+\s+){0,6}(?:use|usage|page|material|publication|disputed|activity|this)"
    r"|\bexclusive\s+right\s+that\s+is\s+allegedly\s+infringed"
    r"|\binfring\w+|\bcounterfeit\w*|\bpirat(?:ed|e|ing)\b|\bunauthori[sz]ed\b|\bwithout\s+(?:\w+\s+){0,3}(?:permission|consent|authori[sz]ation)"
    r"|\bstolen\b|\btake\w*\s+(?:it\s+|this\s+|them\s+)?down\b|\bplagiari\w+|\bviolat\w+\s+(?:of\s+)?(?:my|our|the|its|their)\b"
    r"|\b(?:our|my)\s+(?:copyright|trade\s?mark|patent|design)|\billegal(?:ly)?\b|\bcop(?:y|ied|ies)\s+(?:of\s+)?(?:my|our)\b"
    r"|\b(?:leaked|proprietary|confidential)\b|\bdmca\b"
    r"|\b(?:verletz\w+|fälschung\w*|rechtswidrig\w*|nachahmung\w*|plagiat\w*|unbefugt\w*)\b"
    r"|\b(?:contrefa\w+|illicite\w*|sans\s+autorisation|atteinte\s+(?:à|aux))\b"
    r"|\b(?:infrac\w+|infring\w+|falsific\w+|ilícit\w+|sin\s+autorización|vulnera\w*)\b",
    re.IGNORECASE,
)
_STATEMENTS = re.compile(
    r"(?:owner|holder|agent)[^.]{0,60}\bor\s+(?:by\s+)?the\s+law\b|exclusive\s+right\s+that\s+is\s+allegedly\s+infringed",
    re.IGNORECASE,
)


def kind_of(plain: str) -> NoticeKind:
    """What the text is. A statement that only one kind makes weighs more than words that all of them use."""
    if _COUNTERS.search(plain):
        return NoticeKind.COUNTER_NOTICE
    retracts = _RETRACTS.search(plain)
    statement = _STATEMENTS.search(plain)
    # A retraction that quotes the notice has it below; a notice may speak of restoring things, after its statements.
    if retracts and (
        statement is None or retracts.start() < statement.start() and _opens_with(plain, retracts.start())
    ):
        return NoticeKind.RETRACTION
    if statement:
        return NoticeKind.NOTICE
    for named in _NAMES_COUNTER.finditer(plain):
        if not _GUIDES_TO_COUNTER.search(plain, max(0, named.start() - 40), named.end()):
            return NoticeKind.COUNTER_NOTICE
    return NoticeKind.NOTICE if _ACCUSES.search(plain) else NoticeKind.OTHER


def _opens_with(plain: str, position: int) -> bool:
    return len(plain[:position].split()) < 60
