"""The verbs of agents' sessions: how one begins, is made fresh again, and ends everywhere at once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select

from habeas.clock import uuid7
from habeas.crypto.datakeys import MONTHS_KEPT, Retention
from habeas.errors import Refused
from habeas.events import SessionEnded
from habeas.work.quotas import start_over
from habeas.work.transaction import Transaction
from habeas_identity.lives import FRESH
from habeas_identity.models import Agent, AgentSession, Passkey
from habeas_identity.quotas import SIGN_INS_OF_ACCOUNT

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
KEPT_SESSIONS = timedelta(days=90)


class Method(StrEnum):
    """By what an agent shows who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    OPENID = "openid"
    PASSKEY = "passkey"


@dataclass(frozen=True)
class SignedIn:
    """Who sits at the browser."""

    session: str
    agent: str
    person: str
    roles: tuple[str, ...]
    until: datetime
    """When the session ends at the latest, if nothing more is done in it."""
    method: str
    fresh_until: datetime
    """Until when the agent may do what releases, destroys, or lets others in."""
    controllers: tuple[str, ...] = ()
    """Those whose cases they work on; none named means all."""


def begin_session(
    tx: Transaction, agent: str, browser: str, *, method: str, authenticated_at: datetime | None = None
) -> str:
    """Begin a session for whoever has shown who they are, now or at the time given; return what the cookie holds."""
    found = tx.session.get_one(Agent, agent, with_for_update=True)
    if found.disabled_at is not None:
        raise Refused("this account is closed")
    secret, session = secrets.token_urlsafe(32), uuid7()
    tx.session.add(
        AgentSession(
            id=session,
            digest=_digest(secret),
            agent=agent,
            browser=browser,
            method=Method(method).value,
            authenticated_at=_not_after(tx, authenticated_at),
            began_at=tx.now,
            seen_at=tx.now,
        )
    )
    tx.session.flush()
    # An account is kept as long as somebody uses it.
    until = tx.now + timedelta(days=30 * MONTHS_KEPT[Retention.SKELETON])
    tx.context.data_keys.prolong(tx.session, agent, Retention.SKELETON, until.date())
    start_over(tx.session, SIGN_INS_OF_ACCOUNT, found.email_key)
    tx.record("session.began", session, agent=agent, method=method, break_glass=method == Method.PASSWORD)
    return secret


def step_up(tx: Transaction, session: str, *, method: str, authenticated_at: datetime | None = None) -> str:
    """Note that somebody who is signed in has shown again who they are; return what the cookie holds from now on.

    A cookie that was stolen before opens nothing.
    """
    secret = secrets.token_urlsafe(32)
    found = tx.session.get_one(AgentSession, session, populate_existing=True, with_for_update=True)
    if found.ended_at is not None:
        raise Refused("this session is over")
    found.digest, found.seen_at, found.method = _digest(secret), tx.now, Method(method).value
    found.authenticated_at = _not_after(tx, authenticated_at)
    start_over(tx.session, SIGN_INS_OF_ACCOUNT, tx.session.get_one(Agent, found.agent).email_key)
    tx.record("session.stepped_up", session, agent=found.agent, method=method, break_glass=method == Method.PASSWORD)
    return secret


def find_session(tx: Transaction, secret: str, browser: str) -> SignedIn | None:
    """Return who is signed in with this cookie at this browser, if the session still lives."""
    session = tx.session.scalars(select(AgentSession).where(AgentSession.digest == _digest(secret))).one_or_none()
    if session is None or session.browser != browser:
        return None
    return _signed_in(tx, session)


def find_session_of(tx: Transaction, session: str) -> SignedIn | None:
    """Return who is signed in with the session that a grant names, if it still lives."""
    found = tx.session.get(AgentSession, session)
    return None if found is None else _signed_in(tx, found)


def has_better(tx: Transaction, agent: str) -> bool:
    """Say whether an account has a better way to confirm an act than its password: a provider or a passkey."""
    if tx.session.get_one(Agent, agent).issuer is not None:
        return True
    return tx.session.scalars(select(Passkey.id).where(Passkey.agent == agent)).first() is not None


def is_fresh(signed_in: SignedIn, now: datetime) -> bool:
    """Say whether somebody has shown lately enough who they are."""
    return now < signed_in.fresh_until


def renew_session(tx: Transaction, session: str) -> None:
    """Note that a session is in use."""
    tx.session.get_one(AgentSession, session, populate_existing=True).seen_at = tx.now


def end_session(tx: Transaction, session: str) -> None:
    """Sign out: the session and every grant of it are over, in every service."""
    _end_sessions(tx, AgentSession.id == session)


def end_sessions_of(tx: Transaction, agent: str) -> None:
    """End whatever sessions an account has."""
    _end_sessions(tx, AgentSession.agent == agent)


def forget_sessions(tx: Transaction) -> None:
    """Delete sessions that nobody can use any more and nobody will ask about."""
    tx.session.execute(delete(AgentSession).where(AgentSession.began_at < tx.now - KEPT_SESSIONS))


def _signed_in(tx: Transaction, session: AgentSession) -> SignedIn | None:
    until = min(session.seen_at + IDLE, session.began_at + LONGEST)
    agent = tx.session.get_one(Agent, session.agent)
    if session.ended_at is not None or until <= tx.now or agent.disabled_at is not None:
        return None
    return SignedIn(
        session.id,
        agent.id,
        agent.person,
        tuple(agent.roles),
        until,
        session.method,
        _fresh_until(tx, session),
        tuple(agent.controllers),
    )


def _fresh_until(tx: Transaction, session: AgentSession) -> datetime:
    """Return until when a session may confirm acts: a password lets in, but confirms only where nothing is better."""
    if session.method == Method.PASSWORD and has_better(tx, session.agent):
        return session.authenticated_at
    return session.authenticated_at + FRESH


def _end_sessions(tx: Transaction, which: ColumnElement[bool]) -> None:
    open_ones = select(AgentSession).where(
        which, AgentSession.ended_at.is_(None), AgentSession.began_at > tx.now - LONGEST
    )
    for session in tx.session.scalars(open_ones.with_for_update()):
        session.ended_at = tx.now
        tx.record("session.ended", session.id, agent=session.agent)
        tx.say(SessionEnded(session=session.id))


def _not_after(tx: Transaction, authenticated_at: datetime | None) -> datetime:
    """Return when somebody showed who they are; what a provider's clock puts into the future counts from now."""
    return min(authenticated_at or tx.now, tx.now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
