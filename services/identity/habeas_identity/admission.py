"""How every sign-in of an agent ends, by whatever they showed who they are: a session, a grant, and the page wanted.

The session's cookie is bound to the path /agents, so that no other service ever gets it, not even one that was taken
over. A cookie of the kind `__Host-` has to be sent to every path; over https this one is `__Secure-` in its place.
SameSite is Lax, since Strict would hold it back on the way here from a link in a mail.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from flask import Response, request

from habeas.errors import Refused
from habeas.roles import Deed, may
from habeas.web.access import caller
from habeas.web.cookies import browser_of, is_secure, set_cookie
from habeas.web.doorkeeper import safe_next
from habeas_identity.replies import go_to, present_context
from habeas_identity.sessions import SignedIn, begin_session, end_session, find_session, is_fresh, step_up
from habeas_identity.tickets import AGENT_PAGES, admit_agent

SESSION = "habeas_session"
PATH = "/agents"
CONFIRM = "confirm"
"""Not an act of its own: a fresh look at who somebody is, for what their session then allows."""
_ACT = re.compile(r"[a-z][a-z_-]{0,30}(?::[0-9a-f]{64})?")
_CASE = re.compile(r"/([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})(?:/|$)")


@dataclass(frozen=True)
class Wanted:
    """What somebody came here for: a grant for a service, or for one act there, and the page to go on to."""

    service: str
    page: str
    act: str

    @property
    def query(self) -> str:
        """Write it as a query of the sign-in page."""
        return urlencode({"for": self.service, "next": self.page, "act": self.act}, safe="/:")


def read_wanted(told: Mapping[str, str]) -> Wanted:
    """Read what a form or a query wants; what is no page or act of ours is left out."""
    service = told.get("for", "")
    service = service if service in AGENT_PAGES else "intake"
    page, act = safe_next(told.get("next", "")), told.get("act", "")
    return Wanted(service, page if page != "/" else AGENT_PAGES[service][0], act if _ACT.fullmatch(act) else "")


def find_signed_in() -> SignedIn | None:
    """Return who is signed in at the browser that asks; None for nobody."""
    secret = request.cookies.get(session_cookie(), "")
    if not secret:
        return None
    with present_context().reading() as tx:
        return find_session(tx, secret, browser_of(request))


def require_signed_in() -> SignedIn:
    """Return the session of the agent who calls, whose grant has been checked; raises Refused where it is over."""
    signed_in = find_signed_in()
    if signed_in is None or signed_in.person != caller().id:
        raise Refused("the session is over")
    return signed_in


def let_in(agent: str, wanted: Wanted, *, method: str, authenticated_at: datetime | None = None) -> Response:
    """Let an agent in who has shown who they are, and lead on to what they wanted.

    Whoever is signed in and confirms an act keeps the session, under a new cookie; all others get a new session, and
    one that was there ends. A grant for an act is given only for a look that is fresh.
    """
    context, browser = present_context(), browser_of(request)
    present = find_signed_in()
    with context.transaction() as tx:
        if present is not None and present.agent == agent and wanted.act:
            secret = step_up(tx, present.session, method=method, authenticated_at=authenticated_at)
        else:
            if present is not None:
                end_session(tx, present.session)
            secret = begin_session(tx, agent, browser, method=method, authenticated_at=authenticated_at)
        tx.session.flush()
        signed_in = find_session(tx, secret, browser)
    assert signed_in is not None
    response = lead_on(wanted, signed_in)
    set_cookie(response, session_cookie(), secret, path=PATH)
    return response


def lead_on(wanted: Wanted, signed_in: SignedIn) -> Response:
    """Lead somebody who is signed in to the page they wanted, with the grant for it."""
    context = present_context()
    wanted = _at_home(wanted, signed_in)
    given = wanted.act if wanted.act != CONFIRM and is_fresh(signed_in, context.clock.now()) else ""
    found = _CASE.search(wanted.page) if given else None
    return admit_agent(
        context,
        go_to(wanted.page),
        wanted.service,
        signed_in,
        browser_of(request),
        act=given,
        case=found.group(1) if found else "",
    )


def ask_to_confirm(page: str, act: str = CONFIRM) -> Response:
    """Lead to where somebody who is signed in shows again who they are, and then back to a page of identity."""
    return go_to(f"{PATH}/sign-in?{Wanted('identity', page, act).query}")


def session_cookie() -> str:
    """Return the full name of the cookie that carries an agent's session."""
    return f"__Secure-{SESSION}" if is_secure() else SESSION


def _at_home(wanted: Wanted, signed_in: SignedIn) -> Wanted:
    """Lead whoever wanted nothing in particular and may see no case to the accounts that they keep."""
    sees_cases = not set(may(Deed.LOOK)).isdisjoint(signed_in.roles)
    if sees_cases or wanted.page != AGENT_PAGES["intake"][0]:
        return wanted
    return replace(wanted, service="identity", page=f"{PATH}/accounts")
