"""The base of events: one class each, whose declaration says all there is to know of it."""

import re
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from .ids import AccountId

Audience = Literal["parties", "internal"]

_NAMES: dict[Audience, re.Pattern[str]] = {
    "parties": re.compile(r"marque\.(?!internal\.)[a-z_]+\.[a-z_]+\.v[1-9][0-9]*"),
    "internal": re.compile(r"marque\.internal\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*"),
}

registry: dict[str, type["Event"]] = {}
"""Every event there is, by name."""


class Event(BaseModel):
    """Something that happened, in the past tense.

    The name given at the declaration is the subject on the stream, the type in the envelope, the name of the
    published schema and the channel in the AsyncAPI document. `producer` is the service, or the services, that may emit
    it (`catalogue` stands for the marketplace's own systems): the broker's permissions are made from it. `formerly` is
    the service that emitted it before: it may do so beside the new one while an upgrade rolls. `planned` says that it
    is consumed already and that nothing emits it yet. An event with `audience="internal"` is what services tell each
    other alone: its name is `marque.internal.<noun>.<past tense verb>.v<major>`, and it is in no feed, no webhook
    and no document for partners.

    `version` is that of the thing the event is about: it grows by at least one with every change, and a reader ignores
    what is not newer than what it holds, because several relays do not keep order between them. Unknown fields are
    ignored, so that a field can be added without breaking anyone.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: ClassVar[str]
    producers: ClassVar[tuple[str, ...]]
    publishers: ClassVar[tuple[str, ...]]
    planned: ClassVar[bool]
    audience: ClassVar[Audience]
    to_tool: ClassVar[bool] = False
    """Told to one internal tool alone: it stands under a subject of that tool."""

    version: int

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        name: str | None = None,
        producer: str | tuple[str, ...] = (),
        formerly: str = "",
        planned: bool = False,
        audience: Audience = "parties",
        **kwargs: Any,
    ) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if name is None:
            return
        if not _NAMES[audience].fullmatch(name):
            prefix = "marque.internal" if audience == "internal" else "marque"
            raise ValueError(f"{name} is not {prefix}.<noun>.<past tense verb>.v<major>")
        if name in registry:
            raise ValueError(f"{name} is declared twice")
        if not producer:
            raise ValueError(f"{name} does not say who emits it")
        cls.name, cls.planned, cls.audience = name, planned, audience
        cls.producers = (producer,) if isinstance(producer, str) else producer
        cls.publishers = (*cls.producers, *filter(None, [formerly]))
        registry[name] = cls

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        producer: str | tuple[str, ...] = (),
        formerly: str = "",
        planned: bool = False,
        audience: Audience = "parties",
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)

    @property
    def subject_id(self) -> str:
        """The id of the thing that the event is about."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it is about")

    @property
    def address(self) -> str:
        """The subject that it is published under."""
        return self.name

    @property
    def owner(self) -> AccountId | None:
        """The account whose business this is, and in whose feed it appears. None: the operator's alone."""
        return None


def party_events() -> dict[str, type[Event]]:
    """Return the events that partners and tools may be told of, by name."""
    return {name: event for name, event in registry.items() if event.audience == "parties"}
