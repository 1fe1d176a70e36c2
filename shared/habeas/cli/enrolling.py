"""Commands by which another team's runner and the house come to know each other: `connect enrol` and `keys admit`."""

import os
import ssl
from pathlib import Path

import certifi
import click

from habeas.clock import SYSTEM_CLOCK
from habeas.crypto.keyfiles import write_whole
from habeas.crypto.keyring import Keyring
from habeas.crypto.signing import Signed
from habeas.enrolment import enrol as sign_enrolment
from habeas.enrolment import open_broker, read_enrolment, read_welcome
from habeas.enrolment import welcome as sign_welcome
from habeas.errors import Fault, Faults, Refused
from habeas.settings import read_settings
from habeas.vocabulary import participant_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)
_COMPARED = click.option(
    "--fingerprint", help="as the other side reads theirs; without it you are asked whether it is the same"
)


@click.command()
@click.argument("system")
@click.option("--welcome", "answer", type=_FILE, help="what the house sent back")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), default=".", show_default=True, help="where files go"
)
@_COMPARED
def enrol(system: str, answer: Path | None, folder: Path, fingerprint: str | None) -> int:
    """Make the keys of SYSTEM's runner in your own network, and come to know the house.

    First without a welcome: SYSTEM.enrolment.json is written, to be sent to whoever runs Habeas. It holds public keys
    only; the private ones lie in HABEAS_KEYS and never leave. Read its fingerprint to them, over a line that you trust.

    Then with what they sent back (--welcome FILE): compare its fingerprint, and the house's keys are pinned, and the
    settings of the runner are written: SYSTEM.env, broker.url (mode 0600), and ca.pem where the house has an authority
    of its own. `habeas connect SYSTEM` runs with them.
    """
    keys = Keyring(read_settings(os.environ).keys)
    asked = folder / f"{system}.enrolment.json"
    if answer is None:
        keys.init([participant_of(system)], SYSTEM_CLOCK.now())
        signed = sign_enrolment(keys, system)
        write_whole(asked, signed.to_json() + b"\n", 0o644)
        click.echo(f"wrote {asked}; send it to the house, and read them its fingerprint:")
        click.echo(f"  {read_enrolment(signed).fingerprint}")
        return 0
    if not asked.exists():
        raise Refused(f"there is no {asked}: first run `habeas connect enrol {system}` without --welcome")
    welcomed = read_welcome(_read(answer), _read(asked))
    _compare(welcomed.fingerprint, fingerprint)
    keys.pin(welcomed.directory)
    settings = {"HABEAS_UPLOAD_URL": welcomed.upload_url, "HABEAS_BROKER_FILE": str((folder / "broker.url").absolute())}
    write_whole(folder / "broker.url", open_broker(keys, system, welcomed).encode() + b"\n", 0o600)
    if welcomed.authority:
        write_whole(folder / "ca.pem", _authorities(welcomed.authority), 0o644)
        settings["SSL_CERT_FILE"] = str((folder / "ca.pem").absolute())
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    write_whole(folder / f"{system}.env", lines.encode(), 0o644)
    click.echo(f"the house is known; run `habeas connect {system}` with the settings in {folder / f'{system}.env'}")
    return 0


@click.command()
@click.argument("file", type=_FILE)
@click.option("--upload-url", help="origin of the upload door as the other network reaches it; else HABEAS_UPLOAD_URL")
@click.option("--broker-file", type=_FILE, required=True, help="connect-SYSTEM.url, as `habeas broker users` wrote it")
@click.option("--authority", type=_FILE, help="certificates (PEM) of your own authority for upload door and broker")
@click.option("--trusts", multiple=True, metavar="SYSTEM", help="a system whose identifiers this one believes")
@click.option("--out", type=_NEW, help="where the welcome goes; SYSTEM.welcome.json if it is not given")
@_COMPARED
def admit(
    file: Path,
    upload_url: str | None,
    broker_file: Path,
    authority: Path | None,
    trusts: tuple[str, ...],
    out: Path | None,
    fingerprint: str | None,
) -> int:
    """Take another team's runner in, by the enrolment in FILE, and write the welcome that they need.

    Run it with fulfilment's keyring. Let the other team read you the fingerprint of their file over a line that you
    trust; a runner that is known already is replaced by it. Its way into the broker goes along, sealed to it. Then read
    them the fingerprint of the welcome, and pin the new public keys where identity runs.
    """
    settings = read_settings(os.environ)
    keys = Keyring(settings.keys)
    enrolment = read_enrolment(_read(file))
    owner = participant_of(enrolment.system)
    if owner in keys.holds():
        raise Refused(f"the keys of {owner} were made here: a runner elsewhere has to have its own")
    certificates = "" if authority is None else authority.read_text(encoding="ascii")
    if certificates:
        _check_certificates(authority, certificates)
    _compare(enrolment.fingerprint, fingerprint)
    signed = sign_welcome(
        keys,
        enrolment,
        upload_url=upload_url or settings.upload_url,
        authority=certificates,
        broker=broker_file.read_text(encoding="utf-8").strip(),
        trusts=trusts,
    )
    keys.pin({"owners": {owner: enrolment.keys}})
    out = out or file.with_name(f"{enrolment.system}.welcome.json")
    write_whole(out, signed.to_json() + b"\n", 0o644)
    told = read_welcome(signed, _read(file))
    click.echo(f"{owner} is known here; send back {out}, and read them its fingerprint:\n  {told.fingerprint}")
    click.echo("now where identity runs: `habeas keys pin` what `habeas keys publish` prints here")
    return 0


def _read(file: Path) -> Signed:
    try:
        return Signed.from_json(file.read_bytes().strip())
    except Refused as refused:
        remedy = "it comes from `habeas connect enrol` or `habeas keys admit`"
        raise Faults([Fault(str(file), refused.reason, remedy)]) from None


def _compare(found: str, told: str | None) -> None:
    """Let a person, or what they were told, settle whose file this is; raises Refused."""
    if told is None:
        click.echo(f"the fingerprint of this file is\n  {found}")
        click.confirm("Does the other side read the same to you, over a line that you trust?", abort=True)
    elif "".join(told.split()).lower() != "".join(found.split()):
        raise Refused(f"the fingerprint is another ({found}): somebody changed the file, or it is not theirs")


def _check_certificates(file: Path | None, text: str) -> None:
    try:
        ssl.create_default_context(cadata=text)
    except ssl.SSLError:
        remedy = "give the authority's certificates as PEM"
        raise Faults([Fault(str(file), "holds no certificates that can be read", remedy)]) from None


def _authorities(own: str) -> bytes:
    """Give the house's authority beside the public ones: connectors have other machines to believe as well."""
    return Path(certifi.where()).read_bytes() + b"\n" + own.encode("ascii")
