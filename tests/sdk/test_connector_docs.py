"""The example of `docs/writing-a-connector.md` runs, is short, and keeps the promise of connectors."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from habeas.passports import FAILED, NOT_OFFERED, PASSED, read_keys, read_passport
from habeas.sdk import Operation
from habeas.testing.connector_contract import Trouble

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-connector.md"
CONNECTOR, PROOF, CANARIES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_connector_has_less_than_sixty_lines() -> None:
    assert len(CONNECTOR.splitlines()) < 60


def test_the_example_connector_keeps_the_contract_and_gets_its_passport(tmp_path: Path) -> None:
    (tmp_path / "test_newsletter.py").write_text(f"{CONNECTOR}\n\n{PROOF}\n\n{CANARIES}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "--rootdir", tmp_path]
    passport = ["-p", "habeas.testing.passports", "--passport", "passports", "--passport-key", "passport.key"]
    ran = subprocess.run(
        [*command, *passport, tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed is not None
    assert int(passed[1]) >= 90
    assert "skipped" not in ran.stdout
    folder = tmp_path / "passports"
    read = read_passport(folder / "newsletter.passport.json", read_keys(folder / "passport-keys.json"))
    assert read.holds
    assert read.against == "a file of three readers"
    assert read.promises["erase"] == PASSED
    assert read.promises["rectify"] == read.promises["faults.slow"] == NOT_OFFERED
    assert FAILED not in read.promises.values()


def test_the_page_names_everything_that_an_author_may_give() -> None:
    text = PAGE.read_text(encoding="utf-8")
    words = {*Operation, *Trouble, "supports", "Mark", "resume", "Waiting", "rehearse", "many", "wait", "correct"}
    assert not [word for word in words | {"restricted", "suppressed", "can_fail", "against"} if f"`{word}" not in text]


@pytest.mark.parametrize("command", ["habeas passport show", "habeas connect prove", "--passport-key"])
def test_the_page_names_every_command(command: str) -> None:
    assert command in PAGE.read_text(encoding="utf-8")
