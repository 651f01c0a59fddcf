"""The answers about reports that are the API's alone."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.intake.reports.schemas import MOST_FINDINGS
from shared.contracts.codes import ItemState, ReasonCode, ReportState
from shared.contracts.ids import ItemId
from shared.contracts.withdrawal_codes import Withdrawal
from shared.runtime.findings import FindingOut
from shared.runtime.inputs import Output


class PreflightOut(Output):
    """The findings that filing a report would have."""

    would_be_accepted: bool = Field(description="Whether it would be taken for review")
    findings: Annotated[list[FindingOut], Field(max_length=MOST_FINDINGS)]


class TimelineOut(Output):
    """A state that an item took, or in which its withdrawal was asked for; where no item is named, the report."""

    at: datetime
    item_id: ItemId | None = None
    state: ItemState | ReportState
    code: ReasonCode | None = None
    note: Annotated[str, Field(max_length=10_000)] | None = Field(
        None, description="For the reporter: the question that is asked, or why it was decided so (`public_reason`)"
    )
    withdrawal: Withdrawal | None = Field(None, description="How the withdrawal stood that the reporter had asked for")
