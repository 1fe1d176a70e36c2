"""A pytest plug-in that writes what the contract kit proved of each connector into a signed passport.

    pytest -p habeas.testing.passports --passport FOLDER --passport-key FILE

For every class that inherits `ConnectorContract` it writes `NAME.passport.json` into the folder, and into
`passport-keys.json` the public key to read them with. A promise that was broken gives a passport that says so; a class
of which not every test was run, or that does not say `against` what, gives none, and the run fails. FILE holds the
private key (32 bytes, as in a keyring) and is made if it is not there.
"""

import hashlib
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from habeas.clock import SYSTEM_CLOCK
from habeas.crypto.keyfiles import KEY_BYTES, read_key, write_key, write_whole
from habeas.crypto.signing import Signer
from habeas.passports import FAILED, NOT_OFFERED, PASSED, Passport, publish_key, sign_passport
from habeas.provenance import name_of, origin_of, python_of, sdk_version
from habeas.sdk import Connector
from habeas.testing.connector_contract import PROVINGS, ConnectorContract, Promise, Trouble
from habeas.testing.connector_contract.promises import is_offered

KEYS = "passport-keys.json"
SKIPPED = "skipped"
NO_MONTH = "0000-00"
"""Where a key of a keyring has the month in which it was made: this one stands in no keyring."""


@dataclass
class Proved:
    """What was seen of one class of the kit while it ran."""

    kit: type[ConnectorContract]
    against: str = ""
    connector: Connector | None = None
    collected: Counter[str] = field(default_factory=Counter)
    results: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """By the test's id: its name, the fault it tried (or nothing), and how it ended."""

    def fault(self) -> str:
        """Say why nothing can be said of this connector; nothing if something can."""
        tried = {name for name, each in PROVINGS.items() if each.promise is not Promise.FAULTS or self.kit.can_fail}
        own = [name for name in sorted(tried) if getattr(self.kit, name) is not PROVINGS[name].test]
        if own:
            return f"{own[0]} is not the kit's own test"
        if not self.against:
            return "it does not say what it was proved against: give the class `against`"
        ran = Counter(name for name, _, _ in self.results.values())
        if tried - ran.keys() or ran != self.collected:
            return "not every test of the kit was run"
        return "" if self.connector is not None else "no connector was seen"


class Passports:
    """Collects the results of one run, and writes the passports at its end."""

    def __init__(self, folder: Path, key: Path) -> None:
        self._folder, self._key = folder, key
        self._proved: dict[type, Proved] = {}
        self._told: list[str] = []

    @pytest.fixture(autouse=True)
    def _against(self, request: pytest.FixtureRequest) -> None:
        """Take note of what a class of the kit stands on, which may be a fixture's to say."""
        kit = request.cls
        if isinstance(kit, type) and issubclass(kit, ConnectorContract):
            said = kit.against if isinstance(kit.against, str) else request.getfixturevalue("against")
            self._of(kit).against = str(said)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, Any, Any]:
        """Count the tests of each class before any is deselected."""
        for item in items:
            kit = getattr(item, "cls", None)
            if isinstance(kit, type) and issubclass(kit, ConnectorContract) and _name(item) in PROVINGS:
                self._of(kit).collected[_name(item)] += 1
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Take note of how a test of the kit ended, and which connector it was about."""
        report = yield
        kit = getattr(item, "cls", None)
        if isinstance(kit, type) and issubclass(kit, ConnectorContract) and _name(item) in PROVINGS:
            proved = self._of(kit)
            proved.connector = getattr(item, "funcargs", {}).get("connector") or proved.connector
            worst = proved.results.get(item.nodeid, ("", "", PASSED))[2]
            ended = FAILED if report.failed else SKIPPED if report.skipped else worst
            callspec = getattr(item, "callspec", None)
            trouble = str(callspec.params.get("trouble", "")) if callspec else ""
            proved.results[item.nodeid] = (_name(item), trouble, ended)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the passports; a class that gets none makes the run fail."""
        told = [(proved, proved.fault()) for proved in self._proved.values()]
        self._told += [f"no passport for {proved.kit.__name__}: {fault}" for proved, fault in told if fault]
        self._write([passport_of(proved) for proved, fault in told if not fault])
        if any(line.startswith("no passport") for line in self._told) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the passports are, and for which class there is none."""
        if self._told:
            terminalreporter.section("passports")
            for line in self._told:
                terminalreporter.write_line(line)

    def _of(self, kit: type[ConnectorContract]) -> Proved:
        return self._proved.setdefault(kit, Proved(kit))

    def _write(self, passports: Sequence[Passport]) -> None:
        if not passports:
            return
        private = Ed25519PrivateKey.from_private_bytes(_read_key(self._key))
        public = private.public_key().public_bytes_raw()
        key_id = f"{NO_MONTH}-{hashlib.sha256(public).hexdigest()[:16]}"
        often = Counter(passport.connector for passport in passports)
        owners: dict[str, Any] = {}
        written: set[str] = set()
        for passport in passports:
            name = passport.connector
            file = f"{name if often[name] == 1 else f'{name}-{_slug(passport.against)}'}.passport.json"
            if file in written:
                self._told.append(f"no passport for {passport.python}: another class proves it against the same")
                continue
            written.add(file)
            owners |= publish_key(passport.owner, key_id, public)["owners"]
            signed = sign_passport(passport, Signer(passport.owner, key_id, private))
            write_whole(self._folder / file, signed.to_json(), 0o644)
            self._told.append(f"{self._folder / file}: {'it holds' if passport.holds else 'IT DOES NOT HOLD'}")
        write_whole(self._folder / KEYS, json.dumps({"owners": owners}, indent=2, sort_keys=True).encode(), 0o644)


def passport_of(proved: Proved) -> Passport:
    """Put what was seen of a class into a passport of today."""
    assert proved.connector is not None
    connector = proved.connector
    distribution, version = origin_of(type(connector))
    hostile = [
        ended
        for name, trouble, ended in proved.results.values()
        if PROVINGS[name].hostile and (trouble or is_offered(PROVINGS[name].promise, connector))
    ]
    endings = [ended for _, _, ended in proved.results.values()]
    return Passport(
        connector=proved.kit.name or name_of(type(connector)),
        python=python_of(type(connector)),
        system="",
        distribution=distribution,
        version=version,
        sdk=sdk_version(),
        against=proved.against,
        day=SYSTEM_CLOCK.now().date(),
        promises=_promises(proved, connector),
        failed=tuple(sorted({name for name, _, ended in proved.results.values() if ended == FAILED})),
        counts={
            "tried": len(hostile),
            "refused": hostile.count(PASSED),
            "accepted": hostile.count(FAILED),
            "skipped": endings.count(SKIPPED),
        },
    )


def _promises(proved: Proved, connector: Connector) -> dict[str, str]:
    endings: dict[str, set[str]] = defaultdict(set)
    for name, trouble, ended in proved.results.values():
        promise = PROVINGS[name].promise
        endings[f"{promise}.{trouble}" if trouble else str(promise)].add(ended)
    offered = {str(each): is_offered(each, connector) for each in Promise if each is not Promise.FAULTS}
    offered |= {f"{Promise.FAULTS}.{each}": each in proved.kit.can_fail for each in Trouble}
    return {promise: _state(endings[promise], is_there) for promise, is_there in offered.items()}


def _state(endings: set[str], offered: bool) -> str:
    if endings - {PASSED}:
        return FAILED  # and what was skipped was not proved
    return PASSED if offered and endings else NOT_OFFERED


def _name(item: pytest.Item) -> str:
    return str(getattr(item, "originalname", item.name))


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def _read_key(file: Path) -> bytes:
    if not file.exists():
        write_key(file, os.urandom(KEY_BYTES))
    return read_key(file)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the two options."""
    group = parser.getgroup("habeas", "passports of connectors")
    group.addoption("--passport", metavar="FOLDER", help="write a passport for each class of the contract kit")
    group.addoption("--passport-key", metavar="FILE", help="the private key that signs them; made if it is not there")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to collect if a folder is named."""
    folder, key = config.getoption("--passport"), config.getoption("--passport-key")
    if bool(folder) != bool(key):
        raise pytest.UsageError("--passport FOLDER and --passport-key FILE are given together, or neither")
    if folder:
        config.pluginmanager.register(Passports(Path(folder).absolute(), Path(key).absolute()), "habeas-passports")
