"""Spanish: letters under the DSA, the LSSI, the Ley de Propiedad Intelectual and the Ley de Marcas."""

from libraries.notices.languages.words import Words
from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

_TRUE = r"(?:exact|precis|correct|ciert|veraz|veraces|verídic|fidedign)"

SPANISH = Words(
    counters=(r"(?:error|equivocación) o (?:por )?(?:una )?(?:identificación errónea|mala identificación)",),
    names_counter=(r"\bcontranotificación\b",),
    disputes=(
        (r"\b(?:impugn\w+|me opongo a|nos oponemos a|rechaz\w+|disput\w+|recurr\w+|apel\w+)\b[^.]{0,60}"
        r"\b(?:retirada|eliminación|denuncia|reclamación|decisión|notificación|suspensión|acusación)"),
        (r"\b(?:restabl\w+|restaur\w+|reactiv\w+|repon\w+|repong\w+|volver a publicar|reposición) (?:\w+ ){0,3}"
        r"(?:mis?|nuestr[oa]s?) (?:\w+ )?(?:anuncio|oferta|artículo|cuenta|tienda|producto|publicación)"),
        (r"\b(?:mis?|nuestr[oa]s?) (?:\w+ )?(?:anuncio|oferta|artículo|cuenta|tienda|producto"
        r"|publicación)(?:es|s)?[^.]{0,60}"
        r"\b(?:fue|fueron|ha sido|han sido) (?:\w+ )?(?:retirad|eliminad|suspendid|desactivad|bloquead)"),
        r"(?:solicit\w+|pid\w+|exij\w+) (?:\w+ ){0,2}(?:restablecimiento|reactivación|reposición|restauración)",
    ),
    retracts=(
        r"\bretir(?:ar|amos|o)\b[^.]{0,40}\b(?:nuestra|mi|la|esta) (?:notificación|denuncia|reclamación|solicitud)",
        r"\b(?:desist\w+|dejamos sin efecto|anul\w+)\b[^.]{0,40}\b(?:notificación|denuncia|reclamación|solicitud)",
    ),
    accuses=(
        r"\b(?:infrac\w+|infring\w+|falsific\w+|ilícit\w+|sin autorización|vulnera\w*|plagi\w+|pirate\w+|imitaci\w+)",
        r"\bsin (?:\w+ ){0,3}(?:permiso|consentimiento|licencia)\b",
        r"\b(?:nunca|nadie|jamás|no) (?:\w+ ){0,3}(?:autorizado|permiso|consentido|licencia)\b",
        r"\bcopian? (?:mis?|nuestr[oa]s?)\b",
    ),
    claims={
        Claim.COUNTERFEIT: (r"falsificaci", r"falsificad", r"imitaciones?\b"),
        Claim.GEOGRAPHICAL_INDICATION: (r"denominación de origen", r"indicación geográfica"),
        Claim.PATENT: (r"\bpatentad", r"modelo de utilidad"),
        Claim.DESIGN: (r"diseño (?:registrado|industrial|comunitario)",),
        Claim.TRADEMARK: (r"\bmarcas?\b",),
        Claim.COPYRIGHT: (r"derechos? de autor", r"propiedad intelectual"),
    },
    laws={
        # A notice that rests on the law of a member state is one of the Union: docs/decisions/0013.
        LegalBasis.DSA: (
            r"(?:ley|reglamento) de servicios digitales", r"\blssi(?:-?ce)?\b", r"ley 34/2002", r"ley 17/2001",
            r"ley de (?:marcas|propiedad intelectual)", r"1/1996",
        ),
    },
    headings={
        Part.INFRINGER: (r"^vendedor$",),
        Part.REASONS: (r"motivos?", r"explicación"),
        Part.WORK: (r"^(?:obra|marca)s?(?: original| protegida)?$",),
        Part.MATERIAL: (r"(?:contenido|enlace|anuncio|url|oferta)s? (?:infractor|ilícit|denunciad|en cuestión)",),
        Part.SIGNATURE: (r"^firma(?: electrónica)?$",),
        Part.CONTACT: (r"datos de contacto", r"^(?:teléfono|correo)$"),
        Part.NAME: (r"^nombre$",),
    },
    statements={
        Element.GOOD_FAITH: (r"\bbuena fe\b",),
        Element.ACCURACY: (
            rf"\b(?:información|informaciones|datos|alegaciones|manifestaciones|hechos)\b[^.]{{0,160}}\b{_TRUE}",
            rf"\blo (?:aquí |anteriormente )?(?:expuesto|manifestado|declarado)\b[^.]{{0,60}}\b{_TRUE}",
            r"\b(?:exactitud|veracidad) de\b",
        ),
        Element.CONSENT_TO_JURISDICTION: (r"\bjurisdicción\b",),
        Element.ACCEPTS_SERVICE: (
            r"\b(?:emplazamiento|notificaci(?:ón|ones) (?:judicial|procesal|de (?:la )?demanda)|citaci(?:ón|ones))",
        ),
    },
    under_perjury=(r"pena (?:de|del) perjurio|bajo juramento|juro",),
    authorised=(r"\b(?:titular\w*|autorizad\w+|propietari\w+|en nombre|facultad\w+)\b",),
    mistaken=(r"\b(?:error|errónea\w*|equivoca\w+)\b",),
    work=(
        r"\b(?:titular|autora?|propietari[oa])(?:es|s)? (?:\w+ ){0,4}(?:de|del)\b",
        (r"\b(?:nuestr[oa]s?|mis?) (?:\w+ ){0,3}(?:obras?|marcas?|productos?|fotos?|fotografías|programas?"
        r"|diseños?)\b"),
        r"\b(?:nuestr[oa]s?|mis?) (?:\w+ ){0,3}(?:dibujos?|ilustraci[oó]n|libros?|manual|creaci[oó]n)(?:es)?\b",
    ),
    complained=(
        r"infract\w+|ilícit\w*|falsific\w*|denunciad\w*|elimin\w+|siguientes (?:anuncios|enlaces|ofertas)",
        r"copian (?:mis?|nuestr[oa]s?)|están vendiendo",
    ),
    original=(
        r"nuestr[oa] (?:\w+ ){0,2}(?:sitio|tienda|página)",
        r"mi (?:\w+ ){0,2}(?:sitio|tienda|página)|productos? auténticos?",
    ),
    source=(r"copia de (?!mi |mis |nuestr)",),
    signed=(r"firma(?: electrónica)?", r"fdo\.", r"firmado"),
    closings=(r"atentamente", r"saludos", r"(?:reciban? )?un (?:cordial )?saludo", r"cordialmente", r"gracias"),
    labels=(r"dirección", r"teléfono", r"correo(?: electrónico)?", r"móvil", r"tfno", r"domicilio"),
    reached=(
        r"\bcon domicilio (?:social |profesional )?en \w",
        r"\b(?:llamar\w*|teléfono) (?:\w+ ){0,3}(?:al? )?[6789]\d\d ?\d",
    ),
    streets=(r"(?:Calle|Avenida|Avda\.|Plaza|Paseo|C/) ?[A-Z]",),
    titles=(r"título", r"obra", r"marca"),
    says_name=(r"me llamo", r"mi nombre es"),
    and_=(r"y",),
    explains=(
        r"infrac\w+|falsific\w+|reproduc\w+|imitaci\w+|copian (?:mis?|nuestr[oa]s?)",
        r"sin (?:\w+ ){0,3}(?:autorización|permiso|consentimiento|licencia)",
    ),
)  # fmt: skip
