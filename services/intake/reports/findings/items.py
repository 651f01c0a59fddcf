"""Rules about the listings that a report names, and the evidence for them."""

from collections.abc import Iterator

from libraries.notices import Place
from libraries.notices.address import normal_id
from services.intake.finding import blocks, informs, warns
from services.intake.reports.findings.case import Case, finds
from services.intake.reports.marketplaces import is_web_address
from shared.contracts.codes import Claim, ReasonCode
from shared.contracts.things import Finding

_COMPARED = frozenset({Claim.COPYRIGHT, Claim.DESIGN, Claim.TRADE_DRESS})


@finds(
    "/items/{i}/url",
    blocking=[
        ReasonCode.N_URL_INVALID,
        ReasonCode.N_URL_IS_STORE,
        ReasonCode.N_URL_IS_SHORT,
        ReasonCode.R_NOT_ON_MARKETPLACE,
    ],
)
def urls_are_listings(case: Case) -> Iterator[Finding]:
    """DSA Art. 16(2)(b) asks for the exact address; a store or a search is not one of a listing."""
    if all(case.listings):
        return
    for index, (item, listing) in enumerate(zip(case.body.items, case.listings, strict=True)):
        pointer = f"/items/{index}/url"
        if listing is not None:
            continue
        if not is_web_address(item.url):
            yield blocks(
                ReasonCode.N_URL_INVALID,
                "This is not an address of the web, or has a user's name before its host.",
                pointer,
                "Send the whole address of the listing, from https:// on, without a user's name.",
            )
        elif case.is_store(item.url):
            yield blocks(
                ReasonCode.N_URL_IS_STORE,
                "This is the address of a store, not of one listing.",
                pointer,
                "Name each listing of the store by its own address.",
            )
        elif case.is_short(item.url):
            yield blocks(
                ReasonCode.N_URL_IS_SHORT,
                "This is a short link, which does not say which listing it leads to.",
                pointer,
                "Open it, and copy the address of the page that it leads to.",
            )
        else:
            yield blocks(
                ReasonCode.R_NOT_ON_MARKETPLACE,
                "This address names no listing on this marketplace.",
                pointer,
                "Send the address of the listing's own page.",
            )


@finds("/items/{i}/listing_id", blocking=[ReasonCode.N_URL_INVALID])
def listing_ids_agree(case: Case) -> Iterator[Finding]:
    """A listing id, where it is given, is the one in the address."""
    for index, item in case.items_with("listing_id"):
        listing = case.listings[index]
        if listing is not None and item.listing_id and not _is_same(item.listing_id, listing[1]):
            yield blocks(
                ReasonCode.N_URL_INVALID,
                f"The address names the listing {listing[1]}, not this one.",
                f"/items/{index}/listing_id",
                "Leave the listing id out, or send the one in the address.",
            )


def _is_same(given: str, listing_id: str) -> bool:
    return given == listing_id or normal_id(given).casefold() == listing_id.casefold()


@finds("/items/{i}", blocking=[ReasonCode.R_DUPLICATE])
def named_once(case: Case) -> Iterator[Finding]:
    """A report names each listing once."""
    if len(set(case.listings)) == len(case.listings):
        return
    first: dict[Place, int] = {}
    for index, listing in enumerate(case.listings):
        if listing is None:
            continue
        earlier = first.setdefault(listing, index)
        if earlier != index:
            yield blocks(
                ReasonCode.R_DUPLICATE,
                f"This is the same listing as item {earlier}.",
                f"/items/{index}",
                "Name each listing once.",
            )


@finds("/items/{i}", blocking=[ReasonCode.R_DUPLICATE])
def not_reported_yet(case: Case) -> Iterator[Finding]:
    """The reporter has no other open report of the listing under this right; another's is no matter."""
    if not case.open_items:
        return
    for index, listing in enumerate(case.listings):
        report_id = case.open_items.get(listing) if listing else None
        if report_id is not None:
            yield duplicate(index, report_id)


def duplicate(index: int, report_id: str) -> Finding:
    """The reporter's own report of this listing under this right is still open."""
    return blocks(
        ReasonCode.R_DUPLICATE,
        f"Your report {report_id} names this listing under this right, and is still open.",
        f"/items/{index}",
        "Follow the open report, or withdraw the item there before you file it anew.",
    )


@finds("/items/{i}/evidence_ids/{n}", blocking=[ReasonCode.N_EVIDENCE_NOT_FOUND])
def evidence_is_there(case: Case) -> Iterator[Finding]:
    """Evidence that a report names was uploaded by its reporter."""
    for pointer, evidence in _named(case):
        if evidence not in case.evidence:
            yield blocks(
                ReasonCode.N_EVIDENCE_NOT_FOUND,
                "You have no evidence with this id.",
                pointer,
                "Upload the file with POST /v1/evidence, and send the id that it is answered with.",
            )


@finds("/items/{i}/evidence_ids/{n}", warning=[ReasonCode.R_FRAUDULENT_EVIDENCE])
def evidence_is_own(case: Case) -> Iterator[Finding]:
    """A file that shows an infringement of one owner's right seldom shows one of another's. Told once for each file."""
    first = {evidence: pointer for pointer, evidence in reversed(list(_named(case)))}
    for evidence, pointer in first.items():
        if evidence in case.evidence and case.evidence[evidence].of_another:
            yield warns(
                ReasonCode.R_FRAUDULENT_EVIDENCE,
                "The very same file is evidence in the report of another claimant.",
                pointer,
                "Send a photograph or a document of your own, or say in the explanation why both show it.",
            )


def _named(case: Case) -> Iterator[tuple[str, str]]:
    """Yield the evidence that the report names, with its place."""
    for place, evidence in enumerate(case.body.evidence_ids):
        yield f"/evidence_ids/{place}", evidence
    for index, item in case.items_with("evidence_ids"):
        for place, evidence in enumerate(item.evidence_ids):
            yield f"/items/{index}/evidence_ids/{place}", evidence


@finds("/evidence_ids", informing=[ReasonCode.N_TEST_PURCHASE])
def counterfeit_is_shown(case: Case) -> Iterator[Finding]:
    """A counterfeit is usually proved by a test purchase."""
    if case.body.claim is Claim.COUNTERFEIT and not case.has_evidence:
        yield informs(
            ReasonCode.N_TEST_PURCHASE,
            "A test purchase is the usual proof of a counterfeit, and none is attached.",
            "/evidence_ids",
            "Buy one, and attach photographs of what came; or say in the explanation what gives the counterfeit away.",
        )


@finds("/evidence_ids", informing=[ReasonCode.N_COMPARISON])
def likeness_is_shown(case: Case) -> Iterator[Finding]:
    """A copy is seen where the original and the listing can be compared."""
    if case.body.claim in _COMPARED and not case.has_evidence:
        yield informs(
            ReasonCode.N_COMPARISON,
            "Nothing shows the original and the listing side by side.",
            "/evidence_ids",
            "Attach an image that shows both, or say in the explanation where each can be seen, and what is alike.",
        )


RULES = (
    urls_are_listings, listing_ids_agree, named_once, not_reported_yet, evidence_is_there, evidence_is_own,
    counterfeit_is_shown, likeness_is_shown,
)  # fmt: skip
