"""Mailman 3, which keeps mailing lists: its REST server alone, on a new SQLite database."""

import secrets
import shutil
import sqlite3
import string
import subprocess
from contextlib import closing
from pathlib import Path

import httpx

from habeas.testing.processes import Process
from habeas.testing.servers.environment import find_environment
from habeas.testing.servers.server import LOOPBACK, Server, ServerMissing, drop_folder, free_port, new_folder
from habeas.testing.waiting import wait_until

LOCK = Path(__file__).with_name("mailman_peer") / "requirements.txt"
ADMINISTRATOR = "warden"
CONFIGURATION = string.Template("""\
[mailman]
site_owner: warden@lists.example
layout: here
[paths.here]
var_dir: $folder/var
[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:///$folder/var/mailman.db
[mta]
incoming: mailman.mta.null.NullMTA
[webservice]
hostname: $host
port: $port
admin_user: $user
admin_pass: $password
""")


class Mailman(Server):
    """One installation; `ask` is a client that may do everything, `run` lets Python do something inside of it."""

    name = "mailman"

    def __init__(self, cache: Path) -> None:
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self.version = ""
        self._cache = cache
        self._folder: Path | None = None
        self._programs = Path()
        self._server: Process | None = None

    @property
    def url(self) -> str:
        """Its REST API."""
        return f"http://{LOOPBACK}:{self.port}/3.1"

    @property
    def database(self) -> Path:
        """Its SQLite file, to look into."""
        return self._owned() / "var" / "mailman.db"

    def ask(self) -> httpx.Client:
        """A client that may do everything."""
        return httpx.Client(base_url=self.url, auth=(ADMINISTRATOR, self.password), trust_env=False, timeout=30)

    def run(self, code: str) -> None:
        """Run Python inside of an initialized Mailman, in one transaction."""
        start = f"from mailman.core.initialize import initialize\ninitialize({str(self._configuration)!r})\n"
        argv = [str(self._programs / "python"), "-c", start + code]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise ServerMissing(f"Mailman fails:\n{done.stderr[-2000:]}")

    def keep(self) -> None:
        """Remember all that is there now, for `bring_back`."""
        _copy(self.database, self._owned() / "kept.db")
        shutil.copytree(self._owned() / "var" / "messages", self._owned() / "kept", dirs_exist_ok=True)

    def bring_back(self) -> None:
        """Have all be again as it was kept, which is quicker than to plant it again."""
        _copy(self._owned() / "kept.db", self.database)
        shutil.copytree(self._owned() / "kept", self._owned() / "var" / "messages", dirs_exist_ok=True)

    @property
    def _configuration(self) -> Path:
        return self._owned() / "mailman.cfg"

    def _start(self) -> None:
        self._programs, how = find_environment(LOCK, self._cache)
        self._folder = new_folder("mailman")
        (self._folder / "var").mkdir()
        text = CONFIGURATION.substitute(
            folder=self._folder, host=LOOPBACK, port=self.port, user=ADMINISTRATOR, password=self.password
        )
        self._configuration.write_text(text)
        argv = [str(self._programs / "runner"), "-C", str(self._configuration), "--runner=rest:0:1"]
        self._server = Process(argv, cwd=self._folder, log=self._folder / "rest.log").start()
        wait_until(self._answers, 30, "Mailman answers")
        self.story = f"{how}; {self.version} on port {self.port}"

    def _answers(self) -> bool:
        if self._server is None or not self._server.running:
            raise ServerMissing(f"Mailman does not start:\n{self._server.log_tail() if self._server else ''}")
        try:
            with self.ask() as client:
                self.version = client.get("/system/versions").json()["mailman_version"]
        except (httpx.HTTPError, ValueError, KeyError):
            return False
        return True

    def _owned(self) -> Path:
        if self._folder is None:
            raise RuntimeError("Mailman was not started")
        return self._folder

    def stop(self) -> None:
        """End it, and drop its folder with every list."""
        if self._server is not None:
            self._server.kill9()
            self._server.stop()
            self._server = None
        drop_folder(self._folder)
        self._folder = None


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)
