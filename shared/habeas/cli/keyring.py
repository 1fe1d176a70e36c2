"""Commands for keys: make, turn, revoke and publish them."""

import json
import os
from pathlib import Path

import click

from habeas.cli.enrolling import admit
from habeas.clock import SYSTEM_CLOCK
from habeas.crypto.keyring import Keyring
from habeas.errors import Refused
from habeas.settings import read_settings
from habeas.vocabulary import SERVICES


def _keyring() -> Keyring:
    return Keyring(read_settings(os.environ).keys)


@click.group()
def keys() -> None:
    """The keys that sign and seal: each owner's private ones, and everybody's public ones."""


keys.add_command(admit)


@keys.command()
@click.argument("owners", nargs=-1)
def init(owners: tuple[str, ...]) -> None:
    """Make the missing keys of OWNERS (the four services, if none is named; a system's is connect-NAME)."""
    _keyring().init(owners or SERVICES, SYSTEM_CLOCK.now())
    click.echo("keys are there for: " + ", ".join(owners or SERVICES))


@keys.command()
def rotate() -> None:
    """Make next month's sealing keys, and destroy those that nothing valid can be sealed to any more."""
    _keyring().rotate(SYSTEM_CLOCK.now())
    click.echo("sealing keys are turned")


@keys.command()
@click.argument("owner")
@click.argument("key_id")
def revoke(owner: str, key_id: str) -> None:
    """Stop believing OWNER's signing key KEY_ID, and give OWNER a new one."""
    _keyring().revoke(owner, key_id)
    click.echo(f"{key_id} of {owner} is believed no more")


@keys.command()
def publish() -> None:
    """Print the public directory as JSON, to be pinned elsewhere with `habeas keys pin`."""
    click.echo(json.dumps(_keyring().publish(), indent=2, sort_keys=True))


@keys.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def pin(file: Path) -> None:
    """Take the public keys in FILE into this keyring's directory."""
    try:
        published = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise Refused(f"{file} is not JSON; write it with `habeas keys publish`") from None
    _keyring().pin(published)
    click.echo(f"pinned the public keys in {file}")
