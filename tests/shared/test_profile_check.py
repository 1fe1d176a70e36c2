"""`habeas profile check` and `schema`: what they print for people and for programs, and how they end."""

import json
from pathlib import Path

import pytest

from habeas.cli.program import main

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")
KEYS = ["level", "line", "where", "rule", "problem", "remedy"]


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run the program as a person would: its exit code, what it prints, and what it prints of its errors."""
    monkeypatch.setattr("sys.argv", ["habeas", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "faulty.yaml"
    path.write_text(TEXT.replace("for: 12 months", "for: 12 moons"), encoding="utf-8")
    return path


def test_a_right_profile_ends_well_and_tells_its_warnings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, "profile", "check", SAMPLE)
    assert (code, err) == (0, "")
    assert out.startswith(f"{SAMPLE}: right; nordlunds-lampor, 7 activities in 3 systems; warnings: 1, to confirm: 1\n")
    assert "warning, slow_promise: " in out


def test_a_faulty_one_ends_with_two_and_hides_no_other(
    faulty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, "profile", "check", faulty, SAMPLE)
    assert code == 2
    assert out.startswith(f"{SAMPLE}: right")
    line = TEXT[: TEXT.index("for: 12 months")].count("\n") + 1
    assert f"faulty.yaml:{line}: activities[5].retention.for '12 moons' is no length of time" in err


def test_a_program_reads_one_object_for_one_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "profile", "check", SAMPLE, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["ok"] is True
    assert told["profile"] == "nordlunds-lampor"
    assert told["systems"] == ["shop", "newsletter", "applications"]
    assert told["activities"][0] == {
        "name": "customer_account",
        "bases": ["contract"],
        "role": "controller",
        "systems": ["shop"],
    }
    assert [list(each) for each in told["findings"]] == [KEYS] * 2
    assert {each["level"] for each in told["findings"]} == {"warning", "to_confirm"}


def test_a_program_reads_a_list_for_several_files_and_faults_as_findings(
    faulty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "profile", "check", "--json", SAMPLE, faulty)
    right, wrong = json.loads(out)
    assert code == 2
    assert right["ok"] is True
    assert (wrong["ok"], wrong["file"], wrong["profile"], wrong["activities"]) == (False, "faulty.yaml", None, [])
    (finding,) = wrong["findings"]
    assert (finding["level"], finding["rule"]) == ("fault", "form")
    assert finding["where"] == "activities[5].retention.for"
    assert "12 moons" in TEXT.replace("for: 12 months", "for: 12 moons").splitlines()[finding["line"] - 1]


@pytest.mark.parametrize("text", ["", "a: [1\n", "a: 1\na: 2\n", "- a\n"])
def test_what_is_no_profile_at_all_is_told_to_a_program_too(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text, encoding="utf-8")
    code, out, _ = run(monkeypatch, capsys, "profile", "check", "--json", path)
    told = json.loads(out)
    assert (code, told["ok"]) == (2, False)
    assert {each["level"] for each in told["findings"]} == {"fault"}
    assert all(each["line"] >= 1 for each in told["findings"])


def test_a_file_that_is_not_there_is_a_wrong_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, capsys, "profile", "check", "nowhere.yaml")[0] == 2
    assert run(monkeypatch, capsys, "profile", "check")[0] == 2
