"""`habeas deadline`: the vectors come out as they stand, one case is explained, and a wrong input gives no date."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from habeas.cli.program import main
from habeas.errors import Faults
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.registry import find_law
from habeas_intake.laws.vectors import answer, read_vectors

FILE = Path(__file__).parent / "deadline_vectors.json"
DATA = json.loads(FILE.read_text(encoding="utf-8"))
ONE: dict[str, Any] = next(each for each in DATA["vectors"] if each["id"] == "EU-ID-001")
CASE = (
    "--received 2026-03-05T10:00+01:00 --calendar SE --zone Europe/Stockholm --law eu --right access "
    "--event identity_requested@2026-03-06T10:00+01:00:reasonable_doubt,without_undue_delay "
    "--event identity_received@2026-03-10T09:00Z"
)


@pytest.fixture
def deadline(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `habeas deadline`; gives exit code, output and errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["habeas", "deadline", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        told = capsys.readouterr()
        return int(exit_.value.code or 0), told.out, told.err

    return run


@pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda vector: vector["id"])
def test_every_expected_field_of_a_vector_comes_out(vector: dict[str, Any]) -> None:
    found = answer(vector, read_vectors(DATA, {}).calendars, find_law)
    assert {name: found.get(name, "left out") for name in vector["expect"]} == vector["expect"], vector["reason"]
    other = vector.get("alt", {})
    assert not {name for name in other if name in found and found[name] == other[name]}


def test_the_vectors_come_out_by_the_librarys_own_holidays_too() -> None:
    without = read_vectors(DATA["vectors"], {})
    for vector in DATA["vectors"]:
        found = answer(vector, without.calendars, find_law)
        assert found["due_date"] == vector["expect"]["due_date"], vector["id"]


def test_the_command_answers_the_whole_file_one_object_a_line(deadline: Any) -> None:
    code, out, err = deadline("--vectors", FILE, "--json")
    assert (code, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["id"] for line in lines] == [vector["id"] for vector in DATA["vectors"]]
    for line, vector in zip(lines, DATA["vectors"], strict=True):
        assert vector["expect"].items() <= line.items()


#: What one change to a good vector does: the field that the error names.
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"regime": "NOPE"}, "regime"),
    ({"regime": None}, "regime"),
    ({"regime": "REG_1182_71_DAYS", "right": "generic", "expect": {}}, "period_days"),
    ({"regime": "REG_1182_71_DAYS", "right": "generic", "period_days": 0, "events": []}, "period_days"),
    ({"calendar": "DE"}, "calendar"),
    ({"calendar": "XX"}, "calendar"),
    ({"calendar": ["SE"]}, "calendar"),
    ({"tz": "Europe/Atlantis"}, "tz"),
    ({"right": "teleport"}, "right"),
    ({"received_at": "2026-02-02T09:00:00"}, "received_at"),
    ({"received_at": "2026-02-30T09:00:00+01:00"}, "received_at"),
    ({"received_at": "2026-02-02"}, "received_at"),
    ({"received_at": "9999-02-02T09:00:00+01:00", "events": []}, "received_at"),
    ({"received_at": "2026-02-05T09:00:00+01:00"}, "events[0].at"),
    ({"events": "none"}, "events"),
    ({"events": [7]}, "events[0]"),
    ({"events": [{"type": "phoned", "at": "2026-02-04T10:00:00+01:00"}]}, "events[0].type"),
    ({"events": [{"type": "fee_paid", "at": "2026-02-04T10:00:00"}]}, "events[0].at"),
    ({"events": [{"type": "fee_paid", "at": "2026-02-04T10:00:00+01:00"}]}, "events[0]"),
    ({"events": [ONE["events"][1]]}, "events[0]"),
    ({"events": [{**ONE["events"][0], "reasonable_dout": True}]}, "events[0].reasonable_dout"),
    ({"events": [{**ONE["events"][0], "reasonable_doubt": "yes"}]}, "events[0].reasonable_doubt"),
]


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_a_wrong_vector_names_its_field_and_prints_no_date(
    deadline: Any, tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps({"vectors": [{**ONE, **change, "id": "wrong"}, {**ONE, "id": "right"}]}))
    code, out, err = deadline("--vectors", file, "--json")
    wrong, right = map(json.loads, out.splitlines())
    assert code == 1
    assert err.startswith(f"wrong: {field}: ")
    assert (wrong.keys(), wrong["errors"][0]["field"]) == ({"id", "errors"}, field)
    assert right["due_date"] == ONE["expect"]["due_date"]
    assert "wrong:" not in deadline("--vectors", file)[1]


def test_a_vector_about_any_right_gets_the_time_that_most_have() -> None:
    case = {"id": "x", "calendar": "SE", "tz": "Europe/Stockholm", "received_at": "2026-02-10T09:00:00+01:00"}
    found = [
        answer({**case, "regime": "EU_GDPR", "right": right}, Calendars(), find_law) for right in ("generic", "access")
    ]
    assert found[0] == found[1]
    assert found[0]["due_date"] == "2026-03-10"


def test_every_fault_of_a_vector_is_told_at_once() -> None:
    with pytest.raises(Faults) as refused:
        answer({"id": "empty"}, read_vectors([], {}).calendars, find_law)
    assert [fault.where for fault in refused.value.faults] == ["regime", "calendar", "tz", "right", "received_at"]


def test_the_calendars_of_a_file_rule_for_their_years() -> None:
    days = {
        "SE": {"2026": ["2026-03-09"]},
        "US-CA": {"2026": ["2026-01-16", "2026-01-19"]},
        "MOON": {"2026": ["2026-03-02"]},
    }
    calendars = read_vectors({"vectors": [], "calendars": days}, {}).calendars
    assert answer(ONE, calendars, find_law)["due_date"] == "2026-03-10"
    assert answer({**ONE, "calendar": "MOON", "events": []}, calendars, find_law)["due_date"] == "2026-03-03"
    californian = next(each for each in DATA["vectors"] if each["id"] == "US-CA-001")
    assert answer(californian, calendars, find_law)["ack_due"] == "2026-02-02"
    with pytest.raises(Faults):  # another year, of a calendar that nobody else knows
        answer({**ONE, "calendar": "MOON", "received_at": "2027-02-02T09:00:00Z", "events": []}, calendars, find_law)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "vectors.json"),
        ("{}", "the file"),
        ('{"vectors": {}}', "the file"),
        ('{"vectors": [], "calendars": []}', "calendars"),
        ('{"vectors": [], "calendars": {"SE": []}}', "calendars.SE"),
        ('{"vectors": [], "calendars": {"SE": {"2026": ["2025-01-01"]}}}', "calendars.SE.2026"),
        ('{"vectors": [], "calendars": {"SE": {"2026": "2026-01-01"}}}', "calendars.SE.2026"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(deadline: Any, tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "vectors.json"
    file.write_text(text)
    code, out, err = deadline("--vectors", file, "--json")
    assert (code, out) == (2, "")
    assert f"{place}: " in err


def test_one_case_is_explained_step_by_step_in_the_language_asked_for(deadline: Any) -> None:
    code, out, _ = deadline(*shlex.split(CASE), "--language", "sv")
    assert code == 0
    assert out.startswith("1. Mottaget torsdag 5 mars 2026 i Europe/Stockholm")
    assert out.endswith("Ska besvaras senast torsdag 9 april 2026.\n")
    assert "recital 63" in out
    assert deadline(*shlex.split(CASE))[1].endswith("To be answered by Thursday 9 April 2026.\n")


def test_one_case_comes_out_as_json_with_every_day_and_step(deadline: Any) -> None:
    found = json.loads(deadline(*shlex.split(CASE), "--json")[1])
    assert (found["respond_by"], found["suspended_days"]) == ("2026-04-09", 4)
    assert found["ends_at"] == "2026-04-09T22:00:00+00:00"
    assert all(step["words"] and step["source"] for step in found["steps"])


def test_a_case_that_waits_says_so_and_gives_no_day(deadline: Any) -> None:
    code, out, _ = deadline(*shlex.split(CASE.rpartition(" --event")[0]))
    assert code == 0
    assert out.endswith("There is no last day yet.\n")


@pytest.mark.parametrize(
    ("instead", "field"),
    [
        (("2026-03-05T10:00+01:00", "2026-03-05T10:00"), "received"),
        (("Europe/Stockholm", "Stockholm"), "zone"),
        (("--calendar SE", "--calendar GB"), "calendar"),
        (("--law eu", "--law moon"), "law"),
        (("identity_requested@", "identity_asked@"), "events[0]"),
        (("2026-03-06T10:00+01:00:", "2026-03-06:"), "events[0]"),
        (("2026-03-06T10:00+01:00:", "2026-03-06T10:00:"), "events[0]"),
        (("reasonable_doubt,", "doubt,"), "events[0]"),
        (("reasonable_doubt,", "reasonable_doubt=perhaps,"), "events[0]"),
        (("2026-03-06T", "2026-03-16T"), "events[1]"),
    ],
)
def test_a_wrong_call_names_its_field(deadline: Any, instead: tuple[str, str], field: str) -> None:
    code, out, err = deadline(*shlex.split(CASE.replace(*instead)))
    assert (code, out) == (2, "")
    assert f"{field}: " in err


def test_a_claim_can_be_denied(deadline: Any) -> None:
    denied = CASE.replace("without_undue_delay", "without_undue_delay=false")
    assert json.loads(deadline(*shlex.split(denied), "--json")[1])["respond_by"] == "2026-04-07"


def test_a_call_without_its_options_says_which(deadline: Any) -> None:
    code, _, err = deadline("--law", "eu")
    assert code == 2
    assert "--received, --calendar, --zone, --right" in err


def test_days_declared_in_a_file_move_the_day(deadline: Any, tmp_path: Path) -> None:
    file = tmp_path / "days.yaml"
    file.write_text("SE: [2026-04-09]\n")
    found = json.loads(deadline(*shlex.split(CASE), "--json", "--holidays", file)[1])
    assert found["respond_by"] == "2026-04-10"
    file.write_text("SE: [2026-04-31]\n")
    code, _, err = deadline(*shlex.split(CASE), "--holidays", file)
    assert (code, "days.yaml: SE[0]: " in err) == (2, True)


def test_the_help_teaches_the_forms(deadline: Any) -> None:
    code, out, _ = deadline("--help")
    assert code == 0
    for each in ("identity_requested@", "reasonable_doubt", "vectors", "Exit code"):
        assert each in out
