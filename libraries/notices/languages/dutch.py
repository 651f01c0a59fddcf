"""Dutch: letters under the DSA, the Auteurswet and the Benelux convention on intellectual property."""

from libraries.notices.languages.words import Words
from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

_TRUE = r"(?:juist|correct|waar\b|waarheid|nauwkeurig|accuraat|volledig)"
_REQUEST = r"(?:melding(?:en)?|kennisgeving(?:en)?|klachten?|verzoek(?:en)?|aangifte|sommatie)"
_THING = (
    r"(?:advertenties?|aanbod|aanbieding(?:en)?|artikel(?:en)?|product(?:en)?|account"
    r"|winkel|pagina|listing|winkelpagina)"
)

DUTCH = Words(
    counters=(
        (
            r"(?:door|wegens|als gevolg van) (?:een )?(?:vergissing|fout) of (?:een )?(?:verkeerde"
            r"|onjuiste) identificatie"
        ),
    ),
    names_counter=(r"\btegenmelding\b", r"\btegenkennisgeving\b", r"\btegenbericht\b"),
    disputes=(
        (
            r"\b(?:betwist\w*|maak\w* bezwaar|bezwaar tegen|teken\w* beroep|ga\w* in beroep"
            r"|verzet\w* (?:mij|ons))\b[^.]{0,80}"
            r"\b(?:verwijder\w+|melding|klacht|blokkering|schorsing|beslissing|claim|beschuldiging|opschorting)"
        ),
        (
            r"\b(?:mijn|onze"
            rf"|ons) (?:\w+ ){{0,2}}{_THING}[^.]{{0,100}}\b(?:terug ?(?:te )?plaats\w*|herstel\w*"
            r"|te herstellen|weer (?:online|vrij|actief|beschikbaar)|heractiv\w+|deblokk\w+"
            r"|vrij te geven)"
        ),
        (
            rf"\b(?:herstel\w*|heractiv\w+|deblokk\w+|terugplaats\w+)\b[^.]{{0,40}}\b(?:mijn|onze"
            rf"|ons) (?:\w+ ){{0,2}}{_THING}"
        ),
        (
            rf"\b(?:mijn|onze|ons) (?:\w+ ){{0,2}}{_THING}[^.]{{0,80}}\b(?:ten onrechte|onterecht"
            r"|verwijderd|geblokkeerd|geschorst)\b"
        ),
        r"\b(?:verzoek\w*|vraag|vragen|eis\w*) (?:\w+ ){0,3}(?:herstel|terugplaatsing|heractivering)\b",
    ),
    retracts=(
        rf"\btrek\w*\b[^.]{{0,80}}\b{_REQUEST}\b[^.]{{0,160}}\b(?:terug|in)\b",
        (
            rf"\b(?:mijn|onze|deze|de) (?:\w+ ){{0,2}}{_REQUEST}\b[^.]{{0,80}}\b(?:intrekken"
            r"|in te trekken|terugtrekken|terug te trekken|ingetrokken|annuleren|te annuleren"
            r"|laten vervallen)\b"
        ),
        rf"\b(?:intrekking|annulering) van (?:mijn|onze|de) (?:\w+ )?{_REQUEST}",
        rf"\b(?:negeer|negeren|beschouw)\w*\b[^.]{{0,20}} (?:mijn|onze|deze|de) (?:\w+ ){{0,2}}{_REQUEST}",
        r"\b(?:per ongeluk|per vergissing|abusievelijk|ten onrechte) (?:gemeld|ingediend|verstuurd|gerapporteerd)",
    ),
    accuses=(
        (
            r"\b(?:inbreuk\w*|namaak\w*|nagemaakt\w*|vervals\w+|nep\w*|onrechtmatig\w*|illega\w+"
            r"|plagiaat|piraterij|gekopieerd\w*|schend\w+)\b"
        ),
        r"\bzonder (?:\w+ ){0,4}(?:toestemming|licentie|vergunning|goedkeuring)\b",
        r"\b(?:nooit|geen) (?:\w+ ){0,3}(?:toestemming|licentie|goedgekeurd)\b",
    ),
    claims={
        Claim.COUNTERFEIT: (r"namaak", r"nagemaakt", r"vervals", r"\bnep"),
        Claim.GEOGRAPHICAL_INDICATION: (r"oorsprongsbenaming", r"geografische aanduiding"),
        Claim.PATENT: (r"\boctrooi",),
        Claim.DESIGN: (
            r"(?:model|tekening)recht",
            r"gemeenschapsmodel",
            r"geregistreerde? model",
            r"ingeschreven model",
        ),
        Claim.TRADEMARK: (
            r"\bmerk(?:en|recht|houder|registratie|inbreuk)?\b",
            r"\bbeeldmerk",
            r"\bwoordmerk",
            r"\bhandelsmerk",
        ),
        Claim.COPYRIGHT: (r"auteursrecht", r"\bauteurswet", r"\bfoto's\b"),
    },
    laws={
        LegalBasis.DSA: (
            r"digitaledienstenverordening",
            r"verordening (?:\w+ ){0,3}digitale diensten",
            r"\bauteurswet\b",
            r"\bBVIE\b",
            r"6:196c",
        ),
    },
    headings={
        Part.INFRINGER: (r"^verkoper$",),
        Part.REASONS: (r"^reden(?:en)?$", r"^toelichting", r"^motivering"),
        Part.WORK: (
            r"^titel van het werk$",
            r"^(?:origineel werk|werk|merk|recht|octrooi|model)$",
            r"beschermd (?:werk|merk|recht)",
        ),
        Part.MATERIAL: (
            (
                r"(?:inbreukmakende?|illegale|gemelde|onrechtmatige|betreffende) (?:url|link|content"
                r"|inhoud|advertentie|aanbieding|artikel|product)"
            ),
        ),
        Part.SIGNATURE: (r"^(?:elektronische )?handtekening$",),
        Part.CONTACT: (r"contactgegevens", r"^telefoon(?:nummer)?$", r"^adres$"),
        Part.NAME: (r"^naam$",),
    },
    statements={
        Element.GOOD_FAITH: (r"\bgoede[rn]? trouw\b|\bte goeder trouw\b",),
        Element.ACCURACY: (
            rf"\b(?:informatie|gegevens|verklaringen|mededelingen|bovenstaande|stellingen)\b[^.]{{0,160}}\b{_TRUE}",
            r"\b(?:juistheid|volledigheid|waarheid) van\b|\bnaar waarheid\b",
        ),
        Element.CONSENT_TO_JURISDICTION: (
            r"\b(?:rechtsmacht|bevoegde rechter|bevoegdheid van de rechtbank|jurisdictie)\b",
        ),
        Element.ACCEPTS_SERVICE: (r"\bbetekening(?:en)?\b|\bdagvaarding(?:en)?\b",),
    },
    under_perjury=(
        (
            r"straffe van meineed|\bmeineed\b|onder ede\b|\bzweer\b"
            r"|strafbaarheid van (?:een )?valse verklaring"
        ),
    ),
    authorised=(
        (
            r"\b(?:rechthebbende\w*|eigenaar|houder|gemachtigd\w*|bevoegd\w*|namens|merkhouder"
            r"|auteursrechthebbende|maker|vertegenwoordig\w+)\b"
        ),
    ),
    mistaken=(r"\b(?:vergissing|fout|abusievelijk|verkeerd\w*|misverstand)\b",),
    work=(
        r"\b(?:rechthebbende|eigenaar|houder|maker|auteur|eigenares|fotograaf|merkhouder) (?:\w+ ){0,4}(?:van|op)\b",
        (
            r"\b(?:onze|ons|mijn) (?:\w+ ){0,3}(?:werk(?:en)?|merk(?:en)?|product(?:en)?|foto's"
            r"|foto|tekening(?:en)?|illustraties?|boek(?:en)?|software|model|octrooi"
            r"|ontwerp(?:en)?|teksten?|patro(?:on|nen))\b"
        ),
        r"\b(?:merk|octrooi|model)[^.\n]{1,60}(?:nr\.|nummer|ingeschreven|geregistreerd)",
    ),
    complained=(
        (
            r"inbreuk\w*|namaak\w*|nagemaakt\w*|vervals\w+|nep\w*|illega\w+|onrechtmatig\w*"
            r"|gemeld\w*|verwijder\w+|gekopieerd\w*"
        ),
        (
            r"volgende (?:\w+ )?(?:advertenties|links|aanbiedingen|artikelen|producten|adressen)"
            r"|deze (?:advertenties?|aanbieding\w*)|verkoopt een kopie"
        ),
        r"herstel\w*|terugplaats\w*",
    ),
    original=(
        (
            r"(?:onze|mijn|ons) (?:\w+ ){0,2}(?:website|site|winkel|webshop|webwinkel|pagina"
            r"|catalogus)|originele? (?:\w+ )?(?:foto|werk|product|ontwerp|afbeelding)\w*"
            r"|het origineel"
        ),
        r"echte producten",
    ),
    source=(r"kopie van (?!mijn |onze |ons )",),
    signed=(r"(?:elektronische )?handtekening", r"ondertekend(?: door)?", r"w\.g\.", r"getekend"),
    closings=(
        r"met (?:vriendelijke|hartelijke|beste) groet\w*",
        r"hoogachtend",
        r"groet(?:en|jes)?",
        r"vriendelijke groet\w*",
        r"bedankt",
        r"mvg",
    ),
    labels=(r"adres", r"telefoon(?:nummer)?", r"mobiel", r"e-mailadres"),
    reached=(
        r"\b(?:wonende|gevestigd|kantoorhoudende?) (?:te|in|aan) \w",
        r"\bbereik\w* (?:\w+ ){0,4}(?:op|via|onder)[^\n]{0,40}\d{3}",
    ),
    streets=(r"[A-Z][\w-]{1,30}(?:straat|laan|weg|plein|gracht|kade|singel|dijk|pad) \d",),
    titles=(r"titel", r"werk", r"merk"),
    says_name=(r"mijn naam is", r"ik heet", r"ondergetekende,?"),
    and_=(r"en",),
    explains=(
        r"inbreuk\w*|namaak\w*|vervals\w+|gekopieerd\w*|plagiaat",
        r"zonder (?:\w+ ){0,4}(?:toestemming|licentie|goedkeuring)|nooit (?:\w+ ){0,3}toestemming",
    ),
)
