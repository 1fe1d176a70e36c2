"""A system's settings file is read whole, and what is wrong with it is told with its line."""

from pathlib import Path

import pytest

from habeas.connect.systems import list_systems, load_system
from habeas.connectors.files import FilesConnector
from habeas.errors import Faults, Refused

GOOD = 'system: docs\nconnector: files\nfolder: .\nactivity: letters\nfind: ["{email}/*"]\nkind: files\n'


def write(folder: Path, text: str, name: str = "docs") -> Path:
    (folder / f"{name}.yaml").write_text(text)
    return folder


def test_a_system_is_made_from_its_file(tmp_path: Path) -> None:
    found = load_system(write(tmp_path, GOOD), "docs")
    assert isinstance(found.connector, FilesConnector)
    assert found.approvals == 1


def test_a_system_may_demand_four_eyes(tmp_path: Path) -> None:
    assert load_system(write(tmp_path, GOOD + "approvals: 2\n"), "docs").approvals == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD.replace("docs", "dogs"), "docs.yaml:1"),
        (GOOD.replace("files\nfolder", "fax\nfolder"), "docs.yaml:2"),
        (GOOD + "approvals: none\n", "docs.yaml:7"),
        (GOOD + "approvals: 0\n", "docs.yaml:7"),
        (GOOD + "colour: blue\n", "docs.yaml:7"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(Faults) as wrong:
        load_system(write(tmp_path, text), "docs")
    assert [fault.where.partition(" ")[0] for fault in wrong.value.faults] == [line]


def test_an_unknown_system_is_told_which_there_are(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, "version: 1\n", "docs.map")
    assert list_systems(tmp_path) == ("docs",)
    with pytest.raises(Refused, match="docs"):
        load_system(tmp_path, "shop")
