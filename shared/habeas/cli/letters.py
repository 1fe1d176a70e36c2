"""Commands for letters: what waits, what is parked, what was not believed, and the broker's own dead."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import select

from habeas import plugins
from habeas.crypto.keyring import Keyring
from habeas.errors import Refused
from habeas.service import Context, Service, open_context
from habeas.settings import read_settings
from habeas.vocabulary import connector_of
from habeas.work.tables import DeadLetter, InboxLetter, InboxThread

_OPEN = ("waiting", "claimed", "parked")


@contextmanager
def _opened(participant: str) -> Iterator[Context]:
    settings = read_settings(os.environ)
    if connector_of(participant):
        service = Service(name=participant, hears={})
    else:
        service = plugins.load("habeas.services", participant)
    context = open_context(service, settings, Keyring(settings.keys))
    try:
        yield context
    finally:
        context.database.close()


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    for row in rows:
        click.echo(json.dumps(row) if as_json else "  ".join(str(value) for value in row.values()))
    if not rows and not as_json:
        click.echo("none")


def _row(letter: InboxLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "state": letter.state,
        "type": letter.type,
        "source": letter.source,
        "thread": letter.thread,
        "attempts": letter.attempts,
        "next_at": letter.next_at.isoformat(),
        "reason": letter.reason or "",
    }


@click.group()
def inbox() -> None:
    """Letters that arrived at a PARTICIPANT (a service, or connect-SYSTEM): list, show, retry, drop."""


@inbox.command("list")
@click.argument("participant")
@click.option("--all", "everything", is_flag=True, help="also those that are done")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
def list_letters(participant: str, everything: bool, as_json: bool) -> None:
    """List what is not done yet, parked ones included, oldest case first."""
    chosen = select(InboxLetter).order_by(InboxLetter.since, InboxLetter.sequence)
    if not everything:
        chosen = chosen.where(InboxLetter.state.in_(_OPEN))
    with _opened(participant) as context, context.database.reading() as session:
        _show([_row(letter) for letter in session.scalars(chosen)], as_json)


@inbox.command()
@click.argument("participant")
@click.argument("letter")
def show(participant: str, letter: str) -> None:
    """Show one LETTER's facts; what is sealed in it stays sealed."""
    with _opened(participant) as context, context.database.reading() as session:
        row = _find(session.get(InboxLetter, letter))
        document = json.loads(row.body)
        if "sealed" in document["data"]:
            document["data"]["sealed"] = "(sealed)"
        click.echo(json.dumps({**_row(row), "letter": document}, indent=2))


@inbox.command()
@click.argument("participant")
@click.argument("letter")
def retry(participant: str, letter: str) -> None:
    """Try a parked or waiting LETTER again now."""
    with _opened(participant) as context, context.transaction() as tx:
        row = _find(tx.session.get(InboxLetter, letter, with_for_update=True))
        if row.state not in ("parked", "waiting"):
            raise Refused(f"this letter is {row.state}; only a parked or a waiting one can be tried again")
        row.state, row.attempts, row.next_at = "waiting", 0, tx.now
        tx.record("inbox.retried", row.thread, letter=row.id)
    click.echo(f"{letter} will be tried again")


@inbox.command()
@click.argument("participant")
@click.argument("letter")
@click.option("--why", required=True, help="the reason, for the ledger; no personal data")
def drop(participant: str, letter: str, why: str) -> None:
    """Give up a parked LETTER, so that those behind it go on."""
    with _opened(participant) as context, context.transaction() as tx:
        row = _find(tx.session.get(InboxLetter, letter, with_for_update=True))
        if row.state != "parked":
            raise Refused(f"this letter is {row.state}; only a parked one can be dropped")
        row.state, row.done_at, row.reason = "dropped", tx.now, why[:300]
        tx.session.get_one(InboxThread, (row.source, row.thread)).next += 1
        tx.record("inbox.dropped", row.thread, letter=row.id, why=why[:300])
    click.echo(f"{letter} was dropped")


def _find(row: InboxLetter | None) -> InboxLetter:
    if row is None:
        raise Refused("there is no such letter; `habeas inbox list PARTICIPANT --all` shows them")
    return row


@click.group()
def dead() -> None:
    """What a PARTICIPANT could not believe, and what its reader could not even decode."""


@dead.command("list")
@click.argument("participant")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
def list_dead(participant: str, as_json: bool) -> None:
    """List messages that could be read but not believed, with the reason."""
    with _opened(participant) as context, context.database.reading() as session:
        rows = session.scalars(select(DeadLetter).order_by(DeadLetter.id)).all()
        _show(
            [{"id": row.id, "received_at": row.received_at.isoformat(), "reason": row.reason} for row in rows], as_json
        )


@dead.command()
@click.argument("participant")
@click.option("--most", default=10, show_default=True, help="how many to look at")
def peek(participant: str, most: int) -> None:
    """Look at the broker's dead messages of PARTICIPANT; they stay where they are."""
    from habeas.bus.dead import peek_dead

    for message in peek_dead(str(read_settings(os.environ).broker), participant, most):
        click.echo(json.dumps(message))


@dead.command()
@click.argument("participant")
@click.option("--most", default=10, show_default=True, help="how many to send again")
def requeue(participant: str, most: int) -> None:
    """Send the broker's dead messages of PARTICIPANT to it again; each stays until its copy is confirmed."""
    from habeas.bus.dead import requeue_dead

    click.echo(f"{requeue_dead(str(read_settings(os.environ).broker), participant, most)} sent again")


@dead.command()
@click.argument("participant")
@click.confirmation_option(prompt="Delete all dead messages of this participant for good?")
def purge(participant: str) -> None:
    """Delete the broker's dead messages of PARTICIPANT."""
    from habeas.bus.dead import purge_dead

    click.echo(f"{purge_dead(str(read_settings(os.environ).broker), participant)} deleted")
