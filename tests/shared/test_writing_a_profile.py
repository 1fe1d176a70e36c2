"""The page about profiles shows nothing that the sample does not have or that does not happen."""

import re
from pathlib import Path

import pytest

from habeas.errors import Faults
from habeas.profile import load_profile
from habeas.profile.shapes import Activity, Profile, System

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/writing-a-profile.md").read_text(encoding="utf-8")
SAMPLE = (ROOT / "examples/sample-company/profile.yaml").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_every_piece_of_a_profile_on_the_page_is_the_samples_own() -> None:
    assert len(blocks("yaml")) >= 8
    for block in blocks("yaml"):
        assert f"\n{block}" in SAMPLE, block


def test_the_page_tells_the_faults_that_are_told(tmp_path: Path) -> None:
    wrong = SAMPLE.replace("zone: Europe/Stockholm", "zone: Europe/Norrköping")
    wrong = wrong.replace("feeds: [newsletter]", "feeds: [mailinglist]")
    wrong = wrong.replace("  - name: orders\n    basis:", "  - name: orders\n    bases:")
    (tmp_path / "profile.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(Faults) as refused:
        load_profile(tmp_path / "profile.yaml")
    (told,) = blocks("text")
    assert str(refused.value) == told.rstrip("\n")


def test_the_python_on_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (program,) = blocks("python")
    exec(compile(program, "docs/writing-a-profile.md", "exec"), {})


def test_the_page_explains_every_key_that_decides_something() -> None:
    told_by_their_name = {"name", "title", "purpose", "categories", "source", "retention", "connector", "holds", "law"}
    for shape in (Profile, Activity, System):
        missing = [key for key in shape().fields if key not in told_by_their_name and f"{key}" not in PAGE]
        assert not missing, shape.__name__
