"""What is changed and stays: corrected, restricted until it is lifted, kept from marketing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from habeas.sdk import Changed, Connector, Correction, Operation, Record, Subject
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.connector_contract.given import Correct, Given
from habeas.testing.connector_contract.promises import Promise, proves
from habeas.testing.connector_contract.scope import LOOK_ALIKES, digests, look_alike

Look = Callable[[], bool] | None
_FIXTURE = {Operation.RESTRICT: "restricted", Operation.SUPPRESS: "suppressed"}


class Changing(Given):
    """The promises of `rectify`, `restrict` and `suppress`."""

    @proves(Promise.RECTIFY)
    def test_exactly_the_corrected_record_has_its_new_content(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject, correct: Correct | None
    ) -> None:
        before, theirs = ask.records(person), digests(ask.records(stranger))
        correction = _correction(connector, before, correct)
        changed = ask.rectified(person, [correction])
        after = {(each.kind, each.key): each for each in ask.records(person)}
        if Operation.RECTIFY in connector.supports:
            assert [(each.kind, each.count, each.verified) for each in changed] == [(correction.kind, 1, True)]
            now = after.pop((correction.kind, correction.key)).data
            assert {name: now.get(name) for name in correction.changes} == dict(correction.changes)
            before = [each for each in before if (each.kind, each.key) != (correction.kind, correction.key)]
        assert digests(after.values()) == digests(before)
        assert digests(ask.records(stranger)) == theirs

    @proves(Promise.RECTIFY, hostile=True)
    def test_a_record_that_changed_since_is_not_corrected_and_it_says_why(
        self, connector: Connector, ask: Asker, person: Subject, correct: Correct | None
    ) -> None:
        before = ask.records(person)
        stale = replace(_correction(connector, before, correct), digest="0" * 64)
        changed = ask.rectified(person, [stale])
        assert sum(each.count for each in changed) == 0
        assert any(each.why for each in changed) == (Operation.RECTIFY in connector.supports)
        assert digests(ask.records(person)) == digests(before)

    @proves(Promise.RECTIFY, hostile=True)
    def test_a_correction_that_names_a_stranger_s_record_does_not_touch_it(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject, correct: Correct | None
    ) -> None:
        correction = _correction(connector, ask.records(person), correct)
        theirs = ask.records(stranger)
        aimed = [
            Correction(each.kind, each.key, each.digest, correction.changes)
            for each in theirs
            if each.kind == correction.kind
        ]
        assert sum(each.count for each in ask.rectified(person, aimed)) == 0
        assert digests(ask.records(stranger)) == digests(theirs)

    @proves(Promise.RECTIFY)
    def test_a_correction_made_again_is_harmless(
        self, connector: Connector, ask: Asker, person: Subject, correct: Correct | None
    ) -> None:
        correction = _correction(connector, ask.records(person), correct)
        ask.rectified(person, [correction])
        once = digests(ask.records(person))
        ask.rectified(person, [correction])
        assert digests(ask.records(person)) == once

    @proves(Promise.RESTRICT)
    def test_a_restriction_is_laid_on_and_lifted_again(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject, restricted: Look
    ) -> None:
        def act(lift: bool) -> list[Changed]:
            return ask.restricted(person, lift=lift)

        _assert_lifted(connector, Operation.RESTRICT, ask, (person, stranger), act, restricted)

    @proves(Promise.SUPPRESS)
    def test_marketing_stops_for_who_claims_it_and_goes_on_when_it_is_lifted(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject, suppressed: Look
    ) -> None:
        def act(lift: bool) -> list[Changed]:
            return ask.suppressed(person, lift=lift)

        _assert_lifted(connector, Operation.SUPPRESS, ask, (person, stranger), act, suppressed)

    @proves(Promise.SUPPRESS, hostile=True)
    def test_a_look_alike_s_claim_stops_nobody_else_s_marketing(
        self, ask: Asker, person: Subject, stranger: Subject, suppressed: Look
    ) -> None:
        before = digests(ask.records(person)) | digests(ask.records(stranger))
        for form in LOOK_ALIKES:
            ask.suppressed(look_alike(person, form))
        assert digests(ask.records(person)) | digests(ask.records(stranger)) == before
        assert suppressed is None or not suppressed()


def _assert_lifted(
    connector: Connector,
    operation: Operation,
    ask: Asker,
    people: tuple[Subject, Subject],
    act: Callable[[bool], list[Changed]],
    look: Look,
) -> None:
    """It is done, done again, lifted and lifted again, and the system shows each; the stranger sees nothing of it."""
    person, stranger = people
    before, theirs = digests(ask.records(person)), digests(ask.records(stranger))
    does = operation in connector.supports

    def is_on() -> bool:
        return digests(ask.records(person)) != before or (look is not None and look())

    for lift in (False, False, True, True):
        changed = act(lift)
        assert bool(sum(each.count for each in changed)) == does
        assert all(each.verified or each.why for each in changed)
        assert is_on() == (does and not lift), (
            f"neither an export nor a fixture `{_FIXTURE[operation]}` shows that {operation} does what it says"
        )
    assert digests(ask.records(person)) == before
    assert digests(ask.records(stranger)) == theirs


def _correction(connector: Connector, records: Sequence[Record], correct: Correct | None) -> Correction:
    if correct is None:
        assert Operation.RECTIFY not in connector.supports, (
            "give a fixture `correct`: kind and key of one of the person's records, and new content for it"
        )
        return Correction(records[0].kind, records[0].key, records[0].digest, {"name": "corrected"})
    (kind, key), changes = correct
    (digest,) = [each.digest for each in records if (each.kind, each.key) == (kind, key)]
    return Correction(kind, key, digest, changes)
