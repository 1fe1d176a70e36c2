"""Calls back: a person who cannot get a text reads a code from their own screen to whoever calls the stored number.

The code stands in the browser that has shown the mailbox, and nowhere else. The agent sees the number that the company
already has, calls it, and types what they hear; without that code nothing can be marked as verified, by nobody (abuse
case 26). A caller who says they are the person gives no code that counts: we call them, never the other way round.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import case as choose
from sqlalchemy import select, update

from habeas.clock import uuid7
from habeas.errors import Refused
from habeas.events import CallAsked
from habeas.work.quotas import Quota, spend
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose
from habeas_identity.codes import make_code, mark_code, read_code, show_code
from habeas_identity.contents import open_channel
from habeas_identity.given import Standing, accept, list_fresh, standing
from habeas_identity.lives import FRESH
from habeas_identity.models import CallBack, Channel, Claim
from habeas_identity.proofs.call_back import CALL_BACK

MOST_TRIES = 3
WANTED = timedelta(days=7)
"""How long somebody who asked for a call may be called: outside of it no agent sees the number."""
SHOWN = Quota("codes shown for a call", 10, timedelta(days=1))
REVEALED = Quota("numbers shown to an agent", 60, timedelta(days=1))
PURPOSES = (Purpose.PROVE, Purpose.RELEASE)


def can_be_called(tx: Transaction, case: str, purpose: Purpose, browser: str) -> bool:
    """Say whether this browser has just shown the mailbox of a case that a phone is stored for."""
    if purpose not in PURPOSES or not list_fresh(tx, case, purpose, browser):
        return False
    now = standing(tx, tx.session.get_one(Claim, case), purpose, browser)
    return "mailbox" in now.given and "phone" in now.left


def show_call_code(tx: Transaction, case: str, purpose: Purpose, browser: str) -> str | None:
    """Make the code that the person reads out, and tell the agents that they want to be called; None if they cannot.

    A new one takes the place of the last; it lives no longer than the proof of the mailbox beside it.
    """
    if not can_be_called(tx, case, purpose, browser) or not spend(tx.session, SHOWN, case, tx.now):
        return None
    told = find_call(tx, case)
    row = CallBack(
        id=uuid7(),
        case=case,
        purpose=purpose.value,
        browser=browser,
        mark=b"",
        shown_at=tx.now,
        expires_at=tx.now + FRESH,
        tries=0,
        consumed_at=None,
        heard_by=None,
    )
    code = make_code()
    row.mark = _mark(tx, row, code)
    tx.session.add(row)
    tx.session.flush()
    tx.record("call.asked", case, purpose=purpose.value)
    if told is None:
        tx.say(CallAsked(case=case))
    return show_code(code)


def find_call(tx: Transaction, case: str) -> CallBack | None:
    """Return the newest call that somebody wants in a case, if they asked for one lately and it was not made yet."""
    newest = select(CallBack).where(CallBack.case == case, CallBack.shown_at > tx.now - WANTED)
    found = tx.session.scalars(newest.order_by(CallBack.shown_at.desc(), CallBack.id.desc()).limit(1)).first()
    return None if found is None or found.consumed_at is not None else found


def reveal_number(tx: Transaction, case: str, person: str) -> str:
    """Return the stored number to an agent who is going to call it; raises Refused where nobody wants a call."""
    if find_call(tx, case) is None or not spend(tx.session, REVEALED, person, tx.now):
        raise Refused("nobody wants to be called in this case")
    chosen = select(Channel).where(Channel.case == case, Channel.method == "phone")
    channel = tx.session.scalars(chosen).one()
    tx.record("number.revealed", case, agent=person)
    return open_channel(tx, channel).address


def hear_code(tx: Transaction, case: str, person: str, typed: str) -> Standing | None:
    """Take the code that the person read out as a proof in their own browser; None if it does not fit.

    One statement counts the try and uses the code up, so that of any number at once a single one succeeds.
    """
    call, code = find_call(tx, case), read_code(typed)
    if call is None or code is None:
        return None
    fits = CallBack.mark == _mark(tx, call, code)
    used = tx.session.execute(
        update(CallBack)
        .where(
            CallBack.id == call.id,
            CallBack.consumed_at.is_(None),
            CallBack.tries < MOST_TRIES,
            CallBack.expires_at > tx.now,
        )
        .values(tries=CallBack.tries + 1, **_if(fits, tx, person))
        .returning(CallBack.consumed_at)
        .execution_options(synchronize_session=False)
    ).scalar()
    tx.record("call.heard" if used else "call.misheard", case, agent=person)
    if used is None:
        return None
    claim = tx.session.get_one(Claim, case, with_for_update=True, populate_existing=True)
    phone = tx.session.scalars(select(Channel).where(Channel.case == case, Channel.method == "phone")).one()
    proves = open_channel(tx, phone).proves
    return accept(tx, claim, Purpose(call.purpose), call.browser, CALL_BACK, proves)


def _if(fits: Any, tx: Transaction, person: str) -> dict[str, Any]:
    return {"consumed_at": choose((fits, tx.now), else_=None), "heard_by": choose((fits, person), else_=None)}


def _mark(tx: Transaction, call: CallBack, code: str) -> bytes:
    pepper = tx.context.keys.secret("identity", "pepper")
    bound = {"case": call.case, "purpose": call.purpose, "channel": "call", "browser": call.browser}
    return mark_code(pepper, code, challenge=call.id, **bound)
