"""What the real runner lets through to a connector: a good order once, and of all others not one."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from habeas.sdk import Connector, Decided, Operation, Outcome, Subject
from habeas.testing.connector_contract import desk as at
from habeas.testing.connector_contract.asker import Asker, count_calls
from habeas.testing.connector_contract.desk import DAY, OTHER, Desk, Terms
from habeas.testing.connector_contract.given import Given
from habeas.testing.connector_contract.promises import Promise, proves
from habeas.testing.connector_contract.scope import decide, digests

Forgery = Callable[[Subject, Sequence[Decided]], Terms]
FORGERIES: Mapping[str, Forgery] = {
    "signed-with-an-unknown-key": lambda _them, _theirs: Terms(forge=at.unknown_key),
    "signed-by-another": lambda _them, _theirs: Terms(forge=at.other_signer),
    "changed-after-it-was-signed": lambda _them, _theirs: Terms(forge=at.other_content),
    "for-another-system": lambda _them, _theirs: Terms(system=OTHER),
    "for-another-operation": lambda _them, _theirs: Terms(operation=Operation.EXPORT, sent_operation=Operation.ERASE),
    "proved-in-another-case": lambda _them, _theirs: Terms(proved_case="case-2"),
    "expired": lambda _them, _theirs: Terms(issued=-31 * DAY),
    "from-the-future": lambda _them, _theirs: Terms(issued=DAY),
    "with-too-long-a-life": lambda _them, _theirs: Terms(life=90 * DAY),
    "with-another-s-scope": lambda _them, theirs: Terms(sent_scope=theirs),
    "about-another-person": lambda them, _theirs: Terms(sent_person=them),
    "approved-by-too-few": lambda _them, _theirs: Terms(approvers=("ann",)),
    "approved-twice-by-one": lambda _them, _theirs: Terms(approvers=("ann", "ann")),
    "approved-for-another-case": lambda _them, _theirs: Terms(approved_case="case-2"),
    "on-too-weak-a-proof": lambda _them, _theirs: Terms(assurance="A1"),
    "in-a-letter-to-another": lambda _them, _theirs: Terms(recipient=OTHER),
    "in-a-letter-from-another": lambda _them, _theirs: Terms(source="identity"),
}
"""Orders that are not to be carried out, each wrong in one thing alone; `Terms()` as it stands is a good one."""


class Ordered(Given):
    """The promise that this connector, behind its runner, does nothing that three signatures do not say."""

    @pytest.fixture(scope="session")
    @classmethod
    def keyring(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Give a folder of keys: those of the services, of this connector and of another."""
        return tmp_path_factory.mktemp("keys")

    @pytest.fixture
    def desk(self, connector: Connector, ask: Asker, person: Subject, keyring: Path, tmp_path: Path) -> Iterator[Desk]:
        """Give orders to the connector through its real runner."""
        made = Desk(connector, person, decide(ask.records(person)), tmp_path / "runner", keyring)
        yield made
        made.close()

    @proves(Promise.ORDERS)
    @pytest.mark.parametrize("operation", [Operation.LOCATE, Operation.ERASE])
    def test_a_good_order_is_carried_out(self, operation: Operation, connector: Connector, desk: Desk) -> None:
        calls = count_calls(connector)
        outcomes = desk.give(Terms(operation=operation))
        if operation in connector.supports:
            assert calls[operation] == 1
            assert outcomes in ([Outcome.FOUND], [])  # nothing is answered yet while the system is still at it
        else:
            assert outcomes == [Outcome.NOT_APPLICABLE]

    @proves(Promise.ORDERS, hostile=True)
    @pytest.mark.parametrize("forgery", FORGERIES)
    def test_an_order_that_is_not_right_is_never_begun(
        self, forgery: str, connector: Connector, ask: Asker, person: Subject, stranger: Subject, desk: Desk
    ) -> None:
        mine, theirs = ask.records(person), ask.records(stranger)
        terms = FORGERIES[forgery](stranger, decide(theirs))
        calls = count_calls(connector)
        assert set(desk.give(terms)) <= {Outcome.FAILED}
        assert calls == Counter()
        assert digests(ask.records(person)) == digests(mine)
        assert digests(ask.records(stranger)) == digests(theirs)

    @proves(Promise.ORDERS, hostile=True)
    def test_an_order_replayed_in_another_letter_is_not_begun_again(self, connector: Connector, desk: Desk) -> None:
        calls = count_calls(connector)
        desk.give(Terms(operation=Operation.LOCATE))
        once = Counter(calls)
        assert desk.give(Terms(operation=Operation.LOCATE))[-1:] == [Outcome.FAILED]
        assert calls == once

    @proves(Promise.ORDERS, hostile=True)
    def test_a_question_that_identity_did_not_sign_is_not_asked(
        self, connector: Connector, desk: Desk, stranger: Subject
    ) -> None:
        calls = count_calls(connector)
        for forge in (at.unknown_key, at.other_signer, at.other_content):
            desk.question(forge=forge)
        desk.question(asked=stranger)
        assert calls == Counter()
        assert set(desk.outcomes()) <= {Outcome.FAILED}
        desk.question()
        assert calls["channels"] == (Operation.CHANNELS in connector.supports)
