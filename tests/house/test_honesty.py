"""What is here is finished, is tested, and needs nothing of the machine it was written on."""

import ast
import re
from typing import Any

# Put together here, so that this file does not hold what it looks for.
HOSTS = [
    "py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb." + "debian.org",
    "security." + "debian.org", "--index" + "-url", "--extra-index" + "-url", "--trusted" + "-host",
]  # fmt: skip
MACHINE_PATHS = re.compile(
    r"(?<![\w.~$}/-])/(?:" + "|".join(["wo" + "rk", "ro" + "ot", "home/" + r"\w+", "Users"]) + ")/"
)
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + "X|HA" + r"CK)\b")
EVASIONS = {"skip", "skipif", "xfail", "importorskip", "skipTest", "skipUnless", "expectedFailure"}
MOCKS = {"unittest.mock", "mock", "pytest_mock"}


def test_no_package_index_is_named(texts: dict[str, str]) -> None:
    faults = [f"{path}: {host}" for path, text in texts.items() for host in HOSTS if host in text.lower()]
    assert not faults, f"where packages come from is a setting of the machine: {faults}"


def test_no_path_of_a_machine_is_named(texts: dict[str, str]) -> None:
    faults = [
        f"{path}:{number}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATHS.search(line)
    ]
    assert not faults, f"a path that is only on one machine: {faults}"


def test_nothing_is_left_for_later(texts: dict[str, str]) -> None:
    faults = [
        f"{path}:{number}"
        for path, text in texts.items()
        if path != "LICENSE"
        for number, line in enumerate(text.splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert not faults, f"finish it or leave it out: {faults}"


def test_no_test_can_be_skipped(sources: list[Any]) -> None:
    faults = [
        f"{source.path}:{node.lineno} {node.attr}"
        for source in sources
        if source.is_test or source.path.startswith("shared/habeas/testing/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in EVASIONS
        if ast.unparse(node.value).split(".")[0] in ("pytest", "unittest", "self")
    ]
    assert not faults, f"a server that is missing is started or installed, and a fault is repaired: {faults}"


def test_no_part_of_ours_is_mocked(sources: list[Any]) -> None:
    faults = [
        f"{source.path}:{node.lineno}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if {getattr(node, "module", None), *(name.name for name in node.names)} & MOCKS
    ]
    assert not faults, f"fakes that ship and are proved take the place of mocks: {faults}"
