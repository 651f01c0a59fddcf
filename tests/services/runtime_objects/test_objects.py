"""The object store, in a folder and in a bucket: what is put is there, what is full or away says so."""

import errno
import hashlib
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import obstore
import pytest

from shared.runtime.errors import StorageFull, Unavailable
from shared.runtime.objects import Objects, ObjectsHealth
from tests.services.runtime_objects.bucket import Bucket, serving

CONTENT = b"A long list of sales.\n" * 60_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    async with serving() as bucket:
        for name, value in {"ENDPOINT_URL": bucket.url, "ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret",
                            "REGION": "eu-1", "ALLOW_HTTP": "true"}.items():  # fmt: skip
            monkeypatch.setenv(f"AWS_{name}", value)
        yield bucket


async def whole(objects: Objects, sha256: str = SHA256) -> bytes:
    return b"".join([piece async for piece in await objects.open(sha256)])


@pytest.mark.parametrize("where", ["folder", "file", "bucket"])
async def test_a_file_is_there_from_put_to_delete(where: str, tmp_path: Path, bucket: Bucket) -> None:
    url = {"folder": str(tmp_path / "new"), "file": f"file://{tmp_path}", "bucket": "s3://files/captures"}[where]
    objects = Objects(url)
    assert not await objects.has(SHA256)
    for _ in range(2):
        await objects.put(SHA256, io.BytesIO(CONTENT))
        assert await objects.has(SHA256)
        assert await whole(objects) == CONTENT
    if where == "bucket":
        assert list(bucket.objects) == [f"captures/{SHA256[:2]}/{SHA256}"]
    for _ in range(2):
        await objects.delete(SHA256)
        assert not await objects.has(SHA256)
    with pytest.raises(Unavailable, match="lacks the file"):
        await objects.open(SHA256)


async def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path))
    empty = hashlib.sha256().hexdigest()
    await objects.put(empty, io.BytesIO())
    assert (await objects.has(empty), await whole(objects, empty)) == (True, b"")


async def test_a_file_in_a_folder_and_its_folders_are_on_the_disk_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def noted(held: int) -> None:
        synced.append(Path(f"/proc/self/fd/{held}").readlink().name)
        fsync(held)

    monkeypatch.setattr(os, "fsync", noted)
    await Objects(str(tmp_path / "store")).put(SHA256, io.BytesIO(CONTENT))
    assert synced == [SHA256, SHA256[:2], "store"]


async def test_a_bucket_that_is_away_is_said_of_every_call(bucket: Bucket) -> None:
    objects = Objects("s3://files/captures")
    await objects.put(SHA256, io.BytesIO(CONTENT))
    bucket.away = True
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: objects.put(SHA256, io.BytesIO(CONTENT)),
        lambda: objects.open(SHA256),
        lambda: objects.has(SHA256),
        lambda: objects.delete(SHA256),
        objects.probe,
    ]
    for call in calls:
        with pytest.raises(Unavailable) as away:
            await call()
        assert away.value.detail == "The object store cannot be reached, or lacks the file."


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        obstore.exceptions.GenericError("Generic LocalFileSystem error: No space left on device (os error 28)"),
        obstore.exceptions.GenericError("<Code>XMinioStorageFull</Code>"),
    ],
    ids=str,
)
async def test_a_store_that_is_full_is_told_from_one_that_is_away(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = Objects(str(tmp_path))

    async def full(*_: Any) -> None:
        raise error

    monkeypatch.setattr(obstore, "put_async", full)
    with pytest.raises(StorageFull):
        await objects.put(SHA256, io.BytesIO(CONTENT))
    health = ObjectsHealth(objects)
    await health.step()
    assert await health() == "The object store is full; try again once an operator has freed some."


async def test_health_names_what_is_wrong_until_it_is_right_again(bucket: Bucket) -> None:
    health = ObjectsHealth(Objects("s3://files/captures"))
    for away, trouble in (
        (False, None),
        (True, "The object store cannot be reached, or lacks the file."),
        (False, None),
    ):
        bucket.away = away
        await health.step()
        assert await health() == trouble
