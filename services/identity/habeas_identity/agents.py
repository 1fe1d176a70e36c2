"""The verbs of agents: who works on cases, how they sign in, and how that ends everywhere at once."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select

from habeas.clock import random_id, uuid7
from habeas.crypto.datakeys import MONTHS_KEPT, Retention
from habeas.errors import Fault, Faults, Refused
from habeas.events import SessionEnded
from habeas.work.transaction import Transaction
from habeas_identity.contents import AgentDetails, blind, close_agent, open_agent
from habeas_identity.models import Agent, AgentSession
from habeas_identity.quotas import SIGN_INS_FROM_ADDRESS, SIGN_INS_OF_ACCOUNT, spend, start_over

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
KEPT_SESSIONS = timedelta(days=90)


class AgentRole(StrEnum):
    """What an agent may do."""

    AGENT = "agent"
    APPROVER = "approver"
    OFFICER = "officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Account:
    """An agent as the one who administers them sees it."""

    id: str
    person: str
    name: str
    email: str
    roles: tuple[str, ...]
    disabled: bool


@dataclass(frozen=True)
class Attempt:
    """A sign-in that may be tried: whose account it would be, if any, and the password that is kept."""

    agent: str | None
    password: str | None = field(repr=False)


@dataclass(frozen=True)
class SignedIn:
    """Who sits at the browser."""

    session: str
    agent: str
    person: str
    roles: tuple[str, ...]
    until: datetime
    """When the session ends at the latest, if nothing more is done in it."""


def add_agent(
    tx: Transaction, details: AgentDetails, roles: tuple[str, ...], password: str, *, person: str = ""
) -> str:
    """Add an agent and return its id; `password` is its hash, `person` the human being if known already."""
    email_key = blind(tx, "agent", details.email)
    if faults := list(_faults_of(details, roles)):
        raise Faults(faults)
    if tx.session.scalars(select(Agent.id).where(Agent.email_key == email_key)).first():
        raise Refused("an agent with this address is there already; `habeas agent list` shows them")
    agent = random_id()
    tx.session.add(
        Agent(
            id=agent,
            person=person or random_id(),
            email_key=email_key,
            details=close_agent(tx, agent, details),
            roles=sorted(set(roles)),
            password=password,
            added_at=tx.now,
        )
    )
    tx.record("agent.added", agent, roles=sorted(set(roles)))
    return agent


def list_agents(tx: Transaction) -> list[Account]:
    """List all agents, the first added first."""
    return [_account(tx, agent) for agent in tx.session.scalars(select(Agent).order_by(Agent.added_at, Agent.id))]


def disable_agent(tx: Transaction, email: str) -> str:
    """Take an agent's access away, here and in every session that is open; return the agent's id."""
    agent = _find_agent(tx, email)
    if agent.disabled_at is None:
        agent.disabled_at = tx.now
        tx.record("agent.disabled", agent.id)
    _end_sessions(tx, AgentSession.agent == agent.id)
    return agent.id


def change_password(tx: Transaction, email: str, password: str) -> str:
    """Keep another password (its hash) and end the sessions of the old one; return the agent's id."""
    agent = _find_agent(tx, email)
    agent.password = password
    tx.record("agent.password_changed", agent.id)
    _end_sessions(tx, AgentSession.agent == agent.id)
    return agent.id


def admit_sign_in(tx: Transaction, email: str, address: str) -> Attempt | None:
    """Count a sign-in against its account, there or not, and the address it comes from; None if either had too many."""
    account = blind(tx, "agent", email)
    from_address = spend(tx.session, SIGN_INS_FROM_ADDRESS, blind(tx, "address", address), tx.now)
    if not from_address or not spend(tx.session, SIGN_INS_OF_ACCOUNT, account, tx.now):
        return None
    agent = tx.session.scalars(select(Agent).where(Agent.email_key == account)).one_or_none()
    if agent is None or agent.disabled_at is not None:
        return Attempt(None, None)
    return Attempt(agent.id, agent.password)


def admit_step_up(tx: Transaction, agent: str) -> Attempt | None:
    """Count one more look at the password of somebody who is signed in; None after too many."""
    found = tx.session.get_one(Agent, agent)
    if not spend(tx.session, SIGN_INS_OF_ACCOUNT, found.email_key, tx.now):
        return None
    return Attempt(None, None) if found.disabled_at is not None else Attempt(found.id, found.password)


def begin_session(tx: Transaction, agent: str, browser: str) -> str:
    """Begin a session for whoever has shown their password; return what the cookie holds."""
    found = tx.session.get_one(Agent, agent, with_for_update=True)
    if found.disabled_at is not None:
        raise Refused("this account is closed")
    secret = secrets.token_urlsafe(32)
    session = uuid7()
    tx.session.add(
        AgentSession(id=session, digest=_digest(secret), agent=agent, browser=browser, began_at=tx.now, seen_at=tx.now)
    )
    tx.session.flush()
    # An account is kept as long as somebody uses it.
    until = tx.now + timedelta(days=30 * MONTHS_KEPT[Retention.SKELETON])
    tx.context.data_keys.prolong(tx.session, agent, Retention.SKELETON, until.date())
    start_over(tx.session, SIGN_INS_OF_ACCOUNT, found.email_key)
    tx.record("session.began", session, agent=agent)
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


def renew_session(tx: Transaction, session: str) -> None:
    """Note that a session is in use."""
    tx.session.get_one(AgentSession, session, populate_existing=True).seen_at = tx.now


def renew_secret(tx: Transaction, session: str) -> str:
    """Give a session a new cookie after a step-up, so that one that was stolen before opens nothing."""
    secret = secrets.token_urlsafe(32)
    found = tx.session.get_one(AgentSession, session, populate_existing=True)
    found.digest, found.seen_at = _digest(secret), tx.now
    start_over(tx.session, SIGN_INS_OF_ACCOUNT, tx.session.get_one(Agent, found.agent).email_key)
    return secret


def end_session(tx: Transaction, session: str) -> None:
    """Sign out: the session and every grant of it are over, in every service."""
    _end_sessions(tx, AgentSession.id == session)


def forget_sessions(tx: Transaction) -> None:
    """Delete sessions that nobody can use any more and nobody will ask about."""
    tx.session.execute(delete(AgentSession).where(AgentSession.began_at < tx.now - KEPT_SESSIONS))


def _signed_in(tx: Transaction, session: AgentSession) -> SignedIn | None:
    until = min(session.seen_at + IDLE, session.began_at + LONGEST)
    agent = tx.session.get_one(Agent, session.agent)
    if session.ended_at is not None or until <= tx.now or agent.disabled_at is not None:
        return None
    return SignedIn(session.id, agent.id, agent.person, tuple(agent.roles), until)


def _end_sessions(tx: Transaction, which: ColumnElement[bool]) -> None:
    open_ones = select(AgentSession).where(
        which, AgentSession.ended_at.is_(None), AgentSession.began_at > tx.now - LONGEST
    )
    for session in tx.session.scalars(open_ones.with_for_update()):
        session.ended_at = tx.now
        tx.record("session.ended", session.id, agent=session.agent)
        tx.say(SessionEnded(session=session.id))


def _find_agent(tx: Transaction, email: str) -> Agent:
    chosen = select(Agent).where(Agent.email_key == blind(tx, "agent", email)).with_for_update()
    agent = tx.session.scalars(chosen).one_or_none()
    if agent is None:
        raise Refused("there is no agent with this address; `habeas agent list` shows them")
    return agent


def _account(tx: Transaction, agent: Agent) -> Account:
    details = open_agent(tx, agent)
    return Account(
        agent.id, agent.person, details.name, details.email, tuple(agent.roles), agent.disabled_at is not None
    )


def _faults_of(details: AgentDetails, roles: tuple[str, ...]) -> list[Fault]:
    known = ", ".join(AgentRole)
    faults = [
        Fault("role", "there is no such role", f"choose of {known}") for role in roles if role not in set(AgentRole)
    ]
    if not roles:
        faults.append(Fault("role", "an agent without one may do nothing", f"choose of {known}"))
    if not details.name.strip():
        faults.append(Fault("name", "is empty", "give the name that colleagues know"))
    local, _, domain = details.email.rpartition("@")
    if not local or not domain or not details.email.isprintable() or " " in details.email:
        faults.append(Fault("email", "is no address", "give one such as anna@example.com"))
    return faults


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
