"""The pages on which a person signs in elsewhere to show who they are; alike for every case that an address can name.

`GET /prove/back` is the one page that acts when it is read, since OpenID Connect leads back by a link: it acts on a
state that this very browser was given a moment ago, once, and on nothing else. It always leads on to an address that
carries neither state nor code.
"""

from collections.abc import Iterable

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request

from habeas.errors import Refused, TryLater
from habeas.profile import Profile
from habeas.service import Context
from habeas.web.access import everyone, open_to
from habeas.web.addresses import prefix_of
from habeas.web.cookies import browser_of
from habeas.web.doorkeeper import safe_next
from habeas.web.headers import allow_forms_to
from habeas.web.language import present_language
from habeas_identity.challenges import Purpose
from habeas_identity.id_tokens import Demand
from habeas_identity.lives import FRESH
from habeas_identity.openid import Shown, party_of
from habeas_identity.providers import SUBJECTS, Provider, providers_of, title_of
from habeas_identity.replies import go_to, present_context
from habeas_identity.sign_ins import (
    Returned,
    began_with,
    begin_sign_in,
    claims_wanted,
    contexts_wanted,
    take_shown,
    take_state,
)

PAGES = Blueprint("sign_in", __name__, template_folder="templates", url_prefix="/prove")
_PLACES = {Purpose.PROVE: "/prove/{}", Purpose.RELEASE: "/prove/{}/release"}
"""What can be shown by a sign-in, and the page to go on to."""


def sign_in_pages(_context: Context) -> Blueprint:
    """Give the pages of signing in elsewhere."""
    return PAGES


def list_sign_ins(profiles: Iterable[Profile], case: str, purpose: Purpose) -> list[tuple[str, str]]:
    """List where people of these profiles' cases can sign in: how it is called, and the page that leads there.

    A page that may not look at whose case it is gives all profiles.
    """
    if purpose not in _PLACES:
        return []
    providers = providers_of(present_context(), SUBJECTS)
    named = dict.fromkeys(each.provider for profile in profiles for each in profile.identity.sign_in)
    query = "" if purpose is Purpose.PROVE else f"?for={purpose.value}"
    return [(_title(name), f"/prove/{case}/sign-in/{name}{query}") for name in named if name in providers]


@PAGES.get("/<case:case>/sign-in/<provider>")
@open_to(everyone)
def show_sign_in(case: str, provider: str) -> Response:
    """Say where the button leads, and whether it led back without use before."""
    chosen, failed = _provider(provider), request.args.get("failed") == "yes"
    try:
        allow_forms_to(party_of(chosen).origin())
    except (Refused, TryLater) as error:
        return _unreachable(case, chosen, error)
    return _page(case, chosen, failed=failed, status=422 if failed else 200)


@PAGES.post("/<case:case>/sign-in/<provider>")
@open_to(everyone)
def begin(case: str, provider: str) -> Response:
    """Send the browser to the provider."""
    chosen, context, purpose = _provider(provider), present_context(), _purpose()
    page = safe_next(request.args.get("next", ""))
    with context.transaction() as tx:
        began = begin_sign_in(
            tx,
            chosen.name,
            purpose.value,
            browser_of(request),
            case=case,
            wanted={"page": page},
            network=prefix_of(request.remote_addr or ""),
        )
    if began is None:
        return _page(case, chosen, why="often", status=429)
    contexts = contexts_wanted(context.profiles.values(), chosen.name)
    demand = Demand(chosen.issuer, chosen.client_id, began.nonce, FRESH, contexts)
    try:
        # Asked again even where they are signed in: a proof is something that somebody does now.
        address = party_of(chosen).address(began, demand, _back_url(context), again=True)
    except (Refused, TryLater) as error:
        return _unreachable(case, chosen, error)
    return make_response(redirect(address, 303))


@PAGES.get("/back")
@open_to(everyone)
def come_back() -> Response:
    """Take what the browser brings from the provider: once, and in the browser that was sent there."""
    context, state = present_context(), request.args.get("state")
    if state is None:
        return make_response(render_template("identity/sign_in_failed.html", why="lost", back=""), 422)
    if request.method != "GET":
        return go_to(f"{PAGES.url_prefix}/back")
    with context.transaction() as tx:
        returned = take_state(tx, state, browser_of(request), agents=False)
    if returned is None:
        return go_to(f"{PAGES.url_prefix}/back")
    try:
        shown = _redeem(context, returned, state)
    except (Refused, TryLater) as error:
        context.log.info("a sign-in was refused", reason=str(error), error=error)
        return _failed(returned)
    with context.transaction() as tx:
        now = take_shown(tx, returned, shown)
    return _failed(returned) if now is None else go_to(_place(returned))


def _redeem(context: Context, returned: Returned, state: str) -> Shown:
    """Ask the provider who signed in; outside any transaction, since it may take seconds."""
    provider = providers_of(context, SUBJECTS).get(returned.provider)
    code = request.args.get("code", "")
    if provider is None or "error" in request.args or not code:
        raise Refused("the provider led back without a code")
    began = began_with(context, state)
    return party_of(provider).redeem(
        code,
        began,
        Demand(provider.issuer, provider.client_id, began.nonce, FRESH),
        _back_url(context),
        context.clock.now(),
        told_issuer=request.args.get("iss"),
        wanted=claims_wanted(context.profiles.values(), provider.name),
    )


def _provider(name: str) -> Provider:
    provider = providers_of(present_context(), SUBJECTS).get(name)
    if provider is None or not _title(name):
        abort(404)
    return provider


def _title(provider: str) -> str:
    return title_of(present_context().profiles, provider, present_language())


def _purpose() -> Purpose:
    return Purpose.RELEASE if request.args.get("for") == Purpose.RELEASE.value else Purpose.PROVE


def _place(returned: Returned) -> str:
    place = _PLACES[Purpose(returned.purpose)].format(returned.case)
    page = returned.wanted.get("page", "")
    return f"{place}?next={page}" if page.startswith(f"/case/{returned.case}/") else place


def _back_url(context: Context) -> str:
    return f"{context.settings.portal_url}/prove/back"


def _failed(returned: Returned) -> Response:
    """Say that it did not work, in the same words whatever was wrong: a hint would tell what a case claims."""
    query = "" if returned.purpose == Purpose.PROVE else f"for={returned.purpose}&"
    return go_to(f"/prove/{returned.case}/sign-in/{returned.provider}?{query}failed=yes")


def _unreachable(case: str, provider: Provider, error: Exception) -> Response:
    present_context().log.warning("a provider cannot be used", reason=str(error), error=error)
    return _page(case, provider, why="unreachable", status=503)


def _page(case: str, provider: Provider, *, failed: bool = False, why: str = "", status: int = 200) -> Response:
    page = render_template(
        "identity/sign_in_failed.html" if why else "identity/sign_in_elsewhere.html",
        title=_title(provider.name),
        back=_PLACES[_purpose()].format(case),
        failed=failed,
        why=why,
    )
    return make_response(page, status)
