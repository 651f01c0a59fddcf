"""Portuguese, of Portugal and Brazil: letters under the DSA and the copyright and industrial property codes."""

from libraries.notices.languages.words import Words
from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

_TRUE = r"(?:exat|exact|correct|corret|verdadeir|verídic|precis|fidedign|complet)"
_REQUEST = r"(?:notificaç(?:ão|ões)|denúncias?|reclamaç(?:ão|ões)|pedidos?|queixas?|solicitaç(?:ão|ões))"
_THING = r"(?:anúncios?|artigos?|produtos?|ofertas?|contas?|lojas?|páginas?|publicaç(?:ão|ões))"

PORTUGUESE = Words(
    counters=(
        (
            r"(?:por|devido a|resultado de) (?:um )?(?:erro|engano) ou (?:de "
            r"|por )?(?:uma )?(?:má )?identificação (?:errada|incorreta|errónea)?"
        ),
    ),
    names_counter=(r"\bcontra-?notificação\b",),
    disputes=(
        (
            r"\b(?:contest\w+|oponho-me|opomo-nos|me oponho|discord\w+|impugn\w+|recorr\w+|recurso contra)\b[^.]{0,80}"
            r"\b(?:remoção|retirada|denúncia|suspensão|decisão|reclamação|exclusão|notificação|acusação|bloqueio)"
        ),
        (
            r"\b(?:restab\w+|restaur\w+|reativ\w+|reactiv\w+|repor|reponham|republic\w+"
            rf"|desbloque\w+|recoloc\w+)\b[^.]{{0,40}}\b(?:meus?|minhas?|nossos?"
            rf"|nossas?) (?:\w+ ){{0,2}}{_THING}"
        ),
        (
            rf"\b(?:meus?|minhas?|nossos?|nossas?) (?:\w+ ){{0,2}}{_THING}[^.]{{0,80}}\b(?:foi"
            r"|foram) (?:\w+ )?(?:removid|retirad|suspens|bloquead|excluíd|eliminad|desativad)"
        ),
        (
            r"\b(?:solicit\w+|peço|pedimos|requeiro|requeremos"
            r"|exij\w+) (?:\w+ ){0,3}(?:o restabelecimento|a reposição|a reativação|a reactivação"
            r"|a restauração)"
        ),
        r"\b(?:removid|retirad|suspens|bloquead)[oa]s? (?:por engano|indevidamente|injustamente|por erro)",
    ),
    retracts=(
        (
            r"\b(?:retir(?:o|amos|ar)|desist(?:o|imos|ir) d[aeo]|cancel(?:o|amos|ar|em)|revog(?:o"
            rf"|amos|ar)|anul(?:o|amos|ar))\b[^.]{{0,50}}\b(?:minha|nossa|esta|presente|meu|nosso"
            rf"|anterior|deste|desta) (?:\w+ ){{0,2}}{_REQUEST}"
        ),
        rf"\b(?:retir(?:o|amos)|desist(?:o|imos)|revog(?:o|amos)) (?:a|da|o|do) {_REQUEST}",
        rf"\b(?:desconsider(?:em|ar|e)|ignor(?:em|ar|e)) (?:a|o) (?:\w+ ){{0,2}}{_REQUEST}",
        rf"\b(?:retirada|desistência|cancelamento) (?:da|do) (?:\w+ ){{0,2}}{_REQUEST}",
        (
            r"\b(?:denunciei|denunciámos|denunciamos|enviei|enviámos|enviamos|reportei|enviad[oa]"
            r"|apresentad[oa]) [^.]{0,60}(?:por engano|por erro|por lapso)"
        ),
        (
            r"\b(?:considerem|considerar"
            rf"|considere) (?:\w+ ){{0,4}}{_REQUEST} (?:\w+ ){{0,2}}(?:retirad|cancelad|sem efeito)"
        ),
    ),
    accuses=(
        (
            r"\b(?:contrafa\w+|contrafe\w+|falsific\w+|falsos?|falsas?|ilícit\w+|ilega\w+|infrator\w*|pirat\w+"
            r"|plági\w+|plagi\w+|imitaç\w+|infring\w+|infraç\w+)\b"
        ),
        r"\bviol(?:a|am|ação|ações|ando|ado)\b",
        r"\bsem (?:\w+ ){0,4}(?:autorização|permissão|consentimento|licença)\b|\bnão autorizad\w+",
        r"\bcopi(?:a|am|ou|aram) (?:\w+ ){0,2}(?:meus?|minhas?|nossos?|nossas?)\b",
        r"\b(?:nunca|jamais) (?:\w+ ){0,3}(?:autoriz|licenci|permit|consent)\w*",
    ),
    claims={
        Claim.COUNTERFEIT: (r"contrafa", r"contrafe", r"falsific", r"\bfalsos?\b", r"\bfalsas?\b"),
        Claim.GEOGRAPHICAL_INDICATION: (r"denominação de origem", r"indicação geográfica"),
        Claim.PATENT: (r"\bpatentead", r"\bpatente\b", r"modelo de utilidade"),
        Claim.DESIGN: (r"(?:desenhos? ou modelos?|desenho industrial|modelo (?:registad|comunitári|industrial))",),
        Claim.TRADEMARK: (r"\bmarcas?\b",),
        Claim.COPYRIGHT: (r"direitos? (?:de autor|autora)", r"obra (?:protegida|original)", r"fotografias?\b"),
    },
    laws={
        LegalBasis.DSA: (
            r"regulamento (?:\w+ ){0,3}serviços digitais",
            r"código do direito de autor",
            r"código da propriedade industrial",
            r"\bCDADC\b",
        ),
    },
    headings={
        Part.INFRINGER: (r"^vendedor$",),
        Part.REASONS: (r"^motivos?", r"^justificação", r"^explicação", r"^fundamentação"),
        Part.WORK: (
            r"^título da obra$",
            (
                r"^(?:obra|marca|direito|patente)s?(?: (?:original|protegid[oa]|violad[oa]"
                r"|registad[oa]|registrad[oa]))?$"
            ),
        ),
        Part.MATERIAL: (
            (
                r"(?:conteúdo|anúncio|link|url|oferta|artigo|produto)s? (?:infrator|ilícit|ilega"
                r"|denunciad|em causa|em questão|contrafeit|falsificad)"
            ),
        ),
        Part.SIGNATURE: (r"^assinatura(?: eletrónica| eletrônica| digital)?$",),
        Part.CONTACT: (r"^(?:dados de )?contacto?s?$", r"^telefone$", r"^telemóvel$", r"^morada$", r"^endereço"),
        Part.NAME: (r"^nome(?: completo)?$",),
    },
    statements={
        Element.GOOD_FAITH: (r"\bboa[ -]fé\b",),
        Element.ACCURACY: (
            (
                r"\b(?:informaç(?:ão|ões)|dados|declaraç(?:ão|ões)|alegaç(?:ão|ões)"
                rf"|o (?:acima )?exposto)\b[^.]{{0,160}}\b{_TRUE}"
            ),
            r"\b(?:exatidão|veracidade|exactidão) d",
        ),
        Element.CONSENT_TO_JURISDICTION: (r"\b(?:jurisdição|foro competente|competência do tribunal)\b",),
        Element.ACCEPTS_SERVICE: (r"\b(?:citação|citações|notificação judicial)\b",),
    },
    under_perjury=(
        (
            r"pena (?:de|do) perjúrio|sob juramento|\bjuro\b|falsas declarações|falso testemunho"
            r"|sob as penas da lei|sob compromisso de honra"
        ),
    ),
    authorised=(
        (
            r"\b(?:titular\w*|autorizad[oa]s?|propriet[áa]ri[oa]s?|representante|procurador[a]?"
            r"|mandatári[oa]|em nome|autora?)\b"
        ),
    ),
    mistaken=(r"\b(?:erro|errónea\w*|errônea\w*|engano|equívoco|lapso)\b",),
    work=(
        (
            r"\b(?:titular(?:es)?|autora?(?:es)?|propriet[áa]ri[oa]s?|dono|dona"
            r"|detentor[a]?) (?:\w+ ){0,4}(?:da|do|das|dos|de)\b"
        ),
        (
            r"\b(?:meus?|minhas?|nossos?|nossas?) (?:\w+ ){0,3}(?:obras?|marcas?|produtos?|fotos?"
            r"|fotografias?|desenhos?|ilustraç(?:ão|ões)|livros?|software|modelos?|patente|textos?"
            r"|azulejos?|padr(?:ão|ões))\b"
        ),
        r"\b(?:marca|patente|modelo)[^.\n]{1,60}(?:n\.|nº|número|regist)",
    ),
    complained=(
        (
            r"contrafa\w+|contrafe\w+|falsific\w+|falsos?\b|falsas?\b|ilícit\w+|viola\w*"
            r"|infring\w+|infrator\w*|denunciad\w+|remo(?:ção|ver|vam)|retir\w+|elimin\w+"
            r"|copiad\w+"
        ),
        (
            r"seguintes (?:\w+ )?(?:anúncios|links|ofertas|artigos|endereços|produtos)|(?:este"
            r"|estes|esta) (?:anúncios?|ofertas?)|vend(?:e|em) (?:uma )?cópias?"
        ),
        r"repor\b|reposição|reativ\w+|restab\w+",
    ),
    original=(
        (
            r"(?:noss[oa]|meu|minha) (?:\w+ ){0,2}(?:site|sítio|loja|página|catálogo|portefólio"
            r"|portfólio)|produtos? (?:originais|genuínos|autênticos)"
        ),
        r"(?:obra|foto|fotografia|imagem|versão) original|original (?:está|encontra-se|pode)",
    ),
    source=(r"cópias? d[aeo] (?!meu |minha |noss)",),
    signed=(r"assinatura(?: eletrónica| eletrônica)?", r"assinado(?: por)?", r"ass\."),
    closings=(
        r"atenciosamente",
        r"cumprimentos",
        r"com os melhores cumprimentos",
        r"melhores cumprimentos",
        r"respeitosamente",
        r"obrigad[oa]",
        r"saudações",
        r"cordialmente",
        r"abraços?",
    ),
    labels=(r"morada", r"endereço", r"telefone", r"telemóvel", r"celular", r"correio eletrónico", r"contacto"),
    reached=(
        r"\b(?:residente|com sede|domiciliad[oa]) (?:social )?(?:em|na|no) \w",
        r"\b(?:telefone|telemóvel|celular) (?:\w+ )?[29]\d\d ?\d",
    ),
    streets=(r"\b(?:Rua|Avenida|Av\.|Praça|Largo|Travessa|Alameda) (?:d[aeo]s? )?[A-Z]\w+",),
    titles=(r"título", r"obra", r"marca"),
    says_name=(r"(?:eu )?me chamo", r"chamo-me", r"o meu nome é", r"meu nome é"),
    and_=(r"e",),
    explains=(
        r"contrafa\w+|contrafe\w+|falsific\w+|viola\w*|imitaç\w+|plági\w+|reproduz\w*|copi(?:a|am|ou)\b",
        r"sem (?:\w+ ){0,4}(?:autorização|permissão|consentimento|licença)",
    ),
)
