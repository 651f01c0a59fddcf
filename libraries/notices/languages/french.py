"""French: letters under the DSA, the LCEN and the Code de la propriété intellectuelle."""

from libraries.notices.languages.words import Words
from libraries.notices.model import Element
from libraries.notices.parts import Part
from shared.contracts.codes import Claim, LegalBasis

_TRUE = r"(?:exact|véridique|véritable|correct|sincère)"

FRENCH = Words(
    counters=(r"(?:par|d'une) erreur ou (?:d'une )?(?:mauvaise identification|confusion)",),
    names_counter=(r"\bcontre-notification\b",),
    disputes=(
        (r"\b(?:conteste|contestons|m'oppose à|nous opposons à|réfute|réfutons)\b[^.]{0,60}"
        r"\b(?:retrait|suppression|signalement|réclamation|décision|allégation|notification|suspension)"),
        (r"\b(?:rétabl\w+|remettre en ligne|remise en ligne|réactiv\w+|republi\w+|restaur\w+) (?:\w+ ){0,3}"
        r"(?:mon|ma|mes|notre|nos) (?:\w+ )?(?:annonce|offre|article|compte|boutique|produit)"),
        (r"\b(?:mon|ma|mes|notre|nos) (?:\w+ )?(?:annonce|offre|article|compte|boutique"
        r"|produit)s?[^.]{0,60}\b(?:a|ont) été"
        r" (?:\w+ )?(?:retiré|supprimé|suspendu|désactivé|bloqué)"),
        r"(?:demande|demandons|sollicite|exige)\w* (?:\w+ ){0,2}(?:rétablissement|remise en ligne|réactivation)",
    ),
    retracts=(
        (r"\bretir(?:er|ons|e|ée?)\b[^.]{0,40}\b(?:notre|ma|la|cette|mon) (?:notification|plainte|demande"
        r"|signalement)"),
        r"\bannul(?:er|ons|e)\b[^.]{0,40}\b(?:notre|ma|cette|mon) (?:notification|plainte|demande|signalement)",
    ),
    accuses=(
        r"\b(?:contrefa\w+|illicite\w*|sans autorisation|atteinte (?:à|aux)|mise en demeure|plagi\w+|piraté\w*)",
        r"\bsans (?:\w+ ){0,3}(?:accord|consentement|permission|licence)\b",
        r"\bcopi(?:e|ent|é) servilement\b|\b(?:jamais|aucune|pas) (?:\w+ ){0,2}autoris(?:é|ation)\w*",
        r"\b(?:une|des) copies? (?:de|du|des) (?:mon|ma|mes|notre|nos)\b",
        r"\bviol\w+ (?:\w+ ){0,2}(?:de )?(?:mes|nos|mon|notre|ses) (?:droits?|marques?)",
    ),
    claims={
        Claim.COUNTERFEIT: (r"contrefaçons?", r"\bfaux (?:sacs?|produits?|articles?)"),
        Claim.GEOGRAPHICAL_INDICATION: (r"appellation d'origine", r"indication géographique"),
        Claim.PATENT: (r"\bbrevets?\b",),
        Claim.DESIGN: (r"dessins? (?:et|ou) modèles?", r"modèle (?:communautaire|déposé|enregistré)"),
        Claim.TRADEMARK: (r"\bmarques?\b",),
        Claim.COPYRIGHT: (r"droits? d'auteur", r"droits patrimoniaux", r"œuvres? de l'esprit"),
    },
    laws={
        # A notice that rests on the law of a member state is one of the Union: docs/decisions/0013.
        LegalBasis.DSA: (
            r"règlement (?:européen )?sur les services numériques", r"\blcen\b",
            r"confiance (?:dans|en) l'économie numérique", r"code de la propriété intellectuelle",
        ),
    },
    headings={
        Part.INFRINGER: (r"^vendeur$",),
        Part.REASONS: (r"motifs?",),
        Part.WORK: (r"(?:œuvre|oeuvre|marque|droit)s? (?:originale?|protégée?|concernée?|invoqué)",),
        Part.MATERIAL: (
            r"(?:contenu|annonce|offre|url|lien)s? (?:contrefaisant|litigieu|illicite|signalé|en cause)",
        ),
        Part.SIGNATURE: (r"^signature électronique",),
        Part.CONTACT: (r"coordonnées", r"^(?:téléphone|courriel)$"),
        Part.NAME: (r"^nom$",),
    },
    statements={
        Element.GOOD_FAITH: (r"\bbonne foi\b",),
        Element.ACCURACY: (
            rf"\b(?:informations?|renseignements|allégations|déclarations|éléments|données)\b[^.]{{0,160}}\b{_TRUE}",
            r"\bexactitude (?:de |des |du )",
        ),
        Element.CONSENT_TO_JURISDICTION: (r"\b(?:compétence|juridiction) (?:du|des|de la) (?:tribuna|cour)",),
        Element.ACCEPTS_SERVICE: (r"\b(?:signification|notification) (?:des|d'|de tout) ?(?:actes?|assignations?)",),
    },
    under_perjury=(
        r"peine (?:de|du) parjure|sous serment|(?:sur|déclare) l'honneur",
        r"sanctions? pénales? (?:pour|du) (?:faux|parjure)",
    ),
    authorised=(r"\b(?:titulaires?|autorisée?s?|mandatée?s?|habilitée?s?|propriétaires?|au nom)\b",),
    mistaken=(r"\b(?:erreur|erronée?|confusion)\b",),
    work=(
        r"\b(?:titulaire|auteur|autrice|auteure|propriétaire|créat(?:eur|rice))s? (?:\w+ ){0,4}(?:de|du|des|d'|sur)",
        r"\b(?:notre|nos|mon|mes|ma) (?:\w+ ){0,3}(?:œuvres?|oeuvres?|marques?|produits?|photos?|photographies?)\b",
        r"\b(?:notre|nos|mon|mes|ma) (?:\w+ ){0,3}illustrations?\b",
        r"\b(?:notre|nos|mon|mes|ma) (?:\w+ ){0,3}(?:logiciels?|modèles?|dessins?|créations?|livres?|romans?)\b",
        r"\b(?:marque|modèle|brevet)s? [^.\n]{1,60}(?:m'appartient|nous appartient|n°)",
    ),
    complained=(
        r"contrefa\w+|illicite\w*|litigieu\w+|signalé\w*|supprim\w+|retir\w+|annonces suivantes|piraté\w*",
        r"(?:cette|ces|deux|plusieurs) (?:annonces?|offres?)|vend une copie|aux adresses suivantes",
    ),
    original=(
        r"(?:ma|mon|notre|nos) (?:\w+ ){0,2}(?:site|boutique|page)",
        r"produits? authentiques?|(?:image|photo|œuvre|version) d'origine",
    ),
    source=(r"copie (?:de|du) (?!mon |ma |mes |notre |nos )",),  # "a copy of my bag: <URL>" leads to the copy
    signed=(r"signature électronique", r"signé"),
    closings=(
        r"cordialement", r"bien (?:à vous|cordialement)", r"sincères", r"respectueusement", r"salutations",
        r"(?:veuillez|je vous prie|nous vous prions)", r"fait à",
    ),
    labels=(r"adresse", r"téléphone", r"courriel", r"mél", r"tél", r"portable"),
    reached=(r"(?<!\d)0[1-79](?:[ .]?\d\d){4}(?!\d)", r"\bdemeurant \d", r"\bdomiciliée? (?:au |à )?\d"),
    streets=(r"\d{1,4},? (?:bis |ter )?(?i:rue|avenue|boulevard|place|chemin|allée|quai|impasse) ",),
    titles=(r"titre", r"œuvre", r"marque"),
    says_name=(r"je m'appelle", r"je soussignée?,?"),
    and_=(r"et",),
    explains=(
        r"contrefa\w+|reproduis\w+|sans (?:\w+ ){0,3}(?:autorisation|accord|consentement|permission)",
        r"porte atteinte|piraté\w*|copie de (?:mon|ma|mes|notre|nos)",
    ),
)  # fmt: skip
