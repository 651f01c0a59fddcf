"""The findings of single reports, word for word where a reporter acts on them. Values only, no database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.intake.finding import blocks, informs, warns
from services.intake.reports.filing import case_of
from services.intake.reports.findings import PUBLISHED, Case, blocking, examine
from services.intake.reports.findings.authority import relied_on
from services.intake.reports.findings.case import Published, finds
from services.intake.reports.findings.items import duplicate
from services.intake.reports.marketplaces import Marketplaces
from services.intake.reports.report_body import ReportIn
from services.intake.vault.authorities.terms import AuthorityTerms, RightAtHand
from shared.contracts.authority_codes import AuthorityState
from shared.contracts.codes import FindingSeverity, HeldAs, ReasonCode, RightType
from shared.contracts.ids import AccountId, AuthorityId
from shared.contracts.things import Finding, Owner
from tests.services.intake.conftest import a_report
from tests.services.intake.test_authority_findings import NOW, RIGHT

ONE, TWO = ("shop", "1"), ("shop", "2")


def an_authority(number: int, **changes: Any) -> AuthorityTerms:
    terms: dict[str, Any] = {
        "id": AuthorityId.of(UUID(int=number)), "version": 1, "state": AuthorityState.VERIFIED, "covers_right": True,
        "right_types": [], "territories": [], "valid_from": date(2026, 1, 1), "valid_to": None,
    }  # fmt: skip
    return AuthorityTerms(**{**terms, **changes})


def a_case(
    *listings: tuple[str, str] | None,
    authorities: tuple[AuthorityTerms, ...] = (),
    held_as: HeldAs = HeldAs.OWNER,
    right: dict[str, Any] | None = None,
    **body: Any,
) -> Case:
    terms: dict[str, Any] = {
        "id": RIGHT, "version": 2, "account_id": AccountId.of(UUID(int=1)), "type": RightType.TRADEMARK,
        "title": "ACME", "state": "verified", "owner": Owner(name="Acme"), "territories": ["EU"],
        "expires_on": date(2050, 1, 1), "held_as": held_as, "authorities": authorities, **(right or {}),
    }  # fmt: skip
    places = listings or (ONE,)
    written = {"items": [{"url": f"https://shop.example/item/{n}"} for n, _ in enumerate(places)], **body}
    report = ReportIn.model_validate(a_report(RIGHT, **written))
    case = case_of(report, RightAtHand(**terms), marketplaces=Marketplaces.of(()), now=NOW)
    return replace(case, listings=places)


def said(case: Case) -> list[tuple[str, str, str, str]]:
    """The findings that keep a report from being taken, or from going through."""
    return [
        (found.code.value, found.severity.value, found.pointer, found.message)
        for found in examine(case)
        if found.severity is not FindingSeverity.INFORMS
    ]


def test_each_severity_has_its_words() -> None:
    code = ReasonCode.R_DUPLICATE
    for make, severity in ((blocks, "blocks"), (warns, "warns"), (informs, "informs")):
        assert make(code, "message", "/pointer", "fix") == Finding(
            code=code, severity=FindingSeverity(severity), message="message", pointer="/pointer", fix="fix"
        )


def test_a_sound_report_is_only_told_of_the_usual_proof() -> None:
    assert [(found.code.value, found.severity.value) for found in examine(a_case())] == [("N_TEST_PURCHASE", "informs")]
    assert blocking(examine(a_case())) == []


def test_what_blocks_is_told_apart_and_in_the_order_of_the_rules() -> None:
    found = examine(a_case(signature="", explanation="Short."))
    assert [one.code.value for one in found] == ["N_TEST_PURCHASE", "N_SIGNATURE_MISSING", "N_EXPLANATION_MISSING"]
    assert [one.code.value for one in blocking(found)] == ["N_SIGNATURE_MISSING", "N_EXPLANATION_MISSING"]


def test_an_open_report_of_the_same_listing_is_named() -> None:
    assert duplicate(3, "rpt_1") == Finding(
        code=ReasonCode.R_DUPLICATE,
        severity=FindingSeverity.BLOCKS,
        message="Your report rpt_1 names this listing under this right, and is still open.",
        pointer="/items/3",
        fix="Follow the open report, or withdraw the item there before you file it anew.",
    )
    case = replace(a_case(ONE, TWO), open_items={TWO: "rpt_1"})
    assert [(code, pointer) for code, _, pointer, _ in said(case)] == [("R_DUPLICATE", "/items/1")]


def test_a_listing_that_is_named_twice_is_told_at_its_second_place() -> None:
    assert said(a_case(ONE, TWO, ONE)) == [
        ("R_DUPLICATE", "blocks", "/items/2", "This is the same listing as item 0."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "listing_id", "agrees"),
    [
        ("1", "1", True), ("2", "1", False), ("AB", "ab", True), ("ab", "AB", True), (" 1 ", "1", True),
        ("1 2", "12", False),
    ],
)  # fmt: skip
def test_a_listing_id_agrees_with_the_address_in_any_case(given: str, listing_id: str, *, agrees: bool) -> None:
    case = a_case(("shop", listing_id), items=[{"url": "https://shop.example/item/0", "listing_id": given}])
    expected = (
        "N_URL_INVALID",
        "blocks",
        "/items/0/listing_id",
        f"The address names the listing {listing_id}, not this one.",
    )
    assert said(case) == ([] if agrees else [expected])


EVIDENCE = [f"evd_{'0' * 25}{n}" for n in range(1, 5)]


def test_evidence_is_pointed_at_where_it_is_named() -> None:
    items = [
        {"url": "https://shop.example/item/0"},
        {"url": "https://shop.example/item/1", "evidence_ids": EVIDENCE[2:]},
    ]
    case = a_case(ONE, TWO, items=items, evidence_ids=EVIDENCE[:2])
    assert [(code, pointer) for code, _, pointer, _ in said(case)] == [
        ("N_EVIDENCE_NOT_FOUND", "/evidence_ids/0"), ("N_EVIDENCE_NOT_FOUND", "/evidence_ids/1"),
        ("N_EVIDENCE_NOT_FOUND", "/items/1/evidence_ids/0"), ("N_EVIDENCE_NOT_FOUND", "/items/1/evidence_ids/1"),
    ]  # fmt: skip
    assert case.has_evidence
    assert [index for index, _ in case.items_with("evidence_ids")] == [1]
    assert case.items_with("explanation") == []


def test_evidence_of_an_item_alone_is_evidence() -> None:
    items = [{"url": "https://shop.example/item/0", "evidence_ids": EVIDENCE[:1]}]
    assert a_case(items=items).has_evidence
    assert a_case(evidence_ids=EVIDENCE[:1]).has_evidence
    assert not a_case().has_evidence


def test_goods_of_other_classes_are_told_with_both() -> None:
    items = [{"url": "https://shop.example/item/0", "category": "Toys"}]
    case = replace(
        a_case(items=items, right={"nice_classes": [25, 9]}), category_classes={("shop", "toys"): frozenset({28, 16})}
    )
    assert said(case) == [
        (
            "R_CLASS_MISMATCH", "warns", "/items/0/category",
            "The mark is registered for the classes 9, 25; such goods are in 16, 28.",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("authorities", "expected"),
    [
        (
            (),
            (
                "N_AUTHORITY_MISSING", "/right_id",
                "You hold this right as agent, and no verified authority shows that you may.",
            ),
        ),
        (
            (an_authority(1, valid_from=date(2027, 3, 1)), an_authority(2, valid_from=date(2027, 2, 1))),
            ("N_AUTHORITY_MISSING", "/right_id", "The authority for this right begins on 2027-02-01."),
        ),
        (
            (an_authority(1, valid_to=date(2026, 2, 1)),),
            ("N_AUTHORITY_EXPIRED", "/right_id", f"The authority {AuthorityId.of(UUID(int=1))} ended on 2026-02-01."),
        ),
        (
            (an_authority(1, state=AuthorityState.REVOKED),),
            ("N_AUTHORITY_EXPIRED", "/right_id", f"The authority {AuthorityId.of(UUID(int=1))} was revoked."),
        ),
        (
            (an_authority(1, covers_right=False),),
            ("N_AUTHORITY_SCOPE", "/right_id", "No authority of yours covers this right."),
        ),
        (
            (an_authority(1, right_types=[RightType.PATENT]),),
            ("N_AUTHORITY_SCOPE", "/right_id", "The authority does not cover a trademark."),
        ),
        (
            (an_authority(1, territories=["DE"]), an_authority(2, territories=["IT"])),
            ("N_AUTHORITY_SCOPE", "/markets", "The authority does not cover FR."),
        ),
    ],
)  # fmt: skip
def test_an_authority_that_does_not_reach_is_told_why(
    authorities: tuple[AuthorityTerms, ...], expected: tuple[str, str, str]
) -> None:
    case = a_case(authorities=authorities, held_as=HeldAs.AGENT)
    assert relied_on(case) is None
    code, pointer, message = expected
    assert said(case) == [(code, "blocks", pointer, message)]


def test_the_first_authority_that_reaches_as_far_as_the_report_is_relied_on() -> None:
    reaching = (
        an_authority(1, covers_right=False), an_authority(2, valid_to=date(2026, 2, 1)),
        an_authority(3, right_types=[RightType.PATENT]), an_authority(4, territories=["DE"]),
        an_authority(5, territories=["DE", "FR"]), an_authority(6),
    )  # fmt: skip
    found = relied_on(a_case(authorities=reaching, held_as=HeldAs.AGENT))
    assert found is not None
    assert found.id == AuthorityId.of(UUID(int=5))
    assert said(a_case(authorities=reaching, held_as=HeldAs.AGENT)) == []
    assert relied_on(a_case(authorities=reaching, held_as=HeldAs.OWNER)) is None
    assert relied_on(replace(a_case(), right=None)) is None


def test_a_rule_is_published_as_it_was_declared() -> None:
    def rule(case: Case) -> Iterator[Finding]:
        yield from ()

    code, other, third = ReasonCode.R_DUPLICATE, ReasonCode.N_URL_INVALID, ReasonCode.N_COMPARISON
    declared = finds("/items/{i}", blocking=[code], warning=[other], informing=[third])(rule)
    try:
        assert declared is rule
        assert PUBLISHED[rule] == Published(
            "/items/{i}",
            ((code, FindingSeverity.BLOCKS), (other, FindingSeverity.WARNS), (third, FindingSeverity.INFORMS)),
        )
        assert PUBLISHED[finds("")(rule)] == Published("", ())
    finally:
        del PUBLISHED[rule]
