"""The files of the repository, as git knows them, for the rules about them."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root, its text and its syntax."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")


@pytest.fixture(scope="session")
def root(request: pytest.FixtureRequest) -> Path:
    """The root of the workspace."""
    return request.config.rootpath


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[str]:
    """Every tracked file's path from the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split("\0") if path and (root / path).is_file()]


@pytest.fixture(scope="session")
def texts(root: Path, tracked: list[str]) -> dict[str, str]:
    """The text of every tracked file that is text."""
    found = {}
    for path in tracked:
        content = (root / path).read_bytes()
        if b"\0" not in content:
            found[path] = content.decode(errors="replace")
    return found


@pytest.fixture(scope="session")
def sources(texts: dict[str, str]) -> list[Source]:
    """Every tracked Python file."""
    return [Source(path, text) for path, text in texts.items() if path.endswith(".py")]
