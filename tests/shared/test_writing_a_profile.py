"""The page about profiles shows nothing that the sample does not have or that does not happen."""

import re
from pathlib import Path

import pytest
from marshmallow import Schema

from habeas.errors import Faults
from habeas.profile import Risk, load_profile, parties, shapes
from habeas.profile.findings import RULES
from habeas.profile.ladder import LADDER
from habeas.profile.review import review_profile
from habeas.vocabulary import COMPLAINT

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/writing-a-profile.md").read_text(encoding="utf-8")
FILE = ROOT / "examples/sample-company/profile.yaml"
SAMPLE = FILE.read_text(encoding="utf-8")
SIGN_IN = (FILE.parent / "identity/sign-in.yaml").read_text(encoding="utf-8")
#: What the sample has no use for is shown from a file beside it, or from a real notice.
SHOWN = (SAMPLE, SIGN_IN, (ROOT / "examples/profiles/softwerk.yaml").read_text(encoding="utf-8"))

#: Keys that say by their name what they are for.
PLAIN = {"name", "title", "purpose", "connector", "holds", "email", "post", "phone", "about", "question", "country"}
#: Minutes that the page may take somebody who reads 180 words a minute.
MINUTES = 15


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_every_piece_of_a_profile_on_the_page_is_the_samples_own_or_of_another_example() -> None:
    assert len(blocks("yaml")) >= 15
    for block in blocks("yaml"):
        assert any(f"\n{block}" in text for text in SHOWN), block
    assert sum(f"\n{block}" not in SAMPLE for block in blocks("yaml")) <= 3


def test_the_sample_could_have_the_sign_in_that_the_page_shows(tmp_path: Path) -> None:
    before, own, after = re.split(r"^(identity:\n(?: .*\n)+)", SAMPLE, flags=re.MULTILINE)
    assert "  steps:" in own
    (tmp_path / "profile.yaml").write_text(f"{before}{SIGN_IN}{after}", encoding="utf-8")
    review = review_profile(tmp_path / "profile.yaml")
    assert review.profile
    assert [each.provider for each in review.profile.identity.sign_in] == ["shop", "eid"]
    assert {each.rule for each in review.findings} == {each.rule for each in review_profile(FILE).findings}


def test_the_page_shows_the_ladder_that_is_climbed() -> None:
    """Each right's rungs, by risk; the last line is of the rights that stop marketing and nothing else."""
    names = {
        "access, portability, a look at an automated decision": ("access", "portability", "automated_decision"),
        "rectification, erasure": ("rectification", "erasure"),
        "restriction, objection, withdrawal of consent, a complaint": (
            "restriction", "objection", "consent_withdrawal", COMPLAINT,
        ),
    }  # fmt: skip
    lines = re.findall(r"^\| (.+?) \| (A\d) \| (A\d) \| (A\d) \|$", PAGE, re.MULTILINE)
    shown = {right: rungs for words, *rungs in lines for right in names.get(words, ())}
    assert shown == {right: [rungs[risk] for risk in Risk] for right, rungs in LADDER.items()}
    assert lines[-1] == ("objection or withdrawal that stops marketing and nothing else", "A0", "A0", "A0")


def test_the_page_tells_the_faults_that_are_told(tmp_path: Path) -> None:
    wrong = SAMPLE.replace("zone: Europe/Stockholm", "zone: Europe/Norrköping")
    wrong = wrong.replace("feeds: [newsletter]", "feeds: [mailinglist]")
    wrong = wrong.replace("  - name: orders\n    basis:", "  - name: orders\n    bases:")
    (tmp_path / "profile.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(Faults) as refused:
        load_profile(tmp_path / "profile.yaml")
    assert str(refused.value) == blocks("text")[0].rstrip("\n")


def test_the_page_tells_the_findings_that_are_told() -> None:
    assert "\n".join(map(str, review_profile(FILE).findings)) == blocks("text")[1].rstrip("\n")


def test_the_page_names_every_rule_of_the_check() -> None:
    assert not [name for name in RULES if f"`{name}`" not in PAGE]


def test_the_python_on_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (program,) = blocks("python")
    exec(compile(program, "docs/writing-a-profile.md", "exec"), {})


def test_the_page_explains_every_key_that_decides_something() -> None:
    forms = {each for room in (shapes, parties) for each in vars(room).values() if isinstance(each, type)}
    missing = {
        (form.__name__, key)
        for form in forms
        if issubclass(form, Schema)
        for name, field in form().fields.items()
        if (key := field.data_key or name) not in PLAIN and not re.search(rf"\b{key}\b", PAGE)
    }
    assert len(forms) > 20
    assert not missing


def test_the_page_is_read_in_a_quarter_of_an_hour() -> None:
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert len(prose.split()) <= MINUTES * 180
