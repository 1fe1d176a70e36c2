"""The doors for people: the plan of a case in the console, and the one place where an answer is handed out."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, redirect, render_template, request

from habeas.crypto.streams import DecryptingReader
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, machine, open_to
from habeas.web.frame import speak_for
from habeas.web.headers import hand_out
from habeas.web.language import present_language, speak
from habeas.work.transaction import Transaction
from habeas_fulfilment import actions
from habeas_fulfilment.actions.cases import profile_of
from habeas_fulfilment.guards import RELEASE
from habeas_fulfilment.limit_pages import show_limits
from habeas_fulfilment.look_pages import show_watch
from habeas_fulfilment.models import CaseFile
from habeas_fulfilment.queries import show_case

_LOOK, _WORK, _DECIDE, _AUDIT = may(Deed.LOOK), may(Deed.WORK), may(Deed.DECIDE), may(Deed.AUDIT)
_BLOCK = 256 * 1024


def plan_pages(context: Context) -> Blueprint:
    """Make the console's part of a case that is fulfilment's."""
    pages = Blueprint("plan", __name__, template_folder="templates")

    @pages.get("/plan/<case:case>")
    @open_to(agent(*_LOOK))
    def show(case: str) -> Any:
        with context.reading() as tx:
            shown = show_case(tx, case, present_language())
            if shown is None:
                abort(404)
            speak_for(shown.profile)
            language, lines = present_language(), shown.plan.lines if shown.plan else ()
            zone = ZoneInfo(shown.profile.controller.zone)
            return render_template(
                "fulfilment/plan.html",
                shown=shown,
                today=tx.now.astimezone(zone).date(),
                at=lambda instant: instant.astimezone(zone),
                works=not caller().roles.isdisjoint(_WORK),
                limits=show_limits(tx, shown.case, language),
                watch=show_watch(tx, shown.case),
                decides=not caller().roles.isdisjoint(_DECIDE),
                sees_holds=not caller().roles.isdisjoint(_AUDIT),
                titles={system.name: system.title.in_(language) for system in shown.profile.systems},
                activities={each.name: each.title.in_(language) for each in shown.profile.activities},
                untils=[line.until and date.fromisoformat(line.until) for line in lines],
            )

    def change(case: str, act: Callable[[Transaction, str], None]) -> Any:
        with context.transaction() as tx:
            if tx.session.get(CaseFile, case) is None:
                abort(404)
            act(tx, caller().id)
        return redirect(f"/plan/{case}", 303)

    @pages.post("/plan/<case:case>/orders/<order>/again")
    @open_to(agent(*_WORK))
    def order_again(case: str, order: str) -> Any:
        return change(case, lambda tx, agent: actions.retry_order(tx, case, order, agent))

    @pages.post("/plan/<case:case>/answers/<right>/again")
    @open_to(agent(*_WORK))
    def answer_again(case: str, right: str) -> Any:
        return change(case, lambda tx, agent: actions.make_again(tx, case, right, agent))

    @pages.post("/plan/<case:case>/again")
    @open_to(agent(*_WORK))
    def plan_again(case: str) -> Any:
        return change(case, lambda tx, agent: actions.plan_again(tx, case, agent))

    @pages.post("/plan/<case:case>/call-back")
    @open_to(agent(*_WORK))
    def call_back(case: str) -> Any:
        return change(case, lambda tx, agent: actions.call_back(tx, case, agent))

    return pages


def download_pages(context: Context) -> Blueprint:
    """Make the page of the second origin; it knows the person by the ticket of a fresh proof and by nothing else."""
    pages = Blueprint("download", __name__, template_folder="templates")
    here = urlsplit(context.settings.download_url).netloc.lower()

    @pages.post("/download")
    @open_to(machine.holding(RELEASE))
    def fetch() -> Any:
        if request.host.lower() != here:  # what a person gets never comes from the origin that has their cookies
            abort(404)
        case, wanted = caller().case or "", request.form.get("right", "")
        with context.reading() as tx:
            _speak(tx, case)
            rights = [answer.right for answer in actions.ready_answers(tx, case)]
        if not wanted and len(rights) > 1:
            return render_template("fulfilment/choice.html", rights=rights, ticket=request.form["ticket"])
        try:
            return _fetch(context, case, wanted or next(iter(rights), ""), caller().grant)
        except actions.Over:
            return render_template("fulfilment/over.html", case=case), 410

    return pages


def _speak(tx: Transaction, case: str) -> None:
    found = tx.session.get(CaseFile, case)
    if found is None:
        abort(404)
    speak_for(profile_of(tx, found))
    speak(found.language)


def _fetch(context: Context, case: str, right: str, grant: str) -> Response:
    """Hand an answer out: it counts only if its file can be opened, and is sent only if it was counted."""
    with context.reading() as tx:
        handed = actions.find_answer(tx, case, right)
    source = context.store.open(handed.made.key)
    try:
        reader = DecryptingReader(source, handed.made.content_key, actions.answer_context(case, right))
        with context.transaction() as tx:
            actions.hand_out(tx, case, right, grant)
    except BaseException:
        source.close()
        raise
    return _send(reader, handed)


def _send(reader: DecryptingReader, handed: actions.Handed) -> Response:
    """Send the file as it is decrypted; nothing of it is ever whole in memory or plain on a disk."""

    def blocks() -> Iterator[bytes]:
        while block := reader.read(_BLOCK):
            yield block

    response = Response(blocks(), direct_passthrough=True)
    response.content_length = handed.made.size
    response.call_on_close(reader.close)
    return hand_out(response, handed.name, "application/zip")
