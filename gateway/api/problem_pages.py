"""A page for each kind of problem, where its `type` points (RFC 9457, section 3.1.1): for people, and for programs."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Response

from shared.runtime.errors import NotFound
from shared.runtime.problems import TYPE_BASE
from shared.runtime.suggestions import nearest

routes = APIRouter(include_in_schema=False)

_PAGES = Path(__file__).parents[1] / "pages"
_QUOTED = re.compile(r"`([^`]+)`")
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class ProblemUnknown(NotFound):
    """No answer of the platform has a problem of this kind."""

    code = "problem_unknown"
    title = "No problem has this code"


@dataclass(frozen=True)
class Page:
    """One page in one form, ready to be sent."""

    content: bytes
    media_type: str
    etag: str


@routes.get(TYPE_BASE + "{code}")
async def read_problem(
    code: str,
    accept: Annotated[str, Header(max_length=1024)] = "",
    if_none_match: Annotated[str | None, Header(max_length=1024)] = None,
) -> Response:
    """One kind of problem: as a page where a browser asks, as JSON for all others."""
    page = _pages().get((code, "text/html" in accept.lower()))
    if page is None:
        meant = nearest(code, dict.fromkeys(known for known, _ in _pages()))
        raise ProblemUnknown(f"No problem has this code; {f'did you mean {meant}?' if meant else 'see /docs.'}")
    headers = {
        "Cache-Control": "public, max-age=3600",
        "Content-Security-Policy": _POLICY,
        "ETag": page.etag,
        "Vary": "Accept",
    }
    if if_none_match is not None and page.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(page.content, media_type=page.media_type, headers=headers)


@cache
def _pages() -> dict[tuple[str, bool], Page]:
    """Every page, by its code and whether it is for a browser; `make schemas` writes what they say from the code."""
    found: dict[str, list[dict[str, Any]]] = orjson.loads((_PAGES / "problems.json").read_bytes())
    template = Template((_PAGES / "problem.html").read_text(encoding="utf-8"))
    made: dict[tuple[str, bool], Page] = {}
    for code, meanings in found.items():
        document = {"type": TYPE_BASE + code, "code": code, "meanings": meanings}
        made[code, False] = _page(orjson.dumps(document), "application/json")
        meant = "\n".join(map(_section, meanings))
        made[code, True] = _page(template.substitute(code=escape(code), meanings=meant).encode(), "text/html")
    return made


def _section(meaning: dict[str, Any]) -> str:
    title, text = (_QUOTED.sub(r"<code>\1</code>", escape(meaning[name])) for name in ("title", "description"))
    return f"      <section>\n        <h2>{meaning['status']}: {title}</h2>\n        <p>{text}</p>\n      </section>"


def _page(content: bytes, media_type: str) -> Page:
    return Page(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
