"""Two signed files make a runner and the house known to each other; whatever is changed in either is refused."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from habeas.cli.connecting import connect
from habeas.cli.keyring import keys as keys_group
from habeas.clock import SYSTEM_CLOCK
from habeas.crypto.keyring import Keyring
from habeas.crypto.sealing import CannotOpen
from habeas.crypto.signing import Signed
from habeas.enrolment import ENROLMENT_TYPE, enrol, open_broker, read_enrolment, read_welcome, welcome
from habeas.errors import Faults, Refused

BROKER = "amqps://connect-crm:secret-way@rabbit.example.com:5671/habeas"


@dataclass
class Sides:
    """The house's operator and the other team's, each with a folder."""

    folder: Path
    files: Path = field(init=False)

    def __post_init__(self) -> None:
        self.files = self.folder / "theirs"
        house = self.ring("fulfilment")
        house.init(["fulfilment"], SYSTEM_CLOCK.now())
        self.ring("identity").init(["identity"], SYSTEM_CLOCK.now())
        house.pin(self.ring("identity").publish())
        (self.folder / "way.url").write_text(BROKER + "\n")

    def ring(self, of: str) -> Keyring:
        return Keyring(self.folder / "keys" / of)

    def enrol(self, *arguments: str, answer: str = "", system: str = "crm") -> Result:
        environ = {"HABEAS_KEYS": str(self.folder / "keys" / f"connect-{system}")}
        called = ["enrol", system, "--folder", str(self.files), *arguments]
        return CliRunner().invoke(connect, called, env=environ, input=answer, catch_exceptions=False)

    def admit(self, *arguments: str, answer: str = "") -> Result:
        environ = {"HABEAS_KEYS": str(self.folder / "keys" / "fulfilment")}
        called = ["admit", str(self.asked), "--broker-file", str(self.folder / "way.url")]
        called += ["--upload-url", "https://privacy.example.com", *arguments]
        return CliRunner().invoke(keys_group, called, env=environ, input=answer, catch_exceptions=False)

    @property
    def asked(self) -> Path:
        return self.files / "crm.enrolment.json"

    @property
    def welcomed(self) -> Path:
        return self.files / "crm.welcome.json"

    def signed(self, file: Path) -> Signed:
        return Signed.from_json(file.read_bytes().strip())

    def fingerprint(self) -> str:
        return read_enrolment(self.signed(self.asked)).fingerprint

    def both(self) -> None:
        """Exchange both files in good faith."""
        self.enrol()
        self.admit("--fingerprint", self.fingerprint())
        told = read_welcome(self.signed(self.welcomed), self.signed(self.asked)).fingerprint
        assert self.enrol("--welcome", str(self.welcomed), "--fingerprint", told).exit_code == 0


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    return Sides(tmp_path)


def test_two_files_make_them_known_to_each_other(sides: Sides) -> None:
    sides.both()
    assert (sides.files / "broker.url").read_text().strip() == BROKER
    settings = dict(line.split("=", 1) for line in (sides.files / "crm.env").read_text().splitlines())
    assert settings == {
        "HABEAS_UPLOAD_URL": "https://privacy.example.com",
        "HABEAS_BROKER_FILE": str((sides.files / "broker.url").absolute()),
    }
    theirs, house = sides.ring("connect-crm").publish()["owners"], sides.ring("fulfilment").publish()["owners"]
    assert theirs.keys() == {"connect-crm", "identity", "fulfilment"}
    assert theirs["connect-crm"] == house["connect-crm"]


def test_no_secret_travels(sides: Sides) -> None:
    sides.both()
    sent = sides.asked.read_text() + sides.welcomed.read_text()
    assert "secret-way" not in sent
    for file in (sides.folder / "keys").rglob("*.key"):
        assert file.read_bytes().hex() not in sent


def test_a_person_compares_where_nothing_was_told(sides: Sides) -> None:
    sides.enrol()
    refused = sides.admit(answer="n\n")
    assert sides.fingerprint() in refused.output
    assert refused.exit_code == 1
    assert "connect-crm" not in sides.ring("fulfilment").publish()["owners"]
    assert not sides.welcomed.exists()
    assert sides.admit(answer="y\n").exit_code == 0


def test_a_fingerprint_that_differs_stops_either_side(sides: Sides) -> None:
    sides.enrol()
    wrong = "0000 " + sides.fingerprint()[5:]
    with pytest.raises(Refused, match="fingerprint is another"):
        sides.admit("--fingerprint", wrong)
    assert "connect-crm" not in sides.ring("fulfilment").publish()["owners"]
    sides.admit("--fingerprint", sides.fingerprint().upper().replace(" ", ""))
    with pytest.raises(Refused, match="fingerprint is another"):
        sides.enrol("--welcome", str(sides.welcomed), "--fingerprint", wrong)
    assert "identity" not in sides.ring("connect-crm").publish()["owners"]


def test_an_enrolment_that_was_exchanged_has_another_fingerprint(sides: Sides) -> None:
    sides.enrol()
    told = sides.fingerprint()
    thief = sides.ring("thief")
    thief.init(["connect-crm"], SYSTEM_CLOCK.now())
    sides.asked.write_bytes(enrol(thief, "crm").to_json())
    with pytest.raises(Refused, match="fingerprint is another"):
        sides.admit("--fingerprint", told)


def test_a_welcome_to_another_enrolment_is_refused(sides: Sides) -> None:
    sides.enrol()
    sides.admit("--fingerprint", sides.fingerprint())
    thief = sides.ring("thief")
    thief.init(["connect-crm"], SYSTEM_CLOCK.now())
    sides.asked.write_bytes(enrol(thief, "crm").to_json())
    with pytest.raises(Refused, match="answers another enrolment"):
        sides.enrol("--welcome", str(sides.welcomed), "--fingerprint", "x")


def test_the_way_into_the_broker_opens_for_its_own_runner_only(sides: Sides) -> None:
    sides.both()
    told = read_welcome(sides.signed(sides.welcomed), sides.signed(sides.asked))
    thief = sides.ring("thief")
    thief.init(["connect-crm", "connect-shop"], SYSTEM_CLOCK.now())
    for system in ("crm", "shop"):
        with pytest.raises(CannotOpen):
            open_broker(thief, system, told)


def changed(file: Path, **values: object) -> None:
    """Change the payload of a signed file without signing it anew."""
    signed = Signed.from_json(file.read_bytes().strip())
    payload = json.dumps({**json.loads(signed.payload), **values}, sort_keys=True, separators=(",", ":")).encode()
    file.write_bytes(Signed(signed.payload_type, payload, signed.owner, signed.key_id, signed.signature).to_json())


def test_a_changed_file_is_refused_before_anybody_is_asked(sides: Sides) -> None:
    sides.enrol()
    good = sides.asked.read_bytes()
    changed(sides.asked, system="shop")
    with pytest.raises(Refused):
        sides.admit()
    sides.asked.write_bytes(good)
    sides.admit("--fingerprint", sides.fingerprint())
    changed(sides.welcomed, upload_url="https://elsewhere.example.com")
    with pytest.raises(Refused, match="does not fit"):
        sides.enrol("--welcome", str(sides.welcomed))


def test_a_welcome_brings_only_keys_that_a_runner_needs(sides: Sides) -> None:
    sides.enrol()
    house = sides.ring("fulfilment")
    enrolment = read_enrolment(sides.signed(sides.asked))
    with pytest.raises(Refused, match="no keys of connect-shop"):
        welcome(house, enrolment, upload_url="x", authority="", broker=BROKER, trusts=("shop",))
    shop = sides.ring("shop")
    shop.init(["connect-shop"], SYSTEM_CLOCK.now())
    house.pin(shop.publish())
    sides.admit("--fingerprint", sides.fingerprint(), "--trusts", "shop")
    told = read_welcome(sides.signed(sides.welcomed), sides.signed(sides.asked))
    assert set(told.directory["owners"]) == {"identity", "fulfilment", "connect-shop"}


def test_a_runner_whose_keys_were_made_in_the_house_is_not_let_in_again(sides: Sides) -> None:
    sides.enrol()
    sides.ring("fulfilment").init(["connect-crm"], SYSTEM_CLOCK.now())
    with pytest.raises(Refused, match="made here"):
        sides.admit("--fingerprint", sides.fingerprint())


def test_nobody_enrols_as_a_service(sides: Sides) -> None:
    ring = sides.ring("thief")
    ring.init(["connect-identity", "identity"], SYSTEM_CLOCK.now())
    with pytest.raises(Refused, match="like one of our services"):
        read_enrolment(enrol(ring, "identity"))
    payload = enrol(ring, "identity").payload
    with pytest.raises(Refused):
        read_enrolment(ring.signer("identity").sign(ENROLMENT_TYPE, payload))


def test_what_is_no_such_file_is_told_with_where_it_comes_from(sides: Sides, tmp_path: Path) -> None:
    sides.enrol()
    sides.asked.write_text("{}")
    with pytest.raises(Faults, match="habeas connect enrol"):
        sides.admit()
    sides.enrol()
    (tmp_path / "authority.pem").write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    with pytest.raises(Faults, match="as PEM"):
        sides.admit("--fingerprint", sides.fingerprint(), "--authority", str(tmp_path / "authority.pem"))


def test_a_welcome_needs_the_enrolment_that_it_answers(sides: Sides) -> None:
    sides.both()
    sides.asked.unlink()
    with pytest.raises(Refused, match="without --welcome"):
        sides.enrol("--welcome", str(sides.welcomed))
