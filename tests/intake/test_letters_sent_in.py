"""Letters that were sent in: a case shows that one came and what an agent saw, and moves by neither."""

from tests.intake.conftest import ask, state

from habeas.events import EvidenceCleaned, EvidenceDecided
from habeas.service import Context
from habeas.testing.house import deliver, parked, run
from habeas.vocabulary import CaseState
from habeas.web.application import create_app
from habeas_intake.labels import event_label, fact_label
from habeas_intake.queries import view

SEEN = ("fits", "does_not_fit", "not_readable")


def test_a_letter_stands_in_the_timeline_and_moves_nothing(intake: Context) -> None:
    """Case R4: whatever an agent saw in a letter, the case waits for its proof."""
    case = ask(intake).case
    came = EvidenceCleaned(case=case, evidence="e" * 36, kind="letter", pages=2, reason="")
    broken = EvidenceCleaned(case=case, evidence="f" * 36, kind="letter", pages=0, reason="locked")
    looked = [EvidenceDecided(case=case, kind="letter", seen=seen, agent="person-7") for seen in SEEN]
    for event in (came, broken, *looked):
        deliver(intake, event, source="identity")
    run(intake)
    assert (state(intake, case), parked(intake)) == (CaseState.RECEIVED, [])
    with intake.reading() as tx:
        shown = view(tx, case)
    assert shown is not None
    told = [(entry.kind, dict(entry.facts)) for entry in shown.timeline if entry.kind.startswith("evidence.")]
    assert [kind for kind, _ in told] == ["evidence.cleaned", "evidence.cleaned", *["evidence.decided"] * 3]
    with create_app(intake).test_request_context(headers={"Accept-Language": "en"}):
        words = [f"{event_label(kind)}: {fact_label(kind, facts)}" for kind, facts in told]
    assert words[:2] == ["A signed letter came: ", "A signed letter came: nothing could be made of it"]
    assert words[2] == "The letter was looked at and destroyed: it fits, by person-7"
    assert len(set(words)) == 5
