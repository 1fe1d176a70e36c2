"""The code by which a new agent adds their first passkey: handed over by whoever made the account, typed in once."""

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import delete, update

from habeas.crypto.canonical import bind
from habeas.errors import Refused
from habeas.work.transaction import Transaction
from habeas_identity.agents import admit_sign_in, find_account
from habeas_identity.codes import make_code, read_code
from habeas_identity.models import Enrollment, Passkey
from habeas_identity.sessions import end_sessions_of

LIFE = timedelta(minutes=30)


def enroll(tx: Transaction, agent: str, *, replace: bool = False, by: str = "") -> str:
    """Make the code by which an agent adds their first passkey; an older one is good for nothing any more.

    Whoever holds a passkey adds others with it, so that a code is no way around it; with `replace` those that are
    there, lost ones, are taken away, and all sessions end.
    """
    account = find_account(tx, agent)
    if account is None or account.disabled:
        raise Refused("there is no such account, or it is closed")
    if replace:
        tx.session.execute(delete(Passkey).where(Passkey.agent == agent))
        end_sessions_of(tx, agent)
    elif account.ways_in:
        raise Refused("this account has a way in already: a passkey is added on /agents/passkeys, with what is there")
    code = make_code()
    tx.session.merge(Enrollment(agent=agent, mark=_mark(tx, agent, code), expires_at=tx.now + LIFE, used_at=None))
    tx.record("agent.enrolled", agent, replaced=replace, by=by)
    return code


def try_enrollment(tx: Transaction, email: str, typed: str, address: str) -> tuple[bool, str | None]:
    """Use the code up that was typed for an account; say whether it was looked at, and whose it is if it fits.

    It is counted as a sign-in is, against the account, there or not, and the address it comes from.
    """
    attempt = admit_sign_in(tx, email, address)
    if attempt is None:
        return False, None
    agent, code = attempt.agent or "", read_code(typed) or ""
    used = (
        update(Enrollment)
        .where(
            Enrollment.agent == agent,
            Enrollment.mark == _mark(tx, agent, code),
            Enrollment.used_at.is_(None),
            Enrollment.expires_at > tx.now,
        )
        .values(used_at=tx.now)
        .returning(Enrollment.agent)
    )
    return True, tx.session.scalars(used).one_or_none()


def _mark(tx: Transaction, agent: str, code: str) -> bytes:
    pepper = tx.context.keys.secret("identity", "pepper")
    return hmac.digest(pepper, bind("habeas", "enrollment", agent, code), hashlib.sha256)
