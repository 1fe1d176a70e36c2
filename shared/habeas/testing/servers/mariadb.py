"""MariaDB: the one that answers here, or a private server in a temporary folder."""

import os
import secrets
from pathlib import Path

import pymysql

from habeas.testing.processes import Process
from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import LOOPBACK, Server, ServerMissing, drop_folder, free_port, new_folder
from habeas.testing.waiting import wait_until

STANDARD_PORT = 3306
ROLE = "root"


class PrivateMariadb(Server):
    """A server of our own in a temporary folder; it commits to disk like a real one."""

    name = "mariadb"

    def __init__(self) -> None:
        self.port = free_port()
        self._folder: Path | None = None
        self._process: Process | None = None
        # MariaDB refuses to run as root; Debian's package brings this user along.
        self._user = "mysql" if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the server, without a database."""
        return _url(self.port, "")

    def _start(self) -> None:
        program, how = _find_program()
        self._folder = new_folder("mariadb", self._user)
        data = self._folder / "data"
        maker = find_program("mariadb-install-db", "mysql_install_db")
        if maker is None:
            raise ServerMissing("mariadb-install-db is not here: it comes with the package mariadb-server")
        options = [f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        made = Process([maker, "--no-defaults", *options], cwd=self._folder, user=self._user)
        with made:
            if made.wait(120) != 0:
                raise ServerMissing(f"a MariaDB data folder cannot be made:\n{made.log_tail()}")
        self._process = Process(
            [
                program, "--no-defaults", f"--datadir={data}", f"--port={self.port}", f"--bind-address={LOOPBACK}",
                f"--socket={self._folder / 'socket'}", f"--pid-file={self._folder / 'pid'}",
                "--character-set-server=utf8mb4",
            ],
            cwd=self._folder,
            log=self._folder / "mariadb.log",
            user=self._user,
        )  # fmt: skip
        self._process.start()
        wait_until(lambda: answers(self.port), 60, f"the private MariaDB answers\n{self._process.log_tail()}")
        self.story = f"{how}; private server started on port {self.port}"

    def stop(self) -> None:
        """Kill the server, since nobody will read it again, and drop its folder."""
        if self._process is not None:
            self._process.kill9()
            self._process.stop()
            self._process = None
        drop_folder(self._folder)
        self._folder = None


class Mariadb(Server):
    """Fresh databases: on the server that answers on the standard port, else on a private one."""

    name = "mariadb"

    def __init__(self) -> None:
        self._private: PrivateMariadb | None = None
        self._port = STANDARD_PORT
        self._databases: list[str] = []

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the session's database."""
        return _url(self._port, self._databases[0])

    def fresh_database(self) -> str:
        """The address of one more empty database, dropped with the others at the end."""
        database = f"habeas_test_{secrets.token_hex(6)}"
        with _connect(self._port) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4")
        self._databases.append(database)
        return _url(self._port, database)

    def _start(self) -> None:
        if answers(STANDARD_PORT):
            self.story = f"found on port {STANDARD_PORT}; fresh database"
        else:
            self._private = PrivateMariadb().start()
            self._port = self._private.port
            self.story = self._private.story
        self.fresh_database()

    def stop(self) -> None:
        """Drop the databases of this session, or the whole private server."""
        if self._private is not None:
            self._private.stop()
            self._private = None
        elif self._databases:
            with _connect(self._port) as connection, connection.cursor() as cursor:
                for database in self._databases:
                    cursor.execute(f"DROP DATABASE IF EXISTS `{database}`")
        self._databases.clear()


def answers(port: int) -> bool:
    """Whether a MariaDB or MySQL lets us in here without a password."""
    try:
        _connect(port).close()
    except pymysql.err.MySQLError:
        return False
    return True


def _connect(port: int) -> pymysql.Connection:
    return pymysql.connect(host=LOOPBACK, port=port, user=ROLE, password="", connect_timeout=3, autocommit=True)


def _url(port: int, database: str) -> str:
    return f"mysql+pymysql://{ROLE}@{LOOPBACK}:{port}/{database}"


def _find_program() -> tuple[Path, str]:
    """The server's program, and how it came here."""
    found = find_program("mariadbd", "mysqld")
    if found:
        return found, "found installed"
    how = install(["mariadb-server"], "MariaDB")
    found = find_program("mariadbd", "mysqld")
    if found is None:
        raise ServerMissing("MariaDB was installed, but its mariadbd is in no folder that we know")
    return found, how
