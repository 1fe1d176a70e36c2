"""What the rules decide can be said: every ruling of the engine becomes a whole letter, or a question to a person."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.decisions import ActivityFacts, Facts, Ground, Measure, Ruling, Verdict, decide, read_facts
from habeas.errors import NeedsPerson
from habeas.profile.types import Profile, StartEvent
from habeas.vocabulary import Right
from habeas_fulfilment.replies import missing_parts, render_html, render_text, undemanded_parts
from habeas_fulfilment.replies.catalogue import languages

STORIES = sorted((Path(__file__).parents[3] / "examples/profiles/facts").glob("*.json"))
DAYS = st.dates(date(2012, 1, 1), date(2026, 11, 25))
KNOWN = st.none() | st.booleans()


def settled(ruling: Ruling) -> Ruling:
    """The ruling after a person has said yes to every open question."""
    done = {Right.RESTRICTION: Measure.RESTRICT, Right.ERASURE: Measure.ERASE}
    measures = (done[ruling.right],) if ruling.right in done else ()
    return replace(
        ruling,
        decisions=tuple(
            replace(each, verdict=Verdict.APPLIES, measures=measures, kept=()) if each.verdict is Verdict.ASKS else each
            for each in ruling.decisions
        ),
    )


def known(desk: Any, facts: Facts) -> Facts:
    """The facts with what an answer needs beside a decision."""
    activities = {
        each.name: replace(
            facts.about(each.name),
            holds_data=facts.about(each.name).holds_data is not False,
            customer=facts.about(each.name).customer or "Kundbolaget AB",
        )
        for each in desk.profile.activities
    }
    return replace(facts, activities=activities, corrected=facts.corrected or {"email": ("a@x.example", "b@x.example")})


def profile_for(desk: Any, right: Right, facts: Facts) -> Profile:
    """The profile, with words for its machines where the answer has to have them."""
    by_machine = any(each.solely_automated for each in facts.activities.values())
    wanted = right is Right.AUTOMATED_DECISION or (right is Right.ACCESS and by_machine)
    return desk.explained() if wanted else desk.profile


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
@pytest.mark.parametrize("right", Right)
def test_every_story_of_the_examples_ends_in_a_whole_letter(desks: dict[str, Any], story: Path, right: Right) -> None:
    desk = desks[story.stem.partition("-")[0]]
    facts = known(desk, read_facts(story))
    explained = profile_for(desk, right, facts)
    ruling = decide(explained, right, facts)
    if ruling.of(Verdict.ASKS):
        with pytest.raises(NeedsPerson, match="has to decide first"):
            desk.write(ruling, facts=facts, profile=explained)
    for language in languages():
        reply = desk.write(settled(ruling), language, facts=facts, profile=explained)
        assert missing_parts(reply) == []
        assert undemanded_parts(reply) == []
        assert render_text(reply)
        assert render_html(reply)


@st.composite
def facts_of(draw: st.DrawFn, names: tuple[str, ...], kinds: tuple[str, ...]) -> Facts:
    """Facts of any kind about some activities."""
    activities = {
        name: ActivityFacts(
            dates=draw(st.dictionaries(st.sampled_from(StartEvent), DAYS, max_size=3)),
            records=draw(
                st.dictionaries(st.sampled_from(kinds or ("order",)), st.tuples(DAYS | st.none()), max_size=2)
            ),
            holds_data=draw(KNOWN),
            consented=draw(KNOWN),
            controller_claims=draw(KNOWN),
            overridden=draw(KNOWN),
            accurate=draw(KNOWN),
            solely_automated=draw(KNOWN),
            significant=draw(KNOWN),
        )
        for name in draw(st.sets(st.sampled_from(names)))
    }
    return Facts(
        today=date(2026, 11, 25),
        grounds=tuple(draw(st.sets(st.sampled_from(Ground), max_size=2))),
        together=tuple(draw(st.sets(st.sampled_from(Right), max_size=1))),
        scope=tuple(draw(st.sets(st.sampled_from(names), max_size=2))),
        activities=activities,
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), right=st.sampled_from(Right), language=st.sampled_from(languages()))
def test_whatever_is_decided_can_be_said_whole(desks: dict[str, Any], data: Any, right: Right, language: str) -> None:
    desk = desks[data.draw(st.sampled_from(sorted(desks)))]
    activities = desk.profile.activities
    kinds = {kind for each in activities for kept in each.keep for kind in kept.kinds}
    facts = known(desk, data.draw(facts_of(tuple(each.name for each in activities), tuple(sorted(kinds)))))
    profile = profile_for(desk, right, facts)
    reply = desk.write(settled(decide(profile, right, facts)), language, facts=facts, profile=profile)
    assert missing_parts(reply) == []
    assert undemanded_parts(reply) == []
