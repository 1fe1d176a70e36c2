# ruff: noqa: RUF009 -- `_said` only wraps dataclasses.field
"""What a process is told from outside: read once at start, every fault reported together.

Every setting is an environment variable named `HABEAS_` and the field's name; a file with the value can be named
instead by `HABEAS_…_FILE`, so that a secret never has to stand in an environment.
"""

import base64
import binascii
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from habeas.errors import Fault, Faults

PREFIX = "HABEAS_"


class Secret(str):
    """Text that shows asterisks when it is printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Hide the value."""
        return "Secret('***')"


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _file(text: str) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("an origin such as https://privacy.example.com")
    return text.rstrip("/")


def _origin_or_none(text: str) -> str:
    return _origin(text) if text else ""


def _database(text: str) -> Secret:
    if not text.startswith(("sqlite", "postgresql+psycopg://", "postgresql://")):
        raise ValueError("sqlite: (a file a service in the data folder) or postgresql://user@host/name")
    return Secret(text.replace("postgresql://", "postgresql+psycopg://", 1))


def _one_of(*schemes: str) -> Callable[[str], Secret]:
    def read(text: str) -> Secret:
        if text.split(":", 1)[0] not in schemes:
            raise ValueError("a URL that starts with " + ", ".join(f"{scheme}:" for scheme in schemes))
        return Secret(text)

    return read


def _texts(text: str) -> Secret:
    if text in ("", "inbox:"):
        return Secret(text)
    parts = urlsplit(text)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise ValueError("inbox:, nothing, or an https:// URL (http:// on this machine alone)")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("a URL without user, password and fragment: what signs the texts is HABEAS_SMS_SECRET")
    return Secret(text)


def _scanner(text: str) -> Secret:
    parts = urlsplit(text)
    if text and (parts.scheme != "clamd" or bool(parts.hostname) == bool(parts.path.strip("/"))):
        raise ValueError("clamd://host:port, clamd:///path/of/socket, or nothing")
    return Secret(text)


def _signing_secret(text: str) -> Secret:
    try:
        size = len(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        size = 0
    if text and (not text.startswith("whsec_") or not 24 <= size <= 64):
        raise ValueError("whsec_ and 24 to 64 random bytes in base64")
    return Secret(text)


def _seconds(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise ValueError("a number of seconds above 0")
    return value


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError("host:port, for example 127.0.0.1:8080")
    return host, int(port)


def _said(help_text: str, read: Callable[[str], Any], default: str) -> Any:
    return field(metadata={"help": help_text, "read": read, "default": default})


@dataclass(frozen=True)
class Settings:
    """Everything a process may be told; the defaults run the embedded mode on a laptop."""

    data: Path = _said("folder for databases, store and inbox of the embedded mode", _folder, "habeas-data")
    keys: Path = _said("folder of the keyring; keep it outside the data folder and its backups", _folder, "habeas-keys")
    key_provider: Secret = _said(
        "who wraps data keys: keyring: (the local folder) or aws-kms:?region=…&endpoint=…",
        _one_of("keyring", "aws-kms"),
        "keyring:",
    )
    database: Secret = _said("sqlite: or postgresql://user@host/name (a schema a service)", _database, "sqlite:")
    broker: Secret = _said(
        "memory: or amqp://user:password@host:5672/vhost", _one_of("memory", "amqp", "amqps"), "memory:"
    )
    store: Secret = _said(
        "file: (in the data folder), file:///folder or s3://bucket/prefix", _one_of("file", "s3"), "file:"
    )
    mail: Secret = _said(
        "inbox: (a local page) or smtp://host:port, smtps://…", _one_of("inbox", "smtp", "smtps"), "inbox:"
    )
    mail_from: str = _said("the address our letters come from", str, "privacy@localhost")
    sms: Secret = _said(
        "inbox: (the local page, while mails stay there) or https://… (a gateway that takes signed JSON); empty: none",
        _texts,
        "inbox:",
    )
    sms_secret: Secret = _said(
        "what texts to that gateway are signed by (whsec_…); the notifier alone needs it", _signing_secret, ""
    )
    profiles: Path = _said("a controller's profile, or a folder of them", _folder, "profile.yaml")
    systems: Path = _said("folder with one settings file a connected system", _folder, "systems")
    holidays: Path | None = _said(
        "file of public holidays that a State has declared lately, a line a calendar (SE: [2026-06-19]); empty: none",
        _file,
        "",
    )
    providers: Path | None = _said(
        "file of the OpenID Connect providers that agents and people sign in with; empty: none", _file, ""
    )
    processors: Path | None = _said(
        "file of the processors that call us back, by OpenDSR; fulfilment alone needs it; empty: none", _file, ""
    )
    opendsr_url: str = _said(
        "origin at which controllers ask us as their processor, by OpenDSR; empty: nobody does", _origin_or_none, ""
    )
    opendsr_certificate: Secret = _said("certificate of that origin and those above it, as PEM", Secret, "")
    opendsr_key: Secret = _said("RSA key of that certificate, as PEM; intake alone needs it", Secret, "")
    scanner: Secret = _said(
        "who looks for viruses in what people send: clamd://host:port or clamd:///path/of/socket; empty: nobody",
        _scanner,
        "",
    )
    portal_url: str = _said("origin that people and agents see", _origin, "http://127.0.0.1:8080")
    download_url: str = _said("second origin, for files that people download", _origin, "http://127.0.0.1:8081")
    upload_url: str = _said(
        "origin of fulfilment's upload door, as connectors reach it", _origin, "http://127.0.0.1:8080"
    )
    listen: tuple[str, int] = _said("where the HTTP door listens", _listen, "127.0.0.1:8080")
    listen_downloads: tuple[str, int] = _said("where the download origin listens", _listen, "127.0.0.1:8081")
    trusted_proxy: str = _said("address of the one proxy whose X-Forwarded-For is believed; empty: nobody's", str, "")
    retry_seconds: float = _said("first pause after a failure; doubles up to an hour", _seconds, "10")
    lease_seconds: float = _said("how long a worker holds a letter before another may take it", _seconds, "60")
    log_level: str = _said("debug, info, warning or error", str, "info")

    @property
    def embedded(self) -> bool:
        """Say whether letters travel inside this process."""
        return self.broker.startswith("memory")

    @property
    def texts(self) -> str:
        """Return where texts go; empty if none can be sent: where mails leave, the local page is gone."""
        if self.sms.startswith("inbox") and not self.mail.startswith("inbox"):
            return ""
        return str(self.sms)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings of a process from its environment.

    Raises `Faults` with every unknown name, unreadable file and wrong value at once.
    """
    faults: list[Fault] = []
    names = {PREFIX + each.name.upper(): each for each in fields(Settings)}
    given: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX):
            continue
        target = name.removesuffix("_FILE") if name.endswith("_FILE") and name not in names else name
        if target not in names:
            near = difflib.get_close_matches(name, names, n=1)
            faults.append(
                Fault(name, "no such setting", f"did you mean {near[0]}?" if near else "see `habeas settings`")
            )
        elif target != name:
            _take_file(target, name, value, given, faults)
        else:
            given[name] = value
    values = {}
    for name, each in names.items():
        try:
            values[each.name] = each.metadata["read"](given.get(name, each.metadata["default"]))
        except ValueError as wrong:
            faults.append(Fault(name, "is not what it should be", f"expected {wrong}"))
    if faults:
        raise Faults(tuple(faults))
    return Settings(**values)


def _take_file(target: str, name: str, value: str, given: dict[str, str], faults: list[Fault]) -> None:
    try:
        given[target] = Path(value).read_text(encoding="utf-8").strip()
    except OSError as wrong:
        faults.append(
            Fault(name, f"the file cannot be read ({wrong.strerror})", "name a file that this process may read")
        )
