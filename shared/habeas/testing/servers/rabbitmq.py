# long because a node that is shared and one of our own stand side by side
"""RabbitMQ: a virtual host on the one that answers here, or a private node that a fault test may also crash."""

import os
import secrets
import socket
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from habeas.testing.processes import Process
from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import (
    LOOPBACK,
    Server,
    ServerMissing,
    drop_folder,
    free_port,
    is_listening,
    new_folder,
)
from habeas.testing.waiting import wait_until

STANDARD_PORT = 5672
GUEST = "guest"
START_SECONDS = 90
CONNECTION_START, CONNECTION_START_OK, CONNECTION_TUNE = (10, 10), (10, 11), (10, 30)


class PrivateRabbit(Server):
    """A node of our own with its own name, ports, folder and epmd; without plug-ins, or with the management API."""

    name = "rabbitmq"

    def __init__(self, *, managed: bool = False) -> None:
        self.port = free_port()
        self.api = f"http://{GUEST}@{LOOPBACK}:{free_port()}" if managed else ""
        self._folder: Path | None = None
        self._scripts = Path()
        self._env: dict[str, str] = {}
        self._epmd: Process | None = None
        self._node: Process | None = None

    @property
    def url(self) -> str:
        """The AMQP address, virtual host `/` included."""
        return _url(self.port, "%2F")

    def _start(self) -> None:
        self._scripts, how = _find_scripts()
        self._folder = new_folder("rabbitmq")
        self._env = _node_settings(self._folder, self.port, self.api)
        # Our own port mapper: the one that a node would start for itself daemonises and outlives everybody.
        epmd = find_program("epmd")
        if epmd is None:
            raise ServerMissing("RabbitMQ is here without Erlang's epmd: install erlang-base")
        self._epmd = Process([epmd, "-address", LOOPBACK], self._env, log=self._folder / "epmd.log").start()
        epmd_port = int(self._env["ERL_EPMD_PORT"])
        wait_until(lambda: is_listening(epmd_port), 10, "Erlang's port mapper listens")
        self._node = Process([self._scripts / "rabbitmq-server"], self._env, log=self._folder / "node.log")
        self.start_node()
        self.story = f"{how}; private node started on port {self.port}"

    def start_node(self) -> None:
        """Start the node, also after a kill or a stop, and wait until it lets us in."""
        node = self._owned()
        if not node.running:
            node.start()
        wait_until(lambda: answers(self.port) or not node.running, START_SECONDS, "the private RabbitMQ answers")
        if not node.running:
            raise ServerMissing(f"the private RabbitMQ does not start:\n{node.log_tail(40)}")

    def stop_node(self) -> None:
        """Stop the node in good order, as an operator would."""
        self._owned().terminate(60)

    def kill9(self) -> None:
        """Kill the node without a chance to tidy up."""
        self._owned().kill9()

    def wait_until_kept(self, *queues: str) -> None:
        """Wait until the disk knows these new quorum queues (of virtual host `/`): about a second.

        RabbitMQ 3.10 confirms a letter for a queue whose name it has not written yet. A kill in that second leaves the
        queue there but stuck for good: measured, and no fault of what a test wants to look at.
        """
        names = Path(self._env["RABBITMQ_MNESIA_BASE"])
        wanted = [f"%2F_{queue}".encode() for queue in queues]

        def all_are_written() -> bool:
            written = b"".join(file.read_bytes() for file in names.glob("*/quorum/*/names.dets"))
            return all(name in written for name in wanted)

        wait_until(all_are_written, 10, f"the disk knows {', '.join(queues)}")

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl against this node (raise a memory alarm, delete a queue, add a user) and give its words."""
        return _run([*self.program, "-q", *arguments], os.environ)

    @property
    def program(self) -> list[str]:
        """The command that is rabbitmqctl for this node, for whoever runs it themselves."""
        surroundings = [f"{name}={value}" for name, value in self._env.items()]
        return ["env", *surroundings, str(self._scripts / "rabbitmqctl")]

    def _owned(self) -> Process:
        if self._node is None:
            raise RuntimeError("the private RabbitMQ was not started")
        return self._node

    def stop(self) -> None:
        """Kill the node and its port mapper, and drop their folder."""
        for process in (self._node, self._epmd):
            if process is not None:
                process.kill9()
                process.stop()
        self._node = self._epmd = None
        drop_folder(self._folder)
        self._folder = None


class Rabbit(Server):
    """A fresh virtual host for this session, on the broker that answers on the standard port, else a private node."""

    name = "rabbitmq"

    def __init__(self) -> None:
        #: The node of our own, where no broker on the standard port lets us in.
        self.private: PrivateRabbit | None = None
        self._hosts: list[str] = []

    @property
    def url(self) -> str:
        """The AMQP address of the session's virtual host."""
        return self.private.url if self.private else _url(STANDARD_PORT, self._hosts[0])

    def fresh_host(self) -> str:
        """The address of one more empty virtual host, deleted with the others at the end."""
        host = f"habeas-test-{secrets.token_hex(6)}"
        self.ctl("add_vhost", host)
        self._hosts.append(host)
        self.ctl("set_permissions", "-p", host, GUEST, ".*", ".*", ".*")
        return _url(self.private.port if self.private else STANDARD_PORT, host)

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl against the broker in use and give its words."""
        if self.private is not None:
            return self.private.ctl(*arguments)
        return _run(["/usr/sbin/rabbitmqctl", "-q", *arguments], os.environ)

    def _start(self) -> None:
        if answers(STANDARD_PORT) and self._may_administer():
            self.fresh_host()
            self.story = f"found on port {STANDARD_PORT}; fresh virtual host"
            return
        self.private = PrivateRabbit().start()
        self.story = self.private.story

    def _may_administer(self) -> bool:
        """Whether rabbitmqctl reaches the broker that answers: in a container or for a plain user it does not."""
        try:
            self.ctl("list_vhosts", "name")
        except ServerMissing:
            return False
        return True

    def stop(self) -> None:
        """Delete the virtual hosts of this session, or the whole private node."""
        if self.private is not None:
            self.private.stop()
            self.private = None
        else:
            for host in self._hosts:
                self.ctl("delete_vhost", host)
        self._hosts.clear()


def answers(port: int) -> bool:
    """Whether a RabbitMQ lets the guest in here.

    Three frames of AMQP 0-9-1 by hand: a client library leaves sockets open when a broker goes while it greets.
    """
    try:
        with socket.create_connection((LOOPBACK, port), timeout=3) as line:
            line.sendall(b"AMQP\x00\x00\x09\x01")
            if _read_method(line) != CONNECTION_START:
                return False
            login = f"\0{GUEST}\0{GUEST}".encode()
            no_properties = b"\0\0\0\0"
            choice = no_properties + b"\x05PLAIN" + struct.pack(">I", len(login)) + login + b"\x05en_US"
            payload = struct.pack(">HH", *CONNECTION_START_OK) + choice
            line.sendall(struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce")
            return _read_method(line) == CONNECTION_TUNE
    except OSError:
        return False


def _read_method(line: socket.socket) -> tuple[int, int]:
    """Read one frame and give its class and method; (0, 0) when the broker hangs up."""
    with line.makefile("rb") as reading:
        head = reading.read(7)
        if len(head) < 7:
            return (0, 0)
        payload = reading.read(struct.unpack(">BHI", head)[2] + 1)
    return struct.unpack(">HH", payload[:4]) if len(payload) >= 4 else (0, 0)


def _url(port: int, host: str) -> str:
    return f"amqp://{GUEST}:{GUEST}@{LOOPBACK}:{port}/{host}"


def _run(argv: list[str], env: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(argv, env=dict(env), capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerMissing(f"{argv[0]} does not run: {error}") from error
    if done.returncode != 0:
        raise ServerMissing(f"{' '.join(argv)} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def _node_settings(folder: Path, port: int, api: str) -> dict[str, str]:
    """What keeps a node apart from every other: name, ports, folders, cookie, port mapper."""
    plugins = folder / "enabled_plugins"
    plugins.write_text("[rabbitmq_management].\n" if api else "[].\n")
    listener = f' -rabbitmq_management listener [{{port,{urlsplit(api).port}}},{{ip,"{LOOPBACK}"}}]' if api else ""
    return {
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(free_port()),
        "RABBITMQ_NODENAME": f"habeas-{secrets.token_hex(4)}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}" + listener,
    }


def _find_scripts() -> tuple[Path, str]:
    """The folder with the node's own scripts (Debian's wrappers insist on their one user), and how it came here."""
    found = _installed_scripts()
    if found:
        return found, "found installed"
    how = install(["rabbitmq-server"], "RabbitMQ")
    found = _installed_scripts()
    if found is None:
        raise ServerMissing("RabbitMQ was installed, but its scripts are in no folder that we know")
    return found, how


def _installed_scripts() -> Path | None:
    return next(iter(sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"), reverse=True)), None)
