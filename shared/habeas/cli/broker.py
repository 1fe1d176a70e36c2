"""Commands for the broker: its queues, and a user for every service and connector that may do its own work alone."""

import json
import os
import secrets
import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import click

from habeas.crypto.directory import OWNER
from habeas.crypto.keyfiles import write_whole
from habeas.errors import Fault, Faults, NeedsPerson, Refused
from habeas.settings import read_settings
from habeas.vocabulary import SERVICES, connector_of

if TYPE_CHECKING:
    from habeas.bus.administration import Administration
    from habeas.bus.definitions import Definitions

_PASSWORD_BYTES = 32
_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="broker-users",
    show_default=True,
    help="where each user's address lies, password included, as NAME.url (mode 0600)",
)
_ADMINISTRATION = (
    click.option("--api", help="the management API, as https://admin@rabbit.example.com:15671"),
    click.option(
        "--api-password-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="the password of the user named in --api",
    ),
    click.option("--ctl", default="rabbitmqctl", show_default=True, help="the program to use where --api is not given"),
)
_PARTICIPANTS = click.argument("participants", nargs=-1, required=True)


def _administered(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_ADMINISTRATION):
        command = option(command)
    return command


@click.group()
def broker() -> None:
    """RabbitMQ's queues and users. PARTICIPANTS are services, and connect-SYSTEM for a system.

    First the topology, then a user each; both may be repeated, and are after an upgrade: a new version may hear and
    say more. A participant reads its own queue, speaks in its own name, and declares nothing.
    """


@broker.command()
@_PARTICIPANTS
@click.option("--dry-run", is_flag=True, help="print RabbitMQ's definitions as JSON, and declare nothing")
def topology(participants: tuple[str, ...], dry_run: bool) -> None:
    """Declare the exchange and the queues of PARTICIPANTS, so that letters to them are kept before they first run.

    HABEAS_BROKER has to be the address of a user who may declare, an administrator of the virtual host.
    """
    from habeas.bus.dead import declare_all
    from habeas.bus.definitions import define_topology

    url, names = str(read_settings(os.environ).broker), _check(participants)
    if dry_run:
        _print(define_topology(names, _host(url)))
        return
    declare_all(url, names)
    click.echo("declared: " + ", ".join(names))


@broker.command()
@_PARTICIPANTS
@_FOLDER
@click.option("--address", help="the broker as participants reach it; HABEAS_BROKER if it is not given")
@click.option("--dry-run", is_flag=True, help="print RabbitMQ's definitions without passwords, and change nothing")
@_administered
def users(participants: tuple[str, ...], folder: Path, address: str | None, dry_run: bool, **how: Any) -> None:
    """Make a user for each of PARTICIPANTS that may do its own work and nothing else; safe to repeat.

    A password is taken from NAME.url in the folder where that is there, and made where it is not. The file is what
    HABEAS_BROKER_FILE of that participant names.
    """
    from habeas.bus.definitions import define_users

    address = _address(address)
    names = _check(participants)
    if dry_run:
        shown = define_users(dict.fromkeys(names, ""), _host(address))
        for user in shown["users"]:
            user["password_hash"] = f"(of the password in {folder / user['name']}.url)"
        _print(shown)
        return
    known = {name: _kept(folder, name) for name in names}
    passwords = {name: password or _new() for name, password in known.items()}
    _bring(_administration(**how), folder, address, passwords)
    made = [name for name in names if not known[name]]
    click.echo(f"users are there for: {', '.join(names)}" + (f"; made: {', '.join(made)}" if made else ""))


@broker.command()
@_PARTICIPANTS
@_FOLDER
@click.option("--address", help="the broker as participants reach it; HABEAS_BROKER if it is not given")
@_administered
def rotate(participants: tuple[str, ...], folder: Path, address: str | None, **how: Any) -> None:
    """Give PARTICIPANTS new passwords; what is connected stays so, and needs the new file at its next start."""
    address, names = _address(address), _check(participants)
    administration = _administration(**how)
    missing = set(names) - administration.users()
    if missing:
        raise Refused(f"there is no user {', '.join(sorted(missing))}: make it with `habeas broker users`")
    _bring(administration, folder, address, {name: _new() for name in names})
    click.echo(f"new passwords for: {', '.join(names)}; restart them with their new files")


@broker.command()
@_PARTICIPANTS
@_FOLDER
@_administered
def revoke(participants: tuple[str, ...], folder: Path, **how: Any) -> None:
    """Delete the users of PARTICIPANTS and cut off what is connected as them; their queues and letters stay."""
    names = _check(participants)
    _administration(**how).remove(names)
    for name in names:
        (folder / f"{name}.url").unlink(missing_ok=True)
    click.echo(f"cut off: {', '.join(names)}")


def _check(names: Iterable[str]) -> tuple[str, ...]:
    """Give the names once each; raises `Faults` for what is neither a service nor a connector."""
    given = tuple(dict.fromkeys(names))
    wrong = [name for name in given if name not in SERVICES and not (connector_of(name) and OWNER.fullmatch(name))]
    if wrong:
        remedy = f"write {', '.join(SERVICES)} or connect-SYSTEM"
        raise Faults([Fault(name, "is no participant", remedy) for name in wrong])
    return given


def _address(given: str | None) -> str:
    address = given or str(read_settings(os.environ).broker)
    if urlsplit(address).scheme not in ("amqp", "amqps"):
        raise Refused("the memory bus has no users; give --address amqps://rabbit.example.com:5671/vhost")
    return address


def _host(address: str) -> str:
    """Read the virtual host of an address; `/` is what an empty path means to us."""
    return unquote(urlsplit(address).path[1:]) or "/"


def _administration(*, api: str | None, api_password_file: Path | None, ctl: str) -> "Administration":
    from habeas.bus.administration import ManagementApi, Rabbitmqctl

    if api is None:
        return Rabbitmqctl(shlex.split(ctl))
    if api_password_file is None:
        raise Refused("--api needs --api-password-file")
    return ManagementApi(api, api_password_file.read_text(encoding="utf-8").strip())


def _bring(administration: "Administration", folder: Path, address: str, passwords: Mapping[str, str]) -> None:
    """Write each user's file and bring the broker to what the files say; done again after a fault, it is whole."""
    from habeas.bus.definitions import define_users

    for name, password in passwords.items():
        url = _url(address, name, password)
        if _written(folder, name) != url:
            write_whole(_file(folder, name), url.encode() + b"\n", 0o600)
    administration.apply(define_users(passwords, _host(address)))


def _url(address: str, name: str, password: str) -> str:
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(name, safe='')}:{quote(password, safe='')}@{host}"))


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.url"


def _written(folder: Path, name: str) -> str:
    file = _file(folder, name)
    if not file.exists():
        return ""
    if file.stat().st_mode & 0o077:
        raise NeedsPerson(f"{file} is open to others: chmod 0600 it, and run `habeas broker rotate {name}`")
    return file.read_text(encoding="utf-8").strip()


def _kept(folder: Path, name: str) -> str:
    """Read the password that a user's file holds; empty if there is no file."""
    password = urlsplit(_written(folder, name)).password
    return unquote(password) if password else ""


def _new() -> str:
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def _print(definitions: "Definitions") -> None:
    click.echo(json.dumps(definitions, indent=2))
