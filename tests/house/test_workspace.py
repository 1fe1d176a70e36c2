"""Five distributions in lock-step: one version, one lock, one licence."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

DISTRIBUTIONS = ("shared", "services/intake", "services/identity", "services/fulfilment", "services/notifier")
LOCKS = ("requirements.txt", "requirements-dev.txt")


@pytest.fixture(scope="module")
def projects(root: Path) -> dict[str, Any]:
    """What every distribution says of itself, and the workspace of itself."""
    return {
        place: tomllib.loads((root / place / "pyproject.toml").read_text())["project"]
        for place in (".", *DISTRIBUTIONS)
    }


def test_every_distribution_has_the_same_version(projects: dict[str, Any]) -> None:
    versions = {place: project["version"] for place, project in projects.items()}
    assert len(set(versions.values())) == 1, versions


def test_every_service_asks_for_its_own_version_of_what_is_shared(projects: dict[str, Any]) -> None:
    version = projects["."]["version"]
    for place in DISTRIBUTIONS[1:]:
        assert f"habeas[service]=={version}" in projects[place]["dependencies"], place


def test_the_package_knows_its_own_version(root: Path, projects: dict[str, Any]) -> None:
    from importlib.metadata import version

    assert version("habeas") == projects["."]["version"]


def test_the_bare_sdk_depends_on_nothing(projects: dict[str, Any]) -> None:
    assert projects["shared"]["dependencies"] == []


def test_every_distribution_has_the_licence_that_lies_here(root: Path, projects: dict[str, Any]) -> None:
    text = (root / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert {projects[place]["license"] for place in DISTRIBUTIONS} == {"Apache-2.0"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_version_and_a_hash(root: Path, lock: str) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", (root / lock).read_text()).strip())
    assert len(entries) > 20
    faults = [
        entry
        for entry in entries
        if not re.match(r"[\w.\-]+(\[[\w,\-]+\])?==\S+", entry) or "--hash=sha256:" not in entry
    ]
    assert not faults


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host(root: Path, lock: str) -> None:
    assert "://" not in (root / lock).read_text()


def test_the_provider_that_tests_sign_in_at_is_locked_by_digests_alone(root: Path) -> None:
    lock = root / "shared/habeas/testing/servers/openid_peer/package-lock.json"
    packages = json.loads(lock.read_text())["packages"]
    assert packages.pop("")["dependencies"].keys() == {"oidc-provider"}
    assert len(packages) > 20
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert "://" not in lock.read_text()


def test_no_lock_that_names_hosts_is_kept(tracked: list[str]) -> None:
    assert not {"uv.lock", "poetry.lock", "Pipfile.lock"} & {Path(path).name for path in tracked}


def test_what_runs_and_what_tests_are_locked_to_the_same_versions(root: Path) -> None:
    run, dev = (set(re.findall(r"(?m)^([\w.\-]+)==(\S+)", (root / lock).read_text())) for lock in LOCKS)
    assert run <= dev, sorted(run - dev)
