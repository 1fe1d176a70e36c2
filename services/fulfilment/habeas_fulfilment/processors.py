"""The processors that call back, by OpenDSR, as the operator's file names them.

- domain: opendsr.mparticle.com                  # who signs
  processor: https://opendsr.mparticle.com/v3    # below it stands /discovery, which says where its certificate lies
  systems: [mparticle]                           # whose requests it calls about
  ca_file: ours.pem                              # authorities for TLS and certificate; else those of this machine
  crl_file: revoked.pem                          # certificates that they took back
  insecure_http: no
"""

import logging
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from habeas.addresses import is_loopback, problem_of_url
from habeas.errors import Fault, Faults, NeedsPerson, TryLater
from habeas.marked import Marked, load_marked
from habeas.opendsr.certificates import read_trust
from habeas.opendsr.faults import faults_of
from habeas.opendsr.speaker import Speaker, find_certificate
from habeas.service import Context

_SECONDS = 10
_MOST_BYTES = 1 << 20
_PATIENCE = timedelta(minutes=1)


class _ProcessorSchema(Schema):
    class Meta:
        """Nothing that is not known is passed over."""

        unknown = RAISE

    domain = fields.String(required=True, validate=validate.Regexp(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+"))
    processor = fields.String(required=True)
    systems = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    ca_file = fields.String()
    crl_file = fields.String()
    insecure_http = fields.Boolean(load_default=False, truthy={True}, falsy={False})


_KNOWN = ", ".join(_ProcessorSchema().fields)


@dataclass(frozen=True)
class CallingProcessor:
    """Somebody who may call, the systems it calls about, and who finds out whether it was them."""

    domain: str
    systems: tuple[str, ...]
    speaker: Speaker = field(repr=False)


def processors_of(context: Context) -> Mapping[str, CallingProcessor]:
    """Return the processors by their domains; none without a file of them."""
    path = context.settings.processors
    return {} if path is None else _read_once(path)


def check_processors(context: Context) -> None:
    """Refuse to start with a file that cannot be read, or that names a system which no profile has."""
    known = {system.name for profile in context.profiles.values() for system in profile.systems}
    wrong = [
        Fault(f"processor {each.domain}", f"no profile has the system {system}", f"one of {', '.join(sorted(known))}")
        for each in processors_of(context).values()
        for system in each.systems
        if system not in known
    ]
    if wrong:
        raise Faults(wrong)


def read_processors(path: Path) -> Mapping[str, CallingProcessor]:
    """Read the file; raises `Faults` with every fault in it, each as `file:line`."""
    marked = load_marked(path, name=path.name)
    if not isinstance(marked.data, list):
        raise Faults([marked.fault((), "is no list of processors", f"begin with `- domain: …`: {_KNOWN}")])
    found: dict[str, CallingProcessor] = {}
    faults: list[Fault] = []
    for place, told in enumerate(marked.data):
        wrong = list(_faults(marked, place, told))
        if not wrong and told["domain"] in found:
            wrong = [marked.fault((place, "domain"), "this domain stands here twice", "keep one of them")]
        if not wrong:
            try:
                found[told["domain"]] = _processor(told, path.parent)
            except Faults as unreadable:
                wrong = [marked.fault((place, each.where), each.problem, each.remedy) for each in unreadable.faults]
        faults += wrong
    if faults:
        raise Faults(faults)
    return found


@cache
def _read_once(path: Path) -> Mapping[str, CallingProcessor]:
    for name in ("httpx", "httpcore"):  # at INFO they write addresses
        logging.getLogger(name).setLevel(logging.WARNING)
    return read_processors(path)


def _faults(marked: Marked, place: int, told: Any) -> Iterator[Fault]:
    try:
        read = _ProcessorSchema().load(told)
    except ValidationError as error:
        for each in faults_of(error):
            path: tuple[str | int, ...] = (place, *each.where.split("."))
            yield marked.fault(path, f"{each.where or 'this'}: {each.problem}", f"known here: {_KNOWN}")
        return
    if problem := problem_of_url(read["processor"], insecure=read["insecure_http"]):
        yield marked.fault((place, "processor"), f"processor: {problem}", "write https://…")


def _processor(told: Mapping[str, Any], folder: Path) -> CallingProcessor:
    ca_file, crl_file = (folder / told[name] if name in told else None for name in ("ca_file", "crl_file"))
    trust = read_trust(ca_file, crl_file)
    fetch = partial(_fetch, told["processor"].rstrip("/"), told["domain"], ca_file)
    return CallingProcessor(
        told["domain"], tuple(told["systems"]), Speaker(told["domain"], trust, fetch, patience=_PATIENCE)
    )


def _fetch(processor: str, domain: str, ca_file: Path | None) -> bytes:
    """Fetch a processor's certificate from where its discovery says."""
    verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
    own = is_loopback(urlsplit(processor).hostname or "")
    try:
        with httpx.Client(verify=verify, timeout=_SECONDS, trust_env=not own, follow_redirects=False) as client:
            url = find_certificate(_get(client, f"{processor}/discovery"), processor, domain)
            return _get(client, url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TryLater(f"the certificate of {domain} cannot be fetched ({type(error).__name__})", _PATIENCE) from None


def _get(client: httpx.Client, url: str) -> bytes:
    with client.stream("GET", url) as response:
        if response.status_code != 200:
            raise NeedsPerson(f"the processor answers {response.status_code} where its certificate should be")
        body = bytearray()
        for piece in response.iter_bytes(1 << 16):
            body += piece
            if len(body) > _MOST_BYTES:
                raise NeedsPerson("the processor answers with more than a certificate")
        return bytes(body)
