"""A reply tells this person what was done with this person's data, and why, in plain words."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from habeas.decisions.types import ActivityFacts, Decision, Measure, Ruling, Verdict
from habeas.profile.types import Activity, Profile, Recipient, Safeguard, SafeguardKind, Text
from habeas.vocabulary import Right
from habeas_fulfilment.replies import (
    Account,
    CopyPlace,
    Extension,
    ExtensionGround,
    PartName,
    Reply,
    Told,
    Transfer,
    missing_parts,
    undemanded_parts,
)
from habeas_fulfilment.replies.lint import words_of
from habeas_fulfilment.replies.types import Places


def said(reply: Reply, name: PartName, activity: str | None = None) -> str:
    """What one part says."""
    return words_of(reply.part(name, activity))


def names(reply: Reply) -> set[PartName]:
    """The parts that a reply has."""
    return {each.name for each in reply.parts}


def text(words: str) -> Text:
    """One text in one language."""
    return Text({"en": words}, "en")


def with_activity(profile: Profile, name: str, **changes: Any) -> Profile:
    """The profile with one activity changed."""

    def changed(each: Activity) -> Activity:
        return replace(each, **changes) if each.name == name else each

    return replace(profile, activities=tuple(map(changed, profile.activities)))


def changed(ruling: Ruling, activity: str, **changes: Any) -> Ruling:
    """The ruling with the decision about one activity changed."""

    def one(each: Decision) -> Decision:
        return replace(each, **changes) if each.activity == activity else each

    return replace(ruling, decisions=tuple(map(one, ruling.decisions)))


# Access


def test_only_activities_in_which_something_is_held_are_told_of(shop: Any) -> None:
    known = {each.name: ActivityFacts(holds_data=each.name == "orders") for each in shop.profile.activities}
    reply = shop.write(
        shop.ruling(Right.ACCESS, Verdict.APPLIES), facts=shop.facts(activities=known), account=Account()
    )
    assert [each.activity for each in reply.parts if each.name is PartName.USE] == ["orders"]
    assert said(reply, PartName.HELD).startswith("Yes, we process personal data about you (Article 15(1) GDPR).")
    use = said(reply, PartName.USE, "orders")
    assert "Molnbyrån Drift AB (hosting), Sweden; Fraktsnabben AS (delivery), Norway" in use
    assert "To deliver what you ordered and to handle returns and warranties." in use
    assert "Newsletter" not in said(reply, PartName.HELD)


def test_nothing_held_is_a_plain_no(shop: Any) -> None:
    known = {each.name: ActivityFacts(holds_data=False) for each in shop.profile.activities}
    ruling = shop.ruling(Right.ACCESS, Verdict.APPLIES)
    reply = shop.write(ruling, facts=shop.facts(activities=known), account=Account())
    assert said(reply, PartName.HELD).startswith("No. We have looked in every system")
    assert {PartName.COPY, PartName.USE}.isdisjoint(names(reply))
    unseen = shop.write(ruling, facts=shop.facts(activities=known))
    assert said(unseen, PartName.HELD).startswith("In what we have been able to search")


def test_a_refused_access_does_not_tell_whether_there_is_data(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.ACCESS, Verdict.REFUSED))
    assert {PartName.HELD, PartName.COPY, PartName.USE}.isdisjoint(names(reply))
    assert {PartName.REASON, PartName.COMPLAINT, PartName.COURT} <= names(reply)


def test_data_of_customers_alone_is_not_denied(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.ACCESS, Verdict.FORWARDED), account=Account())
    assert said(reply, PartName.HELD).startswith("What we have found about you we hold for others")
    assert "for Kundbolaget AB" in said(reply, PartName.FORWARDED, "orders")


@pytest.mark.parametrize(
    ("country", "safeguard", "says"),
    [
        ("NO", None, "The data goes to no country for which special protection would be needed."),
        ("JP", None, "Ours, Japan: protected by a decision of adequacy"),
        ("US", None, "Ours, United States: we have no named safeguard for this on record (Article 15(2) GDPR)."),
        ("US", Safeguard(SafeguardKind.STANDARD_CLAUSES), "You get a copy if you write to integritet@"),
        (
            "US",
            Safeguard(SafeguardKind.STANDARD_CLAUSES, "2021/914, module two", "https://clauses.example/"),
            (
                "protected by standard contractual clauses (2021/914, module two) (Article 15(2) GDPR). "
                "You can get a copy from https://clauses.example/."
            ),
        ),
        ("US", Safeguard(SafeguardKind.PRIVACY_SHIELD), "we relied on the Privacy Shield, which is no longer valid"),
        ("US", Safeguard(SafeguardKind.DEROGATION), "protected by an exception for single cases"),
    ],
)
def test_every_transfer_names_its_safeguard_and_where_a_copy_is(
    shop: Any, country: str, safeguard: Safeguard | None, says: str
) -> None:
    profile = with_activity(shop.profile, "orders", recipients=(Recipient("Ours", country, safeguard),))
    reply = shop.write(shop.ruling(Right.ACCESS, Verdict.APPLIES), profile=profile)
    assert says in said(reply, PartName.USE, "orders")
    assert missing_parts(reply) == []


def test_the_period_by_law_stands_beside_the_company_s_own(shop: Any) -> None:
    use = said(shop.write(shop.ruling(Right.ACCESS, Verdict.APPLIES)), PartName.USE, "invoicing")
    assert "A law demands that a part is kept for 7 years, counted from the end of the calendar year" in use
    assert "(Bokföringslagen (1999:1078) 7 kap. 2 §)" in use


def test_other_people_in_the_data_are_told_to_be_blacked_out(shop: Any) -> None:
    gaps = said(shop.write(shop.ruling(Right.ACCESS, Verdict.APPLIES), account=Account()), PartName.GAPS)
    assert "Customer support What it says about other people is blacked out" in gaps
    assert "Article 15(4) GDPR" in gaps


def test_the_copy_is_where_it_is_said_to_be(shop: Any) -> None:
    ruling = shop.ruling(Right.ACCESS, Verdict.APPLIES)
    assert "within 14 days" in said(shop.write(ruling), PartName.COPY)
    enclosed = shop.write(ruling, account=Account(copy=CopyPlace.ENCLOSED))
    assert "comes with this letter" in said(enclosed, PartName.COPY)


# Erasure, rectification, restriction


def test_what_a_law_keeps_has_its_end_and_is_blocked(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.ERASURE, Verdict.REFUSED), "sv")
    kept = said(reply, PartName.KEPT, "invoicing")
    assert "Till och med 31 december 2033" in kept
    assert "Bokföringslagen (1999:1078) 7 kap. 2 § (artikel 17.3 b i dataskyddsförordningen)" in kept
    assert said(reply, PartName.BLOCKED).startswith("Det vi sparar är spärrat för all annan användning")


def test_an_end_that_cannot_be_computed_is_not_made_up(shop: Any) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.IN_PART)
    (kept,) = next(each.kept for each in ruling.decisions if each.activity == "invoicing")
    open_ended = changed(ruling, "invoicing", kept=(replace(kept, until=None),))
    said_of_it = said(shop.write(open_ended), PartName.KEPT, "invoicing")
    assert "The period has not begun to run, or we do not know its first day yet." in said_of_it


def test_a_refused_erasure_that_becomes_a_restriction_says_so(shop: Any) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.REFUSED)
    plain = changed(ruling, "invoicing", kept=())
    assert PartName.BLOCKED not in names(shop.write(plain))
    for measure in (Measure.BLOCK_OTHER_USES, Measure.RESTRICT):
        assert PartName.BLOCKED in names(shop.write(changed(plain, "support", measures=(measure,))))


def test_anonymised_is_not_called_erased(shop: Any) -> None:
    ruling = changed(shop.ruling(Right.ERASURE, Verdict.APPLIES), "security", measures=(Measure.ANONYMISE,))
    reply = shop.write(ruling)
    assert "Made anonymous (Article 17(1)(a) GDPR): Time, IP address" in said(reply, PartName.ERASED, "security")
    assert said(reply, PartName.ERASED, "orders").startswith("Erased (Article 17(1)(a) GDPR): Goods ordered")


def test_backups_are_told_of_where_their_end_is_known(shop: Any) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.APPLIES)
    assert "will be gone by 1 February 2027" in said(shop.write(ruling), PartName.BACKUPS)
    assert PartName.BACKUPS not in names(shop.write(ruling, account=Account()))


def test_nothing_is_called_erased_where_nothing_was(shop: Any) -> None:
    known = dict(shop.facts().activities)
    known["orders"] = ActivityFacts(holds_data=False)
    reply = shop.write(shop.ruling(Right.ERASURE, Verdict.APPLIES), facts=shop.facts(activities=known))
    assert "orders" not in {each.activity for each in reply.parts if each.name is PartName.ERASED}
    assert "Nothing about you is stored here Orders" in said(reply, PartName.OUTCOME)
    assert missing_parts(reply) == []


def test_a_stop_counts_even_where_nothing_is_stored(shop: Any) -> None:
    known = {each.name: ActivityFacts(holds_data=False) for each in shop.profile.activities}
    reply = shop.write(shop.ruling(Right.OBJECTION, Verdict.APPLIES), facts=shop.facts(activities=known))
    assert "Newsletter" in said(reply, PartName.STOPPED)
    assert "Newsletter" in said(reply, PartName.MARKETING)


def test_every_recipient_has_its_state_and_the_person_may_ask(shop: Any) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.APPLIES)
    told = {
        "Fraktsnabben AS (delivery)": Told(on=date(2026, 11, 24)),
        "Brevduvan AB (sending)": Told(why_not=text("The company is gone.")),
    }
    words = said(shop.write(ruling, account=Account(told=told)), PartName.TOLD)
    assert "Fraktsnabben AS (delivery), Norway told on 24 November 2026" in words
    assert "Brevduvan AB (sending), Sweden could not be told: The company is gone." in words
    assert "Molnbyrån Drift AB (hosting), Sweden is being told" in words
    assert words.endswith("Whenever you ask, we tell you who has received your data (Article 19 GDPR).")
    nobody = Ruling(ruling.right, tuple(replace(each, recipients=()) for each in ruling.decisions))
    assert said(shop.write(nobody), PartName.TOLD).startswith("We have given the data to nobody else")


def test_a_correction_shows_both_values_and_the_systems(shop: Any) -> None:
    words = said(shop.write(shop.ruling(Right.RECTIFICATION, Verdict.APPLIES)), PartName.CORRECTED)
    assert "Your e-mail address anna@old.example → anna@new.example" in words
    assert "The shop The newsletter The applications" in words


def test_a_refused_correction_offers_a_statement(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.RECTIFICATION, Verdict.REFUSED))
    assert said(reply, PartName.STATEMENT).startswith("You can give us a statement of your own.")
    assert PartName.CORRECTED not in names(reply)


def test_a_restriction_says_what_it_takes_away_from_the_person(shop: Any) -> None:
    ruling = shop.ruling(Right.RESTRICTION, Verdict.APPLIES)
    lost = text("You cannot sign in.")
    reply = shop.write(ruling, profile=with_activity(shop.profile, "customer_account", without=lost))
    assert "Customer account You cannot sign in." in said(reply, PartName.EFFECT)
    assert {PartName.STILL_ALLOWED, PartName.BEFORE_LIFTING} <= names(reply)


# Objection, portability, review, withdrawal


def test_a_weighed_refusal_says_what_was_weighed_and_that_the_data_rested(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.OBJECTION, Verdict.REFUSED))
    assert "This is what we have weighed against your situation (Article 21(1) GDPR): Fraud has to be found." in said(
        reply, PartName.REASON, "security"
    )
    assert "Sign-ins and security" in said(reply, PartName.MEANWHILE)
    assert "(Article 18(3) GDPR)" in said(reply, PartName.BEFORE_LIFTING)


def test_marketing_stops_in_every_channel_with_one_entry_left(shop: Any) -> None:
    words = said(shop.write(shop.ruling(Right.OBJECTION, Verdict.APPLIES)), PartName.MARKETING)
    assert "in every channel: mail, e-mail, telephone, messages and advertisements" in words
    assert "We keep one entry with what it takes to recognise you" in words


def test_a_suppression_is_told_of_whatever_the_right(shop: Any) -> None:
    ruling = changed(shop.ruling(Right.ERASURE, Verdict.REFUSED), "newsletter", measures=(Measure.SUPPRESS,))
    assert "Newsletter" in said(shop.write(ruling), PartName.MARKETING)


@pytest.mark.parametrize(
    ("transfer", "says"),
    [
        (None, "If you wish, we send the file straight to another company"),
        (Transfer("Lampan AB", on=date(2026, 11, 24)), "On 24 November 2026 we sent the file straight to Lampan AB"),
        (Transfer("Lampan AB"), "We send the file straight to Lampan AB, as you wish"),
        (Transfer("Lampan AB", why_not=text("They have no way in.")), "They have no way in. Nothing stands in the way"),
    ],
)
def test_the_direct_way_is_told_as_it_went(shop: Any, transfer: Transfer | None, says: str) -> None:
    ruling = shop.ruling(Right.PORTABILITY, Verdict.APPLIES, Verdict.NOT_CONCERNED)
    reply = shop.write(ruling, account=Account(transfer=transfer))
    assert says in said(reply, PartName.TRANSFER)
    assert "JSON and CSV" in said(reply, PartName.FILE)
    assert "Orders" in said(reply, PartName.LEFT_OUT)


def test_a_review_says_who_what_how_and_where_to_go_on(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.AUTOMATED_DECISION, Verdict.APPLIES), "sv")
    assert said(reply, PartName.REVIEW, "security") == (
        "Vem som har tittat igen Försäljningschefen Resultat Beslutet har ändrats. "
        "Varför Inkomsten lästes fel. Så bestämmer maskinen Poäng räknas ihop."
    )
    assert "integritet@nordlunds-lampor.example" in said(reply, PartName.CONTEST)


def test_a_review_is_contested_by_the_law_that_holds(desks: dict[str, Any]) -> None:
    desk = desks["eci"]
    ruling = desk.ruling(Right.AUTOMATED_DECISION, Verdict.APPLIES)
    both = said(desk.write(ruling), PartName.CONTEST)
    assert "(Articles 22A to 22D UK GDPR and Article 22(3) GDPR)" in both
    alone = replace(desk.explained(), laws=("uk",))
    assert "22(3)" not in said(desk.write(ruling, profile=alone), PartName.CONTEST)


def test_a_withdrawal_counts_from_now_on_only(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.CONSENT_WITHDRAWAL, Verdict.APPLIES))
    assert "What was done with your consent before stays lawful (Article 7(3) GDPR)." in said(
        reply, PartName.FROM_NOW_ON
    )
    assert {PartName.ERASED, PartName.TOLD} <= names(reply)


# Dates, laws and languages


def test_a_british_controller_adds_its_own_complaint_and_court(desks: dict[str, Any]) -> None:
    desk = desks["eci"]
    reply = desk.write(desk.ruling(Right.ERASURE, Verdict.REFUSED))
    assert "section 164A of the Data Protection Act 2018" in said(reply, PartName.COMPLAINT_TO_US)
    court = said(reply, PartName.COURT)
    assert "section 167 of the Data Protection Act 2018" in court
    assert "Article 79 UK GDPR and GDPR" in court
    alone = desk.write(desk.ruling(Right.ERASURE, Verdict.REFUSED), profile=replace(desk.profile, laws=("uk",)))
    assert "in the country where we are established" not in said(alone, PartName.COURT)


def test_a_swedish_controller_has_no_british_law(shop: Any) -> None:
    reply = shop.write(shop.ruling(Right.ERASURE, Verdict.REFUSED))
    assert PartName.COMPLAINT_TO_US not in names(reply)
    assert "Data Protection Act" not in " ".join(map(words_of, reply.parts))


def test_a_late_answer_admits_it(shop: Any) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.REFUSED)
    dates = shop.matter(ruling).dates
    on_time = said(shop.write(ruling, dates=replace(dates, written_on=dates.respond_by)), PartName.WHO)
    assert "late" not in on_time
    late = said(shop.write(ruling, dates=replace(dates, written_on=date(2026, 12, 2))), PartName.WHO)
    assert "This answer is late: the law gave us until 1 December 2026 (Article 12(3) GDPR)." in late


def test_an_extended_answer_is_late_only_after_the_longer_time(shop: Any) -> None:
    ruling = shop.ruling(Right.ACCESS, Verdict.APPLIES)
    longer = Extension(ExtensionGround.COMPLEXITY, text("Much."), date(2027, 2, 1), date(2026, 11, 20))
    dates = replace(shop.matter(ruling).dates, extension=longer, written_on=date(2027, 1, 15))
    words = said(shop.write(ruling, dates=dates), PartName.WHO)
    assert "On 20 November 2026 we told you that we needed longer, until 1 February 2027." in words
    assert "late" not in words
    after = said(shop.write(ruling, dates=replace(dates, written_on=date(2027, 2, 2))), PartName.WHO)
    assert "the law gave us until 1 February 2027" in after


def test_a_late_refusal_after_an_extension_admits_it(shop: Any) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.APPLIES, Verdict.REFUSED)
    longer = Extension(ExtensionGround.COMPLEXITY, text("Much."), date(2027, 2, 1), date(2026, 11, 20))
    dates = replace(shop.matter(ruling).dates, extension=longer, written_on=date(2027, 1, 15))
    words = said(shop.write(ruling, dates=dates), PartName.WHO)
    assert "What we refuse we should have told you by 1 December 2026 (Article 12(4) GDPR)." in words


def test_the_person_s_language_is_spoken_throughout(shop: Any) -> None:
    for right in Right:
        swedish = shop.write(shop.ruling(right, Verdict.APPLIES, Verdict.REFUSED), "sv")
        words = " ".join([swedish.title, *(f"{each.heading} {words_of(each)}" for each in swedish.parts)])
        assert "25 november 2026" in words
        for english in ("Article", " the ", " you ", "Sweden", "your", "November"):
            assert english not in words.replace("(hosting)", "")
        assert undemanded_parts(swedish) == []


@pytest.mark.parametrize(
    ("country", "urls"),
    [
        (None, ["https://www.imy.se/"]),
        ("SE", ["https://www.imy.se/"]),
        ("NO", ["https://www.imy.se/", "https://www.datatilsynet.no/"]),
    ],
)
def test_the_controller_s_authority_comes_first_and_then_the_person_s(
    shop: Any, country: str | None, urls: list[str]
) -> None:
    ruling = shop.ruling(Right.ERASURE, Verdict.REFUSED)
    reply = shop.write(ruling, facts=shop.facts(country=country), authorities=None)
    (places,) = (each for each in reply.part(PartName.COMPLAINT).blocks if isinstance(each, Places))
    assert [each.url for each in places.places] == urls
