"""`habeas agent`: who works on cases; the first administrator is made here, since nobody could sign in to do it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from habeas import plugins
from habeas.crypto.keyring import Keyring
from habeas.roles import AgentRole
from habeas.service import Context, open_context
from habeas.settings import read_settings
from habeas_identity.agents import (
    Account,
    add_agent,
    change_controllers,
    change_password,
    change_roles,
    disable_agent,
    find_by_email,
    list_agents,
)
from habeas_identity.codes import show_code
from habeas_identity.contents import AgentDetails
from habeas_identity.enrollments import enroll as make_enrollment
from habeas_identity.links import link_agent
from habeas_identity.passwords import hash_password

_as_json = click.option("--json", "as_json", is_flag=True, help="print JSON")
_password_file = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="read the password from this file (its first line) instead of asking for it",
)
_roles = click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=click.Choice([role.value for role in AgentRole]),
    help="may be given several times",
)
_controllers = click.option(
    "--controller",
    "controllers",
    multiple=True,
    help="works on cases of this one only; may be given several times, none means all",
)


@click.group()
def agent() -> None:
    """The people who work on cases: add, list, roles, controllers, disable, enroll, link, password."""


@agent.command()
@click.option("--name", required=True, help="how colleagues call them")
@click.option("--email", required=True, help="what they sign in with")
@_roles
@_controllers
@click.option("--person", default="", help="the person's id, when this is their second account; `agent list` shows it")
@click.option("--no-password", is_flag=True, help="they sign in by a passkey or a provider alone")
@click.option(
    "--openid-subject",
    nargs=2,
    metavar="ISSUER SUBJECT",
    help="who they are at a provider of HABEAS_PROVIDERS; then no password is asked for",
)
@_password_file
@_as_json
def add(
    name: str,
    email: str,
    roles: tuple[str, ...],
    controllers: tuple[str, ...],
    person: str,
    no_password: bool,
    openid_subject: tuple[str, str] | None,
    password_file: Path | None,
    as_json: bool,
) -> None:
    """Add an agent, with a password or without."""
    no_password = no_password or (openid_subject is not None and password_file is None)
    kept = None if no_password else hash_password(_read_password(password_file))
    with _opened() as context, context.transaction() as tx:
        details = AgentDetails(name.strip(), email.strip())
        added = add_agent(tx, details, tuple(map(str, roles)), kept, person=person, controllers=controllers)
        if openid_subject is not None:
            link_agent(tx, details.email, *openid_subject)
    words = (
        "needs a passkey or a provider: see `habeas agent enroll`"
        if no_password and openid_subject is None
        else "may sign in at /agents/sign-in"
    )
    _tell({"agent": added, "email": email.strip()}, f"{email.strip()} {words}", as_json)


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
@_roles
@_as_json
def roles(email: str, roles: tuple[str, ...], as_json: bool) -> None:
    """Let EMAIL do exactly this from now on; their sessions end."""
    with _opened() as context, context.transaction() as tx:
        changed = change_roles(tx, email, tuple(map(str, roles)))
    _tell({"agent": changed, "roles": sorted(roles)}, f"{email} may now: {', '.join(sorted(roles))}", as_json)


@agent.command()
@click.argument("email")
@_controllers
@_as_json
def controllers(email: str, controllers: tuple[str, ...], as_json: bool) -> None:
    """Let EMAIL work on the cases of exactly these controllers from now on, of all if none is named."""
    with _opened() as context, context.transaction() as tx:
        changed = change_controllers(tx, email, controllers)
    words = f"{email} now works on cases of: {', '.join(sorted(controllers)) or 'all'}"
    _tell({"agent": changed, "controllers": sorted(controllers)}, words, as_json)


@agent.command()
@click.argument("email")
@click.option("--replace", is_flag=True, help="take away the passkeys that are there, which are lost, and end sessions")
@_as_json
def enroll(email: str, replace: bool, as_json: bool) -> None:
    """Print the code by which EMAIL adds their first passkey at /agents/enroll, once, within 30 minutes."""
    with _opened() as context, context.transaction() as tx:
        found = find_by_email(tx, email).id
        code = show_code(make_enrollment(tx, found, replace=replace))
    _tell({"agent": found, "code": code}, f"{code}  for {email}, at /agents/enroll, once, within 30 minutes", as_json)


@agent.command()
@click.argument("email")
@click.argument("issuer")
@click.argument("subject")
@_as_json
def link(email: str, issuer: str, subject: str, as_json: bool) -> None:
    """Let EMAIL sign in as SUBJECT (what the provider calls `sub`) at ISSUER, a provider of HABEAS_PROVIDERS."""
    with _opened() as context, context.transaction() as tx:
        linked = link_agent(tx, email, issuer, subject)
    _tell({"agent": linked, "issuer": issuer}, f"{email} may sign in at {issuer}", as_json)


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
        "controllers": ",".join(account.controllers) or "all",
        "state": "disabled" if account.disabled else "open",
        "signs_in_by": ",".join(_ways(account)),
    }


def _ways(account: Account) -> list[str]:
    known = {"password": account.has_password, "passkey": account.passkeys, "openid": account.issuer}
    return [way for way, is_there in known.items() if is_there]


def _tell(facts: dict[str, object], words: str, as_json: bool) -> None:
    click.echo(json.dumps(facts) if as_json else words)
