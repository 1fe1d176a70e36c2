"""A profile's file: what a good one says, and that whatever is wrong with one is told with its line."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from habeas.errors import Fault, Faults
from habeas.profile import (
    Length,
    PeriodEnd,
    Profile,
    Role,
    Safeguard,
    SafeguardKind,
    StartEvent,
    Unit,
    load_profile,
    load_profiles,
)
from habeas.profile.shapes import Rights
from habeas.vocabulary import LegalBasis, Right

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
LINES = SAMPLE.read_text(encoding="utf-8").splitlines()

#: Keys that a profile may leave out.
OPTIONAL = {"law", "target_days", "promises", "post", "phone", "data_protection_officer", "safeguard", "keep"}
OPTIONAL |= {"marketing", "third_parties", "feeds", "identity", "package", "code_minutes", "tries", "codes_per_hour"}
OPTIONAL |= {"downloads", "days", "note", "copy_at", "on_request", "only_with", "until", "address", "rights"}
OPTIONAL |= {"signals", "origin", "risk", "shared_mailboxes"}

KEY_LINE = re.compile(r"(?P<indent> *(?:- )?)(?P<key>[a-z_]+):(?: +(?P<value>[^ #].*?))?(?: +#.*)?")


@pytest.fixture
def sample() -> Profile:
    return load_profile(SAMPLE)


def faults_of(text: str, folder: Path) -> tuple[Fault, ...]:
    path = folder / "profile.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        load_profile(path)
    except Faults as faults:
        return faults.faults
    return ()


def with_lines(*changes: tuple[int, str | None]) -> str:
    """The sample with lines (from 1) replaced, or taken out."""
    changed = dict(changes)
    lines = (changed.get(number, line) for number, line in enumerate(LINES, 1))
    return "\n".join(line for line in lines if line is not None) + "\n"


def line_of(pattern: str, nth: int = 1) -> int:
    return [number for number, line in enumerate(LINES, 1) if re.search(pattern, line)][nth - 1]


def key_lines() -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(LINES, 1):
        if match := KEY_LINE.fullmatch(line):
            yield number, match


def parent_line(number: int) -> int:
    """The line on which the mapping that a key stands in begins to be its parent's value."""
    depth = len(LINES[number - 1]) - len(LINES[number - 1].lstrip(" -"))
    for above in range(number - 1, 0, -1):
        line = LINES[above - 1]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if len(line) - len(line.lstrip(" -")) == depth and line.lstrip().startswith("- "):
            return above
        if len(line) - len(line.lstrip(" -")) < depth:
            return above
    return line_of(r"^[a-z]") if number > line_of(r"^[a-z]") else number + 1


def may_be_left_out(number: int, match: re.Match[str]) -> bool:
    """A law is named twice: which clock counts, and, deeper, which law keeps a record; the second one has to be.

    An address can be left out of an authority and of a letter's channel, not of a mailbox; the length of a period after
    an event, which then ends with it, but not after a record's own date.
    """
    if match["key"] == "for":
        return "after: " in LINES[number - 2] and "record_date" not in LINES[number - 2]
    if match["key"] == "address" and "kind: email" in LINES[number - 2]:
        return False
    return match["key"] in OPTIONAL and not (match["key"] == "law" and match["indent"])


def test_the_sample_says_what_it_says(sample: Profile) -> None:
    assert sample.name == "nordlunds-lampor"
    assert sample.controller.languages == ("sv", "en")
    assert set(sample.rights) == set(Right)
    assert sample.rights[Right.ACCESS].stated
    assert not sample.rights[Right.AUTOMATED_DECISION].stated
    assert sample.activity("newsletter").bases == (LegalBasis.CONSENT,)
    assert sample.activity("newsletter").marketing
    assert sample.activity("orders").role is Role.CONTROLLER
    (kept,) = sample.activity("invoicing").keep
    law = sample.law_that_keeps(kept.rule)
    assert (law.length, law.until, law.article) == (Length(7, Unit.YEARS), PeriodEnd.END_OF_YEAR, "17(3)(b)")
    security = sample.activity("security")
    assert (security.retention.after, security.retention.length) == (StartEvent.RECORD_DATE, Length(12, Unit.MONTHS))
    assert security.recipients[0].safeguard == Safeguard(
        SafeguardKind.STANDARD_CLAUSES, "EU 2021/914, module two", "integritet@nordlunds-lampor.example"
    )
    assert sample.activity("customer_account").retention.on_request
    assert sample.activity("recruitment").retention.only_with is LegalBasis.CONSENT
    assert [recipient.country for recipient in sample.activity("orders").recipients] == ["SE", "NO"]
    assert sample.system("shop").feeds == ("newsletter",)
    assert sample.system("shop").required
    assert sample.contact_of_record == ("shop", "newsletter")
    assert sample.target_days == 14
    assert sample.erasure.approval == "two"


def test_words_come_in_the_language_asked_for(sample: Profile) -> None:
    title = sample.activity("orders").title
    assert title.in_("en") == "Orders"
    assert title.in_("sv") == "Beställningar"
    assert title.in_("sv-FI") == "Beställningar"
    assert title.in_("de") == "Beställningar"


def test_any_key_of_a_wrong_type_is_told_with_its_line(tmp_path: Path) -> None:
    missed = []
    for number, match in key_lines():
        if match["value"] is None:
            continue
        for wrong in ("[[1]]", "2026-01-01", "{a: {b: c}}", "-7", '""'):
            faults = faults_of(with_lines((number, f"{match['indent']}{match['key']}: {wrong}")), tmp_path)
            if f"profile.yaml:{number}" not in {fault.where for fault in faults}:
                missed.append((number, match["key"], wrong))
    assert not missed


def test_any_key_that_is_not_known_is_told_with_its_line(tmp_path: Path) -> None:
    missed = []
    for number, match in key_lines():
        if match["value"] is None or match["value"].startswith("["):
            continue
        indent = match["indent"].replace("-", " ")
        faults = faults_of(with_lines((number, f"{LINES[number - 1]}\n{indent}surprise: x")), tmp_path)
        if [fault.where for fault in faults] != [f"profile.yaml:{number + 1}"]:
            missed.append((number, match["key"], faults))
    assert not missed


def test_any_key_that_is_dropped_is_told_with_the_line_it_stood_under(tmp_path: Path) -> None:
    missed = []
    for number, match in key_lines():
        if match["value"] is None or match["indent"].endswith("- ") or may_be_left_out(number, match):
            continue
        parent = parent_line(number)
        faults = faults_of(with_lines((number, None)), tmp_path)
        if f"profile.yaml:{parent}" not in {fault.where for fault in faults}:
            missed.append((number, match["key"], parent, faults))
    assert not missed


def test_what_a_profile_may_leave_out_can_be_left_out(tmp_path: Path) -> None:
    for number, match in key_lines():
        if may_be_left_out(number, match) and match["value"] and not match["indent"].endswith("- "):
            assert not faults_of(with_lines((number, None)), tmp_path), match["key"]


@pytest.mark.parametrize(
    ("pattern", "nth", "changed", "says"),
    [
        (r"^contact_of_record", 1, "contact_of_record: [shop, shopp]", "there is no system 'shopp'"),
        (r"^contact_of_record", 1, "contact_of_record: [shop, shop]", "stands here twice"),
        (r"activities: \[newsletter\]", 1, "    activities: [newsletters]", "there is no activity 'newsletters'"),
        (r"feeds:", 1, "    feeds: [warehouse]", "there is no system 'warehouse'"),
        (r"feeds:", 1, "    feeds: [shop]", "feeds itself"),
        (r"- name: orders", 1, "  - name: order", "there is no activity 'orders'"),
        (r"- name: orders", 1, "  - name: order", "no system holds the activity 'order'"),
        (r"- name: orders", 1, "  - name: support", "stands on line"),
        (r"- name: applications", 1, "  - name: shop", "stands on line"),
        (r"calendar:", 1, "  calendar: DE", "use one of DE-BB"),
        (r"calendar:", 1, "  calendar: DE-XX", "use one of DE-BB"),
        (r"calendar:", 1, "  calendar: SE-AB", "use SE"),
        (r"zone:", 1, "  zone: Europe/Norrköping", "is no time zone"),
        (r"zone:", 1, "  zone: Europe", "is no time zone"),
        (r"^  country:", 1, "  country: XX", "is no country"),
        (r"languages:", 1, "  languages: [sv, en, fi]", "title.fi is missing"),
        (r"languages:", 1, "  languages: [sv]", "is not a language of the controller"),
        (r"url:", 1, "    url: http://www.imy.se/", "https"),
        (r"^    email:", 1, "    email: integritet", "an e-mail address"),
        (r"article:", 1, "    article: 17(3)(f)", "a ground of the GDPR"),
        (r"basis:", 1, "    basis: legitimate_interest", "write one of consent"),
        (r"within_days:", 1, "    within_days: 0", "a whole number from 1"),
        (r"target_days:", 1, "target_days: 31", "a whole number from 1 to 30"),
        (r"target_days:", 1, "target_day: 14", "did you mean target_days"),
        (r"approval:", 1, "  approval: none", "one of one, two"),
        (r"^  erasure: stated", 1, "  erasure: no", "one of stated, by_law"),
        (r"^contact_of_record", 1, "contact_of_record: []", "write at least one item"),
        (r"^name:", 1, "name: Nordlunds Lampor", "lower-case letters"),
    ],
)
def test_a_wrong_value_is_told_with_what_to_write(
    pattern: str, nth: int, changed: str, says: str, tmp_path: Path
) -> None:
    faults = faults_of(with_lines((line_of(pattern, nth), changed)), tmp_path)
    assert any(re.search(says, str(fault)) for fault in faults), faults


def test_a_right_cannot_be_taken_away(tmp_path: Path) -> None:
    """The rights follow the law: whichever of the eight a file leaves out, it is refused."""
    for right in Right:
        faults = faults_of(with_lines((line_of(rf"^  {right}: "), None)), tmp_path)
        assert [fault.where for fault in faults] == [f"profile.yaml:{line_of('^rights:')}"]
        assert f"rights.{right} is missing" in faults[0].problem
    assert set(Rights().fields) == set(Right)


def test_all_faults_come_together_in_the_order_of_the_lines(tmp_path: Path) -> None:
    zone, feeds, basis = line_of("zone:"), line_of("feeds:"), line_of("basis:", 3)
    text = with_lines((zone, "  zone: Mars/Base"), (feeds, "    feeds: [ship]"), (basis, "    bases: consent"))
    assert [fault.where for fault in faults_of(text, tmp_path)] == [
        f"profile.yaml:{zone}",
        f"profile.yaml:{basis - 1}",
        f"profile.yaml:{basis}",
        f"profile.yaml:{feeds}",
    ]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just text\n", "name: a\nname: b\n", "a: &x 1\nb: *x\n", "a: [1\n"])
def test_what_is_no_profile_at_all_is_refused(text: str, tmp_path: Path) -> None:
    assert faults_of(text, tmp_path)


def test_a_folder_of_profiles_is_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(with_lines(), encoding="utf-8")
    (tmp_path / "second").mkdir()
    second = with_lines((line_of("^name:"), "name: second-company"))
    (tmp_path / "second" / "profile.yaml").write_text(second, encoding="utf-8")
    assert set(load_profiles(tmp_path)) == {"nordlunds-lampor", "second-company"}
    assert load_profiles(SAMPLE.parent).keys() == {"nordlunds-lampor"}


def test_a_folder_tells_the_faults_of_all_its_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(with_lines((line_of("zone:"), "  zone: Mars")), encoding="utf-8")
    with pytest.raises(Faults) as refused:
        load_profiles(tmp_path)
    assert [fault.where for fault in refused.value.faults] == [
        f"{name}.yaml:{line_of('zone:')}" for name in ("one", "two")
    ]


def test_one_name_for_two_profiles_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(with_lines(), encoding="utf-8")
    with pytest.raises(Faults, match="another file names its profile"):
        load_profiles(tmp_path)


def test_a_folder_without_profiles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="there is no profile"):
        load_profiles(tmp_path)


def test_a_financial_year_that_does_not_end_with_the_calendar_is_read(tmp_path: Path) -> None:
    number = line_of("for: 7 years")
    path = tmp_path / "profile.yaml"
    path.write_text(with_lines((number, "    for: 7 years\n    financial_year_ends: 06-30")), encoding="utf-8")
    assert load_profile(path).law_that_keeps("bookkeeping").financial_year_ends == (6, 30)
