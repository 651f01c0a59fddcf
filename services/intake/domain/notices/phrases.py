"""How people say what the law asks them to say: tables of phrases, in four languages.

Each phrase is searched in plain text (`plain.py`) without regard to case. Gaps are bounded and stay inside a sentence,
so that the time a phrase takes grows with the text and no faster.
"""

import re
from dataclasses import dataclass

from services.intake.domain.notices.model import Element
from services.intake.domain.notices.patterns import spaced


@dataclass(frozen=True, slots=True)
class Phrases:
    """What to look for; when `together` is given, it must stand in the same paragraph."""

    any_of: re.Pattern[str]
    together: re.Pattern[str] | None = None


def _phrases(*any_of: str, together: tuple[str, ...] = ()) -> Phrases:
    return Phrases(spaced(*any_of), spaced(*together) if together else None)


_UNDER_PERJURY = (
    r"penalt(?:y|ies) (?:of|for) perjury",
    r"under oath",
    r"\bperjury\b",
    r"eides ?statt|eidesstattlich|strafbarkeit (?:einer|der) falsch|strafe (?:des|eines) meineids",
    r"peine (?:de|du) parjure|sous serment|(?:sur|déclare) l'honneur|sanctions? pénales? (?:pour|du) (?:faux|parjure)",
    r"pena (?:de|del) perjurio|bajo juramento|juro",
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
        r"(?:in|nach|den|des) gute[mns] glauben?|nach bestem wissen",
        r"\bbonne foi\b",
        r"\bbuena fe\b",
    ),
    # 17 USC 512(c)(3)(A)(vi): "a statement that the information in the notification is accurate"
    Element.ACCURACY: _phrases(
        r"\binformation\b[^.]{0,160}\b(?:is|are|being|as)\b[^.]{0,40}\b(?:accurate|correct|true|truthful)\b",
        r"\b(?:true|correct|complete|full)(?: and|,) (?:accurate|correct|true|complete)\b",
        r"\baccurate(?: and|,) (?:true|complete|correct|truthful)\b",
        r"\b(?:notice|notification|statements?|complaint|claims?|allegations?|foregoing|above|details|report)\b"
        r"[^.]{0,60}\b(?:is|are)\b[^.]{0,30}\b(?:accurate|correct|truthful)\b",
        r"\baccuracy of (?:the|this|my|our|all) (?:information|notice|notification|statements?)",
        r"\b(?:angaben|informationen|aussagen|behauptungen)\b[^.]{0,160}\b(?:richtig|korrekt|zutreffend|wahr|genau"
        r"|vollständig)",
        r"\bwahrheitsgemäß",
        r"\b(?:informations?|renseignements|allégations|déclarations)\b[^.]{0,160}\b(?:exact|véridique|correct"
        r"|sincère)",
        r"\b(?:información|informaciones|datos|alegaciones)\b[^.]{0,160}\b(?:exact|precis|correct|veraz|veraces"
        r"|verídic|fidedign)",
    ),
    # 17 USC 512(c)(3)(A)(vi): "and under penalty of perjury, that the complaining party is authorized to act"
    Element.AUTHORITY_UNDER_PERJURY: _phrases(
        *_UNDER_PERJURY,
        together=(
            r"\bauthori[sz]\w+ (?:\w+ ){0,4}(?:to|by|agent|representative)",
            r"\b(?:owners?|holders?|proprietors?|licensees?|on behalf|agents?|owns)\b",
            r"\b(?:inhaber\w*|berechtigt\w*|bevollmächtigt\w*|urheber\w*|im namen|im auftrag|befugt)\b",
            r"\b(?:titulaires?|autorisée?s?|mandatée?s?|habilitée?s?|propriétaires?|au nom)\b",
            r"\b(?:titular\w*|autorizad\w+|propietari\w+|en nombre|facultad\w+)\b",
        ),
    ),
    # 17 USC 512(g)(3)(C): "a good faith belief that the material was removed ... as a result of mistake"
    Element.MISTAKE_UNDER_PERJURY: _phrases(
        *_UNDER_PERJURY,
        together=(
            r"\b(?:mistake\w*|misidentif\w+|misunderst\w+|error|erroneous\w*|wrong\w*|incorrect\w*)\b",
            r"\b(?:irrtum\w*|versehen\w*|fehler\w*|verwechs\w+)\b",
            r"\b(?:erreur|erronée?|confusion)\b",
            r"\b(?:error|errónea\w*|equivoca\w+)\b",
        ),
    ),
    # 17 USC 512(g)(3)(D): "the subscriber consents to the jurisdiction of Federal District Court"
    Element.CONSENT_TO_JURISDICTION: _phrases(
        r"(?<!not\s)\b(?:consent|submit|subject|agree|accept)\w*\b[^.]{0,80}\bjurisdiction",
        r"\b(?:gerichtsstand|gerichtsbarkeit|zuständigkeit)\b",
        r"\b(?:compétence|juridiction) (?:du|des|de la) (?:tribuna|cour)",
        r"\bjurisdicción\b",
    ),
    # 17 USC 512(g)(3)(D): "and that the subscriber will accept service of process"
    Element.ACCEPTS_SERVICE: _phrases(
        r"(?<!not\s)\baccept\w*\b[^.]{0,40}\bservice of (?:the )?(?:process|legal|documents)",
        r"(?<!not\s)\b(?:consent|agree|accept)\w* (?:to )?service (?:by|from|on behalf)",
        r"\bzustellung(?:en)?\b",
        r"\b(?:signification|notification) (?:des|d'|de tout) ?(?:actes?|assignations?)",
        r"\b(?:emplazamiento|notificaci(?:ón|ones) (?:judicial|procesal|de (?:la )?demanda)|citaci(?:ón|ones))",
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
    r"\b(?:property|proprietary|confidential) (?:\w+ ){0,3}(?:of|belonging|information|code|documents?)\b",
    r"\b(?:registered )?(?:trade ?marks?|service marks?|design|patent)(?: registration)? (?:\w+ ){0,3}(?:no|nr"
    r"|number|reg)\b",
    r"\btrade ?marks? \S",
    r"\b(?:infring\w+|violat\w+|cop(?:y|ies|ied)) (?:of |on |upon )?(?:our|my|the) \w+"
    r"|\b\w+ (?:is|was|are|were|being) infringed",
    r"\b(?:titles?|work|works) (?:listed|named|described|identified)\b",
    r"\b(?:inhaber\w*|urheber\w*) (?:\w+ ){0,4}(?:marke|rechte?|werk\w*|urheberrechte?|designs?|fotos?|bilder"
    r"|lichtbild\w*)\b|\b(?:unsere?|meine?)[rsnm]? "
    r"(?:\w+ ){0,3}(?:marke|werke?s?|produkte?s?|fotos?|bilder|software|designs?|texte?s?)\b|\bunionsmarke\b",
    r"\b(?:titulaire|auteur|propriétaire)s? (?:\w+ ){0,4}(?:de|du|des|d')|\b(?:notre|nos|mon|mes|ma) (?:\w+ ){0,3}"
    r"(?:œuvres?|oeuvres?|marques?|produits?|photos?|photographies|logiciels?|modèles?|dessins?)\b",
    r"\b(?:titular|autora?|propietari[oa])(?:es|s)? (?:\w+ ){0,4}(?:de|del)\b|\b(?:nuestr[oa]s?|mis?) (?:\w+ ){0,3}"
    r"(?:obras?|marcas?|productos?|fotos?|fotografías|programas?|diseños?)\b",
)
