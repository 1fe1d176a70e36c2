"""PostgreSQL: the one that answers here, or a private cluster that a fault test may also crash."""

import os
import secrets
from pathlib import Path

import psycopg

from habeas.testing.processes import Process
from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import LOOPBACK, Server, ServerMissing, drop_folder, free_port, new_folder
from habeas.testing.waiting import wait_until

STANDARD_PORT = 5432
ROLE = "postgres"


class PrivatePostgres(Server):
    """A cluster of our own in a temporary folder, with one database; it commits to disk like a real one."""

    name = "postgres"

    def __init__(self) -> None:
        self.port = free_port()
        self.database = _database_name()
        self._folder: Path | None = None
        self._programs = Path()
        self._process: Process | None = None
        # PostgreSQL refuses to run as root; Debian's package brings this user along.
        self._user = ROLE if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the database."""
        return _url(self.port, self.database)

    def _start(self) -> None:
        self._programs, how = _find_programs()
        self._folder = new_folder("postgres", self._user)
        data = self._folder / "data"
        made = Process(
            [self._programs / "initdb", "-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
            cwd=self._folder,
            user=self._user,
        )
        with made:
            if made.wait(60) != 0:
                raise ServerMissing(f"a PostgreSQL cluster cannot be made:\n{made.log_tail()}")
        options = {"listen_addresses": LOOPBACK, "port": str(self.port), "unix_socket_directories": str(self._folder)}
        self._process = Process(
            [self._programs / "postgres", "-D", data, *(f"--{key}={value}" for key, value in options.items())],
            cwd=self._folder,
            log=self._folder / "postgres.log",
            user=self._user,
        )
        self._run()
        _create(self.port, self.database)
        self.story = f"{how}; private cluster started on port {self.port}"

    def _run(self) -> None:
        process = self._owned()
        process.start()
        wait_until(lambda: answers(self.port), 30, f"the private PostgreSQL answers\n{process.log_tail()}")

    def restart(self, *, immediate: bool = False) -> None:
        """End the server and start it again; `immediate` is a crash, after which it recovers from its log."""
        process = self._owned()
        if immediate:
            process.kill9()
        else:
            process.terminate()
        self._run()

    def crash(self) -> None:
        """Kill the server with all its sessions; `restart()` brings it back."""
        self._owned().kill9()

    def _owned(self) -> Process:
        if self._process is None:
            raise RuntimeError("the private PostgreSQL was not started")
        return self._process

    def stop(self) -> None:
        """Kill the cluster, since nobody will read it again, and drop its folder."""
        if self._process is not None:
            self._process.kill9()
            self._process.stop()
            self._process = None
        drop_folder(self._folder)
        self._folder = None


class Postgres(Server):
    """A fresh database for this session: on the server that answers on the standard port, else on a private one."""

    name = "postgres"

    def __init__(self) -> None:
        self._private: PrivatePostgres | None = None
        self._port = STANDARD_PORT
        self._databases: list[str] = []

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the session's database."""
        return _url(self._port, self._databases[0])

    def fresh_database(self) -> str:
        """The address of one more empty database, dropped with the others at the end."""
        database = _database_name()
        _create(self._port, database)
        self._databases.append(database)
        return _url(self._port, database)

    def _start(self) -> None:
        if answers(STANDARD_PORT):
            self.story = f"found on port {STANDARD_PORT}; fresh database"
        else:
            self._private = PrivatePostgres().start()
            self._port = self._private.port
            self.story = self._private.story
        self.fresh_database()

    def stop(self) -> None:
        """Drop the databases of this session, or the whole private cluster."""
        if self._private is not None:
            self._private.stop()
            self._private = None
        elif self._databases:
            with _connect(self._port, ROLE) as connection:
                for database in self._databases:
                    connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())
        self._databases.clear()


def answers(port: int) -> bool:
    """Whether a PostgreSQL lets us in here without a password."""
    try:
        _connect(port, ROLE).close()
    except psycopg.OperationalError:
        return False
    return True


def _connect(port: int, database: str) -> psycopg.Connection:
    return psycopg.connect(host=LOOPBACK, port=port, user=ROLE, dbname=database, connect_timeout=3, autocommit=True)


def _create(port: int, database: str) -> None:
    with _connect(port, ROLE) as connection:
        connection.execute(f'CREATE DATABASE "{database}" TEMPLATE template0'.encode())


def _database_name() -> str:
    return f"habeas_test_{secrets.token_hex(6)}"


def _url(port: int, database: str) -> str:
    return f"postgresql+psycopg://{ROLE}@{LOOPBACK}:{port}/{database}"


def _find_programs() -> tuple[Path, str]:
    """The folder with initdb and postgres, and how it came here."""
    found = _installed_programs()
    if found:
        return found, "found installed"
    how = install(["postgresql"], "PostgreSQL")
    found = _installed_programs()
    if found is None:
        raise ServerMissing("PostgreSQL was installed, but its initdb is in no folder that we know")
    return found, how


def _installed_programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    program = find_program("initdb")
    return program.resolve().parent if program else None
