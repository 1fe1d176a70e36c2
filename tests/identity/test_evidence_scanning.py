"""The scanner: it sees the file as it came, and only its own yes is a yes."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.identity import hostile_files as files
from tests.identity import senders
from tests.identity.conftest import Desk

from habeas.errors import Faults, TryLater
from habeas.events import EvidenceCleaned
from habeas.settings import Secret, read_settings
from habeas.testing.house import parked, run
from habeas.testing.servers.clamd import EICAR, Clamd
from habeas_identity import scanning
from habeas_identity.evidence_timers import tidy_evidence
from habeas_identity.scanning import is_clean


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    with Clamd() as server:
        yield server


@pytest.fixture
def scanned(page_desk: Desk, clamd: Clamd) -> Desk:
    """Identity with a scanner."""
    settings = replace(page_desk.context.settings, scanner=Secret(clamd.url))
    page_desk.context = replace(page_desk.context, settings=settings)
    return page_desk


def test_a_virus_is_found_bare_and_in_ten_containers(clamd: Clamd) -> None:
    """V5.4.3."""
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(lambda make: is_clean(clamd.url, make()), files.INFECTED.values()))
    assert (len(verdicts), any(verdicts)) == (11, False)
    assert is_clean(clamd.url, files.picture())


@pytest.mark.parametrize("where", [each for each in files.INFECTED if each != "bare"])
def test_what_the_scanner_knows_is_destroyed_unseen(scanned: Desk, where: str) -> None:
    """V5.4.3: although the pages drawn of it would be harmless."""
    case = scanned.found()
    evidence = senders.cleaned(scanned, case, files.INFECTED[where]())
    assert (senders.row(scanned, evidence).state, senders.row(scanned, evidence).reason) == ("refused", "infected")
    assert [each.event.reason for each in scanned.said(EvidenceCleaned, case)] == ["infected"]  # type: ignore[attr-defined]
    tidy_evidence(scanned.context)
    assert senders.stored(scanned) == []


def test_the_scanner_sees_the_file_as_it_came(scanned: Desk, clamd: Clamd) -> None:
    data = files.gps(1)
    evidence = senders.cleaned(scanned, scanned.found(), data)
    assert senders.row(scanned, evidence).state == "cleaned"
    assert clamd.scanned == [data]


def test_a_large_file_goes_in_pieces(clamd: Clamd) -> None:
    data = files.noise(1) * 500 + EICAR
    assert not is_clean(clamd.url, data)
    assert clamd.scanned == [data]


@pytest.mark.parametrize(
    "answer", [b"", b"stream: OK", b"OK\0", b"stream: nothing FOUND or so\0", b"stream: x ERROR\0", b"\0", b"a" * 2000]
)
def test_only_a_plain_yes_is_a_yes(scanned: Desk, clamd: Clamd, answer: bytes) -> None:
    """V5.4.3: a scanner that does not answer, or answers anything else, leaves the file unseen."""
    clamd.answer = answer
    evidence = senders.cleaned(scanned, scanned.found())
    assert senders.row(scanned, evidence).state == "offered"
    assert parked(scanned.context) == []
    clamd.answer = None
    scanned.clock.advance(timedelta(minutes=1))
    run(scanned.context)
    assert senders.row(scanned, evidence).state == "cleaned"


def test_a_scanner_that_is_not_there_is_no_yes(clamd: Clamd) -> None:
    url = clamd.url
    clamd.stop()
    with pytest.raises(TryLater):
        is_clean(url, b"x")


def test_a_silent_scanner_is_no_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(TryLater):
        is_clean(f"clamd://127.0.0.1:{server.getsockname()[1]}", b"x")


def test_a_scanner_can_be_reached_by_a_socket_in_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "clamd.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def answer() -> None:
            door, _ = server.accept()
            with door:
                while not door.recv(65536).endswith(bytes(4)):
                    pass
                door.sendall(b"stream: OK\0")

        thread = threading.Thread(target=answer)
        thread.start()
        assert is_clean(f"clamd://{path}", b"x")
        thread.join()


def test_without_a_scanner_a_file_is_drawn_anew_all_the_same() -> None:
    assert is_clean("", EICAR)


@pytest.mark.parametrize("url", ["clamd:", "clamd://", "clamd:///", "http://127.0.0.1", "clamd://host/socket", "x"])
def test_a_scanner_that_cannot_be_meant_is_a_fault(url: str) -> None:
    with pytest.raises(Faults):
        read_settings({"HABEAS_SCANNER": url})
