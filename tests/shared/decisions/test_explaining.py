"""The command that explains: the same decisions in words and as JSON, and faults instead of guesses."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from habeas.cli.explaining import explain
from habeas.cli.policy import profile
from habeas.decisions import Ground, Verdict
from habeas.decisions.facts import _OF_ACTIVITY, _TOP
from habeas.errors import Faults
from habeas.profile import Origin, StartEvent
from habeas.vocabulary import Right

FILE = Path(__file__).parents[3] / "examples/sample-company/profile.yaml"
FACTS = {"today": "2026-11-25", "activities": {"invoicing": {"records": {"invoice": ["2018-12-31", "2024-05-01"]}}}}


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(FACTS), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(explain, [str(each) for each in arguments], catch_exceptions=False)


def decisions_of(facts: Path, right: str, *more: str) -> dict[str, dict[str, object]]:
    told = json.loads(run(FILE, "--right", right, "--facts", facts, "--json", *more).stdout)
    assert set(told) == {"profile", "right", "identity", "decisions"}
    assert (told["profile"], told["right"]) == ("nordlunds-lampor", right)
    return {each["activity"]: each for each in told["decisions"]}


def test_an_erasure_at_the_sample_company_is_explained_activity_by_activity(facts: Path) -> None:
    told = decisions_of(facts, "erasure", "--language", "en")
    verdicts = {name: each["verdict"] for name, each in told.items()}
    assert verdicts.pop("invoicing") == "in_part"
    assert set(verdicts.values()) == {"applies"}
    assert len(verdicts) == 6
    invoicing = told["invoicing"]
    assert set(invoicing) == {
        "activity", "verdict", "article", "reason", "at_once", "measures", "kept", "until", "systems", "tasks",
        "recipients",
    }  # fmt: skip
    assert invoicing["article"] == "17(3)(b)"
    assert "31 December 2031" in str(invoicing["reason"])
    assert invoicing["kept"] == [
        {
            "rule": "bookkeeping",
            "law": "Bokföringslagen (1999:1078) 7 kap. 2 §",
            "article": "17(3)(b)",
            "ground": "The invoice is accounting information that the company has to preserve.",
            "covers": "Invoices with their lines and payments.",
            "until": "2031-12-31",
            "kinds": [],
        }
    ]
    assert invoicing["systems"] == ["shop"]


def test_the_reasons_come_in_the_language_that_was_asked_for(facts: Path) -> None:
    swedish, english = (decisions_of(facts, "erasure", "--language", each) for each in ("sv", "en"))
    assert all(swedish[name]["reason"] != english[name]["reason"] for name in swedish)
    assert decisions_of(facts, "erasure") == swedish, "the first language of the controller"


def test_people_read_the_title_the_verdict_the_reason_and_the_day(facts: Path) -> None:
    told = run(FILE, "--right", "erasure", "--facts", facts, "--language", "sv").stdout
    assert "Fakturor och bokföring (invoicing): görs delvis, Art. 17(3)(b)" in told
    assert "kept: bookkeeping, until 31 december 2031" in told
    assert told.count("\n\n") == 7


@pytest.mark.parametrize("right", [each.value for each in Right])
def test_every_right_is_explained(facts: Path, right: str) -> None:
    assert {each["verdict"] for each in decisions_of(facts, right).values()} <= set(Verdict)
    assert run(FILE, "--right", right, "--facts", facts).exit_code == 0


@pytest.mark.parametrize(
    ("right", "needed", "in_doubt", "why"),
    [
        ("access", "A2", "A3", "more than data of low risk"),
        ("erasure", "A2", "A3", "never enough to destroy"),
        ("restriction", "A1", "A1", "taken back"),
        ("consent_withdrawal", "A1", "A1", "taken back"),
    ],
)
def test_how_sure_to_be_who_asks_is_explained(facts: Path, right: str, needed: str, in_doubt: str, why: str) -> None:
    told = json.loads(run(FILE, "--right", right, "--facts", facts, "--json").stdout)["identity"]
    assert (told["needed"], told["in_doubt"], told["house"]) == (needed, in_doubt, needed)
    assert why in told["why"]
    assert told["risks"]["low"] == ["newsletter"]
    read = run(FILE, "--right", right, "--facts", facts).stdout
    assert f"how sure to be who asks: {needed}, " in read
    assert ("; in doubt A3, a proofed identity" in read) == (in_doubt == "A3")
    assert "  low risk: newsletter\n" in read


def test_a_step_and_a_high_risk_are_explained_too(facts: Path, tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    for changed, why in (
        (text.replace("when: doubt", "when: always"), "the house asks for A2, a step of the profile for more"),
        (text.replace("risk: ordinary", "risk: high"), "it reaches data of high risk"),
    ):
        (tmp_path / "changed.yaml").write_text(changed, encoding="utf-8")
        told = json.loads(run(tmp_path / "changed.yaml", "--right", "access", "--facts", facts, "--json").stdout)
        assert (told["identity"]["needed"], told["identity"]["why"]) == ("A3", why)


def test_a_stop_that_reaches_marketing_alone_needs_nothing(facts: Path, tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8").replace(
        "  - name: recruitment\n    basis: consent\n", "  - name: recruitment\n    basis: contract\n"
    )
    (tmp_path / "changed.yaml").write_text(text.replace("      only_with: consent\n", ""), encoding="utf-8")
    told = json.loads(
        run(tmp_path / "changed.yaml", "--right", "consent_withdrawal", "--facts", facts, "--json").stdout
    )
    assert (told["identity"]["needed"], told["identity"]["risks"]) == ("A0", {"low": ["newsletter"]})
    assert "harms nobody" in told["identity"]["why"]


def test_faults_in_the_facts_are_told_instead_of_decisions(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text('{"today": "soon"}', encoding="utf-8")
    with pytest.raises(Faults, match="today: is not a date"):
        run(FILE, "--right", "access", "--facts", path)


def test_the_help_shows_the_form_of_the_facts_with_every_key() -> None:
    told = CliRunner().invoke(profile, ["explain", "--help"]).stdout
    shown = set(re.findall(r'"([a-z_]+)":', told))
    assert {*_TOP, *_OF_ACTIVITY} <= shown
    assert {*Ground, *Origin, *StartEvent} - {"record_date"} <= set(re.findall(r"[a-z_]+", told))
    assert "record_date" not in told
