"""The command line: what is ours here, what a service adds by its wiring, and what the exit codes mean.

0 it was done · 1 it was looked at and is not right · 2 the call or the settings are wrong · 3 try again later ·
4 a person has to look.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from habeas import __version__
from habeas.errors import Faults, NeedsPerson, Refused, TryLater

_COMMANDS = {
    "up": "running:up",
    "serve": "running:serve",
    "work": "running:work",
    "connect": "connecting:connect",
    "migrate": "running:migrate",
    "check": "running:check",
    "settings": "running:settings",
    "keys": "keyring:keys",
    "profile": "policy:profile",
    "verify": "proofs:verify",
    "ledger": "proofs:ledger",
    "inbox": "letters:inbox",
    "dead": "letters:dead",
    "broker": "broker:broker",
}


class Commands(click.Group):
    """Finds a command when it is asked for, so that `habeas verify` loads no web server."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """List our own commands and those of the installed services."""
        return sorted({*_COMMANDS, *_services_commands()})

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Load one command by name."""
        if name in _COMMANDS:
            module, _, attribute = _COMMANDS[name].partition(":")
            command: click.Command = getattr(import_module(f"habeas.cli.{module}"), attribute)
            return command
        return _services_commands().get(name)


def _services_commands() -> dict[str, click.Command]:
    from habeas.cli.running import installed_services

    found: dict[str, click.Command] = {}
    for service in installed_services():
        for command in service.commands:
            name = str(command.name)
            found[name] = _join(found[name], command) if name in found else command
    return found


def _join(one: click.Command, other: click.Command) -> click.Command:
    """Make one group of two of one name: `habeas agent` has identity's accounts and intake's readings."""
    if not isinstance(one, click.Group) or not isinstance(other, click.Group):
        raise TypeError(f"two services add the command {one.name}")
    words = " ".join(str(group.help) for group in (one, other))
    return click.Group(one.name, commands={**one.commands, **other.commands}, help=words)


@click.group(cls=Commands, help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="habeas")
def commands() -> None:
    """Stand for the whole program; `main` runs it."""


def main() -> None:
    """Run the program and turn errors into words and an exit code."""
    sys.exit(_run(lambda: commands.main(standalone_mode=False)))


def _run(program: Callable[[], Any]) -> int:
    try:
        result = program()
    except click.ClickException as wrong:
        wrong.show()
        return 2
    except click.exceptions.Abort:
        return 130
    except Faults as wrong:
        return _tell(f"{len(wrong.faults)} fault(s):", *map(str, wrong.faults), code=2)
    except Refused as refusal:
        return _tell(refusal.reason, code=2)
    except TryLater as later:
        return _tell(f"not now: {later.reason}", code=3)
    except NeedsPerson as person:
        return _tell(f"a person has to look: {person.why}", code=4)
    return result if isinstance(result, int) else 0


def _tell(*lines: str, code: int) -> int:
    for number, line in enumerate(lines):
        click.echo(("habeas: " if number == 0 else "  ") + line, err=True)
    return code
