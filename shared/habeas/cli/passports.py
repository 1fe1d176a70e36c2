"""Commands about passports: what was proved of a connector, and a round that proves it anew."""

import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from habeas.clock import SYSTEM_CLOCK
from habeas.connect.canaries import Round
from habeas.connect.proofs import read_proof
from habeas.connect.systems import load_system
from habeas.crypto.keyfiles import write_whole
from habeas.crypto.keyring import Keyring
from habeas.errors import Refused
from habeas.marked import load_marked
from habeas.passports import DAYS, Passport, read_keys, read_passport, sign_passport, why_stale
from habeas.settings import read_settings
from habeas.vocabulary import participant_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def passport() -> None:
    """What was proved of a connector, on which day, and against what."""


@passport.command()
@click.argument("file", type=_FILE)
@click.option("--keys", "keys_file", type=_FILE, help="the public keys of whoever proved it (passport-keys.json)")
@click.option("--days", type=click.IntRange(1, 366), default=DAYS, show_default=True, help="for so long it is fresh")
@click.option("--json", "as_json", is_flag=True, help="print it as JSON")
def show(file: Path, keys_file: Path | None, days: int, as_json: bool) -> int:
    """Say what FILE, a passport, proves; exits with 1 if it does not hold: badly signed, broken promises, or stale.

    Its signature is held against --keys, else against the keys that are pinned on this machine (HABEAS_KEYS).
    """
    today = SYSTEM_CLOCK.now().date()
    try:
        trust = read_keys(keys_file) if keys_file else Keyring(read_settings(os.environ).keys).directory()
        read = read_passport(file, trust)
    except Refused as refused:
        told = {"signed": False, "reason": refused.reason}
        click.echo(json.dumps(told, indent=2) if as_json else f"NOT PROVED: {refused.reason}.")
        return 1
    click.echo(json.dumps(describe(read, today, days), indent=2) if as_json else "\n".join(tell(read, today, days)))
    return 0 if read.holds and not why_stale(read, today, days) else 1


@click.command()
@click.argument("system")
def prove(system: str) -> int:
    """Prove the connector of SYSTEM with a synthetic person, and write its passport; exits with 1 if it fails.

    Meant for every night. Its settings have to say `canary: true`, and its connector has to be able to plant: the
    person is put in, found, corrected, erased, looked for and taken out, and nobody else is asked for.
    """
    settings = read_settings(os.environ)
    file = settings.systems / f"{system}.yaml"
    connected = load_system(settings.systems, system)
    proof = read_proof(system, load_marked(file).data, settings.systems)
    if not proof.canary or proof.passport is None:
        raise Refused(f"{file.name} does not say `canary: true`, so no synthetic person is planted in {system}")
    owner = participant_of(system)
    connected.connector.state = settings.data / f"{owner}.state"
    today = SYSTEM_CLOCK.now().date()
    signer = Keyring(settings.keys).signer(owner)
    proved = Round(system, connected.connector, today).run()
    write_whole(proof.passport, sign_passport(proved, signer).to_json(), 0o644)
    click.echo("\n".join([*tell(proved, today, proof.days), f"written to {proof.passport}"]))
    return 0 if proved.holds else 1


def tell(read: Passport, today: date, days: int) -> list[str]:
    """Say a passport in plain words, line by line."""
    made = f"{read.distribution} {read.version}".strip() or "no distribution"
    by_state: Mapping[str, list[str]] = {
        state: sorted(name for name, each in read.promises.items() if each == state)
        for state in ("passed", "failed", "not offered")
    }
    stale = why_stale(read, today, days)
    counts = ", ".join(f"{name} {count}" for name, count in read.counts.items())
    return [
        f"{read.connector} ({read.python}, of {made}; written for SDK {read.sdk})",
        f"proved on {read.day} against {read.against}, signed by {read.owner}",
        *(f"{state}: {', '.join(names)}" for state, names in by_state.items() if names),
        *(f"  broken: {each}" for each in read.failed),
        f"attempts to break it: {counts}",
        f"STALE: {stale}" if stale else f"fresh: it counts for {days} days",
        "it holds" if read.holds and not stale else "IT DOES NOT HOLD",
    ]


def describe(read: Passport, today: date, days: int) -> dict[str, Any]:
    """Put a passport into plain values for JSON."""
    return {
        "signed": True,
        "signed_by": read.owner,
        "holds": read.holds,
        "stale": why_stale(read, today, days),
        "connector": read.connector,
        "python": read.python,
        "system": read.system,
        "distribution": read.distribution,
        "version": read.version,
        "sdk": read.sdk,
        "against": read.against,
        "proved_on": read.day.isoformat(),
        "promises": dict(read.promises),
        "failed": list(read.failed),
        "counts": dict(read.counts),
    }
