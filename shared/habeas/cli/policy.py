"""Commands for the controller's policy: look at a profile before anything runs by it."""

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from habeas.errors import Fault, Faults
from habeas.profile.remarks import Level
from habeas.profile.review import Review, review_profile

_COMMANDS = {"explain": "explaining:explain"}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Commands(click.Group):
    """The commands of this file, and others that are found when they are asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        """List the commands of both kinds."""
        return sorted({*super().list_commands(context), *_COMMANDS})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Load one command by name."""
        if name not in _COMMANDS:
            return super().get_command(context, name)
        module, _, attribute = _COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(f"habeas.cli.{module}"), attribute)
        return command


@click.group(cls=Commands)
def profile() -> None:
    """The controller's policy as a file."""


@profile.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="print what was found as JSON: a list for several files")
def check_profile(files: Sequence[Path], as_json: bool) -> int:
    """Look at profiles: tell every fault with its line, and what will not hold although the file is right.

    A warning or an open question is no fault. Exits with 2 if there is a fault, else with 0. As JSON: an object
    for one FILE, a list of them for several.
    """
    reviews = [review_profile(file) for file in files]
    if as_json:
        told = [review.to_json() for review in reviews]
        click.echo(json.dumps(told[0] if len(told) == 1 else told, indent=2, ensure_ascii=False))
        return 0 if all(review.ok for review in reviews) else 2
    for file, review in zip(files, reviews, strict=True):
        if review.ok:
            click.echo("\n".join(_lines(file, review)))
    faults = [fault for review in reviews for fault in _faults(review)]
    if faults:
        raise Faults(faults)
    return 0


@profile.command("schema")
def print_schema() -> None:
    """Print the form of a profile as JSON Schema, for an editor that completes and checks while one writes."""
    from habeas.profile.schema import describe_profile

    click.echo(json.dumps(describe_profile(), indent=2, ensure_ascii=False))


def _lines(file: Path, review: Review) -> list[str]:
    found = review.profile
    assert found is not None
    counts = {level: sum(each.level is level for each in review.findings) for level in Level}
    told = f"warnings: {counts[Level.WARNING]}, to confirm: {counts[Level.TO_CONFIRM]}"
    summary = f"{len(found.activities)} activities in {len(found.systems)} systems"
    return [f"{file}: right; {found.name}, {summary}; {told}", *(f"  {each}" for each in review.findings)]


def _faults(review: Review) -> list[Fault]:
    return [
        Fault(f"{review.file}:{each.line}", each.problem, each.remedy)
        for each in review.findings
        if each.level is Level.FAULT
    ]
