"""What identity mints for browsers: grants in cookies, and the ticket that fetches an answer once."""

from datetime import datetime

from flask import Response, request
from sqlalchemy import select

from habeas.clock import uuid7
from habeas.errors import Refused
from habeas.grants import LIFE, Grant, mint
from habeas.service import Context
from habeas.web.access import Ask, Guards
from habeas.web.cookies import act_cookie, grant_cookie, is_secure, set_cookie
from habeas.web.guards import guards_by_grants
from habeas_identity.looks import read_look
from habeas_identity.models import Claim
from habeas_identity.sessions import SignedIn, find_session_of
from habeas_identity.used_grants import is_used

AGENT_PAGES = {
    "intake": ("/console", "/api"),
    "fulfilment": ("/plan", "/holds"),
    "notifier": ("/inbox",),
    "identity": ("/agents",),
}
"""The pages of agents by service: a grant's cookie goes to these paths of its own service and to no other."""


def admit_to_case(context: Context, response: Response, case: str, browser: str) -> Response:
    """Hand this browser the grant for the person's own page of a case."""
    grant = _grant(context.clock.now(), "subject", case, service="intake", purpose="case", case=case, browser=browser)
    return _hand(context, response, grant, (f"/case/{case}",))


def admit_agent(
    context: Context,
    response: Response,
    service: str,
    signed_in: SignedIn,
    browser: str,
    *,
    act: str = "",
    case: str = "",
) -> Response:
    """Hand this browser an agent's grant for a service; with `act`, one that is good for that act alone, once.

    With `case` it is good for that case only.
    """
    grant = _grant(
        context.clock.now(),
        "agent",
        signed_in.person,
        service=service,
        purpose=act or "console",
        case=case,
        browser=browser,
        roles=signed_in.roles,
        controllers=signed_in.controllers,
        session=signed_in.session,
        until=signed_in.until,
        once=bool(act),
    )
    return _hand(context, response, grant, AGENT_PAGES[service])


def mint_ticket(context: Context, case: str) -> str:
    """Mint what fetches an answer once from the other origin, where this browser has no cookie."""
    grant = _grant(context.clock.now(), "subject", case, service="fulfilment", purpose="release", case=case, once=True)
    return mint(context.keys.signer("identity"), grant)


def holds_grant(context: Context, act: str, case: str, browser: str) -> bool:
    """Say whether this browser shows a grant that is good for one act in a case, as our door will read it."""
    shown = request.cookies.get(act_cookie("identity", secure=is_secure()), "")
    ask = Ask("identity", act, case, browser, True, context.clock.now())
    reading = guards(context).grant
    assert reading is not None
    try:
        grant = reading(shown, ask).grant
    except Refused:
        return False
    with context.reading() as tx:
        return not is_used(tx, grant)


def drop_grants(response: Response) -> Response:
    """Take an agent's grants out of the browser; that they are worth nothing any more is said by an event."""
    secure = is_secure()
    for service, paths in AGENT_PAGES.items():
        for path in paths:
            response.delete_cookie(
                grant_cookie(service, secure=secure), path=path, secure=secure, httponly=True, samesite="Lax"
            )
    return response


def guards(context: Context) -> Guards:
    """Tell who calls identity's own pages: an agent, by a grant whose session lives, or by the ticket of a look."""

    def has_ended(grant: Grant) -> bool:
        with context.reading() as tx:
            return find_session_of(tx, grant.session) is None

    def controller_of(case: str) -> str | None:
        with context.reading() as tx:
            return tx.session.scalars(select(Claim.controller).where(Claim.case == case)).first()

    return guards_by_grants(context, has_ended, lambda text, ask: read_look(context, text, ask), controller_of)


def _grant(
    now: datetime,
    kind: str,
    person: str,
    *,
    service: str,
    purpose: str,
    case: str = "",
    browser: str = "",
    roles: tuple[str, ...] = (),
    controllers: tuple[str, ...] = (),
    session: str = "",
    until: datetime | None = None,
    once: bool = False,
) -> Grant:
    return Grant(
        id=uuid7(),
        kind=kind,
        person=person,
        roles=roles,
        controllers=controllers,
        service=service,
        purpose=purpose,
        case=case,
        browser=browser,
        session=session,
        issued=now,
        expires=min(now + LIFE, until or now + LIFE),
        once=once,
    )


def _hand(context: Context, response: Response, grant: Grant, paths: tuple[str, ...]) -> Response:
    text = mint(context.keys.signer("identity"), grant)
    name = (act_cookie if grant.once else grant_cookie)(grant.service, secure=is_secure())
    for path in paths:
        set_cookie(response, name, text, path=path, expires=grant.expires)
    return response
