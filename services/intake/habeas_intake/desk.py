"""An agent's desk: what came by letter, mail or phone becomes a case, and its time runs from the day it arrived."""

import hashlib
import secrets
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from habeas.errors import Faults
from habeas.profile import Profile
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.web.language import name_of, present_language
from habeas_intake.actions import open_case
from habeas_intake.applications import MOST_WORDS, OFFERED, read_application
from habeas_intake.labels import right_label, sentence

ROLES = may(Deed.DECIDE)
CHANNELS = ("letter", "email", "phone", "on_site")


def desk_pages(context: Context) -> Blueprint:
    """Make the pages on which an agent opens a case."""
    pages = Blueprint("desk", __name__, template_folder="templates", url_prefix="/console/new")

    @pages.get("")
    @open_to(agent(*ROLES))
    def choose_company() -> Response | str:
        mine = [each for each in context.profiles.values() if caller().may_work_for(each.name)]
        if len(mine) == 1:
            return redirect(f"/console/new/{mine[0].name}", 303)
        return render_template("intake/desk_companies.html", profiles=mine)

    @pages.get("/<controller>")
    @open_to(agent(*ROLES))
    def show_desk(controller: str) -> str:
        return _form(_profile(context, controller), {"channel": CHANNELS[0]}, {}, secrets.token_hex(32))

    @pages.post("/<controller>")
    @open_to(agent(*ROLES))
    def take_in(controller: str) -> Any:
        """Open the case, or show the form again with what is wrong and all that was written."""
        profile, given, token = _profile(context, controller), _given(), request.form.get("form", "")
        if len(token) != 64 or not token.isalnum():
            abort(400)
        token = hashlib.sha256(f"desk\n{caller().id}\n{token}".encode()).hexdigest()
        wrong: dict[str, str] = {}
        if not given["received_at"]:
            wrong["received"] = gettext("The day on which it arrived is missing: the time runs from it.")
        if given["channel"] not in CHANNELS:
            wrong["channel"] = gettext("Choose how it came in.")
        try:
            known = {"token": token, "channel": given["channel"], "opened_by": caller().id}
            application = read_application(profile, given, now=context.clock.now(), **known)
        except Faults as faults:
            wrong.update({_field(fault.where): sentence(fault) for fault in faults.faults})
        if wrong:
            return _form(profile, given, wrong, request.form["form"]), 422
        with context.transaction() as tx:
            opened = open_case(tx, application)
        return redirect(f"/console/case/{opened.case}", 303)

    return pages


def _profile(context: Context, name: str) -> Profile:
    profile = context.profiles.get(name)
    if profile is None or not caller().may_work_for(name):
        abort(404)
    return profile


def _given() -> dict[str, Any]:
    """Read the form as it was sent, so that nothing is lost when a field is wrong."""
    year, month, day = (request.form.get(f"received-{part}", "").strip() for part in ("year", "month", "day"))
    prefix = "identifier-"
    return {
        "rights": request.form.getlist("rights"),
        "identifiers": {
            name.removeprefix(prefix): value
            for name, value in request.form.items()
            if name.startswith(prefix) and value.strip()
        },
        "contact": request.form.get("contact", ""),
        "language": request.form.get("language", ""),
        "words": request.form.get("words", ""),
        "channel": request.form.get("channel", ""),
        "received_at": f"{year:0>4}-{month:0>2}-{day:0>2}" if year or month or day else "",
        "received": {"year": year, "month": month, "day": day},
    }


def _form(profile: Profile, given: dict[str, Any], wrong: dict[str, str], token: str) -> str:
    return render_template(
        "intake/desk.html",
        profile=profile,
        given=given,
        wrong=wrong,
        token=token,
        rights=[{"value": right, "label": right_label(right)} for right in OFFERED],
        channels=[{"value": each, "label": _channel(each)} for each in CHANNELS],
        tongues=[{"value": each, "label": name_of(each)} for each in profile.controller.languages],
        tongue=present_language(),
        limit=MOST_WORDS,
    )


def _channel(channel: str) -> str:
    words = {
        "letter": gettext("by letter"),
        "email": gettext("by e-mail or a ticket"),
        "phone": gettext("by phone"),
        "on_site": gettext("on site"),
    }
    return str(words[channel])


def _field(where: str) -> str:
    return where.replace("identifiers.", "identifier-").replace("received_at", "received")
