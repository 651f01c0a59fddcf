"""What makes another right of a right: each field of each type, changed alone."""

from typing import Any

import pytest

from services.intake.vault import right_types
from tests.services.intake.conftest import OTHER_RIGHTS, TRADEMARK, Intake

PENDING, VERIFIED = "pending", "verified"
OF_ALL: dict[str, Any] = {
    "owner": ({"name": "Another GmbH", "country": "DE"}, PENDING),
    "held_as": ("licensee", PENDING),
}
REGISTERED: dict[str, Any] = {
    "office": ("WIPO", PENDING),
    "registration_number": ("1234567", PENDING),
    "registered_on": ("2019-01-02", PENDING),
    "expires_on": ("2051-01-02", PENDING),
}
EXPECTED: dict[str, dict[str, tuple[Any, str]]] = {
    "trademark": {
        **OF_ALL,
        **REGISTERED,
        "title": ("Acme, the word", VERIFIED),
        "territories": (["DE"], PENDING),
        "mark_text": ("ACMO", PENDING),
        "mark_image": ("https://brand.example/another.png", PENDING),
        "mark_type": ("figurative", PENDING),
        "register_status": ("opposed", PENDING),
        "nice_classes": ([18, 25], PENDING),
    },
    "copyright": {
        **OF_ALL,
        **REGISTERED,
        "office": ("USCO", PENDING),
        "title": ("Another work", PENDING),
        "territories": (["US"], PENDING),
        "kind_of_work": ("literary", PENDING),
        "author": ("Bo Example", PENDING),
        "created_on": ("2018-05-04", PENDING),
        "published_on": ("2019-06-01", PENDING),
        "original_url": ("https://brand.example/another", PENDING),
    },
    "design": {
        **OF_ALL,
        **REGISTERED,
        "title": ("A chair", PENDING),
        "territories": (["DE"], PENDING),
        "views": (["https://brand.example/chair.png"], PENDING),
        "product_indication": ("Chairs", PENDING),
        "locarno_classes": (["06-01"], PENDING),
    },
    "patent": {
        **OF_ALL,
        **REGISTERED,
        "title": ("A lock", PENDING),
        "territories": (["DE"], PENDING),
        "asserted_claim": ("2", PENDING),
        "claim_chart": ([{"element": "A hinge", "evidence": "The picture shows it."}], VERIFIED),
    },
    "trade_dress": {
        **OF_ALL,
        **REGISTERED,
        "office": ("USPTO", PENDING),
        "title": ("A jar", PENDING),
        "territories": (["US", "CA"], PENDING),
        "features": ("A jar with a lid.", PENDING),
        "distinctiveness": ("Known since 1980.", PENDING),
        "non_functionality": ("A lid of any shape would do.", PENDING),
    },
    "geographical_indication": {
        **OF_ALL,
        **REGISTERED,
        "title": ("A hard cheese", VERIFIED),
        "territories": (["IT"], PENDING),
        "name": ("Pecorino", PENDING),
        "kind": ("craft", PENDING),
        "product": ("Baskets", PENDING),
    },
}
EACH = [(right_type, field) for right_type, fields in EXPECTED.items() for field in fields]


def test_every_field_of_every_type_is_in_this_table() -> None:
    for right_type, fields in EXPECTED.items():
        model = next(
            one
            for one in (
                right_types.TrademarkIn, right_types.CopyrightIn, right_types.DesignIn, right_types.PatentIn,
                right_types.TradeDressIn, right_types.GeographicalIndicationIn,
            )
            if right_type in str(one.model_fields["type"].annotation).lower()
        )  # fmt: skip
        assert set(fields) == set(model.model_fields) - {"type"}, right_type


@pytest.mark.parametrize(("right_type", "field"), EACH)
async def test_a_verified_right_that_becomes_another_is_verified_again(
    intake: Intake, right_type: str, field: str
) -> None:
    given = {"trademark": TRADEMARK, **OTHER_RIGHTS}[right_type]
    made = await intake.brand.post("/v1/rights", json=given)
    assert made.status_code == 201, made.text
    right_id = made.json()["id"]
    assert (await intake.operator.post(f"/v1/rights/{right_id}/verify")).json()["state"] == VERIFIED
    value, expected = EXPECTED[right_type][field]
    answer = await intake.brand.patch(f"/v1/rights/{right_id}", json={field: value})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == expected
    assert answer.json()["version"] == 3


async def test_a_mark_without_a_text_is_known_by_its_title(intake: Intake) -> None:
    right = await intake.right(mark_text=None, mark_image="https://brand.example/mark.png", mark_type="figurative")
    answer = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"title": "The other bird"})
    assert answer.json()["state"] == "pending"


async def test_a_text_taken_from_a_mark_or_given_to_it_has_it_verified_again(intake: Intake) -> None:
    right = await intake.right(mark_image="https://brand.example/mark.png")
    without = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"mark_text": None})
    assert without.json()["state"] == "pending"
    await intake.operator.post(f"/v1/rights/{right['id']}/verify")
    given = await intake.brand.patch(f"/v1/rights/{right['id']}", json={"mark_text": "ACME"})
    assert given.json()["state"] == "pending"


async def test_a_renewal_asked_for_before_the_right_became_another_is_not_accepted(intake: Intake) -> None:
    right = await intake.right()
    asked = await intake.brand.post(f"/v1/rights/{right['id']}/renew", json={"expires_on": "2060-01-02"})
    assert asked.status_code == 200
    assert (await intake.brand.patch(f"/v1/rights/{right['id']}", json={"mark_text": "ACMO"})).status_code == 200
    accepted = await intake.operator.post(f"/v1/rights/{right['id']}/renewal/accept")
    assert (accepted.status_code, accepted.json()["code"]) == (409, "renewal_not_pending")
    assert (await intake.brand.get(f"/v1/rights/{right['id']}")).json()["state"] == "pending"
