"""Node.js for servers of the test bed: the system's own where it is new enough, else one pinned by its digest."""

import base64
import hashlib
import platform
import subprocess
import tarfile
import tempfile
from pathlib import Path

from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import ServerMissing

#: Where `crypto.hash`, which today's libraries use, came in.
LEAST = (20, 12)
VERSION = "22.23.3"
#: What npm's package `node-linux-…` has to be, by the machine's kind.
PACKAGE_SHA512 = {
    "x86_64": ("x64", "qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng=="),
    "aarch64": ("arm64", "l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA=="),
}


def find_npm() -> Path:
    """Where npm is, installed when it was missing."""
    found = find_program("npm")
    if found is None:
        install(["npm"], "npm")
        found = find_program("npm")
    if found is None:
        raise ServerMissing("npm was installed, but it is in no folder that we know")
    return found


def find_node(cache: Path) -> Path:
    """Where a Node.js is that is new enough; an older system's stays as it is, and one is fetched into `cache`."""
    found = find_program("node")
    if found is not None and _version_of(found) >= LEAST:
        return found
    kind, digest = PACKAGE_SHA512.get(platform.machine(), ("", ""))
    if not kind:
        raise ServerMissing(
            f"node {'.'.join(map(str, LEAST))} or later is needed: install it, then run the tests again"
        )
    program = cache / f"node-{VERSION}-{kind}"
    if not program.exists():
        _fetch(f"node-linux-{kind}", digest, program)
    return program


def _version_of(node: Path) -> tuple[int, ...]:
    told = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return tuple(int(part) for part in told.lstrip("v").split(".")[:2])


def _fetch(name: str, digest: str, program: Path) -> None:
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent) as folder:
        command = [str(find_npm()), "pack", f"{name}@{VERSION}", "--silent", "--pack-destination", folder]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
        package = Path(folder) / f"{name}-{VERSION}.tgz"
        if done.returncode != 0 or not package.exists():
            raise ServerMissing(f"node {VERSION} cannot be fetched with npm: {done.stderr.strip()[-600:]}")
        if base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != digest:
            raise ServerMissing(f"node {VERSION} is not what its pinned digest says; it was thrown away")
        with tarfile.open(package) as archive:
            member = archive.extractfile("package/bin/node")
            if member is None:
                raise ServerMissing(f"node {VERSION} lacks its program")
            whole = Path(folder) / "node"
            whole.write_bytes(member.read())
        whole.chmod(0o755)
        whole.replace(program)
