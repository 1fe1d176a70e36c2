"""Tryton, a system for customers and books: its server with parties and mailings, on a new SQLite database."""

import os
import secrets
import sqlite3
import string
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from habeas.testing.processes import Process
from habeas.testing.servers.environment import find_environment
from habeas.testing.servers.server import LOOPBACK, Server, ServerMissing, drop_folder, free_port, new_folder
from habeas.testing.waiting import wait_until

LOCK = Path(__file__).with_name("tryton_peer") / "requirements.txt"
DATABASE = "crm"
USER = "habeas"
MODULES = ("party", "marketing_email")
CONFIGURATION = string.Template("""\
[database]
uri = sqlite://
path = $folder
[web]
listen = $host:$port
""")
#: A user of every group, which Tryton's own administrator is not.
ADD_USER = string.Template("""\
import trytond.config as config
config.update_etc($configuration)
from trytond.pool import Pool
from trytond.transaction import Transaction
Pool.start()
pool = Pool($database)
pool.init()
with Transaction().start($database, 0) as transaction:
    groups = pool.get('res.group').search([])
    user = {'login': $user, 'name': 'Habeas', 'password': $password, 'groups': [('add', [each.id for each in groups])]}
    pool.get('res.user').create([user])
    transaction.commit()
""")
#: Tryton hashes the password at each call, which in tests would be most of what it does: here it costs next to nothing.
START = """\
import functools, runpy, sys
import pwdlib.hashers.argon2 as argon2
argon2.Argon2Hasher = functools.partial(argon2.Argon2Hasher, time_cost=1, memory_cost=8, parallelism=1)
sys.argv[0] = sys.argv.pop(1)
runpy.run_path(sys.argv[0], run_name='__main__')
"""


class Tryton(Server):
    """One database, in which `USER` may do everything by RPC."""

    name = "tryton"

    def __init__(self, cache: Path) -> None:
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self._cache = cache
        self._folder: Path | None = None
        self._programs = Path()
        self._server: Process | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def database(self) -> Path:
        """Its SQLite file, to look into."""
        return self._owned() / f"{DATABASE}.sqlite"

    def ask(self, method: str, *params: Any) -> Any:
        """What a method gives by RPC, its context left out."""
        asked = {"id": 1, "method": method, "params": [*params, {}]}
        answer = httpx.post(
            f"{self.url}/{DATABASE}/rpc/", auth=(USER, self.password), json=asked, timeout=30, trust_env=False
        ).json()
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def _start(self) -> None:
        self._programs, how = find_environment(LOCK, self._cache)
        self._folder = new_folder("tryton")
        configuration = self._folder / "trytond.conf"
        configuration.write_text(CONFIGURATION.substitute(folder=self._folder, host=LOOPBACK, port=self.port))
        self._make_database(configuration)
        program = [str(self._programs / "python"), "-c", START, str(self._programs / "trytond")]
        argv = [*program, "-c", str(configuration), "-d", DATABASE]
        self._server = Process(argv, cwd=self._folder, log=self._folder / "trytond.log").start()
        wait_until(self._answers, 60, "Tryton answers")
        self.story = f"{how}; private server on port {self.port}"

    def _make_database(self, configuration: Path) -> None:
        with closing(sqlite3.connect(self.database)):  # Tryton wants it to be there, empty
            self.database.touch()
        options = ["-c", str(configuration), "-d", DATABASE, "--email", "warden@crm.example"]
        self._run("trytond-admin", *options, "--all")
        self._run("trytond-admin", *options, "--update", *MODULES, "--activate-dependencies")
        said = {"configuration": str(configuration), "database": DATABASE, "user": USER, "password": self.password}
        self._run("python", "-c", ADD_USER.substitute({name: repr(value) for name, value in said.items()}))

    def _run(self, program: str, *options: str) -> None:
        folder = self._owned()
        (folder / "password").write_text(secrets.token_hex(16))
        environment = os.environ | {"TRYTONPASSFILE": str(folder / "password")}
        argv = [str(self._programs / program), *options]
        done = subprocess.run(
            argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode != 0:
            raise ServerMissing(f"{program} fails:\n{done.stderr[-2000:]}")

    def _answers(self) -> bool:
        if self._server is None or not self._server.running:
            raise ServerMissing(f"Tryton does not start:\n{self._server.log_tail() if self._server else ''}")
        try:
            return bool(self.ask("model.res.user.search", [], 0, 1, None))
        except httpx.HTTPError:
            return False

    def _owned(self) -> Path:
        if self._folder is None:
            raise RuntimeError("Tryton was not started")
        return self._folder

    def stop(self) -> None:
        """End it, and drop its folder with the database."""
        if self._server is not None:
            self._server.kill9()
            self._server.stop()
            self._server = None
        drop_folder(self._folder)
        self._folder = None
