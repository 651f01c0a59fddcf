"""A backup of a home in one file, and a home made from it.

The file is a compressed tar: `manifest.json` first, then the home, then `end.json` with the size and the SHA-256 of
each file, so that one that was cut short or changed is known before anything of it is used. Of PostgreSQL it has a base
backup: one moment for all databases, taken while they run. Stored files follow after it: what the databases name was
there before. The broker's data is left out: relays publish again what the broker lacks (docs/decisions/0002).
"""

import asyncio
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from deploy.local import private
from deploy.local.errors import CannotStartError
from deploy.local.home import Home, is_alive
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import USER, Postgres, binaries
from shared.runtime.version import VERSION

FORMAT = 1
POSTGRES_MAJOR = 18
MANIFEST, END = "manifest.json", "end.json"
CLUSTER = "postgres/cluster"
_LEFT_OUT = frozenset({"lock", "platform.json", "logs", "nats/jetstream", "nats/server.conf"})
_PIECE = 1024 * 1024


class BackupUnusableError(CannotStartError):
    """A file is no backup that can be restored."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be restored: {why}")


@dataclass(frozen=True)
class Manifest:
    """The head of a backup: the versions of Marque and of PostgreSQL that it was made with, and when."""

    format: int
    version: str
    postgres: int
    made_at: str


async def back_up(home: Home, target: Path) -> Manifest:
    """Write a backup of a home, running or not. Raises `CannotStartError`; then there is no file."""
    target = _new_file(target)
    if not (home.postgres / "cluster").exists():
        raise CannotStartError(f"{home.folder} has no embedded database to back up")
    manifest = Manifest(FORMAT, VERSION, POSTGRES_MAJOR, datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            cluster, draft = Path(folder) / "cluster", Path(folder) / "draft"
            await _copy_cluster(home, cluster)
            await asyncio.to_thread(_write, home.folder, cluster, draft, manifest)
            draft.replace(target)
    except OSError as error:
        raise private.named(error, target) from error
    return manifest


def restore(source: Path, folder: Path) -> Manifest:
    """Make a home of a backup: all of it, or nothing. The folder has to be new, or empty.

    Raises `CannotStartError`, `BackupUnusableError`.
    """
    folder = folder.absolute()
    _require_new(folder)
    manifest = _verified(source)
    private.make_folder(folder.parent)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.restoring."))
    try:
        with _opened(source) as archive:
            for member in archive:
                if member.name not in {MANIFEST, END}:
                    archive.extract(member, draft, filter="data")
        for path in draft.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        draft.rename(folder)
    except OSError as error:
        raise private.named(error, folder) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _new_file(path: Path) -> Path:
    """The file's whole path. Raises `CannotStartError` where there is one already."""
    if path.exists():
        raise CannotStartError(f"{path} is there already: name a new file")
    return path.absolute()


async def _copy_cluster(home: Home, target: Path) -> None:
    """Copy the cluster as it is at one moment; of a platform that does not run, its database is started for it."""
    async with AsyncExitStack() as stack:
        recorded = _running(home)
        if recorded is not None:
            password = private.keep_secret(home.postgres / "password")
            port = recorded["ports"]["PostgreSQL"]
        else:
            home.take()
            stack.callback(home.give_back)
            server = await stack.enter_async_context(Postgres(home.postgres))
            password, port = private.keep_secret(home.postgres / "password"), server.port
        command: list[str | Path] = [
            binaries() / "pg_basebackup",
            "--host",
            LOOPBACK,
            "--port",
            str(port),
            "--username",
            USER,
        ]
        command += ["--pgdata", target, "--wal-method", "stream", "--checkpoint", "fast", "--no-password"]
        await _run(command, {**os.environ, "PGPASSWORD": password})
    await _run([binaries() / "pg_verifybackup", "--quiet", target], dict(os.environ))


def _running(home: Home) -> dict[str, Any] | None:
    """Return where the platform of this home runs; none where none does. Raises `CannotStartError`."""
    try:
        recorded = home.recorded()
    except CannotStartError:
        return None
    if "PostgreSQL" not in recorded["ports"]:
        raise CannotStartError("the database of this platform is not embedded: back it up with its own tools")
    return recorded


async def _run(command: list[str | Path], environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    if process.returncode != 0:
        lines = complaint.decode(errors="replace").strip().splitlines() or ["it does not say why"]
        raise CannotStartError(f"the database could not be copied: {lines[-1]}")


def _write(folder: Path, cluster: Path, draft: Path, manifest: Manifest) -> None:
    """Write the file whole, and to the disk. It holds every key of the platform: its owner's alone."""
    sums: dict[str, tuple[int, str]] = {}
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with gzip.GzipFile("", "wb", 1, file) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
            _add_bytes(archive, MANIFEST, json.dumps(asdict(manifest)).encode(), sums)
            for path, name in (*_below(cluster, CLUSTER), *_of_home(folder)):
                _add(archive, path, name, sums)
            _add_bytes(archive, END, json.dumps(sums).encode(), {})
        file.flush()
        os.fsync(file.fileno())


def _below(folder: Path, name: str) -> Iterator[tuple[Path, str]]:
    yield folder, name
    for path in sorted(folder.rglob("*")):
        yield path, f"{name}/{path.relative_to(folder)}"


def _of_home(folder: Path) -> Iterator[tuple[Path, str]]:
    """Everything of a home but the database's cluster, what is of one run, logs and drafts; as it comes to be known."""
    for here, folders, files in os.walk(folder):
        inside = Path(here).relative_to(folder)
        folders[:] = sorted(one for one in folders if not _is_left_out((inside / one).as_posix()))
        for name in (*folders, *sorted(files)):
            if not _is_left_out((inside / name).as_posix()):
                yield Path(here) / name, (inside / name).as_posix()


def _is_left_out(name: str) -> bool:
    own = name.rpartition("/")[2]
    return name in _LEFT_OUT or name.startswith(CLUSTER) or own.startswith(".") or own.endswith(".log")


def _add(archive: tarfile.TarFile, path: Path, name: str, sums: dict[str, tuple[int, str]]) -> None:
    """Add a file or a folder. A file that went away meanwhile is passed over, and one that grows is cut."""
    try:
        found = path.lstat()
        if path.is_dir() and not path.is_symlink():
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE
            archive.addfile(member)
        elif path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                reader = _Summed(file)
                member = tarfile.TarInfo(name)
                member.size = found.st_size
                archive.addfile(member, reader)
                sums[name] = (found.st_size, reader.hexdigest())
    except FileNotFoundError:
        return


class _Summed(io.RawIOBase):
    """A file that is summed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._sum.update(piece)
        return piece

    def hexdigest(self) -> str:
        return self._sum.hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes, sums: dict[str, tuple[int, str]]) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
    sums[name] = (len(content), hashlib.sha256(content).hexdigest())


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    """The archive, read from its beginning to its very end, where its checksum is. Raises `BackupUnusableError`."""
    try:
        with gzip.open(source) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
            yield archive
            while packed.read(_PIECE):
                pass
    except FileNotFoundError:
        raise BackupUnusableError(source, "there is no such file") from None
    except (tarfile.ReadError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BackupUnusableError(source, f"it is cut short, or no backup ({type(error).__name__})") from None


def _verified(source: Path) -> Manifest:
    """Read all of a backup and compare it with what it says of itself. Raises `BackupUnusableError`."""
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    end: dict[str, Any] | None = None
    with _opened(source) as archive:
        for member in archive:
            if member.name == END:
                end = json.loads(_content(archive, member))
            elif member.name == MANIFEST:
                content = _content(archive, member)
                manifest = _usable(source, content)
                found[MANIFEST] = (len(content), hashlib.sha256(content).hexdigest())
            elif member.isfile():
                found[member.name] = _summed(archive, member)
            if manifest is None:
                raise BackupUnusableError(source, "it is no backup of Marque")
    if end is None or manifest is None:
        raise BackupUnusableError(source, "it is cut short: its end is missing")
    if {name: list(value) for name, value in found.items()} != end:
        wrong = sorted(name for name in found.keys() | end.keys() if list(found.get(name, ())) != end.get(name))
        raise BackupUnusableError(source, f"it was changed: {wrong[0]} is not as it was written")
    return manifest


def _usable(source: Path, content: bytes) -> Manifest:
    """Return the manifest of a backup that this version can restore. Raises `BackupUnusableError`."""
    try:
        manifest = Manifest(**json.loads(content))
    except (ValueError, TypeError):
        raise BackupUnusableError(source, "it is no backup that this version of Marque knows") from None
    if manifest.format != FORMAT:
        raise BackupUnusableError(
            source,
            f"it has format {manifest.format}, made by Marque {manifest.version}; this one reads format {FORMAT}",
        )
    if manifest.postgres != POSTGRES_MAJOR:
        raise BackupUnusableError(
            source,
            f"it was made with PostgreSQL {manifest.postgres}, and this version has {POSTGRES_MAJOR}: restore it with "
            f"Marque {manifest.version}, and upgrade that",
        )
    if _numbers(manifest.version) > _numbers(VERSION):
        raise BackupUnusableError(source, f"it was made by Marque {manifest.version}, which is newer than {VERSION}")
    return manifest


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return b"" if file is None else file.read()


def _summed(archive: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[int, str]:
    file, found = archive.extractfile(member), hashlib.sha256()
    while file is not None and (piece := file.read(_PIECE)):
        found.update(piece)
    return member.size, found.hexdigest()


def _require_new(folder: Path) -> None:
    """Raises `CannotStartError` where a platform runs in a folder, or anything is in it."""
    if not folder.exists():
        return
    try:
        holder = int((folder / "lock").read_text() or 0)
    except (OSError, ValueError):
        holder = 0
    if is_alive(holder):
        raise CannotStartError(f"{folder} is in use by a running platform (process {holder}): name another MARQUE_HOME")
    if any(folder.iterdir()):
        raise CannotStartError(f"{folder} is not empty, and nothing is overwritten: name a new MARQUE_HOME")
