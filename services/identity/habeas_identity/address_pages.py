"""The pages on which a person changes where letters about their case go: the old channels first, then the new one."""

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from habeas.errors import Faults, Refused
from habeas.service import Context
from habeas.web.access import everyone, open_to
from habeas.web.cookies import browser_of
from habeas_identity.addresses import SAME_ADDRESS, Change, ask_change, cancel_change, find_change, hold_change
from habeas_identity.challenges import Purpose
from habeas_identity.codes import read_code
from habeas_identity.replies import go_to, present_context
from habeas_identity.steps import present_step, show_step, take_step

PAGES = Blueprint("addresses", __name__, template_folder="templates", url_prefix="/prove/<case:case>/address")


def address_pages(_context: Context) -> Blueprint:
    """Give the pages of changing an address."""
    return PAGES


@PAGES.get("")
@open_to(everyone)
def show_address(case: str) -> Response:
    """Ask for the codes of the old channels; then for the new address, then for the code that went there."""
    if request.args.get("done") in ("held", "stopped"):
        return make_response(render_template("identity/address_done.html", done=request.args["done"]))
    return _address_page(case) if _has_shown(case) else _step_page(case)


@PAGES.post("")
@open_to(everyone)
def try_old(case: str) -> Response:
    """Take a code that went to an old channel."""
    with present_context().transaction() as tx:
        now = take_step(tx, case, Purpose.CONTACT)
    return _step_page(case, wrong=True) if now is None else go_to(f"/prove/{case}/address")


@PAGES.post("/code")
@open_to(everyone)
def send_old_code(case: str) -> Response:
    """Note that such a code is wanted."""
    present_step(case, Purpose.CONTACT).ask()
    return go_to(f"/prove/{case}/address?sent=yes")


@PAGES.post("/new")
@open_to(everyone)
def name_new(case: str) -> Response:
    """Take the new address, and send a code there."""
    given = request.form.get("address", "")[:320]
    try:
        with present_context().transaction() as tx:
            ask_change(tx, case, browser_of(request), given)
    except Faults as wrong:
        return _address_page(case, given, _sentence(wrong.faults[0].problem))
    except Refused:
        return _not_now(case)
    return go_to(f"/prove/{case}/address")


@PAGES.post("/confirm")
@open_to(everyone)
def confirm_new(case: str) -> Response:
    """Take the code that went to the new address; from then on the hold runs."""
    code = read_code(request.form.get("code", ""))
    with present_context().transaction() as tx:
        held = code is not None and hold_change(tx, case, browser_of(request), code)
    if held:
        return go_to(f"/prove/{case}/address?done=held")
    words = gettext("That code does not fit. Check it, or name the address once more: a new code goes there.")
    return _address_page(case, wrong=words) if _has_shown(case) else _step_page(case, wrong=True)


@PAGES.post("/cancel")
@open_to(everyone)
def cancel(case: str) -> Response:
    """Stop a change that is under way."""
    with present_context().transaction() as tx:
        stopped = cancel_change(tx, case, browser_of(request))
    return go_to(f"/prove/{case}/address?done=stopped") if stopped else _not_now(case)


def _has_shown(case: str) -> bool:
    """Say whether this browser has shown what it takes; whoever has shown one old channel may look and stop."""
    now = present_step(case, Purpose.CONTACT).look()
    return now is not None and (now.enough or _change(case) is not None)


def _change(case: str) -> Change | None:
    with present_context().reading() as tx:
        return find_change(tx, case, browser_of(request))


def _not_now(case: str) -> Response:
    """Say that this cannot be: not shown any more, under way already, or too often; the same for an unknown case."""
    return make_response(render_template("identity/address_done.html", done="refused", case=case), 422)


def _address_page(case: str, address: str = "", wrong: str = "") -> Response:
    change = _change(case)
    field = "code" if change is not None and change.state == "asked" and not address else "address"
    page = render_template(
        "identity/address.html",
        case=case,
        change=change,
        address=address,
        errors=[(field, wrong)] if wrong else [],
    )
    return make_response(page, 422 if wrong else 200)


def _step_page(case: str, *, wrong: bool = False) -> Response:
    title = gettext("Change where we write to you")
    lead = gettext(
        "Letters about your case go to the address that the company already has. To change that, show first that it "
        "is you, on everything that the company can reach you by now."
    )
    return show_step(case, Purpose.CONTACT, f"/prove/{case}/address", title, lead, wrong=wrong)


def _sentence(problem: str) -> str:
    if problem == SAME_ADDRESS:
        return str(gettext("Letters go there already. Write another address."))
    return str(gettext("This is not an e-mail address. Write it like name@example.com."))
