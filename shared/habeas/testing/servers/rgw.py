"""S3 with real semantics: Ceph's RADOS gateway on a cluster of one monitor and one disk in memory."""

import secrets
import string
import subprocess
import uuid
from pathlib import Path

from habeas.testing.processes import Process, answers_http
from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import LOOPBACK, Server, ServerMissing, drop_folder, free_port, new_folder
from habeas.testing.waiting import wait_until

PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-mgr", "ceph-common")
PROGRAMS = ("radosgw", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool", "radosgw-admin")
#: How often a lifecycle rule's day passes, so that a test can see a one-day rule delete.
LIFECYCLE_DAY_SECONDS = 10
DISK_BYTES = 2 * 1024**3
ENTITIES = {
    "mon.": ("mon", "allow *"),
    "client.admin": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "client.rgw": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *", "mgr", "allow profile osd"),
}

CONFIGURATION = string.Template("""\
[global]
fsid = $fsid
mon host = $monitor
public addr = $host
cluster addr = $host
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
osd objectstore = memstore
osd class load list = *
osd class default list = *
memstore device bytes = $disk_bytes
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data = $folder/mon
osd data = $folder/osd
keyring = $folder/keyring
run dir = $folder/run
admin socket = $folder/run/$$name.asok
pid file = $folder/run/$$name.pid
log file = $folder/$$name.log

[client.rgw]
rgw frontends = beast endpoint=$host:$port
rgw lc debug interval = $lifecycle_day
rgw relaxed s3 bucket names = false
rgw crypt require ssl = false
""")


class Rgw(Server):
    """One gateway with one user; it checks signatures, expiry, policies and locks, which moto does not."""

    name = "rgw"

    def __init__(self) -> None:
        self.port = free_port()
        self.access_key = ""
        self.secret_key = ""
        self._folder: Path | None = None
        self._daemons: list[Process] = []

    @property
    def url(self) -> str:
        """The S3 endpoint; address buckets by path."""
        return f"http://{LOOPBACK}:{self.port}"

    def _start(self) -> None:
        how = "found installed"
        if not all(find_program(program) for program in PROGRAMS):
            how = install(PACKAGES, "Ceph's RADOS gateway")
        self._folder = new_folder("rgw")
        monitor = self._configure(self._folder)
        self._make_keys()
        self._start_monitor(monitor)
        self._start_disk()
        self._daemon("radosgw", "-n", "client.rgw")
        wait_until(self._gateway_answers, 120, f"the S3 gateway answers, see {self._folder}")
        self.access_key, self.secret_key = self.add_user()
        self.story = f"{how}; private cluster started, S3 on port {self.port}"

    def add_user(self) -> tuple[str, str]:
        """Make one more S3 user with its own buckets; gives its access key and secret."""
        access_key, secret_key = secrets.token_hex(10).upper(), secrets.token_hex(20)
        user = f"user-{access_key.lower()}"
        self._run(
            "radosgw-admin", "user", "create", f"--uid={user}", f"--display-name={user}",
            f"--access-key={access_key}", f"--secret-key={secret_key}",
        )  # fmt: skip
        return access_key, secret_key

    def _configure(self, folder: Path) -> str:
        for room in ("mon", "osd", "run"):
            (folder / room).mkdir()
        self._cluster = str(uuid.uuid4())
        monitor = f"[v2:{LOOPBACK}:{free_port()},v1:{LOOPBACK}:{free_port()}]"
        (folder / "ceph.conf").write_text(
            CONFIGURATION.substitute(
                fsid=self._cluster,
                monitor=monitor,
                host=LOOPBACK,
                port=self.port,
                folder=folder,
                disk_bytes=DISK_BYTES,
                lifecycle_day=LIFECYCLE_DAY_SECONDS,
            )
        )
        return monitor

    def _make_keys(self) -> None:
        keyring = self._path("keyring")
        self._run("ceph-authtool", "--create-keyring", keyring)
        for entity, rights in ENTITIES.items():
            caps = [word for who, what in zip(rights[::2], rights[1::2], strict=True) for word in ("--cap", who, what)]
            self._run("ceph-authtool", keyring, "--gen-key", "-n", entity, *caps)

    def _start_monitor(self, monitor: str) -> None:
        monmap = self._path("monmap")
        self._run("monmaptool", "--create", "--addv", "a", monitor, "--fsid", self._cluster, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", self._path("keyring"))
        self._daemon("ceph-mon", "-i", "a")
        wait_until(self._monitor_answers, 60, "Ceph's monitor answers")

    def _start_disk(self) -> None:
        disk = str(uuid.uuid4())
        self._run("ceph", "osd", "new", disk)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk, "--osd-objectstore", "memstore")
        self._daemon("ceph-osd", "-i", "0")

    def _daemon(self, program: str, *arguments: str) -> None:
        log = Path(self._path(f"{program}.out"))
        argv = [str(find_program(program)), "-c", self._path("ceph.conf"), "-f", *arguments]
        self._daemons.append(Process(argv, {"TMPDIR": self._path("run")}, log=log).start())

    def _run(self, program: str, *arguments: str, timeout: float = 60) -> str:
        argv = [str(find_program(program)), *arguments]
        if program not in ("ceph-authtool", "monmaptool"):
            argv[1:1] = ["-c", self._path("ceph.conf")]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=False)
        if done.returncode != 0:
            raise ServerMissing(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
        return done.stdout

    def _monitor_answers(self) -> bool:
        try:
            self._run("ceph", "--connect-timeout", "5", "mon", "stat", timeout=10)
        except (ServerMissing, subprocess.TimeoutExpired):
            return False
        return True

    def _gateway_answers(self) -> bool:
        for daemon in self._daemons:
            if not daemon.running:
                raise ServerMissing(f"{daemon.name} ended with {daemon.exit_code}:\n{daemon.log_tail()}")
        return answers_http(self.url)

    def _path(self, name: str) -> str:
        if self._folder is None:
            raise RuntimeError("the RADOS gateway was not started")
        return str(self._folder / name)

    def stop(self) -> None:
        """Kill the cluster, whose disk is memory anyway, and drop its folder."""
        for daemon in reversed(self._daemons):
            daemon.kill9()
            daemon.stop()
        self._daemons.clear()
        drop_folder(self._folder)
        self._folder = None
