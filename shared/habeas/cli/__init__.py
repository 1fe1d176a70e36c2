"""`habeas`: every command an operator, an officer or a person with a package needs."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; with the bare SDK, say what has to be installed for it."""
    try:
        from habeas.cli.program import main as run
    except ModuleNotFoundError as missing:
        if missing.name != "click":
            raise
        sys.exit(
            "habeas: this is the SDK alone; the commands come with `pip install 'habeas[connect]'` or `habeas[service]`"
        )
    run()
