"""What will not hold although the file is right: each rule finds what it is for, on its line, and no more."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.plugins import names
from habeas.profile import Length, Unit
from habeas.profile.findings import RULES
from habeas.profile.lengths import average_days, read_length
from habeas.profile.operations import needed_operations
from habeas.profile.places import ADEQUATE, COUNTRIES, EEA, is_protected
from habeas.profile.remarks import Finding, Level
from habeas.profile.review import review_profile
from habeas.vocabulary import Operation, Right

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples/sample-company/profile.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")

#: The sample says these two things of itself; docs/writing-a-profile.md shows them.
OF_THE_SAMPLE = {"slow_promise", "open_question"}

CLAUSES = "kind: standard_clauses\n          note: EU 2021/914, module two\n          copy_at: integritet@nordlunds"
HOSTING = (
    "      - name: Molnbyrån Drift AB (hosting)\n        country: SE\n    source:\n      sv: Du själv, när du skriver"
)
DEMANDS = "  codes_per_hour: 3\n  demands:\n    - what: {}\n      when: {}\n      source: The notice\n"
GROUND = "      ground:\n        sv: Uppgifter om hälsa.\n        en: Data about health.\n"
PAPER = "    connector: files\n    activities: [recruitment]\n    operations: {}\n"
TWELVE = "      after: record_date\n      for: 12 months\n"
UNTIL = "        en: Until you unsubscribe.\n"
DOUBT = "    - assurance: A3\n      when: doubt\n"
STEP_RIGHTS = "rights: [access, portability, rectification, erasure]"

#: Rule: what is written instead of what in the sample, the words of the line, and a piece of what is said.
FOUND = {
    "lapsed_safeguard": (CLAUSES, CLAUSES.replace("standard_clauses", "privacy_shield"), "safeguard:", "C-311/18"),
    "lapsed_safeguard, the older": (CLAUSES, CLAUSES.replace("standard_clauses", "safe_harbour"), "safeguard:", "2015"),
    "missing_safeguard": (HOSTING, HOSTING.replace("SE", "US"), "country: US", "Molnbyrån Drift AB is in US"),
    "missing_safeguard, a company": (
        '"NO"\n    calendar: "NO"\n    zone: Europe/Oslo\n',
        "IN\n",
        "country: IN",
        "Nordlunds Lamper AS is in IN",
    ),
    "doubtful_adequacy": (CLAUSES, CLAUSES.replace("standard_clauses", "adequacy"), "", ""),
    "doubtful_adequacy, no note": (
        CLAUSES,
        "kind: adequacy\n          copy_at: integritet@nordlunds",
        "safeguard:",
        "Data Privacy Framework",
    ),
    "doubtful_adequacy, no decision": (
        f"country: US\n        safeguard:\n          {CLAUSES}",
        "country: CN\n        safeguard:\n          kind: adequacy\n          copy_at: x@nordlunds",
        "safeguard:",
        "no decision on the adequacy of CN",
    ),
    "retention_without_end": (
        "      after: record_date\n      for: 12 months\n",
        "",
        "",
        "security: nothing says when",
    ),
    "duty_without_law": ("    keep:\n      - rule: bookkeeping\n", "", "basis: legal_obligation", "invoicing rests on"),
    "law_outlasts_retention": (
        "    keep:\n      - rule: bookkeeping\n",
        "      after: record_date\n      for: 6 years\n    keep:\n      - rule: bookkeeping\n        kinds: [bill]\n",
        "- rule: bookkeeping",
        "bill stay longer",
    ),
    "slow_promise": ("within_days: 21", "within_days: 31", "within_days: 31", "more than the month"),
    "demand_of_everybody, a signature": (
        "  codes_per_hour: 3\n",
        DEMANDS.format("signature", "always"),
        "what: signature",
        "the clock starts without it",
    ),
    "demand_of_everybody, a form": ("  codes_per_hour: 3\n", DEMANDS.format("form", "always"), "what: form", "form"),
    "demand_of_everybody, a number": (
        "  codes_per_hour: 3\n",
        DEMANDS.format("personal_number", "always"),
        "what: personal_number",
        "needed beyond doubt",
    ),
    "demand_of_everybody, a document with a ground": (
        "  codes_per_hour: 3\n",
        DEMANDS.format("identity_document", "always") + GROUND,
        "what: identity_document",
        "reason to doubt",
    ),
    "beyond_reach": (
        "    risk: ordinary ",
        "    risk: high ",
        "risk: high",
        "high risk (security) needs A3 for access,",
    ),
    "beyond_reach, a step": (DOUBT, DOUBT.replace("doubt", "always"), "- assurance: A3", "everybody is asked for A3"),
    "burden_on_a_stop": (
        STEP_RIGHTS,
        STEP_RIGHTS.replace("erasure", "erasure, consent_withdrawal"),
        "- assurance: A3",
        "A3 for consent_withdrawal keeps people from",
    ),
    "burden_on_a_stop, without a word of it": (
        f"      {STEP_RIGHTS}\n",
        "",
        "- assurance: A3",
        "objection and consent_withdrawal",
    ),
    "more_than_the_risk": (DOUBT, DOUBT.replace("doubt", "always"), "- assurance: A3", "A3 is asked of everybody for"),
    "step_without_effect": (DOUBT, DOUBT.replace("A3", "A2"), "- assurance: A2", "the step to A2 changes nothing"),
    "step_without_effect, for nobody": (
        STEP_RIGHTS,
        f"{STEP_RIGHTS}\n      risks: [high]",
        "- assurance: A3",
        "the step to A3 changes nothing",
    ),
    "prevailing_language": ("prevails: sv ", "prevails: en ", "prevails: en", "the version in en rules"),
    "prevailing_language, another one": ("prevails: sv ", "prevails: sl ", "prevails: sl", "no language of the"),
    "calendar_of_another_country": ("  calendar: SE ", "  calendar: NO ", "calendar: NO ", "is in SE"),
    "unused_law": ("    keep:\n      - rule: bookkeeping\n", "", "- name: bookkeeping", "keeps anything"),
    "task_of_a_person": (
        "    connector: files\n    activities: [recruitment]\n",
        PAPER.format("[]"),
        "operations: []",
        "applications: access, rectification, erasure, restriction, portability and consent_withdrawal in recruitment",
    ),
    "task_of_a_person, one right": (
        "    connector: files\n    activities: [recruitment]\n",
        PAPER.format("[locate, erase, export, restrict]"),
        "operations: [",
        "applications: rectification in recruitment",
    ),
    "unknown_connector": (
        "    connector: files\n",
        "    connector: hubspot\n",
        "connector: hubspot",
        "applications: no connector installed here is called 'hubspot'",
    ),
}


def findings_of(text: str, folder: Path) -> tuple[Finding, ...]:
    path = folder / "profile.yaml"
    path.write_text(text, encoding="utf-8")
    review = review_profile(path)
    assert review.ok, review.findings
    return review.findings


def test_the_sample_is_told_what_it_says_of_itself_and_nothing_else() -> None:
    assert {each.rule for each in review_profile(SAMPLE).findings} == OF_THE_SAMPLE


@pytest.mark.parametrize("name", [name for name in FOUND if FOUND[name][3]])
def test_a_rule_finds_what_it_is_for_on_its_line(name: str, tmp_path: Path) -> None:
    good, bad, where, says = FOUND[name]
    assert TEXT.count(good) == 1, good
    text = TEXT.replace(good, bad)
    rule = name.partition(",")[0]
    found = [each for each in findings_of(text, tmp_path) if each.rule == rule and says in each.problem]
    assert len(found) == 1, findings_of(text, tmp_path)
    assert where in text.splitlines()[found[0].line - 1]
    assert found[0].remedy
    assert found[0].level is RULES[rule][0]


def test_every_rule_has_a_profile_that_it_finds_something_in() -> None:
    seen = {name.partition(",")[0] for name in FOUND} | OF_THE_SAMPLE | {"conflicting_periods"}
    assert seen == set(RULES)


def test_a_company_on_the_frameworks_list_needs_no_more_words(tmp_path: Path) -> None:
    good, bad, *_ = FOUND["doubtful_adequacy"]
    assert {each.rule for each in findings_of(TEXT.replace(good, bad), tmp_path)} == OF_THE_SAMPLE


@pytest.mark.parametrize("end", ["on_request: true", "after: last_contact\n      for: 1 year"])
def test_an_end_that_is_said_ends_the_retention(end: str, tmp_path: Path) -> None:
    text = TEXT.replace(TWELVE, f"      {end}\n")
    assert "retention_without_end" not in {each.rule for each in findings_of(text, tmp_path)}


def test_what_is_asked_in_doubt_is_asked_of_nobody_else(tmp_path: Path) -> None:
    text = TEXT.replace("  codes_per_hour: 3\n", DEMANDS.format("identity_document", "doubt"))
    assert {each.rule for each in findings_of(text, tmp_path)} == OF_THE_SAMPLE


def test_a_connector_of_somebody_elses_is_known_where_its_package_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.replace("    connector: files\n", "    connector: ledger\n")
    assert rules_of(text, tmp_path) == ["unknown_connector"]
    ours = names("habeas.connectors")
    monkeypatch.setattr("habeas.plugins.names", lambda group: (*ours, "ledger"))
    assert rules_of(text, tmp_path) == []
    assert rules_of(text.replace("ledger", "person"), tmp_path) == []


def rules_of(text: str, folder: Path) -> list[str]:
    return [each.rule for each in findings_of(text, folder) if each.rule not in OF_THE_SAMPLE]


def test_one_recipient_of_many_activities_is_told_once(tmp_path: Path) -> None:
    """The host stands in three activities, and is one company in one country."""
    text = TEXT.replace("(hosting)\n        country: SE", "(hosting)\n        country: US")
    assert text.count("country: US") == 4
    assert rules_of(text, tmp_path) == ["missing_safeguard"]
    lapsed = text.replace(
        "(hosting)\n        country: US", "(x)\n        country: US\n        safeguard: {kind: safe_harbour}"
    )
    assert rules_of(lapsed, tmp_path) == ["lapsed_safeguard"]


def test_a_duty_without_a_law_is_told_once(tmp_path: Path) -> None:
    text = TEXT.replace("    keep:\n      - rule: bookkeeping\n", "")
    assert rules_of(text, tmp_path) == ["unused_law", "duty_without_law"]


def test_a_part_of_the_country_is_no_other_country(tmp_path: Path) -> None:
    text = TEXT.replace("country: SE\n  calendar: SE ", "country: DE\n  calendar: DE-BE ")
    assert rules_of(text, tmp_path) == []


def test_a_law_that_ends_before_the_period_is_no_news(tmp_path: Path) -> None:
    keep = "    keep:\n      - rule: bookkeeping\n"
    text = TEXT.replace(keep, f"      after: record_date\n      for: 8 years\n{keep}")
    assert rules_of(text, tmp_path) == []


def test_a_processor_is_asked_for_no_period_of_its_own(tmp_path: Path) -> None:
    held = "    role: processor\n    customer:\n      sv: Kunden.\n      en: The customer.\n    origin: [observed]\n"
    text = TEXT.replace("    origin: [observed]\n", held).replace(TWELVE, "")
    assert rules_of(text, tmp_path) == []


def newsletters(title: str, basis: str, length: str) -> str:
    """The sample with a period for its newsletter, and with its sign-ins as another letter in the same system."""
    text = TEXT.replace(UNTIL, f"{UNTIL}      after: contract_end\n      for: 90 days\n")
    text = text.replace("activities: [newsletter]", "activities: [newsletter, security]")
    text = text.replace("basis: legitimate_interests\n    origin", f"basis: {basis}\n    origin")
    return text.replace("en: Sign-ins and security", f"en: {title}").replace(
        TWELVE, f"      after: contract_end\n      for: {length}\n"
    )


@pytest.mark.parametrize(
    ("title", "basis", "length", "conflict"),
    [
        ("News and newsletters", "consent", "1 year", True),
        ("News and newsletters", "[consent, contract]", "1 year", True),
        ("News and newsletters", "consent", "90 days", False),
        ("News and newsletters", "legitimate_interests", "1 year", False),
        ("News by post", "consent", "1 year", False),
    ],
)
def test_two_periods_for_one_thing_are_found(
    title: str, basis: str, length: str, conflict: bool, tmp_path: Path
) -> None:
    found = [
        each for each in findings_of(newsletters(title, basis, length), tmp_path) if each.rule == "conflicting_periods"
    ]
    assert [each.problem for each in found] == [
        "security and newsletter both speak of 'newsletter' and keep it for different lengths of time"
    ] * conflict


def test_two_starts_for_one_thing_are_found(tmp_path: Path) -> None:
    text = newsletters("News and newsletters", "consent", "90 days")
    assert "conflicting_periods" not in rules_of(text, tmp_path)
    first, _, second = text.partition("after: contract_end")
    assert "conflicting_periods" in rules_of(f"{first}after: last_contact{second}", tmp_path)


def test_the_newsletters_of_a_real_register_are_found_and_nothing_beside_them() -> None:
    review = review_profile(ROOT / "examples/profiles/softmore.yaml")
    found = [each.problem for each in review.findings if each.rule == "conflicting_periods"]
    assert len(found) == 1
    assert "newsletter" in found[0]


def test_an_open_question_is_no_warning() -> None:
    (question,) = [each for each in review_profile(SAMPLE).findings if each.rule == "open_question"]
    assert question.level is Level.TO_CONFIRM
    assert "about a year" in question.problem


countries = st.sampled_from(sorted(COUNTRIES))
lengths = st.builds(Length, st.integers(1, 9999), st.sampled_from(Unit))


@given(countries, countries)
def test_data_is_protected_at_home_in_the_eea_and_where_somebody_decided_so(home: str, country: str) -> None:
    at_ease = country == home or country in EEA | ADEQUATE or (home == "GB" and country == "GI")
    assert is_protected(home, country) == at_ease


def test_the_usa_is_adequate_for_nobody_as_a_whole() -> None:
    assert not any(is_protected(home, "US") for home in EEA | {"GB"})


@given(lengths)
def test_a_length_is_read_as_it_is_written(length: Length) -> None:
    unit = length.unit.removesuffix("s") if length.count == 1 else length.unit
    assert read_length(f"{length.count} {unit}") == length


@given(lengths, lengths)
def test_lengths_of_one_unit_compare_by_their_count(one: Length, other: Length) -> None:
    if one.unit == other.unit:
        assert (average_days(one) < average_days(other)) == (one.count < other.count)


@given(st.integers(1, 300))
def test_twelve_months_are_a_year(years: int) -> None:
    assert average_days(Length(12 * years, Unit.MONTHS)) == average_days(Length(years, Unit.YEARS))


@pytest.mark.parametrize(
    ("right", "activity", "needed"),
    [
        (Right.PORTABILITY, "orders", {Operation.EXPORT}),
        (Right.PORTABILITY, "security", set()),
        (Right.OBJECTION, "security", {Operation.RESTRICT}),
        (Right.OBJECTION, "newsletter", {Operation.SUPPRESS}),
        (Right.OBJECTION, "orders", set()),
        (Right.CONSENT_WITHDRAWAL, "newsletter", {Operation.SUPPRESS}),
        (Right.CONSENT_WITHDRAWAL, "recruitment", {Operation.RESTRICT}),
        (Right.CONSENT_WITHDRAWAL, "orders", set()),
        (Right.AUTOMATED_DECISION, "orders", set()),
        (Right.ERASURE, "orders", {Operation.LOCATE, Operation.ERASE}),
    ],
)
def test_a_right_needs_what_it_takes_where_it_can_reach(right: Right, activity: str, needed: set[Operation]) -> None:
    profile = review_profile(SAMPLE).profile
    assert profile
    assert needed_operations(right, profile.activity(activity)) == needed


@given(st.sampled_from(Right), st.data())
def test_a_connector_that_can_do_everything_leaves_nothing_to_people(right: Right, data: st.DataObject) -> None:
    profile = review_profile(SAMPLE).profile
    assert profile
    activity = data.draw(st.sampled_from(profile.activities))
    assert needed_operations(right, activity) <= set(Operation)
