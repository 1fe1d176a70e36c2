"""Commands that prove: a package or a confirmation without a server, and a service's ledger against its database."""

import json
import os
from pathlib import Path

import click

from habeas.crypto.keyring import Keyring
from habeas.settings import read_settings
from habeas.vocabulary import SERVICES


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="the company's published keys",
)
@click.option("--json", "as_json", is_flag=True, help="print the report as JSON")
def verify(file: Path, keys_file: Path | None, as_json: bool) -> int:
    """Prove that FILE, a package or a confirmation, is whole and who made it; exits with 1 if it is not.

    The keys come from --keys, else from this machine's keyring (HABEAS_KEYS); without either, the file is held
    against the key it carries, and the report says so: compare that key with the one the company publishes.
    """
    from habeas.crypto.directory import Directory
    from habeas.verify import verify_file

    keyring = read_settings(os.environ).keys
    if keys_file is not None:
        directory: Directory | None = Directory.of(json.loads(keys_file.read_text(encoding="utf-8")))
    elif (keyring / "public.json").is_file():
        directory = Keyring(keyring).directory()
    else:
        directory = None
    report = verify_file(file, directory, trust_embedded=directory is None)
    click.echo(json.dumps(report.to_json(), indent=2) if as_json else "\n".join(report.lines))
    return 0 if report.ok else 1


@click.group()
def ledger() -> None:
    """The chained record of every step."""


@ledger.command("verify")
@click.argument("service", type=click.Choice(SERVICES))
def verify_service(service: str) -> int:
    """Recompute SERVICE's ledger from its leaves, and check every signed head; exits with 1 if anything is amiss."""
    from habeas import plugins
    from habeas.ledger import verify_ledger
    from habeas.service import open_context

    settings = read_settings(os.environ)
    keys = Keyring(settings.keys)
    context = open_context(plugins.load("habeas.services", service), settings, keys)
    with context.database.reading() as session:
        report = verify_ledger(session, keys.directory(), service)
    click.echo("\n".join(report.lines))
    return 0 if report.ok else 1
