# long because both modes stand side by side, so that they cannot drift apart
"""The whole house, running: embedded in one process, or split into one process a service and role; from one code.

Both offer the same few things, so that a journey is written once and walked in either.
"""

import html
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from habeas import plugins
from habeas.clock import SYSTEM_CLOCK
from habeas.crypto.keyring import Keyring
from habeas.testing.gateway import Gateway
from habeas.testing.phones import dial, find_phone
from habeas.testing.processes import Process
from habeas.testing.servers.server import free_port
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, Person, code_in
from habeas.vocabulary import SERVICES, participant_of

if TYPE_CHECKING:
    from habeas.testing.servers.sms import SmsSink
    from habeas.testing.servers.smtp import SmtpSink

HABEAS = Path(sys.executable).parent / "habeas"
PASSWORD = "Tre lampor lyser i natten"  # noqa: S105 - the demo's, on a machine of one's own
_MAIL = re.compile(r'<p class="quiet">\S+ (?P<to>[^ ]+) ·.*?<pre class="letter">(?P<text>.*?)</pre>', re.DOTALL)
Program = Callable[[str], list[str]]


@dataclass
class House:
    """What a journey needs of a running house."""

    folder: Path
    company: Path
    portal: str = ""
    agents: list[str] = field(default_factory=list)
    _phones: dict[str, str] = field(default_factory=dict, repr=False)

    def letters_to(self, address: str) -> list[str]:
        """Return all letters to an address, or all texts to a telephone number, so far, oldest first."""
        raise NotImplementedError

    def phone_of(self, email: str) -> str:
        """Return the telephone that the shop had for somebody when this was first asked; empty if it has none."""
        if email not in self._phones:
            self._phones[email] = find_phone(self.company, email)
        return self._phones[email]

    def codes_for(self, email: str) -> "Codes":
        """Give what waits for the codes that reach somebody from now on."""
        return Codes(self, email)

    @cached_property
    def systems(self) -> tuple[str, ...]:
        """Name the company's systems."""
        return tuple(sorted(path.stem for path in (self.company / "systems").glob("*.yaml") if "." not in path.stem))

    def await_code(self, address: str, known: Sequence[str] = (), timeout: float = 60) -> str:
        """Wait for a letter with a code to an address that is not a known one; return the code."""

        def newest() -> str | None:
            return next((code for code in reversed(self.codes_to(address)) if code not in known), None)

        return wait_until(newest, timeout, "a letter with a code has come") or ""

    def codes_to(self, address: str) -> list[str]:
        """List the codes that came to an address lately, oldest first; a long time back the inbox page does not go."""
        return [code for letter in self.letters_to(address) if (code := code_in(letter))]

    def person(self, language: str = "en") -> Person:
        """Give somebody with a browser of their own."""
        return Person(self.portal, language=language)

    def agent(self) -> Agent:
        """Give an agent's browser."""
        return Agent(self.portal)

    def run(self, *arguments: str, of: str = "identity") -> str:
        """Run one `habeas` command with the settings of a service, and return what it printed."""
        import subprocess

        clean = {name: value for name, value in os.environ.items() if not name.startswith("HABEAS_")}
        done = subprocess.run(
            [HABEAS, *arguments], env=clean | self.env(of), capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode != 0:
            raise AssertionError(f"habeas {arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def env(self, participant: str) -> dict[str, str]:
        """Return the settings of one participant."""
        raise NotImplementedError

    def add_agent(self, name: str, email: str, *roles: str) -> None:
        """Make an agent who may sign in with the test password."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        chosen = [part for role in roles for part in ("--role", role)]
        self.run("agent", "add", "--name", name, "--email", email, *chosen, "--password-file", str(secret))
        self.agents.append(email)

    def start(self) -> Self:
        """Start whatever is not running."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop everything."""
        raise NotImplementedError

    def processes(self) -> Mapping[str, Process]:
        """Return the processes by name, so that a test can kill them."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Codes:
    """The codes that reach somebody after this was made: a call waits for the next one by mail or by text."""

    def __init__(self, house: House, email: str) -> None:
        self._house = house
        self._reached_at = {"mailbox": email, "phone": house.phone_of(email)}
        self._seen = {method: house.codes_to(address) for method, address in self._reached_at.items() if address}

    def __call__(self, method: str) -> str:
        """Wait for the next code for a proof (`mailbox`, `phone`), and return it."""
        if method not in self._seen:
            raise AssertionError(f"the company knows no {method} of this person")
        address = self._reached_at[method]
        code = self._house.await_code(address, self._seen[method])
        came = self._house.codes_to(address)
        self._seen[method] = [*self._seen[method], *came[: came.index(code) + 1]]
        return code


def _program(name: str) -> list[str]:
    return [str(HABEAS), *name.split()]


@dataclass
class EmbeddedHouse(House):
    """Everything in one process: SQLite, letters in memory, a folder, the local inbox page."""

    program: Program = _program
    extra: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, int] | None = None
    """Of the portal and of the download origin; None picks free ones."""

    def __post_init__(self) -> None:
        self.port, self.download_port = self.ports or (free_port(), free_port())
        self.portal = f"http://127.0.0.1:{self.port}"
        self.process = Process(self.program("up"), self.env(""), log=self.folder / "up.log", cwd=self.folder)
        self._prepared = False

    def env(self, participant: str) -> dict[str, str]:
        """Return the one set of settings that everything here has."""
        return {
            "HABEAS_DATA": str(self.folder / "data"),
            "HABEAS_KEYS": str(self.folder / "keys"),
            "HABEAS_PROFILES": str(self.company / "profile.yaml"),
            "HABEAS_SYSTEMS": str(self.company / "systems"),
            "HABEAS_PORTAL_URL": self.portal,
            "HABEAS_DOWNLOAD_URL": f"http://127.0.0.1:{self.download_port}",
            "HABEAS_UPLOAD_URL": self.portal,
            "HABEAS_LISTEN": f"127.0.0.1:{self.port}",
            "HABEAS_LISTEN_DOWNLOADS": f"127.0.0.1:{self.download_port}",
            **self.extra,
        }

    def prepare(self) -> None:
        """Make keys and databases, so that the first agent can be added before anything runs."""
        self.run("keys", "init", *SERVICES, *map(participant_of, self.systems))
        self.run("migrate")
        self._prepared = True

    def start(self) -> Self:
        """Start the process and wait until the portal answers."""
        if not self._prepared:
            self.prepare()
        if not self.process.running:
            self.process.start().wait_ready(url=f"{self.portal}/", timeout=60)
        return self

    def stop(self) -> None:
        """Stop the process."""
        self.process.stop()

    def processes(self) -> Mapping[str, Process]:
        """Return the one process."""
        return {"up": self.process}

    def letters_to(self, address: str) -> list[str]:
        """Read the local inbox page as a person would."""
        page = httpx.get(f"{self.portal}/inbox", headers={"Accept-Language": "en"}, timeout=30).text
        found = [(html.unescape(mail["to"]), html.unescape(mail["text"])) for mail in _MAIL.finditer(page)]
        return [text for to, text in reversed(found) if to == dial(address)]


@dataclass
class SplitHouse(House):
    """One process a service and role, a connector each for itself; RabbitMQ, PostgreSQL, a store and SMTP between them.

    Every participant has a keyring folder of its own with its own private keys, and everybody's public ones pinned.
    """

    database: str = ""
    broker: str = ""
    store: str = ""
    smtp: "SmtpSink | None" = None
    sms: "SmsSink | None" = None
    program: Program = _program
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = {service: free_port() for service in SERVICES}
        routes = {path: service for service in SERVICES for path in plugins.load("habeas.services", service).paths}
        addresses = {segment: f"http://127.0.0.1:{self.ports[service]}" for segment, service in routes.items()}
        self.gateway = Gateway(addresses, port=free_port())
        self.downloads = Gateway(
            {"download": addresses["download"], "evidence": addresses["agents"], "static": addresses[""]},
            port=free_port(),
        )
        self.portal = self.gateway.url
        self._prepared = self._open = False
        self._processes = {name: self._process(name) for name in self._roles()}

    def _roles(self) -> list[str]:
        doors = [f"serve {service}" for service in SERVICES]
        workers = [f"work {service}" for service in SERVICES]
        return [*doors, *workers, *(f"connect {system}" for system in self.systems)]

    def _process(self, name: str) -> Process:
        role, _, who = name.partition(" ")
        participant = participant_of(who) if role == "connect" else who
        log = self.folder / f"{name.replace(' ', '-')}.log"
        return Process(self.program(name), self.env(participant), log=log, cwd=self.folder)

    def env(self, participant: str) -> dict[str, str]:
        """Return the settings of one participant: a connector gets its own small database and no store."""
        given = {
            "HABEAS_KEYS": str(self.folder / "keys" / participant),
            "HABEAS_DATA": str(self.folder / "data" / participant),
            "HABEAS_BROKER": self.broker,
            "HABEAS_PORTAL_URL": self.portal,
            "HABEAS_DOWNLOAD_URL": self.downloads.url,
            "HABEAS_UPLOAD_URL": self.portal,
            "HABEAS_SYSTEMS": str(self.company / "systems"),
            "HABEAS_LEASE_SECONDS": "5",
            **self.extra,
        }
        if participant in SERVICES:
            given["HABEAS_DATABASE"] = self.database
            given["HABEAS_STORE"] = self.store
            given["HABEAS_MAIL"] = self.smtp.url if self.smtp else "inbox:"
            given["HABEAS_SMS"] = self.sms.url if self.sms else ""
            if self.sms and participant == "notifier":
                given["HABEAS_SMS_SECRET"] = self.sms.secret
            given["HABEAS_PROFILES"] = str(self.company / "profile.yaml")
            given["HABEAS_LISTEN"] = f"127.0.0.1:{self.ports[participant]}"
        return given

    def prepare(self) -> None:
        """Give everybody their keys and pin the public ones, declare the queues, and migrate the databases."""
        everybody = [*SERVICES, *map(participant_of, self.systems)]
        rings = {each: Keyring(self.folder / "keys" / each) for each in everybody}
        for name, ring in rings.items():
            ring.init([name], SYSTEM_CLOCK.now())
        for ring in rings.values():
            for other in rings.values():
                if other is not ring:
                    ring.pin(json.loads(json.dumps(other.publish())))
        self.run("broker", "topology", *everybody)
        for service in SERVICES:
            self.run("migrate", service, of=service)
        self._prepared = True

    def start(self) -> Self:
        """Start what is not running, and wait until everything answers."""
        if not self._prepared:
            self.prepare()
        if not self._open:
            self.gateway.start()
            self.downloads.start()
            self._open = True
        fresh = {name: process.start() for name, process in self._processes.items() if not process.running}
        for name, process in fresh.items():
            role, _, who = name.partition(" ")
            line = {"serve": f"serving {who}", "work": f"working for {who}", "connect": f"connected {who}"}[role]
            process.wait_ready(line=line, timeout=90)
        return self

    def stop(self) -> None:
        """Stop all processes and the gateways; each is told before the first is waited for."""
        for process in self._processes.values():
            process.send(signal.SIGTERM)
        for process in self._processes.values():
            process.stop()
        if self._open:
            self.gateway.stop()
            self.downloads.stop()
            self._open = False

    def processes(self) -> Mapping[str, Process]:
        """Return the processes by role and name, for example `work intake`."""
        return self._processes

    def letters_to(self, address: str) -> list[str]:
        """Read what the SMTP server took for an address, or the text gateway for a number."""
        if "@" not in address:
            assert self.sms is not None
            return [text.text for text in self.sms.to(dial(address))]
        assert self.smtp is not None
        return [mail.text for mail in self.smtp.to(address)]


def make_company(source: Path, target: Path, *, people: int = 200, postgres: str = "") -> Path:
    """Make the sample company of `source` in `target`: its databases and files, profile and system settings."""
    import subprocess

    target.mkdir(parents=True, exist_ok=True)
    more = ["--postgres", postgres.replace("+psycopg", "")] if postgres else []
    command = [sys.executable, str(source / "generate.py"), str(target), "--people", str(people), *more]
    subprocess.run(command, check=True, capture_output=True)
    if not (target / "profile.yaml").exists():
        shutil.copy(source / "profile.yaml", target / "profile.yaml")
        shutil.copytree(source / "systems", target / "systems", dirs_exist_ok=True)
    return target
