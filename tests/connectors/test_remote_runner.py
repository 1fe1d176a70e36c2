"""A runner in another team's network: made by the bare extra, enrolled by two files, with outgoing connections only."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from environments import build_wheel, make_environment, needed_by
from sqlalchemy import select

from habeas.bus import Receipts
from habeas.clock import SYSTEM_CLOCK, random_id
from habeas.connect.runner import connector_service
from habeas.crypto.keyring import Keyring
from habeas.database.migration import upgrade
from habeas.digests import SALT
from habeas.envelope import post
from habeas.events import CaseOpened, Event, IdentityProved
from habeas.runtime import Threads, work
from habeas.sdk import Connector
from habeas.service import Context, open_context
from habeas.testing.house import make_settings
from habeas.testing.processes import Process
from habeas.testing.servers.rabbitmq import PrivateRabbit
from habeas.testing.servers.tls import TlsGate
from habeas.testing.waiting import wait_until
from habeas.vocabulary import SERVICES
from habeas.warrants import issue_proof
from habeas.web.application import create_app
from habeas.web.serve import Listener
from habeas.work.inbox import store
from habeas.work.tables import DeadLetter, OutboxLetter
from habeas_fulfilment.models import SystemOrder, Upload
from habeas_fulfilment.service import SERVICE

pytestmark = pytest.mark.servers
HABEAS = Path(sys.executable).with_name("habeas")
SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
SYSTEM = "applications"
NEAR = (*SERVICES, "connect-shop", "connect-newsletter")
EMAIL = "anna.canary@example.com"
SIZE = 200_000
IDENTIFIERS = {"email": [EMAIL], SALT: ["5a" * 32]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared distribution as it would be published."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_bare_sdk_imports_nothing_but_itself(wheel: Path, tmp_path: Path) -> None:
    programs = make_environment(tmp_path / "bare", wheel)
    code = "import sys, habeas.sdk; print(*(m for m in sys.modules if m.split('.')[0] not in sys.stdlib_module_names))"
    done = subprocess.run([programs / "python", "-c", code], capture_output=True, text=True, check=True)
    found = set(done.stdout.split()) - {"__main__"}
    assert {"habeas", "habeas.sdk", "habeas.sdk.connector"} <= found
    assert {name for name in found if name != "habeas" and not re.match(r"habeas\.sdk(\.|$)", name)} == set()
    told = subprocess.run([programs / "habeas"], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "pip install 'habeas[connect]'" in told.stderr


def test_the_extra_of_a_runner_brings_none_of_what_services_need() -> None:
    needed = {each.name.lower().replace("_", "-") for each in needed_by("habeas", ("connect",))}
    assert needed.isdisjoint({"flask", "alembic", "boto3", "authlib", "waitress", "flask-wtf", "jinja2", "moto"})


def run(program: Path, *arguments: str, env: Mapping[str, str], code: int = 0) -> str:
    """Run one command in nothing but these settings."""
    done = subprocess.run(
        [str(program), *arguments], env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def fingerprint_in(text: str) -> str:
    return next(line.strip() for line in text.splitlines() if re.fullmatch(r"  ([0-9a-f]{4} ?){8}", line))


@dataclass
class House:
    """Fulfilment on a real broker, each participant with a keyring of its own."""

    folder: Path
    broker: PrivateRabbit
    rings: dict[str, Keyring] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in NEAR:
            self.rings[name] = Keyring(self.folder / "keys" / name)
            self.rings[name].init([name], SYSTEM_CLOCK.now())
        for ring in self.rings.values():
            for other in self.rings.values():
                ring.pin(other.publish())

    def env(self, participant: str = "fulfilment") -> dict[str, str]:
        return {"HABEAS_KEYS": str(self.folder / "keys" / participant), "HABEAS_BROKER": self.broker.url}

    def command(self, *arguments: str, code: int = 0) -> str:
        return run(HABEAS, *arguments, env=self.env(), code=code)

    def prepare_broker(self) -> None:
        everybody = [*NEAR, f"connect-{SYSTEM}"]
        self.command("broker", "topology", *everybody)
        how = ["--folder", str(self.folder / "users"), "--ctl", shlex.join(self.broker.program)]
        self.command("broker", "users", *everybody, *how)

    def url(self, participant: str) -> str:
        return (self.folder / "users" / f"{participant}.url").read_text().strip()

    def open(self) -> Context:
        settings = make_settings(
            self.folder,
            keys=str(self.folder / "keys" / "fulfilment"),
            broker=self.url("fulfilment"),
            profiles=str(SAMPLE),
        )
        context = open_context(SERVICE, settings, self.rings["fulfilment"])
        upgrade(context)
        return context

    def tell(self, context: Context, event: Event, source: str, sealed: Mapping[str, object] | None = None) -> None:
        """Let another service say something to fulfilment."""
        ring = self.rings[source]
        sent = post(
            event,
            source=source,
            recipient="fulfilment",
            sequence=1,
            now=SYSTEM_CLOCK.now(),
            signer=ring.signer(source),
            directory=ring.directory(),
            sealed=sealed,
        )
        assert store(context, [sent]) == [sent.id]

    def prove_case(self, context: Context) -> str:
        """Open a case for access and let identity prove its person."""
        case, now = random_id(), SYSTEM_CLOCK.now()
        opened = CaseOpened(
            case=case,
            reference="H-7K3M-9QXA",
            controller="nordlunds-lampor",
            rights=["access"],
            capacity="self",
            language="en",
            received_at=now.isoformat(),
            respond_by={"access": "2030-01-01"},
            browser="b" * 64,
        )
        self.tell(context, opened, "intake")
        proof = issue_proof(
            self.rings["identity"].signer("identity"),
            case=case,
            assurance="A2",
            method="mailbox",
            identifiers=IDENTIFIERS,
            now=now,
            expires=now + timedelta(days=30),
        )
        proved = IdentityProved(case=case, assurance="A2", method="mailbox", proof=proof.to_object())
        self.tell(context, proved, "identity", {"identifiers": IDENTIFIERS})
        return case


@dataclass
class Remote:
    """The other team's side: a folder, an environment with the extra alone, and a running house to talk to."""

    folder: Path
    programs: Path
    house: House
    context: Context
    gates: tuple[TlsGate, TlsGate]

    @property
    def env(self) -> dict[str, str]:
        given = {
            "HABEAS_KEYS": str(self.folder / "keys"),
            "HABEAS_DATA": str(self.folder / "data"),
            "HABEAS_SYSTEMS": str(self.folder / "systems"),
        }
        written = self.folder / f"{SYSTEM}.env"
        if written.exists():
            given |= dict(line.split("=", 1) for line in written.read_text().splitlines())
        return given

    def command(self, *arguments: str, code: int = 0) -> str:
        return run(self.programs / "habeas", *arguments, env=self.env, code=code)

    def enrol(self) -> None:
        """Exchange the two files as two operators would, each reading the other the fingerprint."""
        self.folder.mkdir()
        told = self.command("connect", "enrol", SYSTEM, "--folder", str(self.folder))
        asked = self.folder / f"{SYSTEM}.enrolment.json"
        broker, upload = self.gates
        own = self.house.url(f"connect-{SYSTEM}").replace("amqp://", "amqps://")
        way = self.folder.parent / "way.url"
        way.write_text(own.replace(f":{self.house.broker.port}/", f":{broker.port}/"))
        admitted = self.house.command(
            *("keys", "admit", str(asked), "--fingerprint", fingerprint_in(told), "--broker-file", str(way)),
            *("--upload-url", upload.url, "--authority", str(upload.authority)),
        )
        welcome = ["--welcome", str(self.folder / f"{SYSTEM}.welcome.json"), "--folder", str(self.folder)]
        self.command("connect", "enrol", SYSTEM, *welcome, "--fingerprint", fingerprint_in(admitted))

    def write_files(self) -> None:
        """Write a settings file and somebody's files, one of them too large for a letter."""
        (self.folder / "systems").mkdir()
        (self.folder / "files" / EMAIL).mkdir(parents=True)
        (self.folder / "files" / EMAIL / "letter.txt").write_bytes(b"a letter")
        (self.folder / "files" / EMAIL / "cv.pdf").write_bytes(b"%PDF" + b"1" * (SIZE - 4))
        settings = (
            f'system: {SYSTEM}\nconnector: files\nfolder: ../files\nactivity: recruitment\nfind: ["{{email}}/*"]\n'
        )
        (self.folder / "systems" / f"{SYSTEM}.yaml").write_text(settings)

    def process(self) -> Process:
        """The runner."""
        return Process([self.programs / "habeas", "connect", SYSTEM], self.env, log=self.folder / "runner.log")


@pytest.fixture(scope="module")
def remote(wheel: Path, tmp_path_factory: pytest.TempPathFactory, private_rabbitmq: PrivateRabbit) -> Iterator[Remote]:
    """A house that works, and a team that has enrolled with it."""
    folder = tmp_path_factory.mktemp("remote")
    house = House(folder / "house", private_rabbitmq)
    house.prepare_broker()
    context, threads = house.open(), Threads()
    listener = Listener(create_app(context), "127.0.0.1", 0, threads=2)
    threads.start("door", lambda stop: listener.run(stop))
    programs = make_environment(folder / "environment", wheel, "connect")
    with (
        TlsGate(("127.0.0.1", private_rabbitmq.port), folder) as broker,
        TlsGate(("127.0.0.1", listener.port), folder) as upload,
    ):
        made = Remote(folder / "theirs", programs, house, context, (broker, upload))
        made.enrol()
        made.write_files()
        work(context, threads, Receipts())
        yield made
        threads.stop.set()
        for bell in (context.bells.inbox, context.bells.outbox):
            bell.ring()  # else they would sleep to the end of their pauses
        threads.join()
    context.database.close()


def test_private_keys_stay_where_they_were_made(remote: Remote) -> None:
    own, house = Keyring(remote.folder / "keys"), remote.house.rings["fulfilment"]
    assert own.holds() == (f"connect-{SYSTEM}",)
    assert own.directory().owners() == (f"connect-{SYSTEM}", "fulfilment", "identity")
    assert f"connect-{SYSTEM}" in house.directory().owners()
    assert f"connect-{SYSTEM}" not in house.holds()
    assert (remote.folder / "broker.url").stat().st_mode & 0o777 == 0o600
    sent = (remote.folder / f"{SYSTEM}.welcome.json").read_text()
    assert remote.house.url(f"connect-{SYSTEM}").split(":")[2].split("@")[0] not in sent


def test_an_order_is_answered_from_another_network(remote: Remote, tell: Callable[[str, str], None]) -> None:
    with remote.process() as process:
        process.wait_ready(line=f"connected {SYSTEM}", timeout=60)
        case = remote.house.prove_case(remote.context)

        def answered() -> SystemOrder | None:
            with remote.context.database.reading() as session:
                chosen = select(SystemOrder).where(SystemOrder.case_id == case, SystemOrder.system == SYSTEM)
                order = session.scalars(chosen).one_or_none()
            return order if order is not None and order.state == "answered" else None

        order = wait_until(answered, 60, "the order is answered")
        assert order is not None
        assert listening(process.pid) == set()
        with remote.context.database.reading() as session:
            uploaded = session.scalars(select(Upload).where(Upload.order_id == order.id)).all()
            dead = session.scalars(select(DeadLetter)).all()
    assert (order.outcome, order.counts) == ("found", {"file": 2})
    assert sum(each.size for each in uploaded) > SIZE
    assert dead == []
    assert process.exit_code == 0
    tell("remote runner", f"answered {order.counts} through TLS with the extra of a runner alone")


def listening(pid: int) -> set[str]:
    """The TCP ports at which a process listens."""
    owned = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}
    rows = [
        line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/{pid}/net/{file}").read_text().splitlines()
    ]
    return {row[1] for row in rows[1:] if row[3] == "0A" and f"socket:[{row[9]}]" in owned}


def test_a_runner_tells_its_keys_when_it_starts(remote: Remote) -> None:
    with remote.process() as process:
        process.wait_ready(line=f"connected {SYSTEM}", timeout=60)
        told = wait_until(lambda: letters_of(remote), 30, "it has told its keys")
    assert {row.recipient for row in told} == {"identity", "fulfilment"}


def letters_of(remote: Remote) -> list[OutboxLetter]:
    """What the runner has said of its keys, read from its own database."""
    settings = make_settings(remote.folder, keys=str(remote.folder / "keys"))
    context = open_context(connector_service(SYSTEM, Connector()), settings, Keyring(settings.keys))
    try:
        with context.database.reading() as session:
            chosen = select(OutboxLetter).where(OutboxLetter.type == "keys.turned")
            return [row for row in session.scalars(chosen) if row.published_at is not None]
    finally:
        context.database.close()


def test_nothing_personal_stands_in_the_runner_s_log(remote: Remote) -> None:
    log = (remote.folder / "runner.log").read_text()
    assert f"connected {SYSTEM}" in log
    assert EMAIL not in log


def test_an_author_tries_a_connector_with_the_extra_alone(remote: Remote) -> None:
    told = remote.command("connect", "try", SYSTEM, "--identifier", f"email={EMAIL}", "--operation", "export")
    assert "2  file" in told
    assert EMAIL not in told


def test_the_bucket_of_a_files_connector_asks_for_its_extra(remote: Remote) -> None:
    settings = "system: bucket\nconnector: files\ns3: {bucket: x}\nactivity: a\nfind: ['{email}/*']\n"
    (remote.folder / "systems" / "bucket.yaml").write_text(settings)
    try:
        told = remote.command("connect", "try", "bucket", "--operation", "check", code=2)
    finally:
        (remote.folder / "systems" / "bucket.yaml").unlink()
    assert "habeas[connect,s3]" in told
