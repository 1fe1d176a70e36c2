"""Who may call a route: said on every route, checked before it runs, and an app with a silent route does not start.

    @pages.get("/case/<case:case>")
    @open_to(subject)
    def show(case: str) -> str: ...

- `everyone`: no one is asked who they are.
- `subject`: the person of the case that the path names, by a grant that identity minted for this browser.
- `agent("reviewer", …)`: somebody who works on cases and holds one of the roles, by a grant likewise.
- `machine`: whoever shows a bearer token, or the `ticket` of a form; no cookie reaches such a route.

`subject.once("download")` asks for a fresh grant for that one act; the action uses it up (`caller().grant`). With
`agent("approver").once("approve", of="digest")` the grant is for that act on one thing: what the path has as `digest`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from flask import Flask, current_app, g, request
from werkzeug.routing import Rule

from habeas.errors import Fault, Faults

Kind = Literal["everyone", "subject", "agent", "machine"]
View = TypeVar("View")


@dataclass(frozen=True)
class Access:
    """What a route demands of its caller."""

    kind: Kind
    purpose: str = ""
    roles: frozenset[str] = frozenset()
    fresh: bool = False
    of: str = ""
    any_host: bool = False
    """It answers under every name that leads here: nothing of it is a page that a browser could be led to."""

    def once(self, act: str, *, of: str = "") -> "Access":
        """Demand a fresh grant for this act, which its action uses up; `of`: the part of the path it is bound to."""
        return replace(self, purpose=act, fresh=True, of=of)

    def purpose_for(self, arguments: Mapping[str, object]) -> str:
        """Return the purpose that a grant must have for a path with these arguments."""
        return act_on(self.purpose, str(arguments[self.of])) if self.of else self.purpose

    def holding(self, what: str) -> "Access":
        """Demand of a machine that it holds a certain thing, for example an upload grant."""
        return replace(self, purpose=what)


def act_on(act: str, thing: str) -> str:
    """Name the purpose of a grant that is for an act on one thing."""
    return f"{act}:{thing}"


everyone = Access("everyone")
everywhere = Access("everyone", any_host=True)
subject = Access("subject", "case")
machine = Access("machine", "api")


def agent(*roles: str) -> Access:
    """Demand an agent who holds at least one of the roles."""
    if not roles:
        raise ValueError("agent() needs at least one role: nobody is let in for being signed in")
    return Access("agent", "console", frozenset(roles))


@dataclass(frozen=True)
class Caller:
    """Who calls, as far as they have shown it."""

    kind: Kind
    id: str = ""
    roles: frozenset[str] = frozenset()
    case: str | None = None
    grant: str = ""
    controllers: frozenset[str] = frozenset()
    """Those whose cases they may see; none named means all."""

    def may_work_for(self, controller: str | None) -> bool:
        """Say whether the cases of a controller are theirs to work on; of a case that nobody has they are not."""
        return not self.controllers or controller in self.controllers


@dataclass(frozen=True)
class Ask:
    """What a guard is asked: is what was shown good for this service, purpose, case and browser, now?"""

    service: str
    purpose: str
    case: str | None
    browser: str
    fresh: bool
    now: datetime


ReadGrant = Callable[[str, Ask], Caller]
"""Reads a grant; raises `Refused` for whatever it does not know to be good."""
ReadBearer = Callable[[str, Ask], Caller]
"""Reads what a machine shows (a bearer token, or the `ticket` of a form); raises `Refused` likewise."""


@dataclass(frozen=True)
class Guards:
    """How a service tells who calls. A kind without a guard may not be demanded by any route."""

    grant: ReadGrant | None = None
    bearer: ReadBearer | None = None
    controller_of: Callable[[str], str | None] | None = None
    """Names the controller of a case, so that whoever works for others only is told what an unknown case is told."""


def open_to(access: Access) -> Callable[[View], View]:
    """Say who may call a view (a function or a view class)."""

    def declare(view: View) -> View:
        setattr(view, "__open_to__", access)  # noqa: B010 -- a view is any callable; its type has no such name
        return view

    return declare


def caller() -> Caller:
    """Return who calls the running view."""
    return g.caller  # type: ignore[no-any-return]


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return what an endpoint demands; None where nobody said it."""
    view = app.view_functions.get(endpoint)
    declared = getattr(view, "__open_to__", None) or getattr(getattr(view, "view_class", None), "__open_to__", None)
    return declared if isinstance(declared, Access) else None


def access_now() -> Access | None:
    """Return what the route of the running request demands; None if there is no such route."""
    return access_of(current_app, request.endpoint) if request.endpoint else None


def check_declarations(app: Flask, guards: Guards) -> None:
    """Refuse to start an app in which a route does not say who may call it, or says what cannot be checked."""
    if faults := [fault for rule in app.url_map.iter_rules() for fault in _faults_of(app, rule, guards)]:
        raise Faults(faults)


def _faults_of(app: Flask, rule: Rule, guards: Guards) -> list[Fault]:
    access = access_of(app, rule.endpoint)
    if access is None:
        return [Fault(f"route {rule.rule}", "does not say who may call it", "put @open_to(…) under its route")]
    faults = []
    if access.kind == "subject" and "case" not in rule.arguments:
        faults.append(Fault(f"route {rule.rule}", "is a subject's but names no case", "put <case:case> into its path"))
    if access.of and access.of not in rule.arguments:
        faults.append(Fault(f"route {rule.rule}", f"is bound to {access.of}, which it does not name", "put it there"))
    guard = guards.bearer if access.kind == "machine" else guards.grant
    if access.kind != "everyone" and guard is None:
        faults.append(
            Fault(f"route {rule.rule}", f"is open to {access.kind}, whom this service cannot tell", "pass a guard")
        )
    return faults
