"""Holds a program that a test started, and ends it with everything it started when the test's process is gone.

Run as a file, never imported: `python leash.py FD USER ARGV...`. FD is the reading end of a pipe whose writing end only
the test's process holds. A byte in it is the number of a signal for the program's process group; its end of file means
that the test's process is dead, however it died. The kernel's parent-death signal alone would not do: it follows the
starting thread and reaches no grandchildren. Whatever leaves the program's group or session falls to us as sub-reaper,
so that a killed server is gone from the process table before it is started again on the same folder.
Linux only. Nothing but the standard library, so that starting it costs milliseconds.
"""

import ctypes
import os
import pwd
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process; the standard library has no name for it."""
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def become(user: str) -> None:
    """Lay down root's rights for those of `user`; "-" keeps who we are."""
    if user == "-":
        return
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def run(argv: list[str], user: str, leash_pid: int) -> None:
    """Turn this process into the program; the parent-death signal is asked for last, since setuid clears it."""
    os.setpgid(0, 0)
    become(user)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != leash_pid:
        os._exit(137)
    try:
        os.execvp(argv[0], argv)  # noqa: S606  a test names the program
    except OSError as error:
        print(f"{argv[0]} does not start: {error.strerror}", file=sys.stderr, flush=True)  # noqa: T201  its log
        os._exit(127)


def follow_orders(child: int, lifeline: int) -> None:
    """Pass signals on until the program has ended, or until it has to be killed."""
    watched = select.poll()
    watched.register(ended := os.pidfd_open(child), select.POLLIN)
    watched.register(lifeline, select.POLLIN | select.POLLHUP)
    while ended not in {fd for fd, _ in watched.poll()}:
        orders = os.read(lifeline, 64)
        if not orders or signal.SIGKILL in orders:
            return
        for number in orders:
            os.killpg(child, number)


def end_everything(child: int) -> int:
    """Kill the program, its group and whatever fell to us; reap them all and give the program's wait status."""
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    own_children = Path(f"/proc/self/task/{os.getpid()}/children")
    with suppress(ChildProcessError):
        while True:
            for orphan in own_children.read_text().split():
                os.kill(int(orphan), signal.SIGKILL)
            os.waitpid(-1, 0)
    return status


def leave(status: int) -> None:
    """End the way the program ended: with its exit code, or by the signal that killed it."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def hold(lifeline: int, user: str, argv: list[str]) -> None:
    """Start the program and wait for its end or for that of whoever holds the other end of `lifeline`."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    leash_pid = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(lifeline)
        run(argv, user, leash_pid)
    # Both sides set the group: whoever comes second finds it done, and no order can come too early.
    with suppress(PermissionError, ProcessLookupError):
        os.setpgid(child, child)
    follow_orders(child, lifeline)
    leave(end_everything(child))


if __name__ == "__main__":
    hold(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
