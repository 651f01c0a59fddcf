"""Becomes a child of the runner: ties its life to the runner's, gives up root where asked, then executes the program.

    python -I -S launch.py <pid of the runner> <signal> <folder or -> <program> <argument>...

The signal is what the kernel sends when the runner is gone (Linux; elsewhere the guard does this alone). With a folder,
the program runs as an ordinary user who owns that folder: PostgreSQL refuses root. For root this is a user namespace
in which root carries another number, so that no file changes hands; where that is forbidden (most containers) the
folder is given to another user. Nothing above the folder is ever touched. Standard library only: it starts in a blink.
"""

import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000
CANNOT = 111


def main(runner: str, on_runner_gone: str, folder: str, *program: str) -> None:
    if folder != "-" and os.geteuid() == 0:
        give_up_root(Path(folder))
    # After the change of user, because that resets it.
    die_with(int(runner), int(on_runner_gone))
    try:
        os.execv(program[0], program)  # noqa: S606 - to become the program is what this is for
    except OSError as error:
        give_up(f"{program[0]} cannot be started by user {os.geteuid()}: {error.strerror}")


def die_with(runner: int, signal_number: int) -> None:
    if sys.platform == "linux":
        libc().prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != runner:  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def give_up_root(folder: Path) -> None:
    user = ordinary_user()
    if namespaces_work(user):
        own(folder, 0, 0)
        enter_namespace(user)
        return
    own(folder, user.pw_uid, user.pw_gid)
    if sys.platform == "linux":
        # So that a change of user takes no powers, also not in the eyes of access(2), which initdb asks.
        libc().prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    keep_way_through()
    try:
        any(folder.iterdir())
    except OSError:
        give_up(
            f"PostgreSQL does not run as root, and user {user.pw_name} cannot reach {folder}: "
            "start as an ordinary user, or set MARQUE_HOME to a folder whose parents everyone may enter"
        )


def keep_way_through() -> None:
    """Of root's powers keep the one to reach files, for a home and an environment below a closed folder such as /root.

    All others are dropped here. Where this one is not ours to keep, the program says what it cannot reach.
    """
    if sys.platform != "linux":
        return
    wanted = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)  # effective, permitted, inheritable; low, then high
    if libc().capset(header, sets) == 0:
        libc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def needs_way_through() -> bool:
    """Return whether PostgreSQL would be started as a user who cannot enter a folder that is closed to others."""
    if os.geteuid() != 0 or namespaces_work(ordinary_user()):
        return False
    try:
        _, _, effective = Path("/proc/self/status").read_text().partition("CapEff:")
        return not int(effective.split()[0], 16) >> CAP_DAC_OVERRIDE & 1
    except (OSError, ValueError, IndexError):
        return True


def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def ordinary_user() -> pwd.struct_passwd:
    """Someone with a name (initdb looks it up) who is not root."""
    others = [user for user in pwd.getpwall() if user.pw_uid != 0]
    others.sort(key=lambda user: user.pw_name != "nobody")
    if not others:
        give_up("PostgreSQL does not run as root, and this system has no other user: add one")
    return others[0]


def namespaces_work(user: pwd.struct_passwd) -> bool:
    """Return whether this process may enter a user namespace; tried in a copy: there is no way back from half way."""
    if sys.platform != "linux":
        return False
    copy = os.fork()
    if copy == 0:
        try:
            enter_namespace(user)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(copy, 0)[1] == 0


def enter_namespace(user: pwd.struct_passwd) -> None:
    if libc().unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{user.pw_gid} 0 1")
    Path("/proc/self/uid_map").write_text(f"{user.pw_uid} 0 1")


def own(folder: Path, user: int, group: int) -> None:
    if folder.stat().st_uid == user:
        return
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(Path(path) / name, user, group)
    os.chown(folder, user, group)  # last: while it is not ours, an interrupted change is done again


def give_up(line: str) -> None:
    sys.stderr.write(f"FATAL:  {line}\n")
    sys.exit(CANNOT)


if __name__ == "__main__":
    main(*sys.argv[1:])
