"""Italian: letters under the DSA, the Codice della proprietà industriale and the Legge sul diritto d'autore."""

from libraries.notices.languages.words import Words
from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

_TRUE = r"(?:esatt|accurat|corrett|verit|vere\b|veri\b|vera\b|vero\b|complet)"
_REQUEST = r"(?:segnalazion[ei]|reclamo|denuncia|richiest[ae]|notific(?:a|he)|diffida|avviso)"
_THING = r"(?:inserzion[ei]|annunci[oa]?|articol[oi]|prodott[oi]|offert[ae]|account|negozio|profilo|pagina)"

ITALIAN = Words(
    counters=(
        (
            r"(?:per|a causa di|in seguito a) (?:un )?errore o (?:di |per )?(?:un'?)?(?:errata"
            r"|erronea) identificazione"
        ),
    ),
    names_counter=(r"\bcontro-?notifica\b", r"\bcontro-?segnalazione\b", r"\breplica alla segnalazione\b"),
    disputes=(
        (
            r"\b(?:contest\w+|mi oppongo|ci opponiamo|resping\w+|impugn\w+|reclamo contro)\b[^.]{0,80}"
            r"\b(?:rimozione|cancellazione|segnalazione|sospensione|decisione|reclamo|accus[ae]|blocco)"
        ),
        (
            r"\b(?:ripristin\w+|riattiv\w+|ripubblic\w+|rimetter\w*|riammett\w+"
            rf"|sblocc\w+)\b[^.]{{0,40}}\b(?:mi[oae]|miei|nostr[oaie]) (?:\w+ ){{0,2}}{_THING}"
        ),
        (
            rf"\b(?:mi[oae]|miei|nostr[oaie]) (?:\w+ ){{0,2}}{_THING}[^.]{{0,80}}\b(?:rimoss"
            r"|cancellat|sospes|bloccat|disattivat|eliminat)"
        ),
        (
            r"\b(?:chied\w+|richied\w+|domand\w+) (?:\w+ ){0,3}(?:il ripristino|la riattivazione"
            r"|la ripubblicazione|la riammissione)"
        ),
        r"\b(?:rimoss|cancellat|sospes|bloccat)[oaie] (?:per errore|ingiustamente|a torto)",
    ),
    retracts=(
        (
            r"\b(?:ritir(?:o|iamo|are)|revoc(?:o|hiamo|are)|annull(?:o|iamo|are|ate|are)"
            rf"|rinunci(?:o|amo|are) a)\b[^.]{{0,50}}\b(?:la |alla |il |al )?(?:mia|mio|nostra"
            rf"|nostro|questa|presente|precedente|predetta|suddetta) (?:\w+ ){{0,2}}{_REQUEST}"
        ),
        rf"\b(?:ritir(?:o|iamo)|revoc(?:o|hiamo)) (?:la|il|le|questa|ogni) {_REQUEST}",
        rf"\bignor(?:are|ate|i) (?:la|il) (?:\w+ ){{0,2}}{_REQUEST}",
        rf"\b(?:ritiro|revoca|annullamento) (?:della|del) (?:\w+ ){{0,2}}{_REQUEST}",
        (
            r"\b(?:segnalat|inviat|presentat)[oaie] (?:per errore|erroneamente)\b"
            r"|\b(?:erroneamente|per errore) (?:segnalat|inviat)[oaie]"
        ),
        rf"\bconsider(?:are|ate|i) (?:\w+ ){{0,4}}{_REQUEST} (?:\w+ ){{0,2}}(?:ritirat|annullat|revocat)",
    ),
    accuses=(
        (
            r"\b(?:contraffa\w+|contraffazion\w+|falsi\b|fals[oae]\b|illecit\w+|illegal\w+"
            r"|pirat\w+|plagi\w+|imitazion\w+|abusiv\w+)"
        ),
        r"\bviol(?:a|ano|azione|azioni|ando|ato|are)\b",
        r"\bsenza (?:\w+ ){0,4}(?:autorizzazione|permesso|consenso|licenza)\b|\bnon autorizzat\w+",
        r"\bcopi(?:a|ano|ato|ata|ate|ati) (?:\w+ ){0,2}(?:mi[oae]|miei|nostr[oaie]|il|la|le|i)\b|\bdiffida\b",
        r"\bmai (?:\w+ ){0,2}(?:autorizzat|concess|consentit|dato)\w*",
    ),
    claims={
        Claim.COUNTERFEIT: (r"contraffa", r"\bfalsi\b", r"\bfals[oae]\b", r"\bimitazion"),
        Claim.GEOGRAPHICAL_INDICATION: (r"denominazione di origine", r"indicazione geografica", r"\bDOP\b", r"\bIGP\b"),
        Claim.PATENT: (r"\bbrevett",),
        Claim.DESIGN: (r"(?:disegn[oi]|modell[oi]) (?:registrat|comunitari|industrial|ornamental|o modell)",),
        Claim.TRADEMARK: (r"\bmarchi[oa]?\b",),
        Claim.COPYRIGHT: (r"diritt[oi] d'autore", r"\bopera (?:protetta|dell'ingegno|originale)", r"fotografi[ae]\b"),
    },
    laws={
        LegalBasis.DSA: (
            r"regolamento (?:\w+ ){0,3}servizi digitali",
            r"legge (?:n\. ?)?633/1941",
            r"legge (?:sul|22 aprile 1941)",
            r"codice della propriet[àa] industriale",
            r"d\.? ?lgs\.? ?(?:n\. ?)?30/2005",
        ),
    },
    headings={
        Part.INFRINGER: (r"^venditore$",),
        Part.REASONS: (r"^motiv[oi]", r"^motivazion[ei]", r"^spiegazione"),
        Part.WORK: (
            r"^titolo dell'opera$",
            (
                r"^(?:opera|marchio|diritto|brevetto|disegno)(?: (?:originale|protett[oa]|violat[oa]"
                r"|registrat[oa]))?$"
            ),
        ),
        Part.MATERIAL: (
            (
                r"(?:contenut[oi]|inserzion[ei]|annunci[oa]?|link|url|offert[ae]"
                r"|articol[oi]) (?:contraffatt|illecit|segnalat|in violazione|contestat|incriminat)"
            ),
        ),
        Part.SIGNATURE: (r"^firma(?: elettronica)?$",),
        Part.CONTACT: (r"^(?:dati di )?contatt[oi]$", r"^recapit[oi]", r"^telefono$", r"^indirizzo"),
        Part.NAME: (r"^nome(?: e cognome)?$",),
    },
    statements={
        Element.GOOD_FAITH: (r"\bbuona fede\b",),
        Element.ACCURACY: (
            (
                r"\b(?:informazioni|dati|dichiarazioni|affermazioni|quanto (?:sopra|esposto"
                rf"|dichiarato))\b[^.]{{0,160}}\b{_TRUE}"
            ),
            r"\b(?:esattezza|veridicit[àa]|correttezza|accuratezza) (?:di|dei|delle|della)\b",
        ),
        Element.CONSENT_TO_JURISDICTION: (r"\b(?:giurisdizione|foro competente|competenza del tribunale)\b",),
        Element.ACCEPTS_SERVICE: (r"\bnotific(?:a|he|azione) (?:degli |di )?(?:atti|atto|citazion)",),
    },
    under_perjury=(
        r"pena (?:di|dello) spergiuro|sotto giuramento|\bgiuro\b|falsa testimonianza|responsabilit[àa] penale",
        r"consapevole delle (?:sanzioni|conseguenze|responsabilit[àa])|d\.?p\.?r\.? ?(?:n\. ?)?445/2000",
    ),
    authorised=(
        (
            r"\b(?:titolar[ei]|autorizzat[oaie]|proprietari[oa]|mandat[oa]|incaricat[oa]|per conto"
            r"|a nome|legale rappresentante|autore|autrice)\b"
        ),
    ),
    mistaken=(r"\b(?:errore|erronea\w*|sbagli\w+|equivoco)\b",),
    work=(
        r"\b(?:titolar[ei]|autore|autrice|proprietari[oa]) (?:\w+ ){0,4}(?:del|della|dei|delle|dell|di)\b",
        (
            r"\b(?:nostr[oaie]|mi[oae]|miei) (?:\w+ ){0,3}(?:oper[ae]|march[ioe]+|prodott[oi]|foto"
            r"|fotografi[ae]|disegn[oi]|illustrazion[ei]|libr[oi]|software|borse?|modell[oi]"
            r"|brevetto|test[oi]|ricam[oi])\b"
        ),
        r"\b(?:marchio|brevetto|modello)[^.\n]{1,60}(?:n\.|numero|registrat)",
    ),
    complained=(
        (
            r"contraffa\w+|illecit\w+|viola\w*|segnalat\w+|rimuover\w+|rimozion\w+|eliminar\w+"
            r"|incriminat\w+|falsi\b|fals[oae]\b"
        ),
        (
            r"seguenti (?:\w+ )?(?:inserzioni|annunci|link|offerte|articoli|indirizzi)|(?:questa"
            r"|queste) (?:inserzion|offert)\w+|vend(?:e|ono) (?:una |delle )?copi[ae]"
        ),
        r"ripristin\w+|riattiv\w+",
    ),
    original=(
        r"(?:nostr[oa]|mi[oa]) (?:\w+ ){0,2}(?:sito|negozio|pagina|catalogo|portfolio)|prodott[oi] original[ei]",
        (
            r"(?:opera|foto|fotografia|immagine|versione|originale) (?:originale|autentica"
            r"|è (?:qui|pubblicat\w+|visibile))"
        ),
    ),
    source=(r"copi[ae] (?:di|del|della) (?!mi[oa] |nostr)",),
    signed=(r"firma(?: elettronica| digitale)?", r"firmato(?: da)?", r"f\.to"),
    closings=(
        r"cordialmente",
        r"cordiali saluti",
        r"distinti saluti",
        r"saluti",
        r"in fede",
        r"con osservanza",
        r"grazie",
        r"un saluto",
    ),
    labels=(r"indirizzo", r"telefono", r"cellulare", r"posta elettronica", r"pec", r"recapito"),
    reached=(
        r"\b(?:residente|con sede|domiciliat[oa]) (?:legale )?(?:in|a) \w",
        r"\b(?:telefono|tel|cell)\w*\.? (?:al )?3\d\d ?\d",
    ),
    streets=(r"\b(?:Via|Viale|Piazza|Corso|Largo|Vicolo) [A-Z]\w+",),
    titles=(r"titolo", r"opera", r"marchio"),
    says_name=(r"mi chiamo", r"il sottoscritto", r"la sottoscritta", r"io sottoscritt[oa],?"),
    and_=(r"e",),
    explains=(
        r"contraffa\w+|viol(?:a|ano|azione)\b|imitazion\w+|plagi\w+|riprodu\w+",
        r"senza (?:\w+ ){0,4}(?:autorizzazione|permesso|consenso|licenza)|mai (?:\w+ ){0,2}autorizzat",
    ),
)
