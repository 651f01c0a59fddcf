"""The API's own documents: OpenAPI and AsyncAPI, and a page on which to read the first."""

from functools import cache
from pathlib import Path
from typing import Annotated

import fastapi_offline
import orjson
from fastapi import APIRouter, Header, Response
from fastapi.responses import FileResponse

from gateway.resources import CurrentService
from shared.contracts import asyncapi
from shared.runtime.errors import NotFound, Unavailable

routes = APIRouter(include_in_schema=False)

_PAGES = Path(__file__).parents[1] / "pages"
_THEIRS = Path(fastapi_offline.__file__).parent / "static"
_ASSETS = {
    "docs.js": _PAGES / "docs.js",
    "docs.css": _PAGES / "docs.css",
    "problem.css": _PAGES / "problem.css",
    "swagger-ui-bundle.js": _THEIRS / "swagger-ui-bundle.js",
    "swagger-ui.css": _THEIRS / "swagger-ui.css",
    "favicon.png": _THEIRS / "favicon.png",
}
# The page's library writes styles into its elements and its icons as data; nothing comes from anywhere else.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@routes.get("/openapi.json")
async def read_openapi(
    service: CurrentService, if_none_match: Annotated[str | None, Header(max_length=1024)] = None
) -> Response:
    """The whole public API, as it runs now."""
    published = service.resources.published
    if not published.body:
        raise Unavailable("The document is being put together; try again in a moment.")
    headers = {"Cache-Control": "public, max-age=60", "ETag": published.etag}
    if if_none_match is not None and published.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(published.body, media_type="application/json", headers=headers)


@routes.get("/asyncapi.json")
async def read_asyncapi() -> Response:
    """Every event that the platform tells of."""
    return Response(_events(), media_type="application/json", headers={"Cache-Control": "public, max-age=60"})


@cache
def _events() -> bytes:
    return orjson.dumps(asyncapi.document())


@routes.get("/docs")
async def read_docs() -> Response:
    """The document as a page, where calls can be tried."""
    return FileResponse(_PAGES / "docs.html", headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})


@routes.get("/docs/assets/{name}")
async def read_asset(name: str) -> Response:
    """Return an asset of the page."""
    path = _ASSETS.get(name)
    if path is None:
        raise NotFound
    return FileResponse(path, headers={"Cache-Control": "public, max-age=3600"})
