"""Intake's commands: the printed state table, and keys for programs."""

import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path

import click

from habeas.crypto.keyring import Keyring
from habeas.errors import Fault, Faults, Refused
from habeas.service import Context, open_context
from habeas.settings import read_settings
from habeas_intake.authorised_agents import CASES_A_DAY, read_public_key
from habeas_intake.guards import digest_of
from habeas_intake.models import ApiKey
from habeas_intake.processor_requests import is_callable
from habeas_intake.readings import count_readings
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


@click.group()
def agent() -> None:
    """What the people who work on cases have done: readings."""


@agent.command()
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 366), help="how far to look back")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def readings(days: int, as_json: bool) -> None:
    """Print who read how much of what people told: of cases they had, and of others, with reasons."""
    context = _open()
    try:
        with context.reading() as tx:
            counted = count_readings(tx, days)
    finally:
        context.database.close()
    for each in counted:
        told = asdict(each) | {"reasons": dict(each.reasons)}
        if as_json:
            click.echo(json.dumps(told))
            continue
        reasons = ", ".join(f"{reason} {count}" for reason, count in each.reasons)
        marked = "  far more than the others" if each.remarkable else ""
        click.echo(
            f"{each.agent}  own {each.own}  others {each.others} ({reasons or 'none'})  cases {each.cases}{marked}"
        )
    if not counted and not as_json:
        click.echo(f"nobody has read anything in the last {days} days")


@click.group("api-key")
def api_key() -> None:
    """Keys for programs that open cases."""


@api_key.command()
@click.argument("name")
@click.option("--acts-for-others", is_flag=True, help="An authorised agent: asks for others, and signs each call.")
@click.option("--public-key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Ed25519, as PEM.")
@click.option(
    "--cases-a-day", default=CASES_A_DAY, show_default=True, type=click.IntRange(1), help="Most for an agent."
)
@click.option("--controller", "controllers", multiple=True, help="For cases of this one only; none means all.")
@click.option("--callback", "callbacks", multiple=True, help="Where it may be called back, as our controller (https).")
def add(
    name: str,
    acts_for_others: bool,
    public_key: Path | None,
    cases_a_day: int,
    controllers: tuple[str, ...],
    callbacks: tuple[str, ...],
) -> None:
    """Make a key for the program NAME and print it, once."""
    if acts_for_others != (public_key is not None):
        raise Refused("who acts for others has a public key: give --acts-for-others and --public-key together")
    if wrong := [each for each in callbacks if not is_callable(each)]:
        raise Faults([Fault("callback", f"{each} cannot be called", "write https://host/path") for each in wrong])
    signs_with = read_public_key(public_key.read_bytes()) if public_key else ""
    key = "hk_" + secrets.token_urlsafe(32)
    with _open().transaction() as tx:
        if not set(controllers) <= set(tx.context.profiles):
            known = f"choose of {', '.join(tx.context.profiles)}"
            raise Faults([Fault("controller", "there is no such controller", known)])
        if tx.session.get(ApiKey, name) is not None:
            raise Refused(f"{name} has a key; remove that one first with `habeas api-key remove {name}`")
        added = ApiKey(name=name, digest=digest_of(key), added_at=tx.now, public_key=signs_with)
        added.cases_a_day = cases_a_day if acts_for_others else 0
        added.controllers = sorted(set(controllers))
        added.callbacks = sorted(set(callbacks))
        tx.session.add(added)
        tx.record("api_key.added", "", name=name, acts_for_others=acts_for_others, controllers=added.controllers)
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
