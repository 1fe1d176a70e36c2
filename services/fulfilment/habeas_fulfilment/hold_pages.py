"""The console's page of legal holds: what is held and why, setting a hold, and lifting another person's."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext
from sqlalchemy import select

from habeas.errors import Fault, Faults, Refused
from habeas.profile import Profile
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.web.language import present_language
from habeas_fulfilment.actions import holding
from habeas_fulfilment.holds import MOST_WORDS
from habeas_fulfilment.models import Hold

_LOOK, _HOLD = may(Deed.AUDIT), may(Deed.HOLD)
_SHOWN = 200


def hold_pages(context: Context) -> Blueprint:
    """Make the page of holds."""
    pages = Blueprint("holds", __name__, template_folder="templates", url_prefix="/holds")

    @pages.get("")
    @open_to(agent(*_LOOK))
    def show() -> str:
        """Show the holds of the caller's controllers."""
        return _show(context)

    @pages.post("")
    @open_to(agent(*_HOLD))
    def set_hold() -> Any:
        """Set a hold, or ask again for what is missing."""
        try:
            new = holding.read_hold(context.profiles, _mine(context), request.form, context.clock.now())
        except Faults as wrong:
            return _show(context, wrong.faults), 422
        with context.transaction() as tx:
            holding.set_hold(tx, new, caller().id)
        return redirect("/holds", 303)

    @pages.post("/<hold>/lift")
    @open_to(agent(*_HOLD))
    def lift(hold: str) -> Any:
        """Lift a hold that somebody else set."""
        try:
            with context.transaction() as tx:
                known = tx.session.get(Hold, hold)
                if known is None or known.controller not in _mine(context):
                    abort(404)
                holding.lift_hold(tx, hold, request.form.get("why", ""), caller().id)
        except Faults:
            return _show(context, unlifted=hold), 422
        except Refused:
            return _show(
                context, refused=gettext("Whoever set a hold cannot lift it, and nobody lifts one twice.")
            ), 409
        return redirect("/holds", 303)

    return pages


def _mine(context: Context) -> Mapping[str, Profile]:
    return {name: profile for name, profile in context.profiles.items() if caller().may_work_for(name)}


def _show(context: Context, wrong: Sequence[Fault] = (), *, unlifted: str = "", refused: str = "") -> str:
    mine, language = _mine(context), present_language()
    chosen = select(Hold).where(Hold.controller.in_(mine))
    with context.reading() as tx:
        holds = tx.session.scalars(chosen.order_by(Hold.lifted_at.is_not(None), Hold.since.desc()).limit(_SHOWN)).all()
    zones = {name: ZoneInfo(profile.controller.zone) for name, profile in mine.items()}
    return render_template(
        "fulfilment/holds.html",
        holds=holds,
        at=lambda instant, hold: instant.astimezone(zones[hold.controller]),
        titles=_titles(mine, language),
        companies={name: profile.controller.name for name, profile in mine.items()},
        systems=_options(
            (each.name, each.title.in_(language)) for profile in mine.values() for each in profile.systems
        ),
        activities=_options(
            (each.name, each.title.in_(language)) for profile in mine.values() for each in profile.activities
        ),
        given=request.form if wrong else {},
        wrong={fault.where: _words(fault.where) for fault in wrong},
        unlifted=unlifted,
        refused=refused,
        sets=not caller().roles.isdisjoint(_HOLD),
        me=caller().id,
    )


def _titles(mine: Mapping[str, Profile], language: str) -> dict[str, str]:
    """Give the titles of what a hold may name by system or activity."""
    systems = {each.name: each.title.in_(language) for of in mine.values() for each in of.systems}
    return systems | {each.name: each.title.in_(language) for of in mine.values() for each in of.activities}


def _options(found: Any) -> list[dict[str, str]]:
    named = {"": str(gettext("any")), **dict(found)}
    return [{"value": name, "label": title} for name, title in named.items()]


def _words(field: str) -> str:
    words = {
        "controller": gettext("Choose a company."),
        "activity": gettext("Choose an activity or a system that the company has."),
        "system": gettext("Choose a system that the company has."),
        "kind": gettext("That is too long for a kind of record."),
        "reason": gettext("Say why, on one line of at most %(most)s characters.", most=MOST_WORDS),
        "law": gettext("Name the law, on one line of at most 200 characters."),
        "until": gettext("Write a day from today on, such as 2027-06-30, or leave it empty."),
    }
    return str(words[field])
