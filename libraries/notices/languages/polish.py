"""Polish: letters under the DSA, the copyright act and the industrial property law."""

from libraries.notices.languages.words import Words
from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

_TRUE = r"(?:prawdziw|dokładn|zgodn|ścisł|rzetel|kompletn|prawidłow|poprawn)"
_REQUEST = r"(?:zgłoszeni\w+|zawiadomieni\w+|skarg\w*|wnios\w+|żądani\w+|reklamacj\w+|powiadomieni\w+)"
_THING = r"(?:ofert\w*|ogłoszeni\w+|aukcj\w+|produkt\w*|kont[oa]|sklep\w*|stron\w*|towar\w*)"
_OUR = r"(?:moj\w+|mój|nasz\w*|mojej|mojego)"

POLISH = Words(
    counters=(
        (
            r"(?:wskutek|na skutek|w wyniku|przez) (?:pomyłki|błędu|pomyłkę) lub (?:błędnej"
            r"|niewłaściwej|błędną) identyfikacj"
        ),
    ),
    names_counter=(
        r"\bsprzeciw (?:od|wobec) (?:zgłoszenia|usunięcia)",
        r"\bkontrzgłoszeni\w+",
        r"\bkontrzawiadomieni\w+",
        r"\bkontrnotyfikacj\w+",
    ),
    disputes=(
        (
            r"\b(?:sprzeciw\w*|odwoł\w+|kwestionuj\w+|zaprzecz\w+|nie zgadzam się|nie zgadzamy się"
            r"|protest\w+)\b[^.]{0,80}"
            r"\b(?:usunięci\w+|zgłoszeni\w+|blokad\w+|zablokowani\w+|decyzj\w+|zawieszeni\w+|skarg\w+|zarzut\w+)"
        ),
        (
            r"\b(?:przywróc\w+|odblok\w+|reaktyw\w+|ponown\w+ (?:opublik|aktyw"
            rf"|wystawi)\w+)\b[^.]{{0,40}}\b{_OUR} (?:\w+ ){{0,2}}{_THING}"
        ),
        rf"\b{_OUR} (?:\w+ ){{0,2}}{_THING}[^.]{{0,80}}\b(?:usunięt\w+|zablokowan\w+|zawieszon\w+)\b",
        r"\b(?:prosz\w+|wnosz\w+|żądam\w*|wnioskuj\w+) (?:\w+ ){0,2}(?:o )?przywróceni\w+",
        r"\b(?:niesłusznie|bezpodstawnie|omyłkowo|błędnie) (?:usunięt|zablokowan|zawieszon)\w+",
    ),
    retracts=(
        (
            r"\b(?:wycof(?:uję|ujemy|ać)|cof(?:am|amy)|anuluj(?:ę|emy)|odwołuj(?:ę|emy)"
            rf"|rezygnuj(?:ę|emy) z)\b[^.]{{0,60}}\b{_REQUEST}"
        ),
        (
            r"\b(?:prosz\w+ o|prosimy o) (?:wycofanie|anulowanie|pominięcie|zignorowanie"
            rf"|nieuwzględnianie) (?:\w+ ){{0,3}}{_REQUEST}"
        ),
        rf"\b(?:wycofanie|cofnięcie) (?:\w+ )?{_REQUEST}",
        (
            r"\b(?:omyłkowo|przez pomyłkę|błędnie|pomyłkowo) (?:zgłosi\w+|wysła\w+|zgłoszon\w+)"
            r"|\b(?:zgłosi|wysła)(?:łem|łam|liśmy) [^.]{0,40}(?:przez pomyłkę|omyłkowo)"
        ),
        rf"\b(?:prosz\w+ |prosimy )(?:zignorować|pominąć|anulować) (?:\w+ ){{0,3}}{_REQUEST}",
    ),
    accuses=(
        (
            r"\b(?:narusz\w+|podrób\w+|podrab\w+|podrobion\w+|fałszyw\w+|nielegaln\w+|bezprawn\w+"
            r"|plagiat\w*|pirac\w+|nieuprawnion\w+|kopiuj\w+|skopiowa\w+)"
        ),
        r"\bbez (?:\w+ ){0,4}(?:zgody|zezwolenia|licencji|pozwolenia|upoważnienia)\b",
        r"\bnigdy (?:\w+ ){0,3}(?:zgod|zezwol|licencj|udziel)\w*",
    ),
    claims={
        Claim.COUNTERFEIT: (r"podrób", r"podrab", r"podrobion", r"falsyfikat", r"fałszywe? (?:produkt|towar)"),
        Claim.GEOGRAPHICAL_INDICATION: (r"oznaczeni\w+ geograficzn", r"nazw\w+ pochodzenia"),
        Claim.PATENT: (r"\bpatent(?:u|em|y|owe|owy)?\b",),
        Claim.DESIGN: (r"wz[oó]r\w* (?:przemysłow|wspólnotow|użytkow)",),
        Claim.TRADEMARK: (r"znak\w* (?:towarow|słown|graficzn)", r"\bznaki? towarow"),
        Claim.COPYRIGHT: (r"praw\w* autorski", r"utw[oó]r", r"fotografi\w+|zdjęci\w+"),
    },
    laws={
        LegalBasis.DSA: (
            r"akt\w* o usługach cyfrowych",
            r"rozporządzeni\w+ (?:\w+ ){0,4}usług cyfrowych",
            r"ustaw\w+ o prawie autorskim",
            r"praw\w+ własności przemysłowej",
        ),
    },
    headings={
        Part.INFRINGER: (r"^sprzedawca$", r"^sprzedający$"),
        Part.REASONS: (r"^uzasadnienie", r"^powód", r"^przyczyna", r"^wyjaśnienie"),
        Part.WORK: (
            r"^tytuł (?:utworu|dzieła)$",
            r"^(?:utwór|dzieło|znak towarowy|prawo|patent|wzór)(?: (?:oryginaln|chronion)\w+)?$",
            r"chronion\w+ (?:utwór|dzieło|znak|prawo)",
        ),
        Part.MATERIAL: (
            (
                r"(?:naruszając\w+|nielegaln\w+|zgłaszan\w+|bezprawn\w+|kwestionowan\w+) (?:url"
                r"|link\w*|treś\w+|ofert\w+|ogłoszeni\w+|produkt\w*|adres\w*)"
            ),
        ),
        Part.SIGNATURE: (r"^podpis(?: elektroniczny)?$",),
        Part.CONTACT: (r"dane kontaktowe", r"^kontakt$", r"^telefon$", r"^adres$"),
        Part.NAME: (r"^imię i nazwisko$", r"^nazwa$"),
    },
    statements={
        Element.GOOD_FAITH: (r"\bdobr(?:ej|ą|a) wier(?:ze|ą|a)\b",),
        Element.ACCURACY: (
            rf"\b(?:informacj\w+|dane|oświadczeni\w+|twierdzeni\w+|powyższe)\b[^.]{{0,160}}\b{_TRUE}",
            r"\b(?:prawdziwoś\w+|zgodnoś\w+ z prawdą|dokładnoś\w+)",
        ),
        Element.CONSENT_TO_JURISDICTION: (r"\b(?:jurysdykcj\w+|właściwoś\w+ sądu)\b",),
        Element.ACCEPTS_SERVICE: (r"\bdoręcze\w+ (?:pism|pozwu|dokument)",),
    },
    under_perjury=(
        (
            r"pod (?:groźbą|rygorem|karą) (?:\w+ ){0,3}(?:odpowiedzialności|krzywoprzysięstw\w+)"
            r"|odpowiedzialnoś\w+ karn\w+|pod przysięgą"
        ),
        r"fałszyw\w+ (?:zezna|oświadcze)\w+|krzywoprzysięstw\w+",
    ),
    authorised=(
        (
            r"\b(?:właściciel\w*|uprawnion\w+|upoważnion\w+|autor\w*|pełnomocni\w+|w imieniu"
            r"|reprezent\w+|posiadacz\w*)\b"
        ),
    ),
    mistaken=(r"\b(?:pomył\w+|omyłk\w+|błęd\w+|błąd)\b",),
    work=(
        (
            r"\b(?:właściciel\w*|autor\w*|uprawnion\w+|posiadacz\w*"
            r"|twórc\w+) (?:\w+ ){0,4}(?:praw\w*|znak\w*|utwor\w*|zdję\w+|fotograf\w+|wzor\w*"
            r"|patent\w*|ilustracj\w+|książ\w+|projekt\w*|oprogramowani\w+)"
        ),
        (
            r"\b(?:moj\w+|mój|nasz\w*) (?:\w+ ){0,3}(?:utw\w+|znak\w*|produkt\w*|zdję\w+"
            r"|fotografi\w+|rysun\w+|ilustracj\w+|książ\w+|wz[oó]r\w*|projekt\w*|tekst\w*"
            r"|patent\w*)\b"
        ),
        r"\b(?:przysługuj\w+|posiada\w*) (?:\w+ ){0,4}praw\w*",
    ),
    complained=(
        (
            r"narusz\w+|podrób\w+|podrab\w+|podrobion\w+|nielegaln\w+|bezprawn\w+|zgłaszan\w+"
            r"|zgłosz\w+|usun\w+|skopiowan\w+|kopiuj\w+"
        ),
        (
            r"następując\w+ (?:\w+ )?(?:ofert\w*|ogłosze\w+|link\w*|adres\w*|produkt\w*)|(?:ta|te"
            r"|tej) ofert\w+|poniższ\w+"
        ),
        r"przywróc\w+|odblok\w+",
    ),
    original=(
        (
            r"(?:nasz\w+|moj\w+|mój) (?:\w+ ){0,2}(?:stron\w+|sklep\w*|witryn\w+|katalog\w*"
            r"|portfolio)|oryginaln\w+ (?:\w+ )?(?:produkt\w*|zdję\w+|utw\w+|fotografi\w+"
            r"|wersj\w+)|oryginał\w*"
        ),
    ),
    source=(r"kopi\w+ (?!moj|nasz)\w+$",),
    signed=(r"podpis(?: elektroniczny)?", r"podpisano", r"podpisał(?:a)?"),
    closings=(
        r"z poważaniem",
        r"z wyrazami szacunku",
        r"pozdrawiam\w*",
        r"pozdrowieni\w+",
        r"dziękuj\w+",
        r"łączę wyrazy",
        r"z góry dziękuj\w+",
    ),
    labels=(r"adres(?: e-mail)?", r"telefon", r"tel", r"kom"),
    reached=(
        r"\b(?:zamieszkał[ya]|z siedzibą|zam\.) (?:w|we|przy) \w",
        r"\b(?:telefon\w*|numer\w*|tel\.?) (?:\w+ ){0,3}\d{3}[ -]?\d{3}[ -]?\d{3}",
    ),
    streets=(r"\b(?:ul\.|al\.|pl\.|os\.) ?[A-ZŁŚŻĆ]\w+",),
    titles=(r"tytuł", r"utwór", r"znak towarowy", r"marka"),
    says_name=(r"nazywam się", r"ja,? niżej podpisan[ya],?"),
    and_=(r"i",),
    explains=(
        r"narusz\w+|podrób\w+|podrab\w+|plagiat\w*|kopiuj\w+|skopiowa\w+|wykorzyst\w+",
        r"bez (?:\w+ ){0,4}(?:zgody|zezwolenia|licencji|pozwolenia)",
    ),
)
