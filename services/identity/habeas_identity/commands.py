"""`habeas agent`: who works on cases; the first administrator is made here, since nobody could sign in to do it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from habeas import plugins
from habeas.crypto.keyring import Keyring
from habeas.service import Context, open_context
from habeas.settings import read_settings
from habeas_identity.agents import Account, AgentRole, add_agent, change_password, disable_agent, list_agents
from habeas_identity.contents import AgentDetails
from habeas_identity.passwords import hash_password

_as_json = click.option("--json", "as_json", is_flag=True, help="print JSON")
_password_file = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="read the password from this file (its first line) instead of asking for it",
)


@click.group()
def agent() -> None:
    """The people who work on cases: add, list, disable, password."""


@agent.command()
@click.option("--name", required=True, help="how colleagues call them")
@click.option("--email", required=True, help="what they sign in with")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=click.Choice([role.value for role in AgentRole]),
    help="may be given several times",
)
@click.option("--person", default="", help="the person's id, when this is their second account; `agent list` shows it")
@_password_file
@_as_json
def add(name: str, email: str, roles: tuple[str, ...], person: str, password_file: Path | None, as_json: bool) -> None:
    """Add an agent with a password."""
    kept = hash_password(_read_password(password_file))
    with _opened() as context, context.transaction() as tx:
        details = AgentDetails(name.strip(), email.strip())
        added = add_agent(tx, details, tuple(map(str, roles)), kept, person=person)
    _tell({"agent": added, "email": email.strip()}, f"{email.strip()} may sign in at /agents/sign-in", as_json)


@agent.command("list")
@_as_json
def list_(as_json: bool) -> None:
    """List all agents."""
    with _opened() as context, context.reading() as tx:
        accounts = list_agents(tx)
    for each in accounts:
        click.echo(json.dumps(_row(each)) if as_json else "  ".join(map(str, _row(each).values())))
    if not accounts and not as_json:
        click.echo("none; add the first with `habeas agent add`")


@agent.command()
@click.argument("email")
@_as_json
def disable(email: str, as_json: bool) -> None:
    """Close the account of EMAIL and end its sessions everywhere."""
    with _opened() as context, context.transaction() as tx:
        closed = disable_agent(tx, email)
    _tell({"agent": closed, "disabled": True}, f"{email} may not sign in any more", as_json)


@agent.command()
@click.argument("email")
@_password_file
@_as_json
def password(email: str, password_file: Path | None, as_json: bool) -> None:
    """Give EMAIL another password, and end the sessions of the old one."""
    kept = hash_password(_read_password(password_file))
    with _opened() as context, context.transaction() as tx:
        changed = change_password(tx, email, kept)
    _tell({"agent": changed, "password": "changed"}, f"{email} has another password", as_json)


@contextmanager
def _opened() -> Iterator[Context]:
    settings = read_settings(os.environ)
    # By its name: the wiring holds these commands, so they cannot hold the wiring.
    context = open_context(plugins.load("habeas.services", "identity"), settings, Keyring(settings.keys))
    try:
        yield context
    finally:
        context.database.close()


def _read_password(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _row(account: Account) -> dict[str, object]:
    return {
        "agent": account.id,
        "person": account.person,
        "name": account.name,
        "email": account.email,
        "roles": ",".join(account.roles),
        "state": "disabled" if account.disabled else "open",
    }


def _tell(facts: dict[str, object], words: str, as_json: bool) -> None:
    click.echo(json.dumps(facts) if as_json else words)
