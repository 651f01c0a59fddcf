"""A bucket on loopback that speaks as much of S3 as keeping files takes. It can be made to fail."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

_BEGUN = "<InitiateMultipartUploadResult><UploadId>{}</UploadId></InitiateMultipartUploadResult>"
_DONE = "<CompleteMultipartUploadResult><ETag>{}</ETag></CompleteMultipartUploadResult>"


class Bucket:
    """What lies in it, by key, and the parts of what is on its way."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.away = False
        self.url = ""
        self._parts: dict[str, dict[int, bytes]] = {}

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.away:
            return web.Response(status=503)
        if not request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256"):
            return web.Response(status=403)
        if "delete" in request.query:
            return self._deleted(body.decode())
        key = request.match_info["key"].removeprefix("/")
        if request.method == "POST":
            return self._uploaded_in_parts(key, request)
        if request.method == "PUT":
            return self._put(key, request, body)
        return self._get(key)

    def _deleted(self, asked: str) -> web.Response:
        keys = re.findall("<Key>([^<]+)</Key>", asked)
        for key in keys:
            self.objects.pop(key, None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return web.Response(text=f"<DeleteResult>{gone}</DeleteResult>", content_type="application/xml")

    def _get(self, key: str) -> web.Response:
        if key not in self.objects:
            return web.Response(status=404)
        headers = {"ETag": _tag(self.objects[key]), "Last-Modified": "Wed, 25 Nov 2026 12:00:00 GMT"}
        return web.Response(body=self.objects[key], headers=headers)

    def _put(self, key: str, request: web.Request, body: bytes) -> web.Response:
        if "partNumber" in request.query:
            self._parts[request.query["uploadId"]][int(request.query["partNumber"])] = body
        else:
            self.objects[key] = body
        return web.Response(headers={"ETag": _tag(body)})

    def _uploaded_in_parts(self, key: str, request: web.Request) -> web.Response:
        if "uploads" in request.query:
            name = f"upload-{len(self._parts)}"
            self._parts[name] = {}
            return web.Response(text=_BEGUN.format(name), content_type="application/xml")
        parts = self._parts.pop(request.query["uploadId"])
        self.objects[key] = b"".join(parts[number] for number in sorted(parts))
        return web.Response(text=_DONE.format(_tag(self.objects[key])), content_type="application/xml")


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


@asynccontextmanager
async def serving() -> AsyncIterator[Bucket]:
    """A bucket that is there."""
    bucket = Bucket()
    app = web.Application(client_max_size=64 * 1_048_576)
    app.router.add_route("*", "/files{key:.*}", bucket.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    bucket.url = f"http://{host}:{port}"
    try:
        yield bucket
    finally:
        await runner.cleanup()
