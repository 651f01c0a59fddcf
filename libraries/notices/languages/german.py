"""German: letters under the DSA, the UrhG, the MarkenG and the DesignG."""

from libraries.notices.languages.words import Words
from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

_TRUE = r"(?:richtig|korrekt|zutreffend|wahr|genau|vollständig)"

GERMAN = Words(
    counters=(r"(?:durch|wegen|infolge|aufgrund) (?:eines |einer )?(?:versehens|irrtums|fehlers|verwechslung)",),
    names_counter=(r"\bgegendarstellung\b", r"\bgegenmitteilung\b"),
    disputes=(
        (r"\b(?:widersprech\w*|widerspruch|einspruch)\b[^.]{0,80}\b(?:entfern\w+|lösch\w+|sperr\w+|meldung"
        r"|beanstandung"
        r"|abmahnung|deaktivier\w+|vorwurf|vorwürfe)"),
        r"\b(?:mein|unser)\w* (?:\w+ ){0,2}(?:angebot|artikel|inserat|anzeige|konto|shop)\w* (?:\w+ ){0,4}zu unrecht",
        (r"\b(?:mein|unser)\w* (?:\w+ ){0,2}(?:angebot|artikel|inserat|anzeige|konto|shop)\w*[^.]{0,80}"
        r"\b(?:wiederher\w+|freischalt\w+|freizuschalten|wieder (?:einstell|freigeb|online|aktivier)\w*"
        r"|reaktivier\w*|freigeben)"),
        r"\b(?:zu unrecht|fälschlich\w*|irrtümlich) (?:entfernt|gelöscht|gesperrt|deaktiviert)",
        r"\b(?:wiederherstellung|freischaltung|wiederfreigabe|reaktivierung) (?:meine|unsere|des|der)",
    ),
    retracts=(
        (r"\b(?:zieh|nehm)\w*\b[^.]{0,80}\b(?:meldung|beschwerde|beanstandung|anzeige|antrag|hinweis"
        r"|mitteilung)\b[^.]{0,160}\bzurück\b"),
        r"\b(?:ziehe|ziehen)\b[^.]{0,80}\bzurück\b",
        r"\bzurück(?:ziehen|nehmen|genommen|gezogen)\b",
        r"\brücknahme (?:unserer|meiner|der) (?:meldung|beschwerde|beanstandung)",
        r"\b(?:versehentlich|irrtümlich) (?:gemeldet|beanstandet)",
    ),
    accuses=(
        r"\b(?:verletz\w+|fälschung\w*|rechtswidrig\w*|nachahmung\w*|plagiat\w*|unbefugt\w*|raubkopie\w*)\b",
        r"rechtsverletzung\w*|\babmahnung",
        r"\bohne (?:\w+ ){0,4}(?:erlaubnis|zustimmung|genehmigung|lizenz|einwilligung)\b",
        r"\b(?:nie|nicht|niemals) (?:\w+ ){0,2}(?:erlaubt|gestattet|genehmigt|lizenziert|zugestimmt)\b",
    ),
    claims={
        Claim.COUNTERFEIT: (r"fälschung", r"gefälscht", r"produktpiraterie"),
        Claim.GEOGRAPHICAL_INDICATION: (r"geschützte (?:ursprungsbezeichnung|geografische angabe)",),
        Claim.PATENT: (r"\bpatente",),
        Claim.DESIGN: (r"geschmacksmuster", r"eingetragene[sn]? design", r"gemeinschaftsgeschmack", r"\bdesigng\b"),
        Claim.TRADEMARK: (r"\bmarken(?:recht|inhaber|zeichen|g\b)?", r"\bunionsmarke", r"\b(?:wort|bild)marke"),
        Claim.COPYRIGHT: (r"urheber", r"lichtbild", r"\burhg\b"),
    },
    laws={
        # A notice that rests on the law of a member state is one of the Union: docs/decisions/0013.
        LegalBasis.DSA: (
            r"gesetz über digitale dienste", r"\b(?:urhg|markeng|designg|uwg)\b",
            r"\b(?:urheberrechts|marken|digitale-dienste-)gesetz",
        ),
    },
    headings={
        Part.INFRINGER: (r"^verkäufer$",),
        Part.REASONS: (r"begründung",),
        Part.WORK: (r"originalwerk", r"geschütztes? (?:werk|marke|recht)", r"^(?:werk|marke|schutzrecht)e?s?$"),
        Part.MATERIAL: (
            r"(?:rechtsverletzende|beanstandete|gemeldete|verletzende)[rns]? (?:url|inhalt|angebot|link|artikel)",
        ),
        Part.SIGNATURE: (r"^unterschrift",),
        Part.CONTACT: (r"kontakt", r"^telefon$"),
    },
    statements={
        Element.GOOD_FAITH: (
            r"(?:in|nach|den|des) gute[mns] glauben?|nach bestem wissen",
            r"\bgutgläubig\b|\bnach treu und glauben\b|\bguten gewissens\b",
        ),
        Element.ACCURACY: (
            rf"\b(?:angaben|informationen|aussagen|behauptungen)\b[^.]{{0,160}}\b{_TRUE}",
            r"\bwahrheitsgemäß",
            r"\b(?:richtigkeit|vollständigkeit)\b[^.]{0,60}\b(?:angaben|meldung|mitteilung|ausführungen)",
        ),
        Element.CONSENT_TO_JURISDICTION: (r"\b(?:gerichtsstand|gerichtsbarkeit|zuständigkeit)\b",),
        Element.ACCEPTS_SERVICE: (r"\bzustellung(?:en)?\b",),
    },
    under_perjury=(
        r"eides ?statt|eidesstattlich|strafbarkeit (?:einer|der) falsch|strafe (?:des|eines) meineids",
    ),
    authorised=(
        r"\b(?:inhaber\w*|berechtigt\w*|bevollmächtigt\w*|urheber\w*|im namen|im auftrag|befugt)\b",
    ),
    mistaken=(r"\b(?:irrtum\w*|versehen\w*|fehler\w*|verwechs\w+)\b",),
    work=(
        r"\b(?:inhaber\w*|urheber\w*) (?:\w+ ){0,4}(?:(?:wort|bild)?marke|designs?|patents?|geschmacksmusters?)\b",
        r"\b(?:inhaber\w*|urheber\w*) (?:\w+ ){0,4}(?:rechte?|werk\w*|urheberrechte?|fotos?|bilder|lichtbild\w*)\b",
        r"\b(?:unsere?|meine?)[rsnm]? (?:\w+ ){0,3}(?:marke|werke?s?|produkte?s?|fotos?|bilder|software|designs?)\b",
        r"\b(?:unsere?|meine?)[rsnm]? (?:\w+ ){0,3}(?:texte?s?|\w*fotos?|aufnahmen?|zeichnung(?:en)?)\b",
        r"\b(?:unsere?|meine?)[rsnm]? (?:\w+ ){0,3}\w*b[uü]ch(?:er)?\b",
        r"\bunionsmarke\b|\bwortmarke\b",
    ),
    complained=(
        (r"verletz\w+|rechtswidrig\w*|fälschung\w*|beanstand\w+|gemeldete\w*|entfern\w+|lösch\w+|sperr\w+"
        r"|nachahmung\w*"),
        r"(?:folgende|nachstehend|aufgeführte)\w* (?:\w+ ){0,2}(?:angebot\w*|artikel\w*|links?)",
    ),
    original=(
        r"eigene\w*|unsere[rsnm]? (?:\w+ ){0,2}(?:website|webseite|seite|shop|werke?|produkte?|waren?)",
        r"meine[rsnm]? (?:\w+ ){0,2}(?:website|webseite|seite|shop)",
    ),
    source=(r"kopie (?:von|des|der) (?!mein|unser)",),
    signed=(r"unterschrift", r"gez\."),
    closings=(
        r"mit (?:\w+ )?(?:freundlichen|besten)", r"(?:freundliche|beste|schöne|liebe) grüße", r"hochachtungsvoll",
        r"viele grüße", r"gruß", r"mfg",
    ),
    labels=(r"telefon", r"anschrift", r"adresse", r"mobil", r"e-post"),
    reached=(r"\berreich\w+ (?:\w+ ){0,4}(?:unter|per)[^\n]{0,40}\d{3}",),
    streets=(r"[A-ZÄÖÜ][\w-]{1,30}(?:straße|strasse|str\.|weg|platz|gasse|allee|damm|ufer|ring) \d",),
    titles=(r"titel", r"werk", r"marke"),
    says_name=(r"mein name ist", r"ich heiße"),
    and_=(r"und",),
    explains=(
        r"verletz\w+|fälschung\w*|nachahmung\w*|plagiat\w*",
        r"ohne (?:\w+ ){0,4}(?:erlaubnis|zustimmung|genehmigung|lizenz|einwilligung)",
        r"(?:nie|nicht) (?:\w+ ){0,2}(?:erlaubt|gestattet|zugestimmt|berechtigt)",
    ),
)  # fmt: skip
