"""The pages on which administrators keep the accounts of agents; whoever keeps them reads no case by that."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from habeas.errors import Fault, Faults, Refused
from habeas.roles import AgentRole, Deed, may
from habeas.service import Context
from habeas.web.access import agent, open_to
from habeas.work.transaction import Transaction
from habeas_identity.admission import PATH, ask_to_confirm, require_signed_in
from habeas_identity.agents import Account, add_agent, close_account, find_account, list_agents
from habeas_identity.ceremonies import party_of
from habeas_identity.codes import show_code
from habeas_identity.contents import AgentDetails
from habeas_identity.enrollments import enroll
from habeas_identity.replies import present_context
from habeas_identity.sessions import SignedIn, is_fresh

PAGES = Blueprint("accounts", __name__, template_folder="templates", url_prefix=f"{PATH}/accounts")
HERE = f"{PATH}/accounts"
_ADMINISTRATOR = agent(*may(Deed.ADMINISTER))


@dataclass(frozen=True)
class _Given:
    """What a form says of an account."""

    name: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()
    controllers: tuple[str, ...] = ()
    person: str = ""


def account_pages(_context: Context) -> Blueprint:
    """Give the pages under /agents/accounts."""
    return PAGES


@PAGES.get("")
@open_to(_ADMINISTRATOR)
def show_accounts() -> Response:
    """List who works on cases."""
    return _accounts_page(require_signed_in())


@PAGES.get("/new")
@open_to(_ADMINISTRATOR)
def show_new() -> Response:
    """Ask whose account is added, and what it may do."""
    return _new_page(require_signed_in(), _Given(), [])


@PAGES.post("/new")
@open_to(_ADMINISTRATOR)
def add() -> Response:
    """Add an account without a password, and show the code by which its agent adds a passkey."""
    signed_in, told = require_signed_in(), request.form
    if not _is_fresh(signed_in):
        return ask_to_confirm(f"{HERE}/new")
    given = _Given(
        told.get("name", "").strip()[:200],
        told.get("email", "").strip()[:320],
        tuple(told.getlist("role")),
        tuple(told.getlist("controller")),
        told.get("person", ""),
    )
    try:
        with present_context().transaction() as tx:
            code = _add(tx, signed_in, given)
    except Faults as wrong:
        return _new_page(signed_in, given, [(fault.where, _sentence(fault)) for fault in wrong.faults], 422)
    except Refused:
        return _new_page(signed_in, given, [("email", gettext("There is an account with this address already."))], 422)
    return _accounts_page(signed_in, code=code, code_for=given.name)


def _add(tx: Transaction, signed_in: SignedIn, given: _Given) -> str:
    """Add the account; return the code by which its agent adds a passkey, empty where there can be none."""
    if given.person and given.person not in {each.person for each in _accounts(tx, signed_in)}:
        raise Refused("there is no such person")
    if not _may_keep(signed_in, given.controllers):
        raise Faults([Fault("controller", "is not among those you work for", "choose of them")])
    details, by = AgentDetails(given.name, given.email), signed_in.agent
    made = add_agent(tx, details, given.roles, person=given.person, controllers=given.controllers, by=by)
    return enroll(tx, made, by=by) if party_of(tx.context) else ""


@PAGES.post("/code")
@open_to(_ADMINISTRATOR)
def make_code() -> Response:
    """Show a new code for an account that has no way in yet."""
    signed_in, account = require_signed_in(), request.form.get("account", "")[:36]
    if not _is_fresh(signed_in):
        return ask_to_confirm(HERE)
    with present_context().transaction() as tx:
        found = _find(tx, signed_in, account)
        code = enroll(tx, account, by=signed_in.agent)
    return _accounts_page(signed_in, code=code, code_for=found.name)


@PAGES.post("/close")
@open_to(_ADMINISTRATOR)
def close() -> Response:
    """Close the account of somebody else, and end its sessions everywhere."""
    signed_in, account = require_signed_in(), request.form.get("account", "")[:36]
    if not _is_fresh(signed_in):
        return ask_to_confirm(HERE)
    if account == signed_in.agent:
        return _accounts_page(signed_in, wrong=gettext("Nobody closes their own account."), status=422)
    with present_context().transaction() as tx:
        close_account(tx, _find(tx, signed_in, account).id, by=signed_in.agent)
    return _accounts_page(signed_in)


def role_label(role: str) -> str:
    """Say what a role may do, in a word or two."""
    words = {
        "agent": gettext("works on cases"),
        "approver": gettext("approves plans"),
        "officer": gettext("oversees cases"),
        "auditor": gettext("looks, changes nothing"),
        "administrator": gettext("keeps accounts"),
    }
    return str(words.get(role, role))


def _may_keep(signed_in: SignedIn, controllers: Sequence[str]) -> bool:
    """Say whether an account with these controllers is one to keep for whoever works for some controllers only."""
    mine = set(signed_in.controllers)
    return not mine or (bool(controllers) and mine.issuperset(controllers))


def _accounts(tx: Transaction, signed_in: SignedIn) -> list[Account]:
    return [each for each in list_agents(tx) if _may_keep(signed_in, each.controllers)]


def _find(tx: Transaction, signed_in: SignedIn, account: str) -> Account:
    found = find_account(tx, account)
    if found is None or not _may_keep(signed_in, found.controllers):
        raise Refused("there is no such account")
    return found


def _is_fresh(signed_in: SignedIn) -> bool:
    return is_fresh(signed_in, present_context().clock.now())


def _accounts_page(
    signed_in: SignedIn, *, code: str = "", code_for: str = "", wrong: str = "", status: int = 200
) -> Response:
    with present_context().reading() as tx:
        accounts = _accounts(tx, signed_in)
    page = render_template(
        "identity/accounts.html",
        accounts=accounts,
        own=signed_in.agent,
        code=show_code(code) if code else "",
        code_for=code_for,
        wrong=wrong,
        possible=party_of(present_context()) is not None,
        role_label=role_label,
        companies=lambda names: ", ".join(map(_company, names)),
    )
    return make_response(page, status)


def _new_page(signed_in: SignedIn, given: _Given, errors: list[tuple[str, str]], status: int = 200) -> Response:
    with present_context().reading() as tx:
        known = {each.person: each.name for each in _accounts(tx, signed_in)}
    page = render_template(
        "identity/account.html",
        given=given,
        errors=errors,
        roles=[{"value": role.value, "label": role_label(role)} for role in AgentRole],
        controllers=[
            {"value": name, "label": _company(name)}
            for name in present_context().profiles
            if len(present_context().profiles) > 1 and _may_keep(signed_in, (name,))
        ],
        people=[
            {"value": "", "label": gettext("Somebody who has no account yet")},
            *({"value": person, "label": name} for person, name in known.items()),
        ],
    )
    return make_response(page, status)


def _company(controller: str) -> str:
    profiles = present_context().profiles
    return profiles[controller].controller.name if controller in profiles else controller


def _sentence(fault: Fault) -> str:
    words = {
        "name": gettext("Give the name that colleagues know."),
        "email": gettext("Give an address such as anna@example.com."),
        "role": gettext("Choose what they may do."),
        "controller": gettext("Choose among the companies that you work for."),
    }
    return str(words[fault.where])
