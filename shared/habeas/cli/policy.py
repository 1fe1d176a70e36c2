"""Commands for the controller's policy: look at a profile before anything runs by it."""

import json
from pathlib import Path

import click

from habeas.errors import Faults
from habeas.profile import load_profile


@click.group()
def profile() -> None:
    """The controller's policy as a file."""


@profile.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="print the faults as JSON")
def check_profile(file: Path, as_json: bool) -> int:
    """Look at a profile FILE and name every fault with its line."""
    try:
        found = load_profile(file)
    except Faults as wrong:
        if not as_json:
            raise
        faults = [{"where": each.where, "problem": each.problem, "remedy": each.remedy} for each in wrong.faults]
        click.echo(json.dumps({"ok": False, "faults": faults}, indent=2))
        return 2
    summary = f"{len(found.activities)} activities in {len(found.systems)} systems"
    click.echo(
        json.dumps({"ok": True, "profile": found.name}) if as_json else f"{file}: right; {found.name}, {summary}"
    )
    return 0
