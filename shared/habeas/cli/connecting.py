"""`habeas connect`: run one system's connector, and what its authors and another team need around it."""

from importlib import import_module
from importlib.util import find_spec

import click

_COMMANDS = {
    "run": "running:connect",
    "try": "trying:try_connector",
    "enrol": "enrolling:enrol",
    "map": "mapping:propose_map",
    "fides": "mapping:convert_fides",
    "prove": "passports:prove",
}
_DEFAULT = "run"


class Connecting(click.Group):
    """Finds a command when it is asked for; what is none of them is the name of a system to run."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """List the commands there are, in the order in which one meets them."""
        return [name for name, place in _COMMANDS.items() if find_spec(_module(place))]

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Load one command by name."""
        place = _COMMANDS.get(name)
        if place is None or find_spec(_module(place)) is None:
            return None
        command: click.Command = getattr(import_module(_module(place)), place.partition(":")[2])
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take `habeas connect shop` for `habeas connect run shop`."""
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            args = [_DEFAULT, *args]
        return super().resolve_command(context, args)


@click.group(cls=Connecting, subcommand_metavar="SYSTEM | COMMAND [ARGS]...")
def connect() -> None:
    """Run the connector of SYSTEM, from systems/SYSTEM.yaml; or one of the commands for those who write one.

    A runner has outgoing connections only, to the broker and to fulfilment's upload door, and stores an order before
    it works on it. A system that is named like a command is run by `habeas connect run SYSTEM`.
    """


def _module(place: str) -> str:
    return f"habeas.cli.{place.partition(':')[0]}"
