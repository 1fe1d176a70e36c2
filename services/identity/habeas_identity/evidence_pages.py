"""The pages on which agents look at what was sent: the list here, the pages themselves from the other origin only."""

from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import gettext

from habeas.errors import Refused
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, machine, open_to
from habeas.web.frame import speak_for
from habeas.web.headers import allow_forms_to_downloads, hand_out
from habeas_identity.admission import PATH, find_signed_in
from habeas_identity.cleaning import LIMITS, Cleaned, mark
from habeas_identity.cleaning.washed import read_washed
from habeas_identity.evidence import Seen, decide, has_looked, list_evidence
from habeas_identity.looks import LOOK, Look, Reason, mint_look, reveal, use_look
from habeas_identity.models import Claim, Evidence
from habeas_identity.profiles import profile_of
from habeas_identity.replies import go_to, present_context
from habeas_identity.sessions import SignedIn
from habeas_identity.washing import PAGES as WASHED
from habeas_identity.washing import empty, read_part

Word = TypeVar("Word", Seen, Reason)
PAGES = Blueprint("evidence", __name__, template_folder="templates")


def evidence_pages(_context: Context) -> Blueprint:
    """Give the pages under /agents/evidence, and the one of the download origin."""
    return PAGES


@PAGES.get(f"{PATH}/evidence/<case:case>")
@open_to(agent(*may(Deed.READ)))
def show_evidence(case: str) -> Response:
    """List what was sent in a case; nothing of what is in it."""
    return _page(case, {})


@PAGES.post(f"{PATH}/evidence/<case:case>/<evidence>/look")
@open_to(agent(*may(Deed.READ)))
def look(case: str, evidence: str) -> Response:
    """Give a ticket for each page to whoever says why."""
    reason, signed_in, context = _word(Reason, "reason"), _signed_in(), present_context()
    with context.transaction() as tx:
        looks = reveal(tx, case, evidence, agent=signed_in, reason=reason)
    allow_forms_to_downloads()
    return _page(case, {evidence: [mint_look(context, each, signed_in) for each in looks]})


@PAGES.post(f"{PATH}/evidence/<case:case>/<evidence>/decide")
@open_to(agent(*may(Deed.READ)))
def decide_evidence(case: str, evidence: str) -> Response:
    """Note what was seen; the evidence is gone with the answer."""
    seen, context = _word(Seen, "seen"), present_context()
    with context.transaction() as tx:
        decide(tx, case, evidence, agent=caller().id, seen=seen)
    empty(context.store, evidence)  # what this leaves behind when it breaks off, the timer finds
    return go_to(f"{PATH}/evidence/{case}")


@PAGES.post("/evidence")
@open_to(machine.holding(LOOK))
def fetch_page() -> Response:
    """Hand a page out as a file, with who fetched it burnt in; never at the origin that has cookies."""
    context = present_context()
    if request.host.lower() != urlsplit(context.settings.download_url).netloc.lower():
        abort(404)
    with context.transaction() as tx:
        found, now = use_look(tx, caller().grant), tx.now
    page = mark(_read_page(context, found), f"{found.agent}  {now:%Y-%m-%d %H:%M} UTC")
    return hand_out(make_response(page), f"{found.evidence}-{found.page}.jpg", "image/jpeg")


def _read_page(context: Context, found: Look) -> bytes:
    washed = read_washed(read_part(context.store, found.evidence, WASHED, found.key))
    if not isinstance(washed, Cleaned):
        raise Refused("there are no pages of this file")
    return washed.pages[found.page - 1]


def _page(case: str, tickets: dict[str, list[str]]) -> Response:
    context = present_context()
    with context.reading() as tx:
        claim = tx.session.get(Claim, case)
        if claim is None:
            abort(404)
        profile = profile_of(tx, claim.controller)
        speak_for(profile)
        zone = ZoneInfo(profile.controller.zone)
        lines = [
            _line(each, looked=has_looked(tx, each.id, caller().id), tickets=tickets.get(each.id, []))
            for each in list_evidence(tx, case)
        ]
        page = render_template(
            "identity/evidence.html",
            case=case,
            lines=lines,
            days=LIMITS.days_kept,
            at=lambda instant: instant.astimezone(zone),
            download_url=context.settings.download_url,
        )
    return make_response(page)


def _line(evidence: Evidence, *, looked: bool, tickets: list[str]) -> dict[str, Any]:
    return {
        "id": evidence.id,
        "state": evidence.state,
        "media": evidence.media.upper(),
        "pages": evidence.pages,
        "offered_at": evidence.offered_at,
        "told": _say(evidence),
        "looked": looked,
        "tickets": tickets,
    }


def _say(evidence: Evidence) -> str:
    """Say what became of a file."""
    words = {
        "offered": gettext("It is being checked."),
        "cleaned": gettext("It waits for somebody to look at it."),
        "fits": gettext("Looked at: it fits. Destroyed."),
        "does_not_fit": gettext("Looked at: it does not fit. Destroyed."),
        "not_readable": gettext("Looked at: it cannot be read. Destroyed."),
        "infected": gettext("The scanner found something harmful in it. Destroyed unseen."),
        "locked": gettext("It needs a password. Destroyed unseen."),
        "too_many_pages": gettext("It has too many pages. Destroyed unseen."),
        "refused": gettext("No pages could be made of it. Destroyed unseen."),
        "gone": gettext("Its time was over. Destroyed."),
    }
    chosen = (word for word in (evidence.outcome, evidence.reason, evidence.state) if word in words)
    return str(words[next(chosen)])


def _word(words: type[Word], field: str) -> Word:
    """Read one of the words that a form may send."""
    try:
        return words(request.form.get(field, ""))
    except ValueError:
        abort(400)


def _signed_in() -> SignedIn:
    signed_in = find_signed_in()
    if signed_in is None or signed_in.person != caller().id:
        raise Refused("the session is over")
    return signed_in
