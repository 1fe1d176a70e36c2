"""The link between an account and somebody at a provider: by it an agent signs in there, and is one person for good.

An administrator makes it by hand, from the provider's own `sub`; no first sign-in and no e-mail address makes it, since
whoever controls an address at one of several providers would then be let in as somebody else.
"""

from sqlalchemy import select, update

from habeas.crypto.blind import BlindIndex
from habeas.crypto.canonical import bind
from habeas.errors import Fault, Faults, Refused
from habeas.work.transaction import Transaction
from habeas_identity.agents import find_by_email, tell_roles
from habeas_identity.models import Agent, GivenApproval
from habeas_identity.openid import Shown
from habeas_identity.providers import AGENTS, providers_of
from habeas_identity.sessions import end_sessions_of

_LONGEST = 255


def link_agent(tx: Transaction, email: str, issuer: str, subject: str) -> str:
    """Link an account to somebody at a provider, and return the agent's id; the account's sessions end.

    Whoever was linked before under a closed account is still the same person: the new account becomes theirs, so that
    nobody approves twice (abuse case 29).
    """
    if faults := _faults(tx, issuer, subject):
        raise Faults(faults)
    agent, key = find_by_email(tx, email), subject_key(tx, issuer, subject)
    if (agent.issuer, agent.subject) == (issuer, key):
        return agent.id
    if agent.issuer is not None:
        raise Refused("this account is linked to somebody already: close it, and add another")
    holder = tx.session.scalars(
        select(Agent).where(Agent.issuer == issuer, Agent.subject == key).with_for_update()
    ).one_or_none()
    if holder is not None:
        if holder.disabled_at is None:
            raise Refused("another account is linked to the same person: close that one first")
        holder.issuer = holder.subject = None
        tx.session.flush()
        _be_one_person(tx, agent.person, holder.person)
        tx.session.refresh(agent)
    agent.issuer, agent.subject = issuer, key
    tx.record("agent.linked", agent.id, issuer=issuer)
    tell_roles(tx, agent)
    end_sessions_of(tx, agent.id)
    return agent.id


def find_linked(tx: Transaction, shown: Shown) -> str | None:
    """Return the agent that is linked to whoever signed in; None if nobody is, or the account is closed."""
    key = subject_key(tx, shown.issuer, shown.subject)
    chosen = select(Agent).where(Agent.issuer == shown.issuer, Agent.subject == key)
    agent = tx.session.scalars(chosen).one_or_none()
    return None if agent is None or agent.disabled_at is not None else agent.id


def subject_key(tx: Transaction, issuer: str, subject: str) -> str:
    """Return the look-up key of somebody at a provider; `sub` is compared exactly (OpenID Connect Core 1.0, 2)."""
    return BlindIndex(tx.context.keys.secret("identity", "blind-index"), "subject").of(bind(issuer, subject).decode())


def _be_one_person(tx: Transaction, person: str, becomes: str) -> None:
    """Make all that one person has another's, where two turn out to be the same human being."""
    tx.session.execute(update(Agent).where(Agent.person == person).values(person=becomes))
    had = select(GivenApproval.digest).where(GivenApproval.person == becomes).scalar_subquery()
    mine = (GivenApproval.person == person, GivenApproval.digest.not_in(had))
    tx.session.execute(update(GivenApproval).where(*mine).values(person=becomes))


def _faults(tx: Transaction, issuer: str, subject: str) -> list[Fault]:
    faults = []
    known = sorted(each.issuer for each in providers_of(tx.context, AGENTS).values())
    if issuer not in known:
        told = ", ".join(known) or "none: see HABEAS_PROVIDERS"
        faults.append(Fault("issuer", "is no provider of agents", f"providers here: {told}"))
    if not subject.strip() or len(subject) > _LONGEST or not subject.isprintable():
        faults.append(Fault("subject", "is none", "give what the provider calls `sub`"))
    return faults
