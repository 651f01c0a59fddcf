"""Fields of an authority."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.intake.vault.right_types import OwnerIn
from services.intake.vault.territories import Territory
from shared.contracts.authority_codes import AuthorityKind
from shared.contracts.codes import RightType
from shared.contracts.ids import EvidenceId, RightId
from shared.runtime.inputs import Day, Input

RightIds = Annotated[list[RightId], Field(min_length=1, max_length=1000)]
RightTypes = Annotated[list[RightType], Field(max_length=len(RightType))]
Territories = Annotated[list[Territory], Field(max_length=250)]

EXAMPLE: dict[str, Any] = {
    "kind": "power_of_attorney",
    "principal": {"name": "Acme GmbH", "country": "DE"},
    "right_types": ["trademark"],
    "territories": ["EU"],
    "valid_from": "2026-01-01",
    "valid_to": "2027-12-31",
}


class AuthorityFields(BaseModel):
    """The document: who gave it, for which rights, where and how long."""

    kind: AuthorityKind
    principal: OwnerIn = Field(description="Who gave it")
    right_ids: RightIds | None = Field(
        None, description="The rights that it names, of your vault; null: all there whose owner is the principal"
    )
    right_types: RightTypes = Field([], description="The types of right that it covers; none: every one")
    territories: Territories = Field([], description="Where it holds; none: wherever the rights do")
    valid_from: Day
    valid_to: Day | None = Field(None, description="Its last day; null: it holds until it is revoked")
    evidence_id: EvidenceId | None = Field(None, description="The document itself")


class AuthorityIn(AuthorityFields, Input):
    """An authority as a partner puts it into the vault."""

    @field_validator("right_ids", "right_types", "territories")
    @classmethod
    def _once(cls, given: list[Any] | None) -> list[Any] | None:
        return None if given is None else list(dict.fromkeys(given))

    @field_validator("valid_to")
    @classmethod
    def _later(cls, given: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get("valid_from")
        if given is not None and begins is not None and given < begins:
            raise PydanticCustomError("dates_reversed", "The authority ends before it begins")
        return given
