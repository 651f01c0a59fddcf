"""The answers of a form that was filled in (ISO 32000-2, 12.7), beside what it asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pypdf import PageObject, PdfReader, mult

from libraries.documents.mail.characters import kept

_MOST = 2000
_DEEPEST = 20
_PASSWORD, _PUSH_BUTTON = 1 << 13, 1 << 16
_INHERITED = ("/FT", "/V", "/Ff", "/T", "/TU")
_TICKS = frozenset({"yes", "on", "true", "1", "x", "checked", "ja", "oui"})
_NEAR = 72.0  # points from a field to its question, at most
_HALF_A_LINE = 8.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A filled-in field: its text in one line, its place on the page (left, bottom, top), and its name."""

    text: str
    label: str
    place: tuple[float, float, float]

    @property
    def alone(self) -> str:
        """The answer where nothing printed asks for it."""
        return self.text if self.text.startswith("[x]") else f"{self.label}: {self.text}"


def answers(page: PageObject) -> list[Answer]:
    """Return what was filled in on a page."""
    return list(islice(_answers(page), _MOST))


def with_answers(page: PageObject, given: list[Answer]) -> str:
    """Return the text of a page with each answer after the words that are printed nearest, left of it or above it."""
    pieces: list[tuple[str, float, float]] = []

    def see(text: str, cm: list[float], tm: list[float], _font: Any, _size: float) -> None:
        where = mult(tm, cm)
        pieces.append((text, where[4], where[5]))

    page.extract_text(visitor_text=see)
    after: dict[int, list[str]] = {}
    for answer in given:
        asked = _asked_by(answer, pieces)
        after.setdefault(asked, []).append(answer.alone if asked < 0 else answer.text)
    written: list[str] = []
    for index, (text, _, _) in enumerate(pieces):
        lines = after.get(index)
        written.append(text if not lines else f"{text.rstrip()}\n" + "\n".join(lines) + "\n")
    return "\n".join(["".join(written).strip(), *after.get(-1, [])])


def has_xfa(reader: PdfReader) -> bool:
    """Return whether the form is one of XML, which viewers other than one maker's do not show."""
    form = _found(reader.root_object.get("/AcroForm"))
    return isinstance(form, dict) and "/XFA" in form


def _asked_by(answer: Answer, pieces: list[tuple[str, float, float]]) -> int:
    """The printed words that ask for an answer; -1 where none are near."""
    left, bottom, top = answer.place
    middle = (bottom + top) / 2
    nearest, found = _NEAR, -1
    for index, (text, x, y) in enumerate(pieces):
        if not text.strip() or y < min(bottom, middle - _HALF_A_LINE):
            continue
        beside = y < top and x <= left
        distance = (left - x) / 100 if beside else max(0.0, y - top) + abs(left - x) / 10
        if distance < nearest:
            nearest, found = distance, index
    return found


def _answers(page: PageObject) -> Iterator[Answer]:
    listed = _found(page.get("/Annots"))
    for reference in list(listed)[:_MOST] if isinstance(listed, list) else ():
        widget = _found(reference)
        if not isinstance(widget, dict) or widget.get("/Subtype") != "/Widget":
            continue
        field = _whole(widget)
        label = (_text(field.get("/TU")) or _text(field.get("/T"))).rstrip(" :")
        answer = _answer(field, widget)
        if answer:
            text = f"[x] {label}" if answer is True else str(answer)
            yield Answer(text, label, _place(widget))


def _whole(widget: dict[str, Any]) -> dict[str, Any]:
    """A field with what it has from those above it."""
    field: dict[str, Any] = {}
    above: Any = widget
    for _ in range(_DEEPEST):
        if not isinstance(above, dict):
            break
        field = {key: above[key] for key in _INHERITED if key in above} | field
        above = _found(above.get("/Parent"))
    return field


def _place(widget: dict[str, Any]) -> tuple[float, float, float]:
    try:
        x1, y1, x2, y2 = (float(number) for number in _found(widget.get("/Rect")))
    except (TypeError, ValueError):
        return (0.0, -1e9, -1e9)
    return min(x1, x2), min(y1, y2), max(y1, y2)


def _answer(field: dict[str, Any], widget: dict[str, Any]) -> str | bool:
    """The text of an answer; of a box whether it is ticked."""
    flags = field.get("/Ff", 0)
    flags = flags if isinstance(flags, int) else 0
    value = _found(field.get("/V"))
    if field.get("/FT") == "/Btn":
        return not flags & _PUSH_BUTTON and _ticked(str(widget.get("/AS", value if value is not None else "/Off")))
    if field.get("/FT") == "/Sig":
        return _text(_found(value.get("/Name"))) if isinstance(value, dict) else False
    if flags & _PASSWORD:
        return False
    if isinstance(value, list):
        return ", ".join(filter(None, (_text(_found(one)) for one in value)))
    return _text(value)


def _ticked(state: str) -> str | bool:
    chosen = state.removeprefix("/")
    if chosen in {"Off", ""}:
        return False
    return True if chosen.lower() in _TICKS else f"[x] {chosen}"


def _text(value: Any) -> str:
    if hasattr(value, "get_data"):
        value = value.get_data()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return kept(value).strip() if isinstance(value, str) else ""


def _found(reference: Any) -> Any:
    return reference.get_object() if hasattr(reference, "get_object") else reference
