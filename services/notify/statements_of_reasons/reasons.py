"""The words of a statement of reasons, in the form that the EU's DSA Transparency Database takes.

No personal data: neither reporter nor seller nor owner is named, no free text of a notice is repeated, and a listing is
given by its number. A right is named by its register, or by its reference here where it has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.contracts.codes import LegalBasis, MediaType, ReasonCode, RightType
from shared.contracts.events import DecisionMade
from shared.contracts.events.decisions import EnforcementAction
from shared.contracts.things import ClauseCitation, RightSnapshot, TaskItem

EU = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
)  # fmt: skip
EEA = EU | frozenset({"IS", "LI", "NO"})
_GROUND_LENGTH, _EXPLANATION_LENGTH, _FACTS_LENGTH = 500, 2000, 5000

_KEYWORD: dict[RightType, str] = {
    RightType.TRADEMARK: "KEYWORD_TRADEMARK_INFRINGEMENT",
    RightType.COPYRIGHT: "KEYWORD_COPYRIGHT_INFRINGEMENT",
    RightType.DESIGN: "KEYWORD_DESIGN_INFRINGEMENT",
    RightType.PATENT: "KEYWORD_PATENT_INFRINGEMENT",
    RightType.GEOGRAPHICAL_INDICATION: "KEYWORD_GEOGRAPHIC_INDICATIONS_INFRINGEMENT",
    RightType.TRADE_DRESS: "KEYWORD_OTHER",
}
_CONTENT: dict[MediaType, str] = {
    MediaType.LISTING: "CONTENT_TYPE_PRODUCT",
    MediaType.IMAGE: "CONTENT_TYPE_IMAGE",
    MediaType.VIDEO: "CONTENT_TYPE_VIDEO",
    MediaType.LIVESTREAM: "CONTENT_TYPE_VIDEO",
    MediaType.AD: "CONTENT_TYPE_OTHER",
}
_LAW: dict[RightType, str] = {
    RightType.TRADEMARK: "Regulation (EU) 2017/1001, Art. 9; Directive (EU) 2015/2436, Art. 10",
    RightType.COPYRIGHT: "Directive 2001/29/EC, Art. 2 to 4",
    RightType.DESIGN: "Regulation (EC) No 6/2002, Art. 19; Directive (EU) 2024/2823, Art. 16",
    RightType.PATENT: "European Patent Convention, Art. 64; Agreement on a Unified Patent Court, Art. 25 and 26",
    RightType.TRADE_DRESS: "Directive 2005/29/EC, Art. 6(2)(a)",
    RightType.GEOGRAPHICAL_INDICATION: "Regulation (EU) 2024/1143, Art. 26; Regulation (EU) 2023/2411, Art. 40",
}
_LAW_US: dict[RightType, str] = {
    RightType.TRADEMARK: "15 USC 1114",
    RightType.COPYRIGHT: "17 USC 106 and 501",
    RightType.DESIGN: "35 USC 171 and 289",
    RightType.PATENT: "35 USC 271",
    RightType.TRADE_DRESS: "15 USC 1125(a)",
    RightType.GEOGRAPHICAL_INDICATION: "15 USC 1125(a)",
}
_LAW_CN = "E-Commerce Law of the People's Republic of China, Art. 42 and 45"
_NAME: dict[RightType, str] = {
    RightType.TRADEMARK: "trademark",
    RightType.COPYRIGHT: "copyright",
    RightType.DESIGN: "design",
    RightType.PATENT: "patent",
    RightType.TRADE_DRESS: "trade dress",
    RightType.GEOGRAPHICAL_INDICATION: "geographical indication",
}
_FOUND: dict[ReasonCode, str] = {
    ReasonCode.A_COUNTERFEIT: "it offers goods that carry the mark without coming from its owner (counterfeit goods)",
    ReasonCode.A_TRADEMARK_MISUSE: "it uses the mark for goods that do not come from its owner or with its consent",
    ReasonCode.A_COPYRIGHT_COPY: "it shows or offers a copy of the protected work without the consent of its owner",
    ReasonCode.A_DESIGN_COPY: "it offers a product that gives the same overall impression as the protected design",
    ReasonCode.A_PATENT: "it offers a product that has every element of the asserted claim",
    ReasonCode.A_TRADE_DRESS: "it imitates the get-up by which buyers know another's goods",
    ReasonCode.A_GEOGRAPHICAL_INDICATION: "it uses the protected name for goods that do not have that origin",
}


@dataclass(frozen=True)
class Case:
    """All that a statement is made from."""

    decision: DecisionMade
    items: Sequence[TaskItem]
    trusted: bool
    action: str | None
    markets: Sequence[str]
    applied_at: datetime | None


def statement(case: Case) -> dict[str, Any]:
    """The statement of reasons about an accepted decision."""
    decision = case.decision
    fields: dict[str, Any] = {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "category": "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "category_specification": [_KEYWORD[decision.right_type]],
        "content_type": [_CONTENT[decision.listing.media_type]],
        "content_date": _day(min(item.submitted_at for item in case.items)),
        "application_date": _day(case.applied_at or decision.decided_at),
        "decision_facts": _cut(_facts(case), _FACTS_LENGTH),
        "source_type": _source(case),
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": str(decision.decision_id),
        **_ground(case),
    }
    if decision.right_type is RightType.TRADE_DRESS:
        fields["category_specification_other"] = "Infringement of trade dress"
    if decision.listing.media_type is MediaType.AD:
        fields["content_type_other"] = "Advertisement"
    if scope := territorial_scope(case):
        fields["territorial_scope"] = scope
    return fields


def territorial_scope(case: Case) -> list[str]:
    """The states of the European Economic Area in which the restriction holds; empty where it holds in none of them."""
    asked = (
        case.markets or [market for item in case.items for market in item.markets] or case.decision.right.territories
    )
    states: set[str] = set()
    for place in asked:
        states |= {"WW": EEA, "EU": EU}.get(place, EEA & {place})
    return sorted(states)


def _ground(case: Case) -> dict[str, str]:
    """The law where a notice rests on one (DSA Art. 17(3)(d)), else the platform's terms (Art. 17(3)(e))."""
    clauses = "; ".join(_clause(clause) for clause in case.decision.clauses)
    if all(item.legal_basis is LegalBasis.TERMS for item in case.items):
        return {
            "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
            "incompatible_content_ground": _cut(f"Intellectual property policy: {clauses}", _GROUND_LENGTH),
            "incompatible_content_explanation": _cut(_explanation(case), _EXPLANATION_LENGTH),
        }
    return {
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
        "illegal_content_legal_ground": _cut(_law(case), _GROUND_LENGTH),
        "illegal_content_explanation": _cut(_explanation(case), _EXPLANATION_LENGTH),
    }


def _law(case: Case) -> str:
    right, bases = case.decision.right, {item.legal_basis for item in case.items}
    laws = []
    american = set(right.territories) == {"US"} or right.office == "USPTO"
    if not american and (LegalBasis.DSA in bases or territorial_scope(case)):
        laws.append(_LAW[case.decision.right_type])
    if american or LegalBasis.DMCA in bases:
        laws.append(_LAW_US[case.decision.right_type])
    if LegalBasis.CHINA_ECOMMERCE in bases:
        laws.append(_LAW_CN)
    return "; ".join(laws or [_LAW[case.decision.right_type]])


def _explanation(case: Case) -> str:
    decision = case.decision
    found = _FOUND.get(decision.code, "it infringes the right")
    sentences = [
        f"The platform decided to remove the {_thing(case)}, because {found}.",
        f"It infringes {_right(decision.right)}; the right is protected by {_law(case)}.",
    ]
    sentences += [f"Rule applied: {_clause(clause)}. {clause.text}".strip() for clause in decision.clauses]
    sentences.append(
        "You can refer the dispute to a certified out-of-court dispute settlement body (DSA Art. 21), and go to court "
        "at any time."
    )
    return " ".join(sentences)


def _facts(case: Case) -> str:
    decision, listing = case.decision, case.decision.listing
    first = _day(min(item.submitted_at for item in case.items))
    notices = len({item.report_id for item in case.items})
    received = f"one notice, received on {first}," if notices == 1 else f"{notices} notices, the first of {first},"
    claims = sorted({item.claim.value.replace("_", " ") for item in case.items})
    where = ", ".join(decision.right.territories) or "its territory"
    found = _FOUND.get(decision.code, "it infringes the right")
    sentences = (
        f"The platform had {received} about listing {listing.listing_id} on {listing.marketplace}",
        f"(claim: {', '.join(claims)}).",
        f"The right relied on is {_right(decision.right)}, in force in {where}.",
        f"A reviewer compared the listing with the right and found on {_day(decision.decided_at)} that {found}",
        f"(code {decision.code.value}).",
        _effect(case),
        "The content was found through a notice, not by automated means; the decision was made by a person.",
    )
    return " ".join(sentences)


def _effect(case: Case) -> str:
    markets = ", ".join(sorted(set(case.markets)))
    where = f" in these markets: {markets}" if markets else ""
    if case.applied_at is None:
        return f"The platform decided to remove the {_thing(case)}{where}, with effect at once."
    return f"The removal of the {_thing(case)}{where} took effect on {_day(case.applied_at)}."


def _thing(case: Case) -> str:
    whole = {
        MediaType.LISTING: "listing",
        MediaType.IMAGE: "image",
        MediaType.VIDEO: "video",
        MediaType.LIVESTREAM: "livestream",
        MediaType.AD: "advertisement",
    }[case.decision.listing.media_type]
    if case.action == EnforcementAction.REMOVE_PART:
        return f"part of the {whole} that the notice names"
    return whole


def _right(right: RightSnapshot) -> str:
    name = _NAME[right.type]
    if right.registration_number and right.office:
        return f"the {name} {right.registration_number} ({right.office})"
    return f"the {name} that the platform holds under {right.id}"


def _clause(clause: ClauseCitation) -> str:
    return f"{clause.code} {clause.title} (policy {clause.policy_id}, version {clause.version})"


def _source(case: Case) -> str:
    if case.trusted:
        return "SOURCE_TRUSTED_FLAGGER"
    if any(item.legal_basis is LegalBasis.DSA for item in case.items):
        return "SOURCE_ARTICLE_16"
    return "SOURCE_TYPE_OTHER_NOTIFICATION"


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _cut(words: str, length: int) -> str:
    """No more than this many characters, ending with a whole word."""
    if len(words) <= length:
        return words
    return words[: length - 1].rsplit(" ", 1)[0].rstrip(",;") + "…"
