"""Reports that are sound, and the same with defects of form seeded into them, as many as one likes."""

from collections.abc import Callable, Mapping
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
)
NAMES = ("Ada Example", "Jürgen Groß", "Zoë O'Brien-Núñez", "李 明", "Ngô Thị Hạnh")


@dataclass(frozen=True)
class Vault:
    """Ids of rights: one of each type that is verified, those that are not, and one of another account."""

    rights: Mapping[str, str]
    unchartered: str
    pending: str
    rejected: str
    expired: str
    anothers: str
    reported: str
    """A listing under the trademark that has an open report already."""


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
        items.append(item)
    name = random.choice(NAMES)
    return {
        "right_id": vault.rights[right_type],
        "claim": claim,
        "reference": random.choice([None, f"CASE-{number}"]),
        "language": random.choice(["en", "de", "fr", "es", "pt-BR"]),
        "markets": random.sample(MARKETS[right_type], random.randint(0, len(MARKETS[right_type]))),
        "items": items,
        "explanation": random.choice(WORDS),
        "legal_basis": basis,
        "statements": {"good_faith": True, "accuracy": True, "perjury": basis == "dmca" or random.random() < 0.5},
        "signature": name,
        "contact": {"name": name, "email": f"claims{number}@brand.example"},
    }


def _without(*path: str) -> Seed:
    def seed(body: Body, _: Random, __: Vault) -> None:
        inner = body
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]

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
    body["items"].append({"url": random.choice(body["items"])["url"].partition("?")[0].partition("#")[0] + "?utm=mail"})


def _under(name: str) -> Seed:
    def seed(body: Body, _: Random, vault: Vault) -> None:
        body.update(right_id=getattr(vault, name), claim="counterfeit", markets=["DE"])

    return seed


def _unchartered(body: Body, _: Random, vault: Vault) -> None:
    body.update(right_id=vault.unchartered, claim="patent", markets=["DE"])


def _reported(body: Body, _: Random, vault: Vault) -> None:
    body.update(right_id=vault.rights["trademark"], claim="counterfeit", markets=["DE"])
    body["items"].append({"url": f"https://shop.example/item/{vault.reported}"})


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


def _unknown_evidence(body: Body, random: Random, _: Vault) -> None:
    random.choice([body, *body["items"]])["evidence_ids"] = ["evd_01j9zq4m2te5rv8c3kx7w0nh6b"]


def _explained(*texts: str) -> Seed:
    def seed(body: Body, random: Random, _: Vault) -> None:
        body["explanation"] = random.choice(texts)

    return seed


def _copied(body: Body, random: Random, _: Vault) -> None:
    text = random.choice(WORDS)
    stem = body["items"][0]["url"].partition("?")[0].partition("#")[0].rstrip("/")
    body["items"] = [{"url": f"{stem}x{place}", "explanation": text} for place in range(60)]


DEFECTS: Mapping[str, tuple[Seed, str]] = {
    "no good faith": (_without("statements", "good_faith"), "N_GOOD_FAITH_MISSING"),
    "no accuracy": (_without("statements", "accuracy"), "N_ACCURACY_MISSING"),
    "no oath under the DMCA": (_no_oath, "N_PERJURY_MISSING"),
    "not signed": (_without("signature"), "N_SIGNATURE_MISSING"),
    "nobody to ask": (_without("contact", "name"), "N_IDENTITY_MISSING"),
    "no address to answer to": (_without("contact", "email"), "N_IDENTITY_MISSING"),
    "no explanation": (_without("explanation"), "N_EXPLANATION_MISSING"),
    "hardly an explanation": (_explained("fake", "It is a copy.", "  nachgemacht !   "), "N_EXPLANATION_MISSING"),
    "a template": (
        _explained(
            "I am the owner of [insert your trademark] and found it on your site.",
            "The listing uses {{brand_name}} without permission of the owner.",
            "Our rights in ______________ are infringed by this listing.",
        ),
        "N_EXPLANATION_MISSING",
    ),
    "one text under sixty listings": (_copied, "N_EXPLANATION_MISSING"),
    "another marketplace": (
        _address("https://elsewhere.example/item/77", "https://shop.example.evil.example/item/5"),
        "R_NOT_ON_MARKETPLACE",
    ),
    "a search": (_address("https://shop.example/search?q=acme"), "R_NOT_ON_MARKETPLACE"),
    "a store": (_address("https://shop.example/store/acme-outlet"), "N_URL_IS_STORE"),
    "no address": (_address("the second one on the page", "shop dot example slash item"), "N_URL_INVALID"),
    "another listing's id": (_another_listing_id, "N_URL_INVALID"),
    "named twice": (_named_twice, "R_DUPLICATE"),
    "reported already": (_reported, "R_DUPLICATE"),
    "not verified": (_under("pending"), "R_RIGHT_PENDING"),
    "rejected": (_under("rejected"), "R_RIGHT_PENDING"),
    "expired": (_under("expired"), "R_RIGHT_EXPIRED"),
    "another's right": (_under("anothers"), "R_NOT_RIGHTS_HOLDER"),
    "no claim chart": (_unchartered, "N_CLAIM_CHART"),
    "another territory": (_elsewhere, "R_TERRITORY_MISMATCH"),
    "partly another territory": (_partly_elsewhere, "R_TERRITORY_MISMATCH"),
    "the wrong door": (_wrong_door, "R_WRONG_RIGHT_TYPE"),
    "other goods": (_other_goods, "R_CLASS_MISMATCH"),
    "evidence that is not there": (_unknown_evidence, "N_EVIDENCE_NOT_FOUND"),
}
"""How a report is made unsound, and the code by which review would name it."""
