"""A process in a test is ready when it says so, dies when told, and outlives nobody."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from habeas.testing.processes import Process, ProcessEnded
from habeas.testing.servers.server import free_port
from habeas.testing.waiting import DidNotHappen, wait_until

PATIENT = "trap 'echo goodbye; exit 3' TERM; echo ready $$; while :; do sleep 0.05; done"


def is_gone(pid: int) -> bool:
    """Whether no process has this number, not even a dead one that nobody has asked for."""
    return not Path(f"/proc/{pid}").exists()


def said_number(process: Process, word: str) -> int:
    return int(next(line for line in process.log_text().splitlines() if line.startswith(word)).split()[1])


def test_waiting_ends_when_the_thing_happens_and_gives_it_back() -> None:
    answers = iter([0, "", "here"])
    assert wait_until(lambda: next(answers), 5, "it is here") == "here"


def test_waiting_in_vain_says_what_did_not_happen() -> None:
    with pytest.raises(DidNotHappen, match="still not so that the mail has come; last seen: 0"):
        wait_until(lambda: 0, 0.05, "the mail has come")


def test_a_process_is_ready_once_its_line_is_in_the_log() -> None:
    with Process(["sh", "-c", "sleep 0.1; echo ready"]) as process:
        process.wait_ready(line="ready")
        assert process.wait() == 0


def test_a_process_is_ready_once_its_address_answers() -> None:
    port = free_port()
    server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with Process(server) as process:
        process.wait_ready(url=f"http://127.0.0.1:{port}/")
        assert process.running


def test_a_process_that_ends_too_early_is_reported_with_its_last_words() -> None:
    with Process(["sh", "-c", "echo no such setting; exit 9"]) as process, pytest.raises(ProcessEnded) as told:
        process.wait_ready(line="ready")
    assert "ended with 9" in str(told.value)
    assert "no such setting" in str(told.value)


def test_a_program_that_does_not_exist_is_reported() -> None:
    with Process(["habeas-no-such-program"]) as process, pytest.raises(ProcessEnded, match="does not start"):
        process.wait_ready(line="ready")


def test_terminating_lets_a_process_say_goodbye() -> None:
    with Process(["sh", "-c", PATIENT]) as process:
        process.wait_ready(line="ready")
        assert process.terminate() == 3
        assert "goodbye" in process.log_text()


def test_killing_takes_children_along_even_those_with_a_session_of_their_own() -> None:
    with Process(["sh", "-c", "sleep 60 & echo near $!; setsid sh -c 'echo far $$; exec sleep 60' & wait"]) as process:
        process.wait_ready(line="near")
        process.wait_ready(line="far")
        process.kill9()
        assert process.exit_code == -signal.SIGKILL
        assert is_gone(said_number(process, "near"))
        assert is_gone(said_number(process, "far"))
        assert "goodbye" not in process.log_text()


def test_nothing_outlives_a_killed_test_process() -> None:
    program = (
        "import sys, time; from habeas.testing.processes import Process\n"
        f"p = Process(['sh', '-c', {PATIENT!r}]).start().wait_ready(line='ready')\n"
        "print(p.log_text(), flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline().split()[1])
    assert not is_gone(child)
    parent.kill()
    parent.communicate()
    wait_until(lambda: is_gone(child), 5, "the child of the killed process is gone")


def test_a_paused_process_goes_on_when_resumed(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    with Process(["sh", "-c", f"echo ready; while :; do date +%N > {beat}; sleep 0.02; done"]) as process:
        wait_until(beat.exists, 5, "the first beat is there")
        process.pause()
        state = Path(f"/proc/{process.pid}/stat")
        wait_until(lambda: state.read_text().split(") ")[1].startswith("T"), 5, "the process is frozen")
        process.resume()
        wait_until(lambda: not state.read_text().split(") ")[1].startswith("T"), 5, "the process goes on")


def test_a_process_starts_again_after_a_kill_with_the_same_log() -> None:
    with Process(["sh", "-c", PATIENT]) as process:
        process.wait_ready(line="ready")
        process.kill9()
        process.start()
        wait_until(lambda: process.log_text().count("ready") == 2, 5, "it is ready a second time")


def test_our_own_settings_do_not_leak_into_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABEAS_DATABASE", "ours")
    with Process(["env"], {"HABEAS_STORE": "theirs"}) as process:
        process.wait()
        assert "HABEAS_DATABASE" not in process.log_text()
        assert "HABEAS_STORE=theirs" in process.log_text()


@pytest.mark.servers
def test_a_process_runs_as_somebody_else_where_root_asks_for_it() -> None:
    if os.geteuid() == 0:
        with Process(["id", "-un"], user="nobody") as process:
            assert (process.wait(), process.log_text()) == (0, "nobody\n")
    else:
        with Process(["id", "-un"], user="root") as process:
            assert process.wait() != 0
