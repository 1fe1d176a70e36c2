"""What a service does for itself by the clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from habeas.clock import FixedClock
from habeas.crypto.datakeys import DataKey, KeyForgotten
from habeas.crypto.providers import KeyDestroyed
from habeas.crypto.vault import Place
from habeas.events import IdentityUnmatched
from habeas.service import Context, Service
from habeas.testing.house import deliver, make_context, run
from habeas.work.housekeeping import destroy_lapsed_keys, sequence_ledger, sweep_letters
from habeas.work.tables import InboxLetter, OutboxLetter

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHERE = Place("table", "column", "row")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def intake(tmp_path: Path, clock: FixedClock) -> Context:
    return make_context(Service("intake", {IdentityUnmatched: lambda _tx, _letter: None}), tmp_path, clock=clock)


def count(context: Context, table: type) -> int:
    with context.reading() as tx:
        return tx.session.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_done_letter_is_kept_as_long_as_it_could_be_replayed(intake: Context, clock: FixedClock) -> None:
    deliver(intake, IdentityUnmatched(case="c", reason=""), source="identity")
    run(intake)
    clock.advance(timedelta(days=39))
    sweep_letters(intake)
    assert count(intake, InboxLetter) == 1
    clock.advance(timedelta(days=2))
    sweep_letters(intake)
    assert count(intake, InboxLetter) == 0


def test_a_letter_that_was_not_sent_is_never_swept(intake: Context, clock: FixedClock) -> None:
    with intake.transaction() as tx:
        for published in (None, NOW):
            tx.session.add(
                OutboxLetter(
                    id=str(published), recipient="identity", thread="c", sequence=1, type="t", body=b"", key_id="",
                    signature=b"", said_at=NOW, published_at=published,
                )
            )  # fmt: skip
    clock.advance(timedelta(days=300))
    sweep_letters(intake)
    with intake.reading() as tx:
        assert tx.session.scalars(select(OutboxLetter.id)).all() == ["None"]


def test_a_lapsed_months_key_takes_what_it_protected_with_it(intake: Context, clock: FixedClock) -> None:
    with intake.transaction() as tx:
        kept = tx.vault.encrypt("case", "identity", WHERE, b"who")
        longer = tx.vault.encrypt("case", "letters", WHERE, b"what")
    clock.advance(timedelta(days=150))
    destroy_lapsed_keys(intake)
    with intake.reading() as tx:
        with pytest.raises((KeyForgotten, KeyDestroyed)):
            tx.vault.decrypt("case", "identity", WHERE, kept)
        assert tx.vault.decrypt("case", "letters", WHERE, longer) == b"what"
    assert count(intake, DataKey) == 1


def test_sequencing_an_empty_ledger_signs_nothing_new(intake: Context) -> None:
    with intake.transaction() as tx:
        tx.record("something.happened", "case")
    sequence_ledger(intake)
    sequence_ledger(intake)
    from habeas.ledger import CheckpointRow

    assert count(intake, CheckpointRow) == 1
