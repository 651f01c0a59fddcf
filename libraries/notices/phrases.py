"""How people say what the law asks them to say: tables of phrases, English here, the others in `languages`.

Each phrase is searched in plain text (`plain.py`) without regard to case. Gaps are bounded and stay inside a sentence,
so that the time a phrase takes grows with the text and no faster.
"""

import re
from dataclasses import dataclass

from libraries.notices.languages import every
from libraries.notices.model import Element
from libraries.notices.patterns import spaced


@dataclass(frozen=True, slots=True)
class Phrases:
    """A pattern; `together`, where given, has to match in the same paragraph."""

    any_of: re.Pattern[str]
    together: re.Pattern[str] | None = None


def _phrases(*any_of: str, together: tuple[str, ...] = ()) -> Phrases:
    return Phrases(spaced(*any_of), spaced(*together) if together else None)


_UNDER_PERJURY = (
    r"penalt(?:y|ies) (?:of|for) perjury",
    r"under oath",
    r"\bperjury\b",
    *every("under_perjury"),
)

STATEMENTS: dict[Element, Phrases] = {
    # 17 USC 512(c)(3)(A)(v): "a good faith belief that use of the material ... is not authorized"
    Element.GOOD_FAITH: _phrases(
        r"good[ -]faith (?:and reasonable )?(?:belief|opinion|reason)",
        r"\bbeliev\w+,? in good[ -]faith",
        r"\bin good[ -]faith\b[^.]{0,120}(?:belie|infring|not (?:been )?authori|without)",
        r"\bbona fide belie",
        r"\b(?:firmly|sincerely|honestly|reasonabl[ey]|truly) belie\w+[^.]{0,160}\b(?:not"
        r"|nor) (?:\w+ ){0,2}(?:authori|permi|licen|allow)",
        *every("statements", Element.GOOD_FAITH),
    ),
    # 17 USC 512(c)(3)(A)(vi): "a statement that the information in the notification is accurate"
    Element.ACCURACY: _phrases(
        r"\binformation\b[^.]{0,160}\b(?:is|are|being|as)\b[^.]{0,40}\b(?:accurate|correct|true|truthful)\b",
        r"\b(?:true|correct|complete|full)(?: and|,) (?:accurate|correct|true|complete)\b",
        r"\baccurate(?: and|,) (?:true|complete|correct|truthful)\b",
        r"\b(?:notice|notification|statements?|complaint|claims?|allegations?|foregoing|above|details|report)\b"
        r"[^.]{0,60}\b(?:is|are)\b[^.]{0,30}\b(?:accurate|correct|truthful)\b",
        r"\baccuracy of (?:the|this|my|our|all) (?:information|notice|notification|statements?)",
        *every("statements", Element.ACCURACY),
    ),
    # 17 USC 512(c)(3)(A)(vi): "and under penalty of perjury, that the complaining party is authorized to act"
    Element.AUTHORITY_UNDER_PERJURY: _phrases(
        *_UNDER_PERJURY,
        together=(
            r"\bauthori[sz]\w+ (?:\w+ ){0,4}(?:to|by|agent|representative)",
            r"\b(?:owners?|holders?|proprietors?|licensees?|on behalf|agents?|owns)\b",
            *every("authorised"),
        ),
    ),
    # 17 USC 512(g)(3)(C): "a good faith belief that the material was removed ... as a result of mistake"
    Element.MISTAKE_UNDER_PERJURY: _phrases(
        *_UNDER_PERJURY,
        together=(
            r"\b(?:mistake\w*|misidentif\w+|misunderst\w+|error|erroneous\w*|wrong\w*|incorrect\w*)\b",
            *every("mistaken"),
        ),
    ),
    # 17 USC 512(g)(3)(D): "the subscriber consents to the jurisdiction of Federal District Court"
    Element.CONSENT_TO_JURISDICTION: _phrases(
        r"(?<!not\s)\b(?:consent|submit|subject|agree|accept)\w*\b[^.]{0,80}\bjurisdiction",
        *every("statements", Element.CONSENT_TO_JURISDICTION),
    ),
    # 17 USC 512(g)(3)(D): "and that the subscriber will accept service of process"
    Element.ACCEPTS_SERVICE: _phrases(
        r"(?<!not\s)\baccept\w*\b[^.]{0,40}\bservice of (?:the )?(?:process|legal|documents)",
        r"(?<!not\s)\b(?:consent|agree|accept)\w* (?:to )?service (?:by|from|on behalf)",
        *every("statements", Element.ACCEPTS_SERVICE),
    ),
}

# 17 USC 512(c)(3)(A)(ii): "identification of the copyrighted work claimed to have been infringed"
WORK = _phrases(
    r"\b(?:original|copyright(?:ed)?|protected|proprietary) (?:\w+ ){0,2}"
    r"(?:works?|products?|content|code|software|materials?|files?|titles?|books?|photographs?|images?|fonts?"
    r"|apps?|games?|designs?)\b",
    r"\b(?:i am|we are|is|as) (?:the )?(?:\w+ ){0,4}(?:owner|holder|author|creator|publisher"
    r"|proprietor)s? (?:and \w+ )?(?:of|to|in|for)\b",
    r"\b(?:own|owns|owned|hold|holds|holding) (?:\w+ ){0,6}(?:copyrights?|trade ?marks?|patents?|rights|designs?)\b",
    r"\b(?:copyrights?|rights) (?:of|to|in|over|for) (?:the|this|our|my|these|all)\b",
    r"\b(?:my|our|his|her|their|'s) (?:\w+(?:'s)? ){0,4}(?:works?|code|source code|software|product|book"
    r"|photos?|photographs?|images?|artwork|font|app|game|design"
    r"|repository|project|platform|system|website|program|library|framework|tool|service|logo|brand|name|data"
    r"|mark|listing|plugin|theme|template|course|song|film|video|materials?|content|files?|documents?"
    r"|intellectual property)\b",
    (
        r"\b(?:i|we) (?:own|created|took|made|wrote|designed|drew|painted|photographed|composed|recorded"
        r"|publish(?:ed)?) (?:\w+ ){0,4}"
        r"(?:works?|code|software|products?|books?|photos?|photographs?|images?|pictures?|artworks?"
        r"|illustrations?|drawings?"
        r"|paintings?|fonts?|apps?|games?|designs?|logos?|brands?|patterns?|songs?|films?|videos?|texts?"
        r"|articles?|names?)\b"
    ),
    r"\b(?:property|proprietary|confidential) (?:\w+ ){0,3}(?:of|belonging|information|code|documents?)\b",
    r"\b(?:registered )?(?:trade ?marks?|service marks?|design|patent)(?: registration)? (?:\w+ ){0,3}(?:no|nr"
    r"|number|reg)\b",
    r"\btrade ?marks? \S",
    r"\b(?:infring\w+|violat\w+|cop(?:y|ies|ied)) (?:of |on |upon )?(?:our|my|the) \w+"
    r"|\b\w+ (?:is|was|are|were|being) infringed",
    r"\b(?:titles?|work|works) (?:listed|named|described|identified)\b",
    *every("work"),
)
