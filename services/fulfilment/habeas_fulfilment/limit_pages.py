"""The console's part about what is stopped in a case: what stands, and deciding what a person has to decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext

from habeas.crypto.datakeys import KeyForgotten, Retention
from habeas.crypto.vault import Place
from habeas.errors import Faults
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.vocabulary import Operation
from habeas.web.access import agent, caller, open_to
from habeas.web.frame import speak_for
from habeas.web.language import present_language
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions import limiting
from habeas_fulfilment.actions.cases import profile_of
from habeas_fulfilment.actions.limit_orders import left_to_people
from habeas_fulfilment.models import CaseFile, Limit, LimitState

_DECIDE = may(Deed.DECIDE)
_RIGHT = "<any(restriction,objection,consent_withdrawal):right>"
_ACTS: dict[str, Callable[..., None]] = {
    "uphold": limiting.uphold,
    "refuse": limiting.refuse,
    "lift": limiting.lift,
}


@dataclass(frozen=True)
class ShownLimit:
    """One limit, the title of its activity, and why somebody decided as they did, as far as it is still known."""

    limit: Limit
    title: str
    ground: str


@dataclass(frozen=True)
class ShownLimits:
    """What is stopped in a case, and which systems nobody can order to do it; `open` are the rights to decide."""

    limits: Sequence[ShownLimit]
    by_hand: Sequence[tuple[str, Operation]]

    def of(self, right: str, *states: str) -> list[ShownLimit]:
        """Give the limits of a right in these states."""
        return [each for each in self.limits if each.limit.right == right and each.limit.state in states]

    def rights(self, *states: str) -> list[str]:
        """Give the rights that have limits in these states, those of an erasure apart."""
        found = [each.limit.right for each in self.limits if each.limit.state in states]
        return [right for right in dict.fromkeys(found) if right != "erasure"]

    def untold(self) -> list[str]:
        """Give the rights whose end the person could not be told of."""
        return list(dict.fromkeys(each.limit.right for each in self.limits if each.limit.notice == "failed"))


def show_limits(tx: Transaction, case: CaseFile, language: str) -> ShownLimits:
    """Read what is stopped in a case for its page."""
    titles = {each.name: each.title.in_(language) for each in profile_of(tx, case).activities}
    shown = [
        ShownLimit(each, titles.get(each.activity, each.activity), _ground(tx, each))
        for each in limiting.limits_of(tx, case)
    ]
    return ShownLimits(shown, left_to_people(tx, case) if case.identifiers else ())


def _ground(tx: Transaction, limit: Limit) -> str:
    if limit.ground is None:
        return ""
    try:
        place = Place("processing_limit", "ground", limit.id)
        return tx.vault.decrypt(limit.case_id, Retention.LETTERS, place, limit.ground).decode()
    except KeyForgotten:
        return ""


def limit_pages(context: Context) -> Blueprint:
    """Make the pages on which a limit is decided."""
    pages = Blueprint("limits", __name__, template_folder="templates", url_prefix="/plan/<case:case>/limits")

    @pages.get(f"/{_RIGHT}/<any(uphold,refuse,lift):act>")
    @open_to(agent(*_DECIDE))
    def show(case: str, right: str, act: str) -> str:
        """Ask which activities are meant, and why."""
        return _show(context, case, right, act, {})

    @pages.post(f"/{_RIGHT}/<any(uphold,refuse,lift):act>")
    @open_to(agent(*_DECIDE))
    def decide(case: str, right: str, act: str) -> Any:
        """Decide it, or ask again for what is missing."""
        activities, ground = request.form.getlist("activity"), request.form.get("ground", "")
        try:
            with context.transaction() as tx:
                _find(tx, case)
                _ACTS[act](tx, case, right, activities, ground, caller().id)
        except Faults as wrong:
            return _show(context, case, right, act, {each.where: _words(each.where) for each in wrong.faults}), 422
        return redirect(f"/plan/{case}", 303)

    @pages.post(f"/{_RIGHT}/tell")
    @open_to(agent(*_DECIDE))
    def tell(case: str, right: str) -> Any:
        """Have the person told once more, or note that somebody has told them."""
        with context.transaction() as tx:
            _find(tx, case)
            by_hand = request.form.get("told") == "by_hand"
            limiting.announce_again(tx, case, right, caller().id, by_hand=by_hand)
        return redirect(f"/plan/{case}", 303)

    return pages


def _find(tx: Transaction, case: str) -> CaseFile:
    found = tx.session.get(CaseFile, case)
    if found is None:
        abort(404)
    return found


def _show(context: Context, case: str, right: str, act: str, wrong: dict[str, str]) -> str:
    state = LimitState.STANDING if act == "lift" else LimitState.PENDING
    with context.reading() as tx:
        found = _find(tx, case)
        speak_for(profile_of(tx, found))
        limits = show_limits(tx, found, present_language()).of(right, state)
        if not limits:
            abort(404)
        choices = [{"value": each.limit.activity, "label": each.title} for each in limits]
        return render_template(
            "fulfilment/limit.html",
            case=found,
            right=right,
            act=act,
            choices=choices,
            given=request.form,
            chosen=request.form.getlist("activity") if wrong else [each["value"] for each in choices],
            wrong=wrong,
            says_notice=any(limiting.needs_notice(each.limit) for each in limits),
        )


def _words(field: str) -> str:
    words = {
        "ground": gettext("Say why, in at most a thousand characters."),
        "activity": gettext("Choose at least one that can be decided now."),
    }
    return str(words[field])
