"""A page that asks for codes, one stored channel after the other, for whatever purpose; the same for everybody."""

from dataclasses import dataclass

from flask import Response, make_response, render_template, request
from flask_babel import gettext

from habeas.web.addresses import prefix_of
from habeas.web.cookies import browser_of
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose
from habeas_identity.codes import read_code
from habeas_identity.given import Standing
from habeas_identity.proving import ask_for_code, find_standing, take_code
from habeas_identity.replies import present_context

_METHODS = ("mailbox", "phone")


@dataclass(frozen=True)
class Step:
    """Where the browser that asks stands with a case and a purpose."""

    case: str
    purpose: Purpose
    browser: str

    def look(self) -> Standing | None:
        """See what this browser has shown; of all who have shown nothing lately, the same is read."""
        with present_context().reading() as tx:
            return find_standing(tx, self.case, self.purpose, self.browser)

    def ask(self) -> None:
        """Note that a code is wanted."""
        method, network = request.form.get("method", ""), prefix_of(request.remote_addr or "")
        method = method if method in _METHODS else ""
        with present_context().transaction() as tx:
            ask_for_code(tx, self.case, self.purpose, self.browser, method, network)


def present_step(case: str, purpose: Purpose) -> Step:
    """Return the step of the browser that asks now."""
    return Step(case, purpose, browser_of(request))


def take_step(tx: Transaction, case: str, purpose: Purpose) -> Standing | None:
    """Take the code that was typed; None if it does not fit, or can be no code."""
    code = read_code(request.form.get("code", ""))
    return None if code is None else take_code(tx, case, purpose, browser_of(request), code)


def show_step(case: str, purpose: Purpose, here: str, title: str, lead: str, *, wrong: bool = False) -> Response:
    """Show the page that asks for the next code of a purpose that needs no more words than these."""
    now = present_step(case, purpose).look()
    return ask_page("identity/step.html", here, now, wrong=wrong, title=title, lead=lead)


def ask_page(
    template: str, here: str, now: Standing | None, *, wrong: bool = False, code_first: bool = False, **more: object
) -> Response:
    """Render a page that asks for the next code; nothing of it depends on anything but what this browser has shown.

    `here` takes the code, and sends one at `/code`; `code_first` shows its field before anything was sent from here.
    """
    sent = request.args.get("sent") == "yes"
    now = None if now is None or now.enough else now
    words = gettext("That code does not fit. Check it, or send a new one: only the newest counts, for a few minutes.")
    page = render_template(
        template,
        here=here,
        sent=sent,
        now=now,
        method=now.left[0] if now is not None and now.left else "",
        code_first=sent or wrong or now is not None or code_first,
        errors=[("code", words)] if wrong else [],
        **more,
    )
    return make_response(page, 422 if wrong else 200)
