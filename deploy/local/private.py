"""Files and folders that only their owner may read."""

import errno
import os
import secrets
import stat
from pathlib import Path

from deploy.local.errors import DiskFullError, HomeUnusableError

FULL_BELOW = 8 * 1024 * 1024
"""Free bytes under which a disk counts as full: less than the servers need to start on it."""


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder of our own; what is there already keeps its mode, and so does everything above it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=mode, exist_ok=True)
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise HomeUnusableError(path, "it may not be read and written by this user")
    except OSError as error:
        raise named(error, path) from error


def write(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 in one step: a reader, or a crash, sees the old content or the new, never a part."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if path.exists() and path.read_bytes() == content:
            return  # so that a full disk keeps nothing from starting for a file that is as it should be
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise named(error, path) from error


def keep_secret(path: Path, length: int = 24) -> str:
    """The generated secret kept in this file; made when there is none yet."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        secret = secrets.token_urlsafe(length)
        write(path, secret.encode())
        return secret
    except OSError as error:
        raise named(error, path) from error


def has_room(path: Path) -> bool:
    """Return whether the disk that holds a path has some bytes, and some files, left."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize >= FULL_BELOW and (not found.f_files or found.f_favail > 0)


def tighten(folder: Path, *, apart_from: Path, top: bool = True) -> None:
    """Give each file below a folder mode 0600 and each folder 0700; what lies in `apart_from` is another's to protect.

    A folder gets its mode after all in it, and one further down that has it is not entered: there may be many files of
    evidence. Raises `HomeUnusableError`.
    """
    for path in folder.iterdir():
        try:
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode) and path != apart_from:
                if top or stat.S_IMODE(mode) & 0o077:
                    tighten(path, apart_from=apart_from, top=False)
                path.chmod(0o700)
            elif stat.S_ISREG(mode) and stat.S_IMODE(mode) & 0o177:
                path.chmod(0o600)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise named(error, path) from error


def named(error: OSError, path: Path) -> DiskFullError | HomeUnusableError:
    """The one clear line for an error of the file system."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(path)
    return HomeUnusableError(path, (error.strerror or str(error)).lower())
