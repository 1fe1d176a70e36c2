"""`habeas tombstones`: the list of who was erased, copied outside the backups, and what a restore has brought back."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import click

from habeas.crypto.keyring import Keyring
from habeas.errors import Fault, Faults
from habeas.profile import Profile
from habeas.sdk.subject import is_name
from habeas.service import Context, open_context
from habeas.settings import read_settings
from habeas_fulfilment.actions.replaying import Replayed, list_erased, replay_case, take_lines, told_lines
from habeas_fulfilment.actions.tombstones import find_tombstones
from habeas_fulfilment.tombstone_file import OWNER, add_lines, read_file
from habeas_fulfilment.tombstones import Where, subject_key

_AT_ONCE = 500
_FILE = click.Path(dir_okay=False, path_type=Path)
_OLD_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)
_TOLD = {
    Replayed.LOOKED: "searched again now; what is found waits in its case for a person",
    Replayed.SEARCHED: "a new plan is being made, to be approved",
    Replayed.UNDER_WAY: "on its way already",
    Replayed.RECOGNISED: "recognised at imports only: find its records with `habeas tombstones sweep`",
}


def _open() -> Context:
    from habeas_fulfilment.service import SERVICE

    settings = read_settings(os.environ)
    return open_context(SERVICE, settings, Keyring(settings.keys))


@click.group()
def tombstones() -> None:
    """The list of who was erased, and what to do with it after a restore."""


@tombstones.command("export")
@click.argument("file", type=_FILE)
def export_file(file: Path) -> None:
    """Add to FILE, signed, what it does not have yet; keep it where no backup of Habeas lies, and do so every night."""
    context = _open()
    with context.reading() as tx:
        added = add_lines(file, told_lines(tx), context.keys.signer(OWNER), context.keys.directory())
    click.echo(f"{added} added to {file.name}")


@tombstones.command("import")
@click.argument("file", type=_OLD_FILE)
def import_file(file: Path) -> None:
    """Take over from FILE what a restored database has forgotten; the whole file is verified first."""
    context = _open()
    for _ in read_file(file, context.keys.directory()):
        pass  # nothing of it is used before its last seal has been seen
    with context.transaction() as tx:
        changed = take_lines(tx, read_file(file, context.keys.directory()))
    click.echo(f"{changed} taken from {file.name}")


@tombstones.command()
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day of the backup (YYYY-MM-DD).")
@click.option("--system", default="", help="Only those who were erased in this system; leave it out for all.")
@click.pass_context
def replay(click_context: click.Context, since: click.DateTime, system: str) -> None:
    """After a restore, look for everybody again who was erased on that day or later.

    Ends with 4 where somebody can be recognised but not searched for.
    """
    context, day = _open(), str(since)[:10]
    with context.reading() as tx:
        erased = list_erased(tx, day, system)
    found = set()
    for case, reference in erased:
        with context.transaction() as tx:
            replayed = replay_case(tx, case)
        found.add(replayed)
        click.echo(f"{reference}  {_TOLD[replayed]}")
    if not erased:
        click.echo(f"nobody was erased on {day} or later")
    click_context.exit(4 if Replayed.RECOGNISED in found else 0)


@tombstones.command()
@click.argument("controller")
@click.argument("name")
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@click.option("--system", default="", help="Where the values come from; leave it out for an erasure anywhere.")
@click.pass_context
def sweep(click_context: click.Context, controller: str, name: str, file: TextIO, system: str) -> None:
    """Find whoever was erased among the values of the identifier NAME in FILE, one a line (standard input if none).

    Prints the number of each line that was erased, and whose erasure it was; never the value. Ends with 1 if any was.
    """
    context = _open()
    profile = context.profiles.get(controller)
    if profile is None or not is_name(name):
        known = ", ".join(context.profiles)
        raise Faults([Fault("controller, name", "there is no such controller or identifier", f"one of {known}")])
    found = 0
    for number, reference, day in _sweep(context, profile, name, file, system):
        click.echo(f"line {number}  {reference}  erased on {day}")
        found += 1
    click_context.exit(1 if found else 0)


def _sweep(context: Context, profile: Profile, name: str, file: TextIO, system: str) -> Iterator[tuple[int, str, str]]:
    key, number, lines = subject_key(context.keys, profile.name), 0, iter(file)
    while values := [line.strip() for line in islice(lines, _AT_ONCE)]:
        with context.reading() as tx:
            told = find_tombstones(tx, profile, [key.of(name, value) for value in values], Where(system, ""))
        for offset, stones in enumerate(told, 1):
            if values[offset - 1] and stones:
                yield number + offset, stones[0].reference, stones[0].erased_on
        number += len(values)
