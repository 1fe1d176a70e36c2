"""`habeas`: every command an operator, an officer or a person with a package needs."""

from habeas.cli.main import main

__all__ = ["main"]
