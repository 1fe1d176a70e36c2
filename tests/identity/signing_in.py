"""What the tests of signing in elsewhere share: which providers there are, and what a browser does at one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.identity.conftest import Desk

from habeas.clock import FixedClock
from habeas.profile import SignIn, Text
from habeas.testing.servers.openid import SECRET
from habeas.vocabulary import Assurance
from habeas_identity.links import link_agent

ADA = "ada@example.com"
PERSONS, AGENTS = "shop-account", "company-login"
MAPPING = {"email": "email", "customer_number": "customer_number"}


def real_clock() -> FixedClock:
    """A clock that stands at the moment of the provider's."""
    return FixedClock(datetime.now(UTC).replace(microsecond=0))


def entry(
    assurance: Assurance = Assurance.A2,
    *,
    acr: Sequence[str] = (),
    identifiers: Mapping[str, str] | None = None,
    provider: str = PERSONS,
) -> SignIn:
    """A profile's entry for the providers of these tests."""
    title = Text({"en": "Sign in to your shop account", "sv": "Logga in på ditt konto i butiken"}, "en")
    return SignIn(provider, title, assurance, MAPPING if identifiers is None else identifiers, tuple(acr))


def provide(desk: Desk, folder: Path, issuer: str, *entries: SignIn, acr: Sequence[str] = ("mfa",)) -> None:
    """Let agents and people of this desk sign in at an issuer."""
    shared = {"issuer": issuer, "client_id": "habeas", "client_secret": SECRET}
    path = folder / "providers.yaml"
    providers = {
        AGENTS: {**shared, "for": "agents", "acr": list(acr), "title": "Company login"},
        PERSONS: {**shared, "for": "subjects", "scopes": ["openid", "email", "customer"]},
    }
    path.write_text(json.dumps(providers))  # which is YAML
    object.__setattr__(desk.context.settings, "providers", path)
    profiles = {
        name: replace(profile, identity=replace(profile.identity, sign_in=entries or (entry(),)))
        for name, profile in desk.context.profiles.items()
    }
    desk.context.__dict__["profiles"] = profiles


def link(desk: Desk, email: str, issuer: str, subject: str) -> None:
    """Link an agent to somebody at a provider."""
    with desk.context.transaction() as tx:
        link_agent(tx, email, issuer, subject)


def leave(visitor: Any, page: str, path: str, **fields: str) -> str:
    """Press the button that leads to the provider, and return the address it leads to."""
    answer = visitor.post(path, fields, page=page)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def leave_as_agent(visitor: Any, act: str = "", page: str = "/agents/sign-out") -> str:
    """Press "Sign in with …" on the agents' page."""
    wanted = {"for": "identity", "next": page, "act": act}
    return leave(visitor, f"/agents/sign-in?for=identity&next={page}&act={act}", f"/agents/sign-in/{AGENTS}", **wanted)


def leave_as_person(visitor: Any, case: str, query: str = "") -> str:
    """Press the button on a case's page of signing in elsewhere."""
    path = f"/prove/{case}/sign-in/{PERSONS}{query}"
    return leave(visitor, path, path)


def query_of(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def path_of(address: str) -> str:
    """What a browser asks us for when the provider leads it back."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def bring(visitor: Any, address: str, method: str = "GET") -> Any:
    """Bring to us what the provider said, and look at the page that says why, if it was of no use."""
    path = path_of(address)
    answer = visitor.get(path) if method == "GET" else visitor.send(method, path)
    if "state=" not in path:
        return answer
    location = answer.headers["Location"]
    assert answer.status_code == 303
    assert not {"state", "code"} & query_of(location).keys()
    told_why = location.startswith(("/agents/back", "/prove/back")) or "failed" in location
    return visitor.get(location) if told_why else answer
