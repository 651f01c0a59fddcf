"""Files of strangers as they are opened by a link: shown or saved, and never run."""

from collections.abc import AsyncIterator
from datetime import timedelta

from starlette.responses import StreamingResponse

ENDINGS = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "application/pdf": "pdf",
    "text/plain": "txt",
}  # fmt: skip
"""The media types of files that are kept, each with the ending of its name."""


def opened(
    pieces: AsyncIterator[bytes], *, name: str, media_type: str, size: int, lasts: timedelta
) -> StreamingResponse:
    """Return the answer that holds a file.

    Args:
        pieces: its content.
        name: for who saves it, without its ending.
        media_type: by its content, not by what it is called.
        size: bytes.
        lasts: for how long whoever asked may keep it: the link still opens so long.
    """
    how = "inline" if media_type.startswith("image/") else "attachment"
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    headers = {
        "Content-Type": media_type + charset,
        "Content-Length": str(size),
        "Content-Disposition": f'{how}; filename="{name}.{ENDINGS[media_type]}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": f"private, max-age={int(lasts.total_seconds())}, immutable",
    }
    return StreamingResponse(pieces, headers=headers)
