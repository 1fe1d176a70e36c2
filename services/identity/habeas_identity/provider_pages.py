"""The pages on which an agent signs in at a provider, or confirms an act there.

`GET /agents/back` acts when it is read, as `/prove/back` does and on the same terms. For an act the provider has to ask
again who is there (`prompt=login`, `max_age=0`), and what it tells may be no older than fifteen minutes.
"""

from typing import NamedTuple

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request

from habeas.errors import Refused, TryLater
from habeas.service import Context
from habeas.web.access import everyone, open_to
from habeas.web.addresses import prefix_of
from habeas.web.cookies import browser_of
from habeas.web.headers import allow_forms_to
from habeas_identity.admission import PATH, Wanted, let_in, read_wanted
from habeas_identity.id_tokens import Demand
from habeas_identity.links import find_linked
from habeas_identity.lives import FRESH
from habeas_identity.openid import Began, Shown, party_of
from habeas_identity.providers import AGENTS, Provider, providers_of
from habeas_identity.replies import go_to, present_context
from habeas_identity.sessions import LONGEST, Method
from habeas_identity.sign_ins import AGENT, Returned, began_with, begin_sign_in, take_state

PAGES = Blueprint("provider", __name__, template_folder="templates", url_prefix=PATH)

_WHY = {"lost": 422, "refused": 422, "unknown": 422, "often": 429, "unreachable": 503}
"""Why nobody was let in, with the status that says so."""


class Way(NamedTuple):
    """A provider as the sign-in page offers it."""

    name: str
    title: str
    reachable: bool


def provider_pages(_context: Context) -> Blueprint:
    """Give the pages of agents' providers."""
    return PAGES


def ways_by_provider(issuer: str | None = None) -> list[Way]:
    """List the providers that the page being made offers, or the one of an issuer; its forms may lead there.

    One that does not answer is shown as such, so that the other ways in are taken.
    """
    return [
        Way(each.name, each.title, _open_the_way(each))
        for each in providers_of(present_context(), AGENTS).values()
        if issuer is None or each.issuer == issuer
    ]


@PAGES.post("/sign-in/<provider>")
@open_to(everyone)
def begin(provider: str) -> Response:
    """Send the browser to the provider."""
    context, wanted = present_context(), read_wanted(request.form)
    chosen = providers_of(context, AGENTS).get(provider)
    if chosen is None:
        abort(404)
    kept = {"for": wanted.service, "next": wanted.page, "act": wanted.act}
    with context.transaction() as tx:
        network = prefix_of(request.remote_addr or "")
        began = begin_sign_in(tx, chosen.name, AGENT, browser_of(request), wanted=kept, network=network)
    if began is None:
        return _failed_page("often", wanted)
    try:
        address = party_of(chosen).address(
            began, _demand(chosen, began, wanted), _back_url(context), again=bool(wanted.act)
        )
    except (Refused, TryLater) as error:
        context.log.warning("a provider cannot be used", reason=str(error), error=error)
        return _failed_page("unreachable", wanted)
    return make_response(redirect(address, 303))


@PAGES.get("/back")
@open_to(everyone)
def come_back() -> Response:
    """Let in whoever signed in at the provider, if their account is linked to them there."""
    context, state = present_context(), request.args.get("state")
    if state is None:
        why = request.args.get("why", "")
        return _failed_page(why if why in _WHY else "lost", read_wanted(request.args))
    if request.method != "GET":
        return _failed("lost")
    with context.transaction() as tx:
        returned = take_state(tx, state, browser_of(request), agents=True)
    if returned is None:
        return _failed("lost")
    wanted = read_wanted(returned.wanted)
    try:
        shown = _redeem(context, returned, state, wanted)
    except (Refused, TryLater) as error:
        context.log.info("a sign-in was refused", reason=str(error), error=error)
        return _failed("unreachable" if isinstance(error, TryLater) else "refused", wanted)
    with context.reading() as tx:
        agent = find_linked(tx, shown)
    if agent is None:
        return _failed("unknown", wanted)
    return let_in(agent, wanted, method=Method.OPENID, authenticated_at=shown.authenticated_at)


def _redeem(context: Context, returned: Returned, state: str, wanted: Wanted) -> Shown:
    """Ask the provider who signed in; outside any transaction, since it may take seconds."""
    provider = providers_of(context, AGENTS).get(returned.provider)
    code = request.args.get("code", "")
    if provider is None or "error" in request.args or not code:
        raise Refused("the provider led back without a code")
    began = began_with(context, state)
    return party_of(provider).redeem(
        code,
        began,
        _demand(provider, began, wanted),
        _back_url(context),
        context.clock.now(),
        told_issuer=request.args.get("iss"),
    )


def _demand(provider: Provider, began: Began, wanted: Wanted) -> Demand:
    max_age = FRESH if wanted.act else LONGEST
    return Demand(provider.issuer, provider.client_id, began.nonce, max_age, provider.acr)


def _open_the_way(provider: Provider) -> bool:
    try:
        allow_forms_to(party_of(provider).origin())
    except (Refused, TryLater) as error:
        present_context().log.warning("a provider cannot be used", reason=str(error), error=error)
        return False
    return True


def _back_url(context: Context) -> str:
    return f"{context.settings.portal_url}{PATH}/back"


def _failed(why: str, wanted: Wanted | None = None) -> Response:
    """Lead on to a page that says why, at an address without state and code."""
    return go_to(f"{PATH}/back?why={why}" + ("" if wanted is None else f"&{wanted.query}"))


def _failed_page(why: str, wanted: Wanted) -> Response:
    page = render_template("identity/provider_failed.html", why=why, back=f"{PATH}/sign-in?{wanted.query}")
    return make_response(page, _WHY[why])
