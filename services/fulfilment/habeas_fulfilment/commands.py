"""Fulfilment's commands: keys for programs that ask whether they may process, and for those that set holds."""

import os
import secrets

import click

from habeas.crypto.keyring import Keyring
from habeas.errors import Fault, Faults, Refused
from habeas.service import Context, open_context
from habeas.settings import read_settings
from habeas_fulfilment.actions.limiting import mark_key
from habeas_fulfilment.guards import digest_of
from habeas_fulfilment.models import ProgramKey


def _open() -> Context:
    from habeas_fulfilment.service import SERVICE

    settings = read_settings(os.environ)
    return open_context(SERVICE, settings, Keyring(settings.keys))


@click.group()
def sender() -> None:
    """Keys for programs that send or process, and ask first whether they may."""


@sender.command()
@click.argument("name")
@click.option("--controller", "controllers", multiple=True, required=True, help="About whose people it may ask.")
@click.option("--holds", is_flag=True, help="It may set and lift legal holds as well.")
def add(name: str, controllers: tuple[str, ...], holds: bool) -> None:
    """Make the keys of the program NAME and print them, once: its own, and one for each controller's people."""
    key = "hs_" + secrets.token_urlsafe(32)
    with _open().transaction() as tx:
        if not set(controllers) <= set(tx.context.profiles):
            known = f"choose of {', '.join(tx.context.profiles)}"
            raise Faults([Fault("controller", "there is no such controller", known)])
        if tx.session.get(ProgramKey, name) is not None:
            raise Refused(f"{name} has a key; remove that one first with `habeas sender remove {name}`")
        of = sorted(set(controllers))
        tx.session.add(ProgramKey(name=name, digest=digest_of(key), added_at=tx.now, controllers=of, holds=holds))
        tx.record("sender.added", "", name=name, controllers=of, holds=holds)
        given = [(each, mark_key(tx, each).give()) for each in of]
    click.echo(key)
    for controller, subject_key in given:
        click.echo(f"{controller} {subject_key}")


@sender.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take the key of the program NAME away at once."""
    with _open().transaction() as tx:
        found = tx.session.get(ProgramKey, name)
        if found is None:
            raise Refused(f"{name} has no key")
        tx.session.delete(found)
        tx.record("sender.removed", "", name=name)
    click.echo(f"{name} can ask no more")


def check_subject_keys(context: Context) -> None:
    """Raise `Faults` if the key is gone under which people are found: then nobody would be found, which means yes."""
    from sqlalchemy import select

    from habeas_fulfilment.models import SubjectKeyMark
    from habeas_fulfilment.subject_keys import SECRET, SubjectKey

    with context.reading() as tx:
        known = tx.session.scalars(select(SubjectKeyMark)).all()
    secret = context.keys.secret("fulfilment", SECRET)
    faults = [
        Fault(
            f"subject key of {each.controller}", "is not the one by which its people are found", "restore the keyring"
        )
        for each in known
        if SubjectKey(secret, each.controller).mark != each.mark
    ]
    if faults:
        raise Faults(faults)
