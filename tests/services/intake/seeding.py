"""Reports that are sound, and the same with defects of form seeded into them, as many as one likes.

The defects are taken from how notices fail in the trade, not from how the rules look for them: blanks of templates in
four languages, addresses as people write them, one listing under several of its addresses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Body = dict[str, Any]
Seed = Callable[[Body, Random, "Vault"], None]

CLAIMS = {
    "counterfeit": "trademark", "trademark": "trademark", "copyright": "copyright", "design": "design",
    "patent": "patent", "trade_dress": "trade_dress", "geographical_indication": "geographical_indication",
}  # fmt: skip
MARKETS = {
    "trademark": ["DE", "FR", "IT", "PL"], "copyright": ["US", "JP", "BR", "DE"], "design": ["ES", "NL", "SE"],
    "patent": ["DE", "FR"], "trade_dress": ["US"], "geographical_indication": ["AT", "GR", "PT"],
}  # fmt: skip
BEYOND = {
    "trademark": "US", "design": "JP", "patent": "IT", "trade_dress": "DE", "geographical_indication": "BR",
}  # fmt: skip
ADDRESSES = (
    "https://shop.example/item/{}", "https://www.shop.example/item/{}", "http://shop.example/item/{}",
    "https://SHOP.example/item/{}?ref=search&pos=3", "https://shop.example/item/{}/", "https://shop.example/item/{}#reviews",
)  # fmt: skip
WORDS = (
    "The mark stands on the tongue of the shoe, in our typeface, and no factory of ours makes this model.",
    "Das Foto ist unser Produktbild aus dem Katalog 2024, nur gespiegelt [sic] und ohne unser Wasserzeichen.",
    "Die Form der Lampe, ihr Fuß und ihr Schirm gleichen dem eingetragenen Geschmacksmuster in jeder Ansicht.",
    "Le verrou du produit réalise chaque élément de la revendication 1, comme le montre la deuxième photo.",
    "El queso no procede de la zona protegida ni cumple el pliego de condiciones; lo dice la propia etiqueta.",
    "Same waist, same ribs, same cap: the bottle copies the look of ours, down to the embossed ring <at the neck>.",
    "Wir haben 100 % der Rechte {seit 2019}; laut Etikett [Foto 2] kommt die Ware (Partie 7) nicht von uns.",
    "商品标签上的商标与我们注册的商标完全相同、而该商品并非由我们或我们授权的工厂生产。",
)
NAMES = ("Ada Example", "Jürgen Groß", "Zoë O'Brien-Núñez", "李 明", "Ngô Thị Hạnh")


@dataclass(frozen=True)
class Vault:
    """Ids of rights: one of each type that is verified, those that are not, and one of another account; of evidence."""

    rights: Mapping[str, str]
    held: str
    """A mark that is an agent's, by an authority for Germany, France, Italy and Poland."""
    unchartered: str
    pending: str
    rejected: str
    expired: str
    renewing: str
    """Its last day is over, and the operator has not looked at its renewal yet."""
    revoked: str
    """An agent's mark, whose authority was taken back."""
    early: str
    """An agent's mark, whose authority begins in years."""
    mistyped: str
    """An agent's mark, whose authority is for copyrights."""
    unauthorised: str
    """An agent's mark, of an owner who has given no authority."""
    anothers: str
    reported: str
    """A listing under the trademark that has an open report already."""
    photos: Sequence[str]
    anothers_photo: str
    copied_photo: str
    """The reporter's own upload of a file that another claimant's report has as evidence."""


def sound(random: Random, vault: Vault, number: int) -> Body:
    """A report that nothing speaks against, in one of the many shapes that such reports have."""
    claim = random.choice(sorted(CLAIMS))
    right_type = CLAIMS[claim]
    basis = random.choice(["dsa", "dmca", "terms", "china_ecommerce"])
    several = random.choice([1, 1, 2, 3, 5, 8, 60 if number % 40 == 0 else 4])
    items = []
    for place in range(several):
        listing = f"{number}-{place}"
        item: Body = {"url": random.choice(ADDRESSES).format(listing)}
        if random.random() < 0.3:
            item["listing_id"] = listing
        if random.random() < 0.3:
            item["category"] = random.choice(["Shoes", "clothing", "Something of their own"])
        if several >= 50 or random.random() < 0.2:
            item["explanation"] = f"{random.choice(WORDS)} Seen at position {place}."
        if random.random() < 0.1:
            item["evidence_ids"] = random.sample(vault.photos, random.randint(1, len(vault.photos)))
        items.append(item)
    name = random.choice(NAMES)
    held = right_type == "trademark" and random.random() < 0.3
    markets = random.sample(MARKETS[right_type], random.randint(int(held), len(MARKETS[right_type])))
    return {
        "right_id": vault.held if held else vault.rights[right_type],
        "claim": claim,
        "reference": random.choice([None, f"CASE-{number}"]),
        "language": random.choice(["en", "de", "fr", "es", "pt-BR"]),
        "markets": markets,
        "items": items,
        "explanation": random.choice(WORDS),
        "evidence_ids": random.sample(vault.photos, random.choice([0, 0, 1, len(vault.photos)])),
        "legal_basis": basis,
        "statements": {"good_faith": True, "accuracy": True, "perjury": basis == "dmca" or random.random() < 0.5},
        "signature": name,
        "contact": {"name": name, "email": f"claims{number}@brand.example"},
    }


def _without(*path: str, blank: Any) -> Seed:
    """A field is left out, or left blank as forms leave it."""

    def seed(body: Body, random: Random, _: Vault) -> None:
        inner = body
        for step in path[:-1]:
            inner = inner[step]
        if random.random() < 0.5:
            del inner[path[-1]]
        else:
            inner[path[-1]] = blank

    return seed


def _no_oath(body: Body, _: Random, __: Vault) -> None:
    body["legal_basis"] = "dmca"
    body["statements"]["perjury"] = False


def _address(*addresses: str) -> Seed:
    def seed(body: Body, random: Random, _: Vault) -> None:
        item = random.choice(body["items"])
        item["url"] = random.choice(addresses)
        item.pop("listing_id", None)

    return seed


def _another_listing_id(body: Body, random: Random, _: Vault) -> None:
    random.choice(body["items"])["listing_id"] = "another"


def _named_twice(body: Body, random: Random, _: Vault) -> None:
    """One listing under two of its addresses."""
    listing = f"twice-{random.randrange(10**9)}"
    first, second = random.sample(ADDRESSES, 2)
    body["items"][0] = {"url": first.format(listing)}
    body["items"].append({"url": second.format(listing)})


def _under(name: str, claim: str = "counterfeit", market: str = "DE") -> Seed:
    def seed(body: Body, _: Random, vault: Vault) -> None:
        body.update(right_id=getattr(vault, name), claim=claim, markets=[market])

    return seed


def _reported(body: Body, random: Random, vault: Vault) -> None:
    body.update(right_id=vault.rights["trademark"], claim="counterfeit", markets=["DE"])
    body["items"].append({"url": random.choice(ADDRESSES).format(vault.reported)})


def _elsewhere(body: Body, random: Random, vault: Vault) -> None:
    right_type = random.choice(sorted(BEYOND))
    claim = next(claim for claim, kind in CLAIMS.items() if kind == right_type)
    body.update(right_id=vault.rights[right_type], claim=claim, markets=[BEYOND[right_type]])


def _partly_elsewhere(body: Body, random: Random, vault: Vault) -> None:
    _elsewhere(body, random, vault)
    body["markets"].append(MARKETS[CLAIMS[body["claim"]]][0])


def _wrong_door(body: Body, random: Random, vault: Vault) -> None:
    others = sorted(claim for claim, kind in CLAIMS.items() if kind != CLAIMS[body["claim"]])
    body.update(right_id=vault.rights[CLAIMS[body["claim"]]], claim=random.choice(others))


def _other_goods(body: Body, random: Random, vault: Vault) -> None:
    body.update(right_id=vault.rights["trademark"], claim="trademark", markets=["FR"])
    random.choice(body["items"])["category"] = random.choice(["Toys", "ELECTRONICS", "car parts"])


def _unknown_evidence(body: Body, random: Random, vault: Vault) -> None:
    strange = random.choice(["evd_01j9zq4m2te5rv8c3kx7w0nh6b", vault.anothers_photo])
    random.choice([body, *body["items"]])["evidence_ids"] = [*vault.photos, strange]


def _copied_evidence(body: Body, random: Random, vault: Vault) -> None:
    random.choice([body, *body["items"]])["evidence_ids"] = [vault.copied_photo]


def _explained(*texts: str) -> Seed:
    def seed(body: Body, random: Random, _: Vault) -> None:
        body["explanation"] = random.choice(texts)

    return seed


def _template(body: Body, random: Random, _: Vault) -> None:
    """A blank that was left, in the report's explanation or in one listing's."""
    told = f"{random.choice(WORDS)} {random.choice(BLANKS)} {random.choice(WORDS)}"
    random.choice([body, *body["items"]])["explanation"] = told


def _copied(body: Body, random: Random, _: Vault) -> None:
    text = random.choice(WORDS)
    body["items"] = [{"url": f"{_stem(body)}x{place}", "explanation": text} for place in range(60)]


def _unsubstantiated(body: Body, _: Random, __: Vault) -> None:
    _unshown(body)
    body["items"] = [{"url": f"{_stem(body)}y{place}"} for place in range(60)]


def _stem(body: Body) -> str:
    stem: str = body["items"][0]["url"].partition("?")[0].partition("#")[0].rstrip("/")
    return stem


def _unshown(body: Body) -> None:
    for where in (body, *body["items"]):
        where.pop("evidence_ids", None)


def _unproved(body: Body, _: Random, vault: Vault) -> None:
    _unshown(body)
    body.update(right_id=vault.rights["trademark"], claim="counterfeit", markets=[])


def _uncompared(body: Body, random: Random, vault: Vault) -> None:
    _unshown(body)
    claim = random.choice(["copyright", "design", "trade_dress"])
    body.update(right_id=vault.rights[claim], claim=claim, markets=[])


BLANKS = (
    "[insert your trademark]", "[INSERT TITLE OF WORK]", "[Your Company Name]", "[brand]", "[date]", "[URL of listing]",
    "(insert name here)", "<your name>", "<<Company>>", "{{brand_name}}", "{COMPANY}", "%BRAND_NAME%", "${owner}",
    "______________", "XXXXXXXX", "Lorem ipsum dolor sit amet", "[Ihre Marke]", "[Name einfügen]",
    "[hier Titel einsetzen]", "[votre marque]", "[insérer le titre]", "[nom de la société]", "[su marca]",
    "[insertar título]", "[nombre de la empresa]",
)  # fmt: skip
"""What templates of notices leave for their user to fill in, each as one was seen or would be written."""


@dataclass(frozen=True)
class Defect:
    """How a report is made unsound, and what review would say of it: by which code, how gravely, and of which place."""

    seed: Seed
    code: str
    severity: str
    at: str


def _blocks(seed: Seed, code: str, at: str) -> Defect:
    return Defect(seed, code, "blocks", at)


def _warns(seed: Seed, code: str, at: str) -> Defect:
    return Defect(seed, code, "warns", at)


def _informs(seed: Seed, code: str, at: str) -> Defect:
    return Defect(seed, code, "informs", at)


_URL, _EXPLAINED = r"/items/\d+/url", "/explanation"

DEFECTS: Mapping[str, Defect] = {
    "no good faith": _blocks(
        _without("statements", "good_faith", blank=False), "N_GOOD_FAITH_MISSING", "/statements/good_faith"
    ),
    "no accuracy": _blocks(
        _without("statements", "accuracy", blank=False), "N_ACCURACY_MISSING", "/statements/accuracy"
    ),
    "no oath under the DMCA": _blocks(_no_oath, "N_PERJURY_MISSING", "/statements/perjury"),
    "not signed": _blocks(_without("signature", blank="  "), "N_SIGNATURE_MISSING", "/signature"),
    "nobody to ask": _blocks(_without("contact", "name", blank=""), "N_IDENTITY_MISSING", "/contact/name"),
    "no address to answer to": _blocks(_without("contact", "email", blank=""), "N_IDENTITY_MISSING", "/contact/email"),
    "no explanation": _blocks(_without("explanation", blank=" \n "), "N_EXPLANATION_MISSING", _EXPLAINED),
    "hardly an explanation": _blocks(
        _explained("fake", "It is a copy.", "  nachgemacht !   ", "C'est une copie."),
        "N_EXPLANATION_MISSING", _EXPLAINED,
    ),
    "noise for an explanation": _blocks(
        _explained("fake fake fake fake fake", "x" * 40, "- - - - - - - - - - - - -", "copy!! copy!! copy!! copy!!"),
        "N_EXPLANATION_MISSING", _EXPLAINED,
    ),
    "a template": _warns(_template, "N_EXPLANATION_MISSING", r"(/items/\d+)?/explanation"),
    "one text under sixty listings": _warns(_copied, "N_EXPLANATION_MISSING", "/items"),
    "one text for sixty listings": _informs(_unsubstantiated, "N_EXPLANATION_MISSING", "/items"),
    "another marketplace": _blocks(
        _address(
            "https://elsewhere.example/item/77", "https://shop.example.evil.example/item/5",
            "https://evil.example/shop.example/item/5", "https://myshop.example/item/5",
        ),
        "R_NOT_ON_MARKETPLACE", _URL,
    ),
    "no listing's page": _blocks(
        _address(
            "https://shop.example/search?q=acme", "https://shop.example", "https://shop.example/item/",
            "https://shop.example/category/item/shoes", "https://shop.example/help?about=/item/5",
        ),
        "R_NOT_ON_MARKETPLACE", _URL,
    ),
    "a store": _blocks(
        _address("https://shop.example/store/acme-outlet", "http://www.shop.example/store/9?page=2"),
        "N_URL_IS_STORE", _URL,
    ),
    "a short link": _blocks(
        _address("https://s.shop.example/x7", "http://www.s.shop.example/x7?utm=mail", "https://S.SHOP.example/"),
        "N_URL_IS_SHORT", _URL,
    ),
    "no address": _blocks(
        _address(
            "the second one on the page", "shop dot example slash item", "9001", "www.shop.example",
            "https://shop.example@evil.example/item/5", "javascript:alert(1)", "ftp://shop.example/item/5",
        ),
        "N_URL_INVALID", _URL,
    ),
    "another listing's id": _blocks(_another_listing_id, "N_URL_INVALID", r"/items/\d+/listing_id"),
    "named twice": _blocks(_named_twice, "R_DUPLICATE", r"/items/\d+"),
    "reported already": _blocks(_reported, "R_DUPLICATE", r"/items/\d+"),
    "not verified": _blocks(_under("pending"), "R_RIGHT_PENDING", "/right_id"),
    "rejected": _blocks(_under("rejected"), "R_RIGHT_PENDING", "/right_id"),
    "expired": _blocks(_under("expired"), "R_RIGHT_EXPIRED", "/right_id"),
    "expired, its renewal not looked at": _warns(_under("renewing"), "R_RIGHT_EXPIRED", "/right_id"),
    "another's right": _blocks(_under("anothers"), "R_NOT_RIGHTS_HOLDER", "/right_id"),
    "an authority that was taken back": _blocks(_under("revoked"), "N_AUTHORITY_EXPIRED", "/right_id"),
    "an authority to come": _blocks(_under("early"), "N_AUTHORITY_MISSING", "/right_id"),
    "an authority for other types": _blocks(_under("mistyped"), "N_AUTHORITY_SCOPE", "/right_id"),
    "another owner's authority": _blocks(_under("unauthorised"), "N_AUTHORITY_SCOPE", "/right_id"),
    "an authority for other countries": _blocks(_under("held", market="ES"), "N_AUTHORITY_SCOPE", "/markets"),
    "no claim chart": _warns(_under("unchartered", claim="patent"), "N_CLAIM_CHART", "/right_id"),
    "another territory": _blocks(_elsewhere, "R_TERRITORY_MISMATCH", "/markets"),
    "partly another territory": _warns(_partly_elsewhere, "R_TERRITORY_MISMATCH", "/markets"),
    "the wrong door": _warns(_wrong_door, "R_WRONG_RIGHT_TYPE", "/claim"),
    "other goods": _warns(_other_goods, "R_CLASS_MISMATCH", r"/items/\d+/category"),
    "evidence that is not there": _blocks(
        _unknown_evidence, "N_EVIDENCE_NOT_FOUND", r"(/items/\d+)?/evidence_ids/\d+"
    ),
    "evidence of another claimant": _warns(
        _copied_evidence, "R_FRAUDULENT_EVIDENCE", r"(/items/\d+)?/evidence_ids/\d+"
    ),
    "no test purchase": _informs(_unproved, "N_TEST_PURCHASE", "/evidence_ids"),
    "nothing to compare": _informs(_uncompared, "N_COMPARISON", "/evidence_ids"),
}  # fmt: skip
