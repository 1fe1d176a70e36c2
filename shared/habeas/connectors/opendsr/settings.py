"""The settings of one processor: where it is, who signs for it, and which identities it is told."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from habeas.addresses import problem_of_url
from habeas.opendsr.certificates import Trust, read_trust
from habeas.opendsr.faults import faults_of
from habeas.opendsr.identities import FORMATS, TYPES, Identity, write_identity
from habeas.sdk import Fault, Faults, Secret, Subject, read_secret

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")


class _IdentitySchema(Schema):
    class Meta:
        """Nothing that is not known is passed over."""

        unknown = RAISE

    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    format = fields.String(load_default="raw", validate=validate.OneOf(FORMATS))


class _SettingsSchema(Schema):
    class Meta:
        """Nothing that is not known is passed over."""

        unknown = RAISE

    processor = fields.String(required=True)
    domain = fields.String(validate=validate.Regexp(_DOMAIN))
    requests = fields.String(load_default="/requests", validate=validate.Regexp(_PATH))
    activity = fields.String(required=True, validate=validate.Length(min=1))
    identities = fields.Dict(
        keys=fields.String(), values=fields.Nested(_IdentitySchema), required=True, validate=validate.Length(min=1)
    )
    regulation = fields.String(load_default="gdpr", validate=validate.OneOf(("gdpr", "ccpa")))
    callback = fields.String()
    extension = fields.Dict(keys=fields.String(), load_default=dict)
    every = fields.TimeDelta(
        precision="minutes",
        load_default=timedelta(hours=1),
        data_key="every_minutes",
        validate=validate.Range(min=timedelta(minutes=1)),
    )
    timeout = fields.Float(load_default=30.0, data_key="timeout_seconds", validate=validate.Range(1, 600))
    ca_file = fields.String()
    crl_file = fields.String()
    insecure_http = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    user = fields.String(validate=validate.Length(min=1))


@dataclass(frozen=True)
class Settings:
    """What the settings file of a system says; the names are its own."""

    processor: str
    domain: str
    requests: str
    activity: str
    identities: Mapping[str, Mapping[str, str]]
    regulation: str
    callback: str
    extension: Mapping[str, Any]
    every: timedelta
    timeout: float
    ca_file: Path | None
    trust: Trust = field(repr=False)
    user: str = ""
    secret: Secret | None = None

    def identity(self, name: str, value: str) -> Identity:
        """How the processor is told a value of the profile's identifier `name`."""
        form = self.identities[name]
        return write_identity(form["type"], value, form["format"])

    def proved(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """The identifiers of a person that it is told, by name and value."""
        for name in self.identities:
            for value in subject.values(name):
                yield name, value


def read_settings(settings: Mapping[str, object], here: Path) -> Settings:
    """The settings of a processor; raises Faults with every fault of them at once."""
    said = {name: value for name, value in settings.items() if not re.fullmatch("secret(_file|_env)?", name)}
    faults: list[Fault] = []
    read: dict[str, Any] = {}
    try:
        read = _SettingsSchema().load(said)
    except ValidationError as error:
        faults += faults_of(error)
    insecure = bool(read.get("insecure_http"))
    for name in ("processor", "callback"):
        url = settings.get(name)
        if isinstance(url, str) and (problem := problem_of_url(url, insecure=insecure)):
            faults.append(Fault(name, problem))
    secret = None
    if settings.keys() & {"secret", "secret_file", "secret_env"}:
        found = read_secret(settings, "secret", here)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            secret = found
    elif "user" in settings:
        faults.append(Fault("secret", "a user is named, and no secret", "give secret_file or secret_env"))
    ca_file, crl_file = (
        here / name if isinstance(name, str) else None for name in (settings.get("ca_file"), settings.get("crl_file"))
    )
    try:
        trust = read_trust(ca_file, crl_file)
    except Faults as wrong:
        faults += wrong.faults
    if faults:
        raise Faults(faults)
    return Settings(
        processor=read["processor"].rstrip("/"),
        domain=read.get("domain") or urlsplit(read["processor"]).hostname or "",
        callback=read.get("callback", ""),
        ca_file=ca_file,
        trust=trust,
        user=read.get("user", ""),
        secret=secret,
        **{name: read[name] for name in
           ("requests", "activity", "identities", "regulation", "extension", "every", "timeout")},
    )  # fmt: skip
