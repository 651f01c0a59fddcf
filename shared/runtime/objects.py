"""The object store: files in a folder or a bucket, each once, under its hash."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from shared.runtime.away import is_full
from shared.runtime.errors import StorageFull, Unavailable
from shared.runtime.loops import forever

if TYPE_CHECKING:
    from obstore.store import RetryConfig

_PIECE = 262_144
_NO_ROOM = ("no space left on device", "disk quota exceeded", "storagefull", "xminiostoragefull")
"""How the stores say that they are full: obstore hands the operating system's words on, and no number with them."""
_PROBE = "probe"
_RETRIED: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}
_TRIED_SECONDS = 5.0
_TRIED_AGAIN_SECONDS = 1.0
_SLOW_SECONDS = 10.0


class Objects:
    """Files by their SHA-256 in hexadecimal digits."""

    def __init__(self, url: str) -> None:
        """Args:
        url: a folder, `file:///folder`, or `s3://bucket/prefix`.
        """
        self._folder: Path | None = None
        self._store: ObjectStore
        if url.startswith("s3://"):
            self._store = from_url(url, retry_config=_RETRIED)
        else:
            self._folder = Path(url.removeprefix("file://")).absolute()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._store = LocalStore(self._folder)

    async def put(self, sha256: str, file: BinaryIO) -> None:
        """Keep a file; once this returns it outlives a loss of power. Raises `Unavailable`."""
        file.seek(0)
        with _reached():
            await obstore.put_async(self._store, _place(sha256), file)
            if self._folder is not None:
                await asyncio.to_thread(_to_the_disk, self._folder, self._folder / _place(sha256))

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """Return the file in pieces. Raises `Unavailable`, before the first of them."""
        with _reached():
            found = await obstore.get_async(self._store, _place(sha256))
            stream = found.stream(min_chunk_size=_PIECE)
            first = await anext(stream, None)

        async def pieces() -> AsyncIterator[bytes]:
            if first is not None:
                yield bytes(first)
            async for piece in stream:
                yield bytes(piece)

        return pieces()

    async def has(self, sha256: str) -> bool:
        """Return whether the file is there. Raises `Unavailable`."""
        with _reached():
            try:
                await obstore.head_async(self._store, _place(sha256))
            except FileNotFoundError:
                return False
            return True

    async def delete(self, sha256: str) -> None:
        """Delete the file, if it is there. Raises `Unavailable`."""
        with _reached():
            try:
                await obstore.delete_async(self._store, _place(sha256))
            except FileNotFoundError:
                return

    async def probe(self) -> None:
        """Write a small file, always the same one, and look for it. Raises `Unavailable`."""
        with _reached():
            await obstore.put_async(self._store, _PROBE, bytes(4096))
            await obstore.head_async(self._store, _PROBE)


class ObjectsHealth:
    """The health of an object store, tried now and then, since each try may cost money."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._trouble: str | None = None

    async def __call__(self) -> str | None:
        """Name what is wrong with the store."""
        return self._trouble

    async def run(self) -> None:
        """Try until cancelled."""

        async def pause() -> None:
            await asyncio.sleep(_TRIED_SECONDS if self._trouble is None else _TRIED_AGAIN_SECONDS)

        await forever("object store", self.step, pause=pause)

    async def step(self) -> bool:
        """Try once."""
        try:
            async with asyncio.timeout(_SLOW_SECONDS):
                await self._objects.probe()
        except Unavailable as error:
            self._trouble = error.detail
        except TimeoutError:
            self._trouble = f"The object store did not take a small file within {_SLOW_SECONDS:g} s."
        else:
            self._trouble = None
        return False


def _place(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        if is_full(error) or any(words in str(error).lower() for words in _NO_ROOM):
            raise StorageFull("The object store is full; try again once an operator has freed some.") from error
        raise Unavailable("The object store cannot be reached, or lacks the file.") from error


def _to_the_disk(folder: Path, path: Path) -> None:
    """The file, and the folders that name it: a local store leaves that to the operating system."""
    for place in (path, path.parent, folder):
        held = os.open(place, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)
