"""The six right types: what each must say of itself, and the checks that need no register.

The fields are those that every vault entry and every answer share; the inputs add the checks. One input per type, told
apart by `type`.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum, unique
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError
from typing_extensions import TypeAliasType

from services.intake.vault.addresses import AddressOrEvidence
from services.intake.vault.registers import default_territories, territory_of
from services.intake.vault.territories import Territory, within
from shared.contracts.codes import HeldAs, RightType
from shared.contracts.countries import Country
from shared.contracts.registration_numbers import damage
from shared.runtime.inputs import Day, Input, Line, Name, Prose, Whole

Office = Annotated[str, StringConstraints(to_upper=True, min_length=2, max_length=40, pattern=r"^[A-Za-z][A-Za-z-]*$")]
Number = Annotated[Line, Field(min_length=1, max_length=60)]
Title = Annotated[Line, Field(min_length=1, max_length=300)]
Words = Annotated[Prose, Field(min_length=1, max_length=10_000)]
NiceClass = Annotated[Whole, Field(ge=1, le=45)]
LocarnoClass = Annotated[str, Field(max_length=5, pattern=r"^\d{2}-\d{2}$")]
NiceClasses = Annotated[list[NiceClass], Field(min_length=1, max_length=45)]


@unique
class MarkType(StrEnum):
    """The form of a mark (Impl. Reg. (EU) 2018/626, Art. 3)."""

    WORD = "word"
    FIGURATIVE = "figurative"
    SHAPE = "shape"
    COLOUR = "colour"
    POSITION = "position"
    PATTERN = "pattern"
    SOUND = "sound"
    MOTION = "motion"
    MULTIMEDIA = "multimedia"
    HOLOGRAM = "hologram"
    OTHER = "other"


@unique
class RegisterStatus(StrEnum):
    """The register's facts about a mark."""

    REGISTERED = "registered"
    APPLIED = "applied"
    OPPOSED = "opposed"
    CANCELLED = "cancelled"


@unique
class WorkKind(StrEnum):
    """The kind of a protected work (17 USC 102(a); Berne Convention, Art. 2)."""

    LITERARY = "literary"
    MUSICAL = "musical"
    DRAMATIC = "dramatic"
    CHOREOGRAPHIC = "choreographic"
    PICTORIAL = "pictorial"
    PHOTOGRAPH = "photograph"
    SCULPTURAL = "sculptural"
    AUDIOVISUAL = "audiovisual"
    SOUND_RECORDING = "sound_recording"
    ARCHITECTURAL = "architectural"
    SOFTWARE = "software"
    DATABASE = "database"
    OTHER = "other"


@unique
class IndicationKind(StrEnum):
    """The kinds of geographical indication (Reg. (EU) 2024/1143; TRIPS, Art. 22)."""

    DESIGNATION_OF_ORIGIN = "designation_of_origin"
    GEOGRAPHICAL_INDICATION = "geographical_indication"
    SPIRIT_DRINK = "spirit_drink"
    CRAFT = "craft"
    OTHER = "other"


class OwnerIn(Input):
    """Who holds the right."""

    name: Name
    country: Country | None = None


class ClaimElementIn(Input):
    """One element of the asserted claim, and where the product shows it."""

    element: Annotated[Prose, Field(min_length=1, max_length=4000)]
    evidence: Annotated[Prose, Field(min_length=1, max_length=4000)]


class CommonFields(BaseModel):
    """Fields of every right."""

    title: Title
    owner: OwnerIn
    territories: Annotated[list[Territory], Field(max_length=250)] = []
    office: Office | None = None
    registration_number: Number | None = None
    registered_on: Day | None = None
    expires_on: Day | None = None
    held_as: HeldAs = Field(
        HeldAs.OWNER, description="Who does not own the right needs an authority to report under it"
    )


class TrademarkFields(BaseModel):
    type: Literal[RightType.TRADEMARK]
    mark_text: Title | None = None
    mark_image: AddressOrEvidence | None = None
    mark_type: MarkType
    register_status: RegisterStatus = RegisterStatus.REGISTERED
    nice_classes: NiceClasses


class CopyrightFields(BaseModel):
    type: Literal[RightType.COPYRIGHT]
    kind_of_work: WorkKind
    author: Name
    created_on: Day | None = None
    published_on: Day | None = None
    original_url: AddressOrEvidence | None = None


class DesignFields(BaseModel):
    type: Literal[RightType.DESIGN]
    views: Annotated[list[AddressOrEvidence], Field(min_length=1, max_length=50)]
    product_indication: Title
    locarno_classes: Annotated[list[LocarnoClass], Field(min_length=1, max_length=32)]


class PatentFields(BaseModel):
    type: Literal[RightType.PATENT]
    asserted_claim: Annotated[Line, Field(min_length=1, max_length=20)]
    claim_chart: Annotated[list[ClaimElementIn], Field(max_length=200)] = []


class TradeDressFields(BaseModel):
    type: Literal[RightType.TRADE_DRESS]
    features: Words
    distinctiveness: Words
    non_functionality: Words


class IndicationFields(BaseModel):
    type: Literal[RightType.GEOGRAPHICAL_INDICATION]
    name: Title
    kind: IndicationKind
    product: Title


Has = Callable[[str], bool]
"""A look at whether a right says something in one of its fields."""


def _problem(
    place: str | tuple[str | int, ...],
    code: str,
    message: str,
    given: object = None,
    context: dict[str, Any] | None = None,
) -> InitErrorDetails:
    loc = (place,) if isinstance(place, str) else place
    return InitErrorDetails(type=PydanticCustomError(code, message, context), loc=loc, input=given)


def _again(error: ValidationError, *, behind: frozenset[str] = frozenset()) -> list[InitErrorDetails]:
    """Return what was found before, its places without a first step that is one of these."""
    return [
        _problem(
            found["loc"][1:] if found["loc"][:1] and found["loc"][0] in behind else found["loc"],
            found["type"],
            found["msg"],
            found["input"],
            {name: value for name, value in found.get("ctx", {}).items() if isinstance(value, str)},
        )
        for found in error.errors(include_url=False)
    ]


class _Checked(CommonFields, Input):
    """The checks that all types share; each type names the fields that it cannot do without."""

    @property
    def right_type(self) -> RightType:
        return RightType(getattr(self, "type"))  # noqa: B009 - each type of right has the field, this base has not

    @classmethod
    def _needed(cls, has: Has) -> tuple[str, ...]:  # noqa: ARG003 - the types look at it
        return ()

    @classmethod
    def _missing(cls, has: Has) -> list[InitErrorDetails]:
        return [
            _problem(name, "missing", "This right type needs the field") for name in cls._needed(has) if not has(name)
        ]

    @model_validator(mode="wrap")
    @classmethod
    def _all_told(cls, given: Any, handler: ValidatorFunctionWrapHandler) -> Self:
        """Tell what the type needs and is missing together with the fields that are wrong."""
        try:
            right: Self = handler(given)
        except ValidationError as error:
            missing = cls._missing(lambda name: given.get(name) is not None) if isinstance(given, dict) else []
            told = {found["loc"][:1] for found in error.errors(include_url=False, include_input=False)}
            more = [problem for problem in missing if problem["loc"][:1] not in told]
            if not more:
                raise
            raise ValidationError.from_exception_data(error.title, [*_again(error), *more]) from None
        return right

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problems = self._missing(self._has)
        problems += [problem for problem in (self._dates(), self._places(), self._number()) if problem]
        if problems:
            raise ValidationError.from_exception_data(type(self).__name__, problems)
        return self

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None

    def _dates(self) -> InitErrorDetails | None:
        if self.registered_on and self.expires_on and self.expires_on < self.registered_on:
            return _problem("expires_on", "dates_reversed", "The right ends before it was registered")
        return None

    def _number(self) -> InitErrorDetails | None:
        found = damage(self.office, self.registration_number) if self.registration_number else None
        if found is None:
            return None
        message = f"This {found}; send the number as the register has it, as text"
        return _problem("registration_number", "number_damaged", message)

    def _places(self) -> InitErrorDetails | None:
        right_type = self.right_type
        if not self.territories and not default_territories(right_type, self.office):
            return _problem("territories", "missing", "Say where the right holds: this office has no single territory")
        own = territory_of(self.office) if self.office and right_type is not RightType.COPYRIGHT else None
        if own is not None and self.territories and not within(self.territories, own):
            return _problem(
                "territories", "territory_beyond_office", f"A right of the {self.office} holds in {own} alone"
            )
        return None

    @property
    def held_in(self) -> list[str]:
        """The territories as given, or as the office has them."""
        return list(dict.fromkeys(self.territories)) or default_territories(self.right_type, self.office)


_REGISTERED = ("office", "registration_number", "registered_on")


class TrademarkIn(TrademarkFields, _Checked):
    """A mark: its text or image, its registration, its Nice classes."""

    @classmethod
    def _needed(cls, has: Has) -> tuple[str, ...]:
        shown = () if has("mark_text") or has("mark_image") else ("mark_text",)
        return (*_REGISTERED, "expires_on", *shown)


class CopyrightIn(CopyrightFields, _Checked):
    """A work, its author, when it was made or published, and where the original is."""

    @classmethod
    def _needed(cls, has: Has) -> tuple[str, ...]:
        return ("original_url",) if has("created_on") or has("published_on") else ("created_on", "original_url")


class DesignIn(DesignFields, _Checked):
    """A registered design: its views and the product it is for."""

    @classmethod
    def _needed(cls, has: Has) -> tuple[str, ...]:  # noqa: ARG003 - see above
        return (*_REGISTERED, "expires_on")


class PatentIn(PatentFields, _Checked):
    """A patent: the claim that is asserted and, best, a chart of it."""

    @classmethod
    def _needed(cls, has: Has) -> tuple[str, ...]:  # noqa: ARG003 - see above
        return ("office", "registration_number", "expires_on")


class TradeDressIn(TradeDressFields, _Checked):
    """The look of a product, with why it is known and why it is not functional."""


class GeographicalIndicationIn(IndicationFields, _Checked):
    """A name that stands for a place: its register and its product."""

    @classmethod
    def _needed(cls, has: Has) -> tuple[str, ...]:  # noqa: ARG003 - see above
        return ("registration_number",)


def _without_tag(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Errors point into the body as it was sent: the union puts the chosen type in front of every place."""
    try:
        return handler(value)
    except ValidationError as error:
        raise ValidationError.from_exception_data(error.title, _again(error, behind=_TAGS)) from None


_TAGS = frozenset(right_type.value for right_type in RightType)
_Union = Annotated[
    TrademarkIn | CopyrightIn | DesignIn | PatentIn | TradeDressIn | GeographicalIndicationIn,
    Field(discriminator="type"),
]
# A type of its own, so that what a route says of its body is not mixed with what is said here.
RightInput = TypeAliasType("RightInput", Annotated[_Union, WrapValidator(_without_tag)])
"""A right as a partner puts it into the vault."""

COLUMNS = frozenset({"type", "nice_classes", *CommonFields.model_fields})
"""The fields that are columns of their own; the others of a type are its details."""

LABELS: Final[Mapping[RightType, frozenset[str]]] = {
    RightType.TRADEMARK: frozenset({"title"}),
    RightType.COPYRIGHT: frozenset(),
    RightType.DESIGN: frozenset(),
    RightType.PATENT: frozenset({"claim_chart"}),
    RightType.TRADE_DRESS: frozenset(),
    RightType.GEOGRAPHICAL_INDICATION: frozenset({"title"}),
}
"""The fields of each type that do not identify the right: changing them leaves a verified right verified.

Everything else says which right this is, whose it is, or where and until when it holds. A work is known by its title
and its original (17 USC 512(c)(3)(A)(ii)), a design by its title and its views; a mark and an indication have a text or
a name of their own beside the title, and a claim chart argues for a patent without changing it.
"""


def identifying(right_type: RightType, changed: AbstractSet[str], *, has_mark_text: bool) -> frozenset[str]:
    """Return those of the changed fields that make another right of it, or need another look at its register.

    A mark that has no text is known by its title.
    """
    labels = LABELS[right_type]
    if right_type is RightType.TRADEMARK and not has_mark_text:
        labels -= {"title"}
    return frozenset(changed) - labels
