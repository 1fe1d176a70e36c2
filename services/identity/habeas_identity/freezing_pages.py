"""The pages on which a person stops what they never asked for, or says that it was them; and the agents' page beside.

What the person's pages say depends on nothing but the code that is typed: a wrong one, an unknown case and one try too
many are answered alike, and nobody learns here who is a customer.
"""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from habeas.errors import Faults, Refused
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, everyone, open_to
from habeas.web.addresses import prefix_of
from habeas.web.cookies import browser_of
from habeas_identity.challenges import Purpose
from habeas_identity.freezing import stop
from habeas_identity.replies import go_to, present_context
from habeas_identity.steps import present_step, show_step, take_step
from habeas_identity.thawing import ThawReason, confirm_thaw, contest, look_at_freeze, propose_thaw

PAGES = Blueprint("freezing", __name__, template_folder="templates")
_DECIDE = may(Deed.THAW)


def freezing_pages(_context: Context) -> Blueprint:
    """Give the pages of freezing and thawing."""
    return PAGES


@PAGES.get("/prove/<case:case>/not-me")
@open_to(everyone)
def show_not_me(case: str) -> Response:
    """Ask for the stop code of the letter; whoever only follows the link changes nothing."""
    return _not_me_page(case)


@PAGES.post("/prove/<case:case>/not-me")
@open_to(everyone)
def stop_all(case: str) -> Response:
    """Stop everything that is asked about the person, if the stop code is right."""
    # Behind a proxy that nobody declared everybody comes from one place: there each browser counts by itself.
    place = prefix_of(request.remote_addr or "") or browser_of(request)
    with present_context().transaction() as tx:
        stopped = stop(tx, case, place, request.form.get("code", ""))
    return make_response(render_template("identity/stopped.html", case=case)) if stopped else _not_me_page(case, True)


@PAGES.get("/prove/<case:case>/contest")
@open_to(everyone)
def show_contest(case: str) -> Response:
    """Ask for the codes by which somebody shows that it was them after all."""
    if request.args.get("done") == "yes":
        return make_response(render_template("identity/contested.html"))
    return _contest_page(case)


@PAGES.post("/prove/<case:case>/contest")
@open_to(everyone)
def try_contest(case: str) -> Response:
    """Take such a code; with the last one, put it before the agents."""
    with present_context().transaction() as tx:
        now = take_step(tx, case, Purpose.CONTEST)
        done = now is not None and contest(tx, case, browser_of(request))
    if now is None:
        return _contest_page(case, wrong=True)
    return go_to(f"/prove/{case}/contest{'?done=yes' if done else ''}")


@PAGES.post("/prove/<case:case>/contest/code")
@open_to(everyone)
def send_contest_code(case: str) -> Response:
    """Note that such a code is wanted."""
    present_step(case, Purpose.CONTEST).ask()
    return go_to(f"/prove/{case}/contest?sent=yes")


@PAGES.get("/agents/frozen/<case:case>")
@open_to(agent(*_DECIDE))
def show_frozen(case: str) -> Response:
    """Show how a frozen case stands, and what is left to decide."""
    return _frozen_page(case)


@PAGES.post("/agents/frozen/<case:case>")
@open_to(agent(*_DECIDE))
def propose(case: str) -> Response:
    """Propose that the case goes on, with a reason."""
    return _decide(case, lambda tx: propose_thaw(tx, case, caller().id, request.form.get("reason", "")))


@PAGES.post("/agents/frozen/<case:case>/confirm")
@open_to(agent(*_DECIDE))
def confirm(case: str) -> Response:
    """Confirm, as a second person, that it does."""
    return _decide(case, lambda tx: confirm_thaw(tx, case, caller().id))


def _decide(case: str, act: Any) -> Response:
    try:
        with present_context().transaction() as tx:
            act(tx)
    except Faults:
        return _frozen_page(case, gettext("Choose why the case is to go on."))
    except Refused:
        return _frozen_page(case, gettext("This cannot be decided as the case stands now: look at it again."))
    return go_to(f"/agents/frozen/{case}")


def _not_me_page(case: str, wrong: bool = False) -> Response:
    words = gettext("That stop code does not fit. Check it against the letter; after five tries wait an hour.")
    page = render_template("identity/not_me.html", case=case, errors=[("code", words)] if wrong else [])
    return make_response(page, 422 if wrong else 200)


def _contest_page(case: str, *, wrong: bool = False) -> Response:
    title = gettext("It was you after all")
    lead = gettext(
        "A request was stopped because somebody said that they had not asked. If it was you, show it once more: "
        "then two people at the company decide whether it goes on."
    )
    return show_step(case, Purpose.CONTEST, f"/prove/{case}/contest", title, lead, wrong=wrong)


def _frozen_page(case: str, wrong: str = "") -> Response:
    with present_context().reading() as tx:
        frozen = look_at_freeze(tx, case)
    if frozen is None:
        return make_response(render_template("identity/frozen.html", case=case, frozen=None, errors=[]))
    reasons = [
        {"value": each.value, "label": _reason(each)}
        for each in ThawReason
        if each is not ThawReason.SHOWN_AGAIN or frozen.shown
    ]
    page = render_template(
        "identity/frozen.html",
        case=case,
        frozen=frozen,
        reason=_reason(ThawReason(frozen.reason)) if frozen.reason else "",
        mine=frozen.proposed_by == caller().id,
        reasons=reasons,
        errors=[("reason", wrong)] if wrong else [],
    )
    return make_response(page, 422 if wrong else 200)


def _reason(reason: ThawReason) -> str:
    words = {
        ThawReason.SHOWN_AGAIN: gettext("The person showed again that it was them"),
        ThawReason.ANOTHER_WAY: gettext("The person was reached in another way"),
        ThawReason.MISTAKE: gettext("It was stopped by mistake, for another person who shares an address"),
    }
    return str(words[reason])
