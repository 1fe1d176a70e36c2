"""The OpenID Connect providers that agents and people sign in with, as the operator's file names them.

company-login:
  issuer: https://login.example.com
  client_id: habeas
  client_secret_file: login.secret    # beside this file; without a secret we are a public client
  scopes: [openid]
  for: agents                         # or subjects
  acr: [phr]                          # for agents: the authentication contexts that count, at every sign-in
  title: Example login                # on the button; the name, if left out
  ca: login-ca.pem                    # whom to believe the issuer's certificate, beside the system's own
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from habeas.errors import Fault, Faults
from habeas.marked import Marked, load_marked
from habeas.profile import Profile
from habeas.service import Context
from habeas.settings import Secret

AGENTS, SUBJECTS = "agents", "subjects"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_KEYS = ("issuer", "client_id", "client_secret", "client_secret_file", "scopes", "for", "acr", "title", "ca")


@dataclass(frozen=True)
class Provider:
    """Somebody who tells us who signed in; `secret` is empty for a public client."""

    name: str
    issuer: str
    client_id: str
    serves: str
    secret: Secret
    scopes: tuple[str, ...] = ("openid",)
    acr: tuple[str, ...] = ()
    title: str = ""
    ca: Path | None = None


def providers_of(context: Context, serves: str) -> Mapping[str, Provider]:
    """Return the providers for agents, or for people, by name."""
    path = context.settings.providers
    known = _read_once(path) if path is not None else {}
    return {name: each for name, each in known.items() if each.serves == serves}


def check_providers(context: Context) -> None:
    """Refuse to start with a file that cannot be read, or a profile that sends people to the agents' provider."""
    agents = providers_of(context, AGENTS)
    wrong = [
        Fault(f"profile {profile.name}", f"sends people to {each.provider}, which is for agents", "name another")
        for profile in (context.profiles.values() if agents else ())
        for each in profile.identity.sign_in
        if each.provider in agents
    ]
    if wrong:
        raise Faults(wrong)


def read_providers(path: Path) -> Mapping[str, Provider]:
    """Read the file; raises `Faults` with every fault in it, each as `file:line`."""
    marked = load_marked(path, name=path.name)
    if not isinstance(marked.data, dict):
        raise Faults([marked.fault((), "is no mapping from name to provider", "begin a line with a name and a colon")])
    faults = [fault for name, told in marked.data.items() for fault in _faults(marked, name, told)]
    if not faults:
        found = {name: _provider(name, told, path.parent, marked, faults) for name, told in marked.data.items()}
    if faults:
        raise Faults(faults)
    return found


def title_of(profiles: Mapping[str, Profile], provider: str, language: str) -> str:
    """Return how a provider is called on the pages of people, whichever profile names it; empty if none does."""
    for profile in profiles.values():
        for each in profile.identity.sign_in:
            if each.provider == provider:
                return each.title.in_(language)
    return ""


@cache
def _read_once(path: Path) -> Mapping[str, Provider]:
    return read_providers(path)


def _faults(marked: Marked, name: str, told: Any) -> Iterator[Fault]:
    if not _NAME.fullmatch(name):
        yield marked.fault((name,), f"{name} is no name", "use a-z, 0-9, - and _, at most 40 of them")
    if not isinstance(told, dict):
        yield marked.fault((name,), f"{name} is no mapping", "write issuer, client_id and for below it")
        return
    known = ", ".join(_KEYS)
    yield from (
        marked.fault((name, key), f"{key} is not known here", f"take it out; known here: {known}")
        for key in told
        if key not in _KEYS
    )
    for key in ("issuer", "client_id", "for"):
        if key not in told:
            yield marked.fault((name,), f"{key} is missing", "write it below the provider's name")
    for key in set(_KEYS) - {"scopes", "acr"} & told.keys():
        if key in told and not (isinstance(told[key], str) and told[key].strip()):
            yield marked.fault((name, key), f"{key} is no text", "write it, quoted where YAML reads it otherwise")
    for key in {"scopes", "acr"} & told.keys():
        if not _is_words(told[key]):
            yield marked.fault((name, key), f"{key} is no list of words", "write [openid, email]")
    yield from _contradictions(marked, name, told)


def _contradictions(marked: Marked, name: str, told: Mapping[str, Any]) -> Iterator[Fault]:
    if "issuer" in told and not is_issuer(told["issuer"]):
        yield marked.fault((name, "issuer"), "the issuer is no https URL", "write https://…, as the provider tells it")
    if told.get("for", AGENTS) not in (AGENTS, SUBJECTS):
        yield marked.fault((name, "for"), "for is neither of agents nor of subjects", "write agents or subjects")
    if "client_secret" in told and "client_secret_file" in told:
        yield marked.fault((name, "client_secret"), "the secret is given twice", "keep client_secret_file")
    if told.get("for") == SUBJECTS and "acr" in told:
        yield marked.fault((name, "acr"), "acr is for agents here", "write it into the profile, under sign_in")
    if _is_words(told.get("scopes", [])) and "openid" not in told.get("scopes", ["openid"]):
        yield marked.fault((name, "scopes"), "the scopes lack openid", "add openid")


def is_issuer(text: Any) -> bool:
    """Say whether a text can be an issuer: an https URL without query or fragment, or http on loopback."""
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return bool(secure and host and not parts.query and not parts.fragment and "@" not in parts.netloc)


def _provider(name: str, told: Mapping[str, Any], folder: Path, marked: Marked, faults: list[Fault]) -> Provider:
    secret = told.get("client_secret", "")
    if "client_secret_file" in told:
        try:
            secret = (folder / told["client_secret_file"]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            faults.append(marked.fault((name, "client_secret_file"), "the secret's file cannot be read", "look at it"))
    ca = folder / told["ca"] if "ca" in told else None
    if ca is not None and not ca.is_file():
        faults.append(marked.fault((name, "ca"), "there is no such file", "name a file of certificates (PEM)"))
    return Provider(
        name=name,
        issuer=told["issuer"],
        client_id=told["client_id"],
        serves=told["for"],
        secret=Secret(secret),
        scopes=tuple(told.get("scopes", ("openid",))),
        acr=tuple(told.get("acr", ())),
        title=told.get("title", name),
        ca=ca,
    )


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each and " " not in each for each in value)
