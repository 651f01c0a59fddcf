"""What an event is: one class per event, whose declaration is all there is to say of it."""

import re
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from .ids import AccountId

_NAME = re.compile(r"marque\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*")

registry: dict[str, type["Event"]] = {}
"""Every event there is, by name."""


class Event(BaseModel):
    """Something that happened, in the past tense.

    The name given at the declaration is the subject on the stream, the type in the envelope, the name of the
    published schema and the channel in the AsyncAPI document.

    `version` is that of the thing the event is about: it grows by at least one with every change, and a reader ignores
    what is not newer than what it holds, because several relays do not keep order between them. Unknown fields are
    ignored, so that a field can be added without breaking anyone.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: ClassVar[str]

    version: int

    @classmethod
    def __pydantic_init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if name is None:
            return
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name} is not marque.<noun>.<past tense verb>.v<major>")
        if name in registry:
            raise ValueError(f"{name} is declared twice")
        cls.name = name
        registry[name] = cls

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    @property
    def subject_id(self) -> str:
        """The id of the thing that the event is about."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it is about")

    @property
    def owner(self) -> AccountId | None:
        """The account whose business this is, and in whose feed it appears. None: the operator's alone."""
        return None
