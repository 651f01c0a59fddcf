"""Events about events: what an internal tool published and the platform could not take in."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from ..addresses import subject_of_tool
from ..event import Event


class EventRefused(Event, name="marque.event.refused.v1", producer=("review", "screening")):
    """An event of an internal tool could not be taken in; it is a dead letter of the service that refuses it.

    Told to the tool that published it alone, once for each event. `refused_id` and `refused_source` are as the tool
    wrote them, where they could be read.
    """

    to_tool: ClassVar[bool] = True

    tool: str = Field(examples=["prices"])
    refused_by: str = Field(description="The service that answers for events of this type", examples=["screening"])
    refused_type: str = Field(
        description="The subject that it was published under", examples=["marque.listing.upserted.v1"]
    )
    refused_id: str | None = Field(None, examples=["7f0c1d52-91be-4d61-8b5e-20d1f2a7c3e4"])
    refused_source: str | None = Field(None, examples=["https://shop.example/catalogue"])
    dead_letter_id: str = Field(
        description="Its id among the dead letters of that service", examples=["evt_01kb62ytj0fgz9t52vhrqp19y1"]
    )
    reason: str = Field(examples=["listed_at: This is not the form of a date here"])
    refused_at: datetime = Field(examples=["2026-11-28T09:30:00Z"])

    @property
    def subject_id(self) -> str:
        return self.refused_id or self.dead_letter_id

    @property
    def address(self) -> str:
        return subject_of_tool(self.tool, self.name)
