"""How a process shuts itself in: before it reads what somebody sent, it gives up all that it does not need for it.

A bug in a decoder then finds no key, no file, no network and nobody to talk to but whoever started it: no descriptor
can be opened any more, and without one there is neither file nor socket. What a kernel does not grant (an unprivileged
user namespace in some containers) is left out; the limits hold everywhere.
"""

import ctypes
import os
import resource
import signal

_NOBODY = 65534
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES = 1, 38
"""`prctl`'s PR_SET_PDEATHSIG and PR_SET_NO_NEW_PRIVS: nobody outlives who asked, or gains by executing something."""


def shut_in(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Give everything up; irrevocable. Whatever the process needs has to be imported and open by now."""
    system = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    if hasattr(system, "prctl"):  # what follows is Linux's own
        system.prctl(_DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        system.unshare(_NEW_USER | _NEW_NETWORK)
        _limit("RLIMIT_AS", memory_bytes)
        _limit("RLIMIT_NPROC", 0)
    _limit("RLIMIT_CPU", cpu_seconds)
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_NOFILE", 0)


def _limit(name: str, most: int) -> None:
    resource.setrlimit(getattr(resource, name), (most, most))
