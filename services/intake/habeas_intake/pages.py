"""The portal's pages that are intake's: choose, ask, received, and the case; one thing a page says it all."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, session
from flask_babel import gettext
from werkzeug.wrappers import Response

from habeas.errors import Faults
from habeas.profile import Profile
from habeas.service import Context
from habeas.vocabulary import COMPLAINT, CaseState
from habeas.web.access import everyone, open_to, subject
from habeas.web.cookies import browser_of
from habeas.web.frame import speak_for
from habeas.web.language import present_language, speak
from habeas_intake.actions import open_case
from habeas_intake.applications import MOST_WORDS, OFFERED, read_application
from habeas_intake.labels import sentence
from habeas_intake.queries import view


@dataclass(frozen=True)
class Choice:
    """One right as a person reads it: what they would say, and what happens."""

    value: str
    label: str
    hint: str
    more: str


def right_words(right: str) -> Choice:
    """Say in plain words what can be asked for."""
    words = {
        "access": Choice(
            "access",
            gettext("See what you have about me"),
            gettext("You get a copy of everything, in a form that you can read."),
            gettext(
                "We search every system that holds personal data and put together what is yours. "
                "What would show other people's data is left out, and the copy says so."
            ),
        ),
        "erasure": Choice(
            "erasure",
            gettext("Delete it"),
            gettext("We delete what we need no longer, and tell you what the law makes us keep."),
            gettext(
                "A person at the company looks at the plan before anything is deleted. "
                "Invoices, for example, have to be kept for some years; you are told which, why and until when."
            ),
        ),
        COMPLAINT: Choice(
            COMPLAINT,
            gettext("Complain about how you handled my data"),
            gettext("A person at the company looks into it and answers you."),
            gettext(
                "Write below what went wrong. You need not complain here first: you can turn to the supervisory "
                "authority at any time, and what you say here is never held against you."
            ),
        ),
    }
    return words[right]


SHOWN = timedelta(minutes=15)
"""How long the browser that opened a case is shown its secret."""
PAGES = Blueprint("portal", __name__, template_folder="templates")


def portal_pages(_context: Context) -> Blueprint:
    """Give the portal's pages."""
    return PAGES


def _context() -> Context:
    context: Context = current_app.extensions["habeas"]
    return context


def _profile_named(name: str) -> Profile:
    profile = _context().profiles.get(name)
    if profile is None:
        abort(404)
    speak_for(profile)
    return profile


@PAGES.get("/")
@open_to(everyone)
def start() -> Response | str:
    """Lead to the form, by way of choosing the company where there are several."""
    if len(_context().profiles) == 1:
        return redirect(f"/case/new/{next(iter(_context().profiles))}", 303)
    return render_template("intake/companies.html", profiles=list(_context().profiles.values()))


@PAGES.get("/case/new/<controller>")
@open_to(everyone)
def show_form(controller: str) -> str:
    """Show the form of one company."""
    empty = {"rights": [], "identifiers": {}, "contact": "", "words": ""}
    return _form(_profile_named(controller), empty, [], secrets.token_hex(32))


@PAGES.post("/case/new/<controller>")
@open_to(everyone)
def take_form(controller: str) -> Any:
    """Open the case, or show the form again with what is wrong and all that was written."""
    profile = _profile_named(controller)
    given = _given(profile)
    token = request.form.get("form", "")
    if len(token) != 64 or not token.isalnum():
        abort(400)
    try:
        address = request.remote_addr or ""
        known: dict[str, Any] = {"channel": "portal", "browser": browser_of(request), "address": address}
        application = read_application(profile, given, token=token, **known)
    except Faults as wrong:
        return _form(profile, given, [(_field(fault.where), sentence(fault)) for fault in wrong.faults], token), 422
    with _context().transaction() as tx:
        opened = open_case(tx, application)
    session["received"] = {"case": opened.case, "controller": profile.name}
    if opened.secret:  # a form that was sent twice opened one case, whose secret was told before
        until = (_context().clock.now() + SHOWN).timestamp()
        session["secret"] = {"case": opened.case, "secret": opened.secret, "until": until}
    return redirect("/received", 303)


@PAGES.get("/received")
@open_to(everyone)
def received() -> str:
    """Tell number, dates and what comes next; only to the browser that asked."""
    known = session.get("received")
    if not isinstance(known, dict):
        abort(404)
    profile = _profile_named(str(known["controller"]))
    with _context().reading() as tx:
        found = view(tx, str(known["case"]))
    if found is None:
        abort(404)
    speak(found.language)
    secret = _secret(found.case)
    return render_template("intake/received.html", case=found, profile=profile, choices=_choices(), secret=secret)


@PAGES.get("/case/<case:case>")
@open_to(subject)
def show_case(case: str) -> str:
    """Show a person their own case."""
    with _context().reading() as tx:
        found = view(tx, case)
    if found is None:
        abort(404)
    _profile_named(found.controller)
    speak(found.language)
    return render_template(
        "intake/case.html",
        case=found,
        choices=_choices(),
        steps=_steps(),
        current=_step(found.state),
        today=_context().clock.now().date(),
        can_fetch=any(
            each.state in (CaseState.ANSWERED, CaseState.CLOSED) and each.right != COMPLAINT for each in found.rights
        ),
    )


def _secret(case: str) -> str:
    """Return the case's secret for a quarter of an hour after it was opened: another language must not lose it."""
    known = session.get("secret")
    if not isinstance(known, dict) or known["case"] != case or known["until"] <= _context().clock.now().timestamp():
        session.pop("secret", None)
        return ""
    return str(known["secret"])


def _choices() -> dict[str, Choice]:
    return {right: right_words(right) for right in OFFERED}


def _form(profile: Profile, given: dict[str, Any], wrong: list[tuple[str, str]], token: str) -> str:
    return render_template(
        "intake/ask.html",
        profile=profile,
        given=given,
        errors=[(field, f"{_label(profile, field)} – {words}") for field, words in wrong],
        wrong=dict(wrong),
        token=token,
        choices=[right_words(right) for right in OFFERED],
        limit=MOST_WORDS,
        tongue=present_language(),
    )


def _given(profile: Profile) -> dict[str, Any]:
    """Read the form as it was sent, so that nothing is lost when a field is wrong."""
    return {
        "rights": request.form.getlist("rights"),
        "identifiers": {
            each.name: request.form[f"identifier-{each.name}"]
            for each in profile.identifiers
            if request.form.get(f"identifier-{each.name}", "").strip()
        },
        "contact": request.form.get("contact", ""),
        "language": present_language() if present_language() in profile.controller.languages else "",
        "words": request.form.get("words", ""),
    }


def _field(where: str) -> str:
    return where.replace("identifiers.", "identifier-")


def _label(profile: Profile, field: str) -> str:
    """Name a field as its label on the page does."""
    for each in profile.identifiers:
        if field == f"identifier-{each.name}":
            return str(each.label.in_(present_language()))
    names = {
        "rights": gettext("What do you want?"),
        "contact": gettext("Where may we tell you that we got this?"),
        "words": gettext("Anything that helps us"),
    }
    return str(names.get(field, field))


def _steps() -> list[str]:
    return [
        gettext("Received"),
        gettext("Confirmed that it is you"),
        gettext("Searched and decided"),
        gettext("Answer ready"),
    ]


def _step(state: CaseState) -> int:
    """Return how far a case has come on the person's line of steps; past the end when all is done."""
    reached = {CaseState.RECEIVED: 1, CaseState.PROVED: 2, CaseState.TO_APPROVE: 2, CaseState.APPROVED: 2}
    return reached.get(state, 4)
