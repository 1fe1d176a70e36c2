"""What the tests of letters stand on: the controllers' profiles, rulings of every kind, and a desk to write at."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from habeas.decisions.types import ActivityFacts, Decision, Facts, Kept, Measure, Reason, Ruling, Verdict
from habeas.profile import load_profile
from habeas.profile.types import Activity, Profile, Text
from habeas.vocabulary import Right
from habeas_fulfilment.replies import (
    Account,
    Dates,
    Gap,
    GapKind,
    Matter,
    Reply,
    Review,
    Told,
    make_matter,
    write_reply,
)

EXAMPLES = Path(__file__).parents[3] / "examples"
PROFILES = {
    "sample": EXAMPLES / "sample-company/profile.yaml",
    **{path.stem: path for path in sorted((EXAMPLES / "profiles").glob("*.yaml"))},
}
CORRECTED = {"email": ("anna@old.example", "anna@new.example")}
DATES = Dates(date(2026, 11, 1), date(2026, 11, 25), date(2026, 12, 1), date(2026, 12, 1))
REASONS = {
    Verdict.APPLIES: "access_copy",
    Verdict.IN_PART: "port_part",
    Verdict.REFUSED: "rectify_accurate",
    Verdict.FORWARDED: "forwarded_unnamed",
    Verdict.NOT_CONCERNED: "nothing_held",
    Verdict.ASKS: "object_weighed",
}
MEASURES = {
    Right.ACCESS: (Measure.EXPORT,),
    Right.RECTIFICATION: (Measure.RECTIFY, Measure.TELL_RECIPIENTS),
    Right.ERASURE: (Measure.ERASE, Measure.TELL_RECIPIENTS),
    Right.RESTRICTION: (Measure.RESTRICT, Measure.NOTICE_BEFORE_LIFTING, Measure.TELL_RECIPIENTS),
    Right.PORTABILITY: (Measure.EXPORT,),
    Right.OBJECTION: (Measure.STOP,),
    Right.AUTOMATED_DECISION: (Measure.HUMAN_REVIEW,),
    Right.CONSENT_WITHDRAWAL: (Measure.STOP, Measure.ERASE, Measure.TELL_RECIPIENTS),
}
DENIED = (Verdict.REFUSED, Verdict.IN_PART)


def text(en: str, sv: str = "") -> Text:
    """The same words in both languages."""
    return Text({"en": en, "sv": sv or en}, "en")


@dataclass(frozen=True)
class Desk:
    """Writes letters of one controller about a person in every one of its activities."""

    profile: Profile

    def decide(self, right: Right, verdict: Verdict, activity: Activity) -> Decision:
        """Decide about one activity as told, with what usually follows."""
        if right is Right.OBJECTION and activity.marketing and verdict in DENIED:
            verdict = Verdict.APPLIES  # an objection to marketing is never refused
        given = verdict in (Verdict.APPLIES, Verdict.IN_PART)
        measures = list(MEASURES[right]) if given else []
        if given and activity.marketing and right is Right.OBJECTION:
            measures.append(Measure.SUPPRESS)
        if given and activity.third_parties and right is Right.ACCESS:
            measures.append(Measure.REDACT_THIRD_PERSONS)
        if verdict in DENIED and right is Right.OBJECTION:
            measures.append(Measure.NOTICE_BEFORE_LIFTING)
        kept = tuple(self.keep(activity)) if right is Right.ERASURE and verdict in DENIED else ()
        systems = tuple(each.name for each in self.profile.systems if activity.name in each.activities)
        told = (
            tuple(dict.fromkeys(each.name for each in activity.recipients))
            if Measure.TELL_RECIPIENTS in measures
            else ()
        )
        reason = Reason(REASONS[verdict])
        return Decision(
            right,
            activity.name,
            verdict,
            "17(1)(a)",
            reason,
            measures=tuple(measures),
            kept=kept,
            systems=systems,
            recipients=told,
        )

    def keep(self, activity: Activity) -> Iterator[Kept]:
        """Keep what the profile's laws keep of an activity."""
        for each in activity.keep:
            law = self.profile.law_that_keeps(each.rule)
            yield Kept(law.name, law.law, law.article, law.ground, law.covers, date(2033, 12, 31), each.kinds)

    def ruling(self, right: Right, *verdicts: Verdict) -> Ruling:
        """Rule on every activity, the verdicts in turn."""
        every = self.profile.activities
        return Ruling(
            right, tuple(self.decide(right, verdicts[n % len(verdicts)], each) for n, each in enumerate(every))
        )

    def facts(self, **changes: Any) -> Facts:
        """Know of something in every activity."""
        known = {
            each.name: ActivityFacts(holds_data=True, customer="Kundbolaget AB") for each in self.profile.activities
        }
        return replace(Facts(DATES.written_on, country="SE", activities=known, corrected=CORRECTED), **changes)

    def account(self, ruling: Ruling, **changes: Any) -> Account:
        """Account for all that was done, with one gap of each kind."""
        systems = self.profile.systems
        told = [name for each in ruling.decisions for name in each.recipients]
        review = Review(
            text("The head of sales", "Försäljningschefen"),
            True,
            text("The income was read wrongly.", "Inkomsten lästes fel."),
        )
        full = Account(
            gaps=tuple(
                Gap(kind, systems[n % len(systems)].name, text(f"Reason {kind}.", f"Skäl {kind}."))
                for n, kind in enumerate(GapKind)
            ),
            told={name: Told(on=date(2026, 11, 24)) for name in told[:1]},
            weighed={
                each.activity: text("Fraud has to be found.", "Bedrägeri måste upptäckas.") for each in ruling.decisions
            },
            reviews={each.activity: review for each in ruling.decisions},
            backups_lapse_on=date(2027, 2, 1),
        )
        return replace(full, **changes)

    def explained(self) -> Profile:
        """The profile with words for how every activity decides by machine."""
        said = text("Points are added up.", "Poäng räknas ihop.")
        return replace(
            self.profile, activities=tuple(replace(each, automated=said) for each in self.profile.activities)
        )

    def matter(self, ruling: Ruling, language: str = "en", **changes: Any) -> Matter:
        """Put together a matter; `changes` are parts of it by name."""
        profile = self.explained() if ruling.right is Right.AUTOMATED_DECISION else self.profile
        given = {
            "profile": profile,
            "facts": self.facts(),
            "dates": DATES,
            "reference": "H-7K3M-9QXA",
            "authorities": (profile.controller.authority, *profile.authorities.values()),
            "account": self.account(ruling),
        } | changes
        return make_matter(ruling=ruling, language=language, **given)

    def write(self, ruling: Ruling, language: str = "en", **changes: Any) -> Reply:
        """Write a reply; `changes` are parts of the matter by name."""
        it = self.matter(ruling, language, **changes)
        return write_reply(
            it.profile,
            it.ruling,
            it.facts,
            it.dates,
            it.language,
            reference=it.reference,
            authorities=it.authorities,
            account=it.account,
        )


_DESKS: dict[str, Desk] = {}


def desk_of(name: str) -> Desk:
    """The desk of one controller; its profile is read once."""
    if name not in _DESKS:
        _DESKS[name] = Desk(load_profile(PROFILES[name]))
    return _DESKS[name]


@pytest.fixture(params=PROFILES)
def desk(request: pytest.FixtureRequest) -> Desk:
    """The desk of each controller in turn."""
    return desk_of(request.param)


@pytest.fixture
def shop() -> Desk:
    """The desk of the sample company."""
    return desk_of("sample")


@pytest.fixture
def desks() -> dict[str, Desk]:
    """Every controller's desk by name."""
    return {name: desk_of(name) for name in PROFILES}
