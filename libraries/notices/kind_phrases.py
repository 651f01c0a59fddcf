"""The phrases that tell a complaint, the answer to one and its withdrawal apart, in English; others in `languages`.

The deed of the writer decides, not the subject: "the seller cancelled our orders" takes nothing back, and "files were
taken down" asks for nothing. So a phrase is one of a person (I, we, a request to the reader) with an object (my notice,
our listing).
"""

from libraries.notices.languages import every
from libraries.notices.model import Element
from libraries.notices.patterns import spaced

# Only the author of a counter-notice says these: the statements of 17 USC 512(g)(3)(C) and (D).
COUNTERS = spaced(
    r"(?:result of|by|due to) (?:a )?(?:mistake|error) or (?:a )?misidentification",
    r"consent to (?:the )?(?:\w+ ){0,3}jurisdiction",
    r"accept\w* service of (?:the )?process",
    r"dispute the notice\.",
    *every("counters"),
)
NAMES_COUNTER = spaced(
    r"\b(?:this|a|my|our|dmca|formal|following|submit\w*|fil\w+) (?:is a )?(?:dmca )?"
    r"counter[ -]?(?:noti(?:ce|fication)|claim)",
    *every("names_counter"),
)
GUIDES_TO_COUNTER = spaced(r"(?:how to|guide to|if you|may|can) (?:\w+ ){0,3}\S{0,3}submit")

_REQUEST = (
    r"(?:notices?|notifications?|requests?|complaints?|reports?|claims?|dmcas?|take-?downs?|submissions?|filings?"
    r"|tickets?|flags?|strikes?|cases?)"
)
_OF_A_REQUEST = (  # no word that begins another thought, and none of who else it may be
    r"(?:(?!(?:and|or|but|because|their|his|her|its|your|seller's|counter[ -]?(?:noti"
    rf"|claim)\w*)\b)[\[\w'#/-]{{1,30}}[ ,]{{1,2}}){{0,7}}{_REQUEST}\b"
)
_TAKES_BACK = r"(?:withdraw|retract|rescind|revoke|cancel|annul|recall|drop|void|nullify|take back|pull back|close)"
_WE = r"\b(?:i|we|i'd|we'd|i'm|we're|i've|we've|undersigned|client|company)\b"
_WISH = (
    r"(?:(?:would|should|must|will|do|have|has|had|am|are|is|be|been|now|also|then|thus|therefore|hereby"
    r"|herewith|formally"
    r"|officially|fully|unconditionally|voluntarily|immediately|completely|like|wish|wishes|want|wants|need"
    r"|intend|decided"
    r"|decide|agreed|writing|request|requesting|asking|ask|please|kindly|to|you|that|"
    r"choose|elected|elect|happy|ready|it|as|soon|possible) ){0,7}"
)
_PLEASE = r"\b(?:please|kindly|could you|can you|would you|you can|you may)(?: (?:also|now|do|therefore|kindly|just))?"
_MISTAKENLY = (
    r"(?:in error|by (?:mistake|accident|error)|mistakenly|accidentally|erroneously|unintentionally|in mistake)"
)
_FILED = r"(?:filed|sent|submitted|made|issued|reported|flagged|listed|included|lodged|raised|opened|posted)"
NOT_MEANT = spaced(
    r"(?:\bnot|n't|never|cannot|refus\w+|declin\w+|without|\bif|unless|until|\bonce|\bwhen|\bafter|\bbefore"
    r"|whether|in order|ask\w* us|told us|told me"
    r"|asks me|asked me|want\w* (?:us|me)|urg\w+ (?:us|me)|demand\w* (?:that )?(?:we|us|i)|pressur\w+"
    r"|threat\w+|\bmay|\byou|\bthey|\bhe|\bshe|\bsellers?|\busers?|\binfringers?|\bcomplainants?"
    r"|\bclaimants?|\breporters?"
    r"|\bmight|\bcan) (?:\w+ ){0,4}$"
)
RETRACTS = spaced(
    r"\b(?:retraction|withdrawal|rescission|cancell?ation) (?:of|for) " + _OF_A_REQUEST,
    r"\b(?:dmca|notice|takedown|claim|complaint|report|copyright)(?:'s)? (?:retraction|withdrawal)\b",
    r"\brequest\w* (?:a |the |for )?(?:full |complete )?(?:retraction|withdrawal)\b",
    r"\b(?:retraction|withdrawal) (?:notice|letter|request|statement)\b",
    rf"{_WE} {_WISH}{_TAKES_BACK}(?:s|n|ing|ting|ting)? {_OF_A_REQUEST}",
    rf"{_WE} {_WISH}(?:retracted|withdrawn|rescinded|revoked|cancell?ed|retracting|withdrawing|rescinding|revoking"
    rf"|cancell?ing) {_OF_A_REQUEST}",
    r"\b(?:would like|wants?|wish(?:es)?|decided|agreed|elects?|decision|explicitly|formally"
    rf"|hereby) (?:\w+ ){{0,4}}{_TAKES_BACK}s? {_OF_A_REQUEST}",
    r"\b(?:am|is|are) (?:now |hereby |therefore |formally )?(?:retracting|withdrawing|rescinding|revoking"
    rf"|cancell?ing) {_OF_A_REQUEST}",
    rf"\b(?:you (?:may|can) )?have (?:the|this|our|my) (?:\w+ ){{0,4}}{_REQUEST} (?:withdrawn|retracted"
    r"|rescinded|revoked|cancell?ed|closed)\b",
    rf"^\W{{0,9}}(?:withdraw|retract|rescind|revoke|cancel|disregard|ignore)(?:ing)? {_OF_A_REQUEST}",
    rf"{_PLEASE} (?:{_TAKES_BACK}|remove|delete|discard|disregard|ignore|treat|consider) {_OF_A_REQUEST}",
    rf"\b(?:ask|asking|request|requesting) (?:\w+ ){{0,4}}(?:to )?(?:{_TAKES_BACK}|disregard|ignore) {_OF_A_REQUEST}",
    rf"\b(?:this|our|my|that|these|said) (?:\w+ ){{0,5}}{_REQUEST} (?:\w+ ){{0,4}}(?:is|are|should be|can be"
    r"|may be|to be) "
    r"(?:now |hereby |herewith |considered |regarded |treated |as )*"
    r"(?:withdrawn|retracted|rescinded|revoked|cancell?ed|void|closed|dropped|disregarded|ignored)\b",
    rf"\b(?:consider|treat|regard) (?:\w+ ){{0,6}}{_REQUEST} (?:\w+ ){{0,3}}(?:withdrawn|retracted|rescinded|revoked"
    r"|cancell?ed|void|closed|moot)\b",
    r"\b(?:i|we) (?:\w+ ){0,3}(?:accidentally|mistakenly|erroneously|wrongly|incorrectly|wrongfully) (?:\w+ )?"
    r"(?:filed|sent|submitted|reported|flagged|lodged|included|listed)\b",
    rf"\b(?:i|we) (?:have |had )?{_FILED} [^.]{{0,90}}\b{_MISTAKENLY}",
    rf"\b(?:this|our|my|that|the) (?:(?!counter)\w+ ){{0,5}}{_REQUEST} (?:\w+ ){{0,4}}(?:was|were|has been"
    r"|have been|is) "
    rf"(?:\w+ ){{0,2}}{_FILED} (?:\w+ ){{0,4}}{_MISTAKENLY}",
    rf"\b(?:this|our|my|that|the) (?:(?!counter)\w+ ){{0,5}}{_REQUEST} (?:was|were|has been|is) "
    rf"(?:{_MISTAKENLY} {_FILED}|(?:an? |my |our )?(?:honest )?(?:mistake|error)\b)",
    r"\bno longer (?:wish|want|intend|plan)\w* to (?:pursue|proceed|maintain|uphold|claim|object|enforce|continue)",
    r"\b(?:i|we) (?:\w+ ){0,2}no longer (?:\w+ ){0,3}(?:pursue|pursuing|proceed|maintain|uphold|claim|object"
    r"|enforce|want"
    r"|wish|require|need|stand by|oppose)\w*",
    r"\b(?:it|they|listings?|items?|offers?|content|material|repositor\w+|repos?|pages?|users?|sellers?)"
    r" (?:\w+ ){0,2}no longer infring\w*",
    r"\b(?:issue|matter|dispute)s? (?:has|have|is|was|were|are) (?:\w+ ){0,3}(?:resolved|settled)\b",
    *every("retracts"),
)
_BACK = (
    r"(?:re-?instat|re-?enabl|re-?stor|un-?block|re-?activat|un-?disabl|un-?suspend|re-?publish|re-?list|re-?open"
    r"|un-?delet|un-?hid)(?:e|ed|es|ement|ing|ion|ation|ment)?\b"
)
# Somebody asks the reader for something back.
ASKS_BACK = spaced(
    rf"{_PLEASE}(?: \w+){{0,3}} (?:{_BACK}|put (?:\w+ ){{1,6}}(?:back|up)|lift (?:the|this|that)"
    r"|bring (?:\w+ ){1,4}back|give (?:\w+ ){1,4}back|return (?:my|our))",
    rf"\b(?:request|requests|requested|requesting|ask|asks|asking|want|demand|urge|like|wish|seek|apply|hope|plead)\b"
    rf"(?: (?!not\b|never\b)[\w'-]+){{0,9}} {_BACK}",
    r"\b(?:want|like|need|get|have|give me|give us) (?:my|our) (?:\w+ ){1,4}back\b",
    r"\breverse (?:the|this|your|our) (?:\w+ )?(?:dmca|take|removal|decision|deletion|suspension|ban)",
    rf"\b(?:should|must|can|may|could) (?:\w+ ){{0,2}}be (?:\w+ )?{_BACK}",
    r"^\W{0,9}(?:re-?instate|re-?enable|restore|unblock|reactivate) (?:my|our|the|this|these|all)\b",
)
_THING = (
    r"(?:listings?|items?|products?|offers?|ads?|adverts?|shops?|stores?|storefronts?|accounts?"
    r"|repositor(?:y|ies)|repos?"
    r"|pages?|websites?|sites?|content|videos?|posts?|uploads?|works?|app|packages?|projects?|files?"
    r"|designs?|goods|asins?)"
)
_GONE = (
    r"(?:removed|taken down|disabled|deleted|suspended|blocked|delisted|deactivated|restricted|pulled|banned|hidden)"
)
_OF_OURS = rf"\b(?:my|our) (?:\w+ ){{0,4}}{_THING}\b"
# Somebody speaks as the one whose listing it is.
_IS_ACCUSED = (
    rf"{_OF_OURS}[^.]{{0,80}} (?:was|were|been|is|are|got|being) (?:\w+ ){{0,3}}{_GONE}",
    (
        r"\b(?:removal|takedown|take-down|suspension|deletion|deactivation|blocking|disabling"
        rf"|delisting) of {_OF_OURS[2:]}"
    ),
    (
        r"\b(?:removed|took down|disabled|deleted|suspended|blocked|delisted|deactivated|restricted"
        rf"|banned) {_OF_OURS[2:]}"
    ),
    rf"{_BACK} (?:of )?{_OF_OURS[2:]}",
    (
        r"\b(?:complaint|claim|notice|report|takedown|strike|allegation|accusation)s? (?:was |were |filed |made |is )*"
        r"against (?:me|us|my|our)\b"
    ),
)
IS_THE_SELLER = spaced(
    *_IS_ACCUSED,
    r"\b(?:(?:i am|i'm|we are|we're) (?:an? |the )?|as (?:an? |the ))(?:\w+ ){0,3}(?:seller|vendor|merchant"
    r"|shop owner|store owner|uploader"
    r"|reseller|retailer|distributor|lister|account holder|repository owner|owner of the (?:listing|item"
    r"|offer|shop|store"
    r"|repo|account))\b",
)
DEFENDS = spaced(
    r"\b(?:authentic|genuine|original|legitimate|licen[sc]ed?|invoices?|receipts?|fair use|public domain"
    r"|permission from)\b",
    r"\b(?:not|n't|no) (?:\w+ ){0,3}(?:infring\w*|counterfeits?|fakes?|cop(?:y|ies))\b",
    r"\b(?:is|are) (?:mine|ours|my own|our own)\b",
)
DEFENDS_ITSELF = spaced(*_IS_ACCUSED)
DISPUTES = spaced(
    r"\b(?:i|we) (?:\w+ ){0,3}(?:dispute|contest|object to|disagree with|challenge|deny|reject|appeal|oppose"
    r"|refute)\b"
    r" (?:against |to |from )?(?:the|this|that|your|these|their|all|any) (?:\w+ ){0,3}(?:claims?|notices?"
    r"|removals?|take-?downs?"
    r"|complaints?|decisions?|reports?|allegations?|accusations?|deletion|suspension|infringement|strike)\b",
    r"\bappeal(?:ing)? (?:against |of |to |from )?(?:the|this|your|a) (?:\w+ ){0,2}(?:removal|take-?down"
    r"|decision|suspension"
    r"|deletion|ban|strike)",
    rf"\b(?:wrongly|wrongfully|mistakenly|incorrectly|unfairly|unjustly|erroneously|falsely) {_GONE}",
    r"\b(?!(?:report|notice|complaint|claim|case|has|have)s?\b)\w+ (?:was|were|has been"
    rf"|have been) {_GONE} (?:\w+ ){{0,3}}{_MISTAKENLY}",
    rf"\b(?:{_GONE[3:-1]}|took down) {_OF_OURS[2:]}[^.]{{0,80}}\b{_MISTAKENLY}",
    *every("disputes"),
)
# Somebody speaks as the one who complained.
COMPLAINED_BEFORE = spaced(
    rf"\b(?:my|our) (?:(?!counter)[\w-]+ ){{0,4}}{_REQUEST}\b",
    r"\b(?:i|we) (?:\w+ ){0,3}(?:filed|reported|submitted|sent|flagged|complained|requested)\b",
    r"\b(?:with|by) the (?:seller|user|developer|repository owner|repo owner|owner of the repo\w*|uploader"
    r"|infringer)\b",
    r"\b(?:the )?(?:seller|user|developer|repository owner|repo owner|uploader|infringer|they|he|she) (?:has"
    r"|have|had)\b",
)

# What the statements of 17 USC 512(c)(3)(A)(v) and (vi) end in, in most people's words.
STATEMENTS = spaced(
    r"(?:owner|holder|agent)[^.]{0,60}\bor (?:by )?the law\b",
    r"exclusive right that is allegedly infringed",
)
ASKS_REMOVAL = spaced(
    rf"{_PLEASE}(?: \w+){{0,3}} (?:remove|take|delete|disable|block|delist|close|stop)\b(?! (?:the |this "
    r"|your )?(?:strike|claim|notice"
    r"|restriction|ban|block|suspension|complaint|report))",
    r"\b(?:request|ask|demand|require|want)\w* (?:\w+ ){0,6}(?:removal|remov|take ?-?down|taken down|delet"
    r"|disabl)\w*(?! of my| of our)",
)
ACCUSES = spaced(
    r"good[ -]faith belief that (?:the )?(?:\w+ ){0,6}(?:use|usage|page|material|publication|disputed|activity|this)",
    r"\binfring\w+",
    r"\bcounterfeit\w*",
    r"\bfakes?\b",
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
    *every("statements", Element.GOOD_FAITH),
)
# What the platform publishes of its own decisions is nobody's notice.
REPORTS_A_DECISION = spaced(
    r"\b(?:has|have|we) (?:\w+ ){0,2}(?:reversed|rejected|declined|reject) (?:the|this|your) "
    r"(?:dmca )?(?:counter[ -]?)?noti(?:ce|fication)",
)
NOT_OURS = spaced(
    r"\b(?:seller|sellers|user|they|he|she|who|infringer|respondent|party|their|his|her|receiv\w+|despite"
    r"|after|against"
    r"|in response to|reject\w*|without)(?: \w+){0,3} ?$"
)
