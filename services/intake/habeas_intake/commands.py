"""Intake's commands: the printed state table, and keys for programs."""

import os
import secrets

import click

from habeas.crypto.keyring import Keyring
from habeas.errors import Refused
from habeas.service import Context, open_context
from habeas.settings import read_settings
from habeas_intake.guards import digest_of
from habeas_intake.models import ApiKey
from habeas_intake.states import MOVES


@click.command()
def states() -> None:
    """Print the table of moves: from, by which event, to."""
    for (state, event), following in MOVES.items():
        click.echo(f"{state.value:12} {event:20} {following.value}")


def _open() -> Context:
    from habeas_intake.service import SERVICE

    settings = read_settings(os.environ)
    return open_context(SERVICE, settings, Keyring(settings.keys))


@click.group("api-key")
def api_key() -> None:
    """Keys for programs that open cases."""


@api_key.command()
@click.argument("name")
def add(name: str) -> None:
    """Make a key for the program NAME and print it, once."""
    key = "hk_" + secrets.token_urlsafe(32)
    with _open().transaction() as tx:
        if tx.session.get(ApiKey, name) is not None:
            raise Refused(f"{name} has a key; remove that one first with `habeas api-key remove {name}`")
        tx.session.add(ApiKey(name=name, digest=digest_of(key), added_at=tx.now))
        tx.record("api_key.added", "", name=name)
    click.echo(key)


@api_key.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take the key of the program NAME away at once."""
    with _open().transaction() as tx:
        found = tx.session.get(ApiKey, name)
        if found is None:
            raise Refused(f"{name} has no key")
        tx.session.delete(found)
        tx.record("api_key.removed", "", name=name)
    click.echo(f"{name} can open no more cases")
