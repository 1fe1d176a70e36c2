"""The contract kit passes a connector that keeps every promise, and goes red on each that breaks one."""

import importlib
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from habeas.testing.connector_contract import PROVINGS, ConnectorContract, Trouble

TESTS = Path(__file__).parents[1]
_RED = re.compile(r"^(?:FAILED|ERROR) \S+::(\w+)::(\w+)", re.MULTILINE)
_UNGUARDED = """
import habeas.connect.runner as runner
runner.check_warrant = lambda *given, **named: None
runner.check_question = lambda *given, **named: None
"""


def run(*arguments: str, folder: Path) -> tuple[dict[str, set[str]], str]:
    """The tests that are red, by class, and all that pytest said."""
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--tb=no", "-rfE", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, f"--rootdir={TESTS}", "-c", "/dev/null", "-o", f"pythonpath={TESTS}", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    red = defaultdict(set)
    for kit, test in _RED.findall(ran.stdout):
        red[kit].add(test)
    return red, ran.stdout + ran.stderr


def test_connectors_that_keep_every_promise_pass(tmp_path: Path) -> None:
    red, told = run(str(TESTS / "shelf_contract.py"), folder=tmp_path)
    assert not red, told
    assert int(re.findall(r"(\d+) passed", told)[0]) > 200
    assert "skipped" not in told


def test_each_broken_promise_turns_its_own_test_red(tmp_path: Path) -> None:
    red, told = run(str(TESTS / "bad_shelves.py"), folder=tmp_path)
    bad = {name: kit for name, kit in vars(importlib.import_module("bad_shelves")).items() if name.startswith("Test")}
    wrong = {
        name: sorted(red[name] ^ kit.breaks)
        for name, kit in bad.items()
        if not (kit.breaks <= red[name] if kit.and_more else kit.breaks == red[name])
    }
    print(f"\nbad connectors: tried {len(bad)}, refused {len(bad) - len(wrong)}, accepted {len(wrong)}, skipped 0")
    assert len(bad) >= 15, told
    assert not wrong, f"red, or not red, against what it breaks: {wrong}"


def test_every_test_of_the_kit_has_a_connector_that_turns_it_red() -> None:
    bad = [kit for name, kit in vars(importlib.import_module("bad_shelves")).items() if name.startswith("Test")]
    proved = set().union(*(kit.breaks for kit in bad))
    orders = {name for name, each in PROVINGS.items() if each.promise == "orders"}
    sdk = {"test_a_subject_that_could_be_everybody_cannot_be_asked_for"}  # the SDK's own, which no connector can break
    assert PROVINGS.keys() - proved == orders | sdk


def test_without_the_runner_s_guard_forged_orders_are_begun(tmp_path: Path) -> None:
    (tmp_path / "unguarded.py").write_text(_UNGUARDED)
    red, told = run("-p", "unguarded", f"{TESTS}/shelf_contract.py::TestShelf", folder=tmp_path)
    orders = {name for name, each in PROVINGS.items() if each.promise == "orders" and each.hostile}
    replayed = "test_an_order_replayed_in_another_letter_is_not_begun_again"  # the taken order is another guard
    assert red["TestShelf"] == orders - {replayed}, told
    assert told.count("test_an_order_that_is_not_right_is_never_begun[") >= 14


class _WithFaults(ConnectorContract):
    can_fail = ("slow",)


class _WithoutFaults(ConnectorContract):
    pass


def test_faults_are_tried_only_where_the_system_can_be_told_to_fail() -> None:
    names = [name for name, each in PROVINGS.items() if each.promise == "faults"]
    assert names
    assert [getattr(_WithoutFaults, name) for name in names] == [None] * len(names)
    assert all(getattr(_WithFaults, name) is PROVINGS[name].test for name in names)
    with pytest.raises(TypeError, match=", ".join(Trouble)):
        type("Wrong", (ConnectorContract,), {"can_fail": ("fire",)})
