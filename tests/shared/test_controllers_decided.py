# long because forty rulings are easier to check by hand in one table
"""What the five controllers decide: from a profile and the facts of a case to the verdicts, dates worked out by hand.

Everything is decided on 25 November 2026. A table names the activities of each verdict; whatever it does not name is
not concerned, so that every activity of every controller is decided in it for each of the eight rights.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from habeas.decisions import Decision, Facts, Ground, Measure, Verdict, decide, read_facts, say
from habeas.decisions.periods import needed_until
from habeas.decisions.types import ActivityFacts
from habeas.profile import Profile, load_profile
from habeas.profile.types import Role, StartEvent
from habeas.vocabulary import LegalBasis, Right

FOLDER = Path(__file__).parents[2] / "examples/profiles"
TODAY = date(2026, 11, 25)

#: What these cases hold: of Dewesoft's 15 activities 11, of Infosoft's 8 all but one, and so on.
HELD = {
    "dewesoft-customer": "newsletter news_after_quote interest_profile contact_forms accounts events purchases support "
    "web_analytics visitor_companies site_security",
    "infosoft-contact": "customer_relations marketing newsletter site_activity web_statistics advertising_audiences "
    "campaign_tracking",
    "eci-customer": "purchases enquiries support marketing_by_consent marketing_by_interest app_location app_usage "
    "site_improvement site_security disclosure_by_law",
    "softwerk-former-customer": "customer_relation prospects invoicing address_updates support correspondence "
    "direct_marketing analyses legal_duties",
    "softmore-former-customer": "purchases web_service_delivery user_accounts published_pictures site_visits "
    "free_services direct_marketing support_cases phone_and_chat mail_and_social_media address_lists newsletter",
}

#: case, right: verdict -> activities.
VERDICTS: dict[tuple[str, Right], dict[Verdict, str]] = {
    # Rectification: an agent found wrong what `accurate: false` says; the rest has to be looked at first.
    ("dewesoft-customer", Right.RECTIFICATION): {
        Verdict.APPLIES: "newsletter news_after_quote contact_forms purchases",
        Verdict.ASKS: "interest_profile accounts events support web_analytics visitor_companies site_security",
    },
    ("infosoft-contact", Right.RECTIFICATION): {
        Verdict.APPLIES: "customer_relations",
        Verdict.ASKS: "marketing newsletter site_activity web_statistics advertising_audiences campaign_tracking",
    },
    ("eci-customer", Right.RECTIFICATION): {
        Verdict.REFUSED: "enquiries",
        Verdict.ASKS: "purchases support marketing_by_consent marketing_by_interest app_location app_usage "
        "site_improvement site_security disclosure_by_law",
    },
    ("softwerk-former-customer", Right.RECTIFICATION): {Verdict.ASKS: HELD["softwerk-former-customer"]},
    ("softmore-former-customer", Right.RECTIFICATION): {
        Verdict.APPLIES: "user_accounts",
        Verdict.ASKS: HELD["softmore-former-customer"].replace("user_accounts ", ""),
    },
    # Erasure: consent and marketing go; interests go unless compelling grounds are claimed; a contract keeps as long as
    # its period runs, and asks where it ended and no period was given; the books stay as long as their law says.
    ("dewesoft-customer", Right.ERASURE): {
        Verdict.APPLIES: "newsletter news_after_quote interest_profile contact_forms accounts events web_analytics "
        "visitor_companies",
        Verdict.ASKS: "purchases support site_security",
    },
    ("infosoft-contact", Right.ERASURE): {
        Verdict.IN_PART: "customer_relations",
        Verdict.APPLIES: "marketing newsletter site_activity web_statistics advertising_audiences campaign_tracking",
    },
    ("eci-customer", Right.ERASURE): {
        Verdict.REFUSED: "purchases support",
        Verdict.APPLIES: "enquiries marketing_by_consent marketing_by_interest app_location app_usage site_improvement",
        Verdict.ASKS: "site_security disclosure_by_law",
    },
    ("softwerk-former-customer", Right.ERASURE): {
        Verdict.IN_PART: "invoicing",
        Verdict.APPLIES: "customer_relation prospects address_updates correspondence direct_marketing analyses",
        Verdict.ASKS: "support legal_duties",
    },
    ("softmore-former-customer", Right.ERASURE): {
        Verdict.IN_PART: "purchases mail_and_social_media",
        Verdict.REFUSED: "user_accounts support_cases",
        Verdict.APPLIES: "web_service_delivery published_pictures site_visits free_services direct_marketing "
        "phone_and_chat address_lists newsletter",
    },
    # Restriction: only on a ground. An objection that is looked into reaches interests (18(1)(d)), a contested datum
    # (a) and unlawful use (b) reach everything, and no ground at all reaches nothing.
    ("dewesoft-customer", Right.RESTRICTION): {
        Verdict.APPLIES: "news_after_quote interest_profile accounts visitor_companies site_security",
        Verdict.REFUSED: "newsletter contact_forms events purchases support web_analytics",
    },
    ("infosoft-contact", Right.RESTRICTION): {Verdict.APPLIES: HELD["infosoft-contact"]},
    ("eci-customer", Right.RESTRICTION): {Verdict.APPLIES: HELD["eci-customer"]},
    ("softwerk-former-customer", Right.RESTRICTION): {Verdict.REFUSED: HELD["softwerk-former-customer"]},
    ("softmore-former-customer", Right.RESTRICTION): {Verdict.REFUSED: HELD["softmore-former-customer"]},
    # Portability: consent or contract, and what the person gave or did; in part where some of it was inferred or
    # obtained elsewhere. Softwerk's marketing was never consented to, so interests carry it, and it is not portable.
    ("dewesoft-customer", Right.PORTABILITY): {
        Verdict.APPLIES: "newsletter contact_forms events support web_analytics",
        Verdict.IN_PART: "interest_profile purchases",
    },
    ("infosoft-contact", Right.PORTABILITY): {
        Verdict.APPLIES: "marketing newsletter web_statistics advertising_audiences campaign_tracking",
        Verdict.IN_PART: "site_activity",
    },
    ("eci-customer", Right.PORTABILITY): {
        Verdict.APPLIES: "support marketing_by_consent app_location",
        Verdict.IN_PART: "purchases",
    },
    ("softwerk-former-customer", Right.PORTABILITY): {
        Verdict.APPLIES: "invoicing support",
        Verdict.IN_PART: "customer_relation",
    },
    ("softmore-former-customer", Right.PORTABILITY): {
        Verdict.APPLIES: "purchases web_service_delivery user_accounts published_pictures free_services support_cases "
        "mail_and_social_media newsletter",
    },
    # Objection: marketing stops whatever its basis; interests are weighed by a person, and unused until then.
    ("dewesoft-customer", Right.OBJECTION): {
        Verdict.APPLIES: "newsletter news_after_quote interest_profile",
        Verdict.ASKS: "accounts visitor_companies site_security",
    },
    ("infosoft-contact", Right.OBJECTION): {
        Verdict.APPLIES: "marketing newsletter site_activity advertising_audiences campaign_tracking",
        Verdict.ASKS: "customer_relations",
    },
    ("eci-customer", Right.OBJECTION): {
        Verdict.APPLIES: "marketing_by_consent marketing_by_interest",
        Verdict.ASKS: "enquiries app_usage site_improvement site_security",
    },
    ("softwerk-former-customer", Right.OBJECTION): {
        Verdict.APPLIES: "prospects direct_marketing",
        Verdict.ASKS: "address_updates correspondence analyses",
    },
    ("softmore-former-customer", Right.OBJECTION): {
        Verdict.APPLIES: "free_services direct_marketing address_lists newsletter",
        Verdict.ASKS: "site_visits phone_and_chat mail_and_social_media",
    },
    # Automated decisions: no notice tells of one; Softwerk's analyses are said to have been one in this case.
    ("dewesoft-customer", Right.AUTOMATED_DECISION): {},
    ("infosoft-contact", Right.AUTOMATED_DECISION): {},
    ("eci-customer", Right.AUTOMATED_DECISION): {},
    ("softwerk-former-customer", Right.AUTOMATED_DECISION): {Verdict.ASKS: "analyses"},
    ("softmore-former-customer", Right.AUTOMATED_DECISION): {},
    # Withdrawal: what rests on consent, and nothing else.
    ("dewesoft-customer", Right.CONSENT_WITHDRAWAL): {
        Verdict.APPLIES: "newsletter interest_profile contact_forms events web_analytics",
    },
    ("infosoft-contact", Right.CONSENT_WITHDRAWAL): {
        Verdict.APPLIES: "marketing newsletter site_activity web_statistics advertising_audiences campaign_tracking",
    },
    ("eci-customer", Right.CONSENT_WITHDRAWAL): {Verdict.APPLIES: "marketing_by_consent app_location"},
    ("softwerk-former-customer", Right.CONSENT_WITHDRAWAL): {},
    ("softmore-former-customer", Right.CONSENT_WITHDRAWAL): {Verdict.APPLIES: "published_pictures newsletter"},
}
VERDICTS |= {(case, Right.ACCESS): {Verdict.APPLIES: held} for case, held in HELD.items()}

#: case, activity: the last day the law keeps something, and the last day the period needs it; both in an erasure.
#: How each is found stands beside it; a year's books close on 31 December everywhere.
DATES: dict[tuple[str, str], tuple[date | None, date | None]] = {
    # Slovenia, 10 years after 2020: the invoice of 2020 is the last. The contract is over, and no period is given.
    ("dewesoft-customer", "purchases"): (date(2030, 12, 31), None),
    # Norway, 5 years after 2022; the invoice of 2020 has been free since the end of 2025.
    ("infosoft-contact", "customer_relations"): (date(2027, 12, 31), None),
    # The United Kingdom, 6 years after 2020; the contract runs on, so there is no day on which it ends.
    ("eci-customer", "purchases"): (date(2026, 12, 31), None),
    ("eci-customer", "support"): (None, None),
    # Sweden, 7 years after 2019; the invoice of the last day of 2018 went free at the end of 2025.
    ("softwerk-former-customer", "invoicing"): (date(2026, 12, 31), None),
    # The row ended a year after 31 January 2024, on 31 January 2025; the books of 2024 stay 7 years more.
    ("softmore-former-customer", "purchases"): (date(2031, 12, 31), None),
    # 31 January 2026 and one year.
    ("softmore-former-customer", "user_accounts"): (None, date(2027, 1, 31)),
    # 31 January 2024 and three years.
    ("softmore-former-customer", "support_cases"): (None, date(2027, 1, 31)),
    # The mail of 2 May 2023 and five years; that of 10 March 2021 has been free since March 2026.
    ("softmore-former-customer", "mail_and_social_media"): (None, date(2028, 5, 2)),
    # The supplier's invoice of 2019 stays to the end of 2026; that of December 2018 has been free since 2025 ended.
    ("softmore-supplier", "accounts_payable"): (date(2026, 12, 31), None),
    # The payslip of October 2026 and seven years after 2026; the employment runs.
    ("softwerk-employee", "employment"): (date(2033, 12, 31), None),
}


def profile_of(case: str) -> Profile:
    return load_profile(FOLDER / f"{case.partition('-')[0]}.yaml")


def facts_of(case: str) -> Facts:
    facts = read_facts(FOLDER / "facts" / f"{case}.json")
    assert facts.today == TODAY
    return facts


def decided(case: str, right: Right) -> dict[str, Decision]:
    ruling = decide(profile_of(case), right, facts_of(case))
    return {each.activity: each for each in ruling.decisions}


@pytest.mark.parametrize(("case", "right"), VERDICTS, ids=lambda value: str(value))
def test_every_right_is_decided_for_every_activity_as_by_hand(case: str, right: Right) -> None:
    profile = profile_of(case)
    expected = {each.name: Verdict.NOT_CONCERNED for each in profile.activities}
    expected |= {each.name: Verdict.FORWARDED for each in profile.activities if each.role is Role.PROCESSOR}
    for verdict, names in VERDICTS[case, right].items():
        expected |= dict.fromkeys(names.split(), verdict)
    assert {name: each.verdict for name, each in decided(case, right).items()} == expected


def test_all_eight_rights_of_all_five_controllers_stand_in_the_table() -> None:
    assert set(VERDICTS) == {(case, right) for case in HELD for right in Right}


@pytest.mark.parametrize(("case", "activity"), DATES)
def test_what_stays_stays_until_the_day_worked_out_by_hand(case: str, activity: str) -> None:
    decision = decided(case, Right.ERASURE)[activity]
    law, period = DATES[case, activity]
    assert [each.until for each in decision.kept] == ([law] if law else [])
    assert decision.until == period


@pytest.mark.parametrize("path", sorted((FOLDER / "facts").glob("*.json")), ids=lambda path: path.stem)
def test_every_decision_of_every_case_can_be_said_in_both_languages(path: Path) -> None:
    for right in Right:
        for each in decided(path.stem, right).values():
            swedish, english = say(each.reason, "sv"), say(each.reason, "en")
            assert swedish != english
            assert "{" not in swedish + english


@pytest.mark.parametrize("case", HELD)
def test_what_is_refused_or_kept_is_blocked_for_every_other_use(case: str) -> None:
    for each in decided(case, Right.ERASURE).values():
        stays = each.verdict in (Verdict.REFUSED, Verdict.IN_PART)
        assert (Measure.BLOCK_OTHER_USES in each.measures) == stays, each.activity


@pytest.mark.parametrize(
    ("name", "stopped"),
    [
        ("dewesoft", "newsletter news_after_quote news_after_form interest_profile"),
        ("infosoft", "marketing newsletter site_activity advertising_audiences campaign_tracking"),
        ("eci", "marketing_by_consent marketing_by_interest"),
        ("softwerk", "prospects direct_marketing"),
        ("softmore", "free_services direct_marketing address_lists newsletter"),
    ],
)
def test_stop_sending_me_marketing_stops_all_of_it_at_once_and_nothing_else(name: str, stopped: str) -> None:
    facts = Facts(TODAY, grounds=(Ground.MARKETING_OBJECTION,))
    for each in decide(profile_of(name), Right.OBJECTION, facts).decisions:
        if each.activity in stopped.split():
            assert (each.verdict, each.article, each.at_once) == (Verdict.APPLIES, "21(3)", True)
            assert Measure.SUPPRESS in each.measures
        else:
            assert each.verdict in (Verdict.NOT_CONCERNED, Verdict.FORWARDED)


def test_an_account_at_dewesoft_is_objected_to_and_not_withdrawn_from() -> None:
    withdrawn = decided("dewesoft-account", Right.CONSENT_WITHDRAWAL)["accounts"]
    assert withdrawn.verdict is Verdict.NOT_CONCERNED
    objected = decided("dewesoft-account", Right.OBJECTION)["accounts"]
    assert (objected.verdict, objected.at_once) == (Verdict.ASKS, True)
    assert Measure.RESTRICT_MEANWHILE in objected.measures
    erased = decided("dewesoft-account", Right.ERASURE)["accounts"]
    assert (erased.verdict, erased.systems) == (Verdict.APPLIES, ("site",))


@pytest.mark.parametrize(("overridden", "verdict"), [(False, Verdict.APPLIES), (True, Verdict.REFUSED)])
def test_an_objection_ends_as_a_person_has_weighed_it(overridden: bool, verdict: Verdict) -> None:
    facts = replace(facts_of("dewesoft-account"), activities={"accounts": ActivityFacts(overridden=overridden)})
    found = {each.activity: each for each in decide(profile_of("dewesoft"), Right.OBJECTION, facts).decisions}
    assert found["accounts"].verdict is verdict


def test_dewesofts_synced_systems_are_both_erased_and_both_recipients_told() -> None:
    decision = decided("dewesoft-customer", Right.ERASURE)["newsletter"]
    assert decision.systems == ("activecampaign", "intrix")
    # Intrix has no interface to stop mailings by, so that part of its work is a person's.
    assert decision.tasks == ("intrix",)
    assert {Measure.ERASE, Measure.SUPPRESS, Measure.TELL_RECIPIENTS} <= set(decision.measures)
    assert len(decision.recipients) == 2


def test_a_correction_at_dewesoft_is_told_to_the_group_its_partners_and_its_processors() -> None:
    decision = decided("dewesoft-customer", Right.RECTIFICATION)["contact_forms"]
    # Sixteen companies, the distributors and partners, ActiveCampaign and Intrix.
    assert len(decision.recipients) == 19
    assert Measure.TELL_RECIPIENTS in decision.measures


def test_infosoft_restricts_what_is_contested_and_gives_people_what_no_program_can_do() -> None:
    decisions = decided("infosoft-contact", Right.RESTRICTION)
    assert {each.article for each in decisions.values() if each.verdict is Verdict.APPLIES} == {"18(1)(a)"}
    # HubSpot has nothing that locks a contact away, and neither has an audience.
    assert (decisions["customer_relations"].systems, decisions["customer_relations"].tasks) == ((), ("hubspot",))
    audiences = decisions["advertising_audiences"]
    assert audiences.systems == ()
    assert audiences.tasks == ("facebook-audience", "twitter-audience", "linkedin-audience")
    assert Measure.NOTICE_BEFORE_LIFTING in decisions["customer_relations"].measures


def test_infosoft_restricts_interests_while_an_objection_to_them_is_open() -> None:
    decisions = decided("infosoft-objection-pending", Right.RESTRICTION)
    assert decisions["customer_relations"].article == "18(1)(d)"
    assert decisions["customer_relations"].verdict is Verdict.APPLIES
    assert decisions["marketing"].verdict is Verdict.REFUSED


def test_an_attendee_can_object_to_lists_and_pictures_and_not_to_the_booking() -> None:
    decisions = decided("eci-attendee", Right.OBJECTION)
    for name in ("attendee_lists", "event_pictures"):
        assert (decisions[name].verdict, decisions[name].at_once) == (Verdict.ASKS, True)
    assert decisions["events"].verdict is Verdict.NOT_CONCERNED


def test_eci_anonymises_what_it_goes_on_counting_and_erases_the_rest() -> None:
    decisions = decided("eci-customer", Right.ERASURE)
    for name in ("app_usage", "site_improvement"):
        assert Measure.ANONYMISE in decisions[name].measures
        assert Measure.ERASE not in decisions[name].measures
    assert Measure.ERASE in decisions["app_location"].measures
    assert Measure.RESTRICT_MEANWHILE in decisions["site_security"].measures


def test_a_former_customer_of_softwerk_ends_being_a_prospect_by_objecting() -> None:
    objected = decided("softwerk-former-customer", Right.OBJECTION)["prospects"]
    assert (objected.verdict, objected.article, objected.at_once) == (Verdict.APPLIES, "21(3)", True)
    assert {Measure.STOP, Measure.SUPPRESS} <= set(objected.measures)
    erased = decided("softwerk-former-customer", Right.ERASURE)["prospects"]
    assert {Measure.ERASE, Measure.SUPPRESS} <= set(erased.measures)


def test_softwerks_books_on_paper_are_blocked_like_those_in_the_machine() -> None:
    decision = decided("softwerk-former-customer", Right.ERASURE)["invoicing"]
    assert set(decision.systems) == {"accounting", "paper-archive"}


def test_softwerk_takes_other_people_out_of_the_mails_that_it_hands_over() -> None:
    decisions = decided("softwerk-former-customer", Right.ACCESS)
    assert Measure.REDACT_THIRD_PERSONS in decisions["correspondence"].measures
    assert Measure.REDACT_THIRD_PERSONS not in decisions["invoicing"].measures


def test_wages_stay_for_the_books_and_the_employment_for_itself() -> None:
    decision = decided("softwerk-employee", Right.ERASURE)["employment"]
    assert decision.verdict is Verdict.REFUSED
    assert [each.kinds for each in decision.kept] == [("payslip",)]


def test_the_customer_for_whom_softmore_holds_data_is_named_and_gets_the_request() -> None:
    decisions = decided("softmore-former-customer", Right.ERASURE)
    forwarded = decisions["customer_files"]
    assert (forwarded.article, forwarded.measures) == ("28(3)(e)", (Measure.FORWARD,))
    assert forwarded.reason.values["customer"] == "Alfa Redovisning AB"
    assert (
        decisions["cloud_storage"].reason.values["customer"]
        == profile_of("softmore").activity("cloud_storage").customer
    )


def test_a_claim_restricts_at_softmore_although_the_service_stops() -> None:
    """The notice keeps a refusal open where the service cannot work without; the law knows no such ground."""
    decisions = decided("softmore-claims", Right.RESTRICTION)
    account = decisions["user_accounts"]
    assert (account.verdict, account.article) == (Verdict.APPLIES, "18(1)(c)")
    assert account.reason.values["effect"] == profile_of("softmore").activity("user_accounts").without
    assert decisions["cloud_storage"].verdict is Verdict.FORWARDED


@pytest.mark.parametrize(
    ("case", "withdrawal", "portability"),
    [
        ("softmore-applicant-consented", Verdict.APPLIES, Verdict.APPLIES),
        ("softmore-applicant-without-consent", Verdict.NOT_CONCERNED, Verdict.NOT_CONCERNED),
    ],
)
def test_an_applicants_consent_carries_the_six_months_after_the_recruitment(
    case: str, withdrawal: Verdict, portability: Verdict
) -> None:
    assert decided(case, Right.CONSENT_WITHDRAWAL)["applicants"].verdict is withdrawal
    assert decided(case, Right.PORTABILITY)["applicants"].verdict is portability
    # Whoever asks for erasure takes consent back and objects: nothing carries the application any more.
    assert decided(case, Right.ERASURE)["applicants"].verdict is Verdict.APPLIES
    assert decided(case, Right.OBJECTION)["applicants"].verdict is Verdict.ASKS


def test_a_supplier_who_still_delivers_stays_in_the_register() -> None:
    decisions = decided("softmore-supplier", Right.ERASURE)
    assert decisions["accounts_payable"].verdict is Verdict.IN_PART
    assert decisions["supplier_register"].verdict is Verdict.REFUSED


#: Softmore's rows: the activity, the day its period starts, and the last day of it.
PERIODS = [
    ("purchases", date(2024, 1, 31), date(2025, 1, 31)),
    ("web_service_delivery", date(2024, 2, 29), date(2025, 2, 28)),  # 2025 has no 29 February
    ("user_accounts", date(2026, 1, 31), date(2027, 1, 31)),
    ("published_pictures", date(2025, 8, 31), date(2026, 8, 31)),
    ("demo", date(2026, 9, 1), date(2026, 11, 30)),  # 29 days of September, 31 of October, 30 of November
    ("site_visits", date(2025, 11, 25), date(2026, 11, 25)),
    ("free_services", date(2025, 6, 30), date(2026, 6, 30)),
    ("direct_marketing", date(2024, 1, 31), date(2027, 1, 31)),
    ("applicants", date(2026, 8, 31), date(2027, 2, 28)),  # February has no 31st
    ("accounts_payable", date(2019, 5, 6), date(2026, 5, 6)),
    ("supplier_register", date(2023, 12, 31), date(2026, 12, 31)),
    ("support_cases", date(2024, 1, 31), date(2027, 1, 31)),
    ("phone_and_chat", date(2024, 11, 25), date(2026, 11, 25)),
    ("mail_and_social_media", date(2023, 5, 2), date(2028, 5, 2)),
    ("cloud_storage", date(2026, 10, 31), date(2026, 11, 30)),
    ("backups", date(2025, 12, 1), date(2026, 12, 1)),
    ("address_lists", date(2026, 1, 1), date(2026, 4, 1)),  # 30 days of January, 28, 31, and 1 of April
    ("newsletter", date(2024, 1, 31), date(2024, 4, 30)),  # 29 days of February, 31 of March, 30 of April
    ("remote_control", date(2026, 6, 15), date(2027, 6, 15)),
]


@pytest.mark.parametrize(("activity", "start", "end"), PERIODS)
def test_a_row_of_softmores_register_ends_on_the_day_worked_out_by_hand(activity: str, start: date, end: date) -> None:
    rule = profile_of("softmore").activity(activity).retention
    assert rule.after
    by_record = rule.after is StartEvent.RECORD_DATE
    known = ActivityFacts(records={"any": (start,)}) if by_record else ActivityFacts(dates={rule.after: start})
    assert needed_until(rule, known, period_holds=True).day == end


@pytest.mark.parametrize(
    ("sent", "closed", "end"),
    [
        (date(2025, 12, 1), date(2026, 3, 1), date(2026, 3, 31)),  # 30 days after the case
        (date(2025, 12, 1), date(2026, 11, 20), date(2026, 12, 1)),  # 20 December would be more than 12 months
    ],
)
def test_customers_files_stay_thirty_days_after_the_case_and_twelve_months_at_most(
    sent: date, closed: date, end: date
) -> None:
    rule = profile_of("softmore").activity("customer_files").retention
    known = ActivityFacts(dates={StartEvent.CASE_CLOSED: closed}, records={"file": (sent,)})
    assert needed_until(rule, known, period_holds=True).day == end


def test_without_consent_an_application_is_needed_to_the_end_of_the_recruitment_only() -> None:
    applicants = profile_of("softmore").activity("applicants")
    assert applicants.retention.only_with is LegalBasis.CONSENT
    known = ActivityFacts(dates={StartEvent.RECRUITMENT_CLOSED: date(2026, 8, 31)})
    assert needed_until(applicants.retention, known, period_holds=False).day == date(2026, 8, 31)
