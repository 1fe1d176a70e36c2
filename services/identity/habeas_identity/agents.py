"""The verbs of agents' accounts: who works on cases, what they may do, and how they try to sign in by password."""

from dataclasses import dataclass, field

from sqlalchemy import func, select

from habeas.clock import random_id
from habeas.errors import Fault, Faults, Refused
from habeas.events import AgentChanged
from habeas.roles import AgentRole
from habeas.web.addresses import prefix_of
from habeas.work.quotas import spend
from habeas.work.transaction import Transaction
from habeas_identity.contents import AgentDetails, blind, close_agent, open_agent
from habeas_identity.models import Agent, Passkey
from habeas_identity.quotas import SIGN_INS_FROM_ADDRESS, SIGN_INS_OF_ACCOUNT
from habeas_identity.sessions import end_sessions_of, has_better


@dataclass(frozen=True)
class Account:
    """An agent as the one who administers them sees it."""

    id: str
    person: str
    name: str
    email: str
    roles: tuple[str, ...]
    disabled: bool
    controllers: tuple[str, ...] = ()
    """Those whose cases they work on; none named means all."""
    has_password: bool = False
    passkeys: int = 0
    issuer: str = ""
    """The OpenID provider that knows this agent; empty if none does."""

    @property
    def ways_in(self) -> int:
        """Count by what this agent can sign in."""
        return self.passkeys + self.has_password + bool(self.issuer)


@dataclass(frozen=True)
class Attempt:
    """A sign-in that may be tried: whose account it would be, if any, and the password that is kept."""

    agent: str | None
    password: str | None = field(repr=False)


def add_agent(
    tx: Transaction,
    details: AgentDetails,
    roles: tuple[str, ...],
    password: str | None = None,
    *,
    person: str = "",
    controllers: tuple[str, ...] = (),
    by: str = "",
) -> str:
    """Add an agent and return its id.

    `password` is its hash, None for an account without; `person` the human being if known already; `controllers` those
    whose cases they work on, all if none is named; `by` whoever adds them, empty for the command line.
    """
    email_key = blind(tx, "agent", details.email)
    if faults := [*_faults_of_details(details), *_faults_of_roles(roles), *_faults_of_controllers(tx, controllers)]:
        raise Faults(faults)
    if tx.session.scalars(select(Agent.id).where(Agent.email_key == email_key)).first():
        raise Refused("an agent with this address is there already; `habeas agent list` shows them")
    agent = Agent(
        id=random_id(),
        person=person or random_id(),
        email_key=email_key,
        roles=sorted(set(roles)),
        controllers=sorted(set(controllers)),
        password=password,
        added_at=tx.now,
    )
    agent.details = close_agent(tx, agent.id, details)
    tx.session.add(agent)
    tx.record("agent.added", agent.id, roles=agent.roles, controllers=agent.controllers, by=by)
    tell_roles(tx, agent)
    return agent.id


def list_agents(tx: Transaction) -> list[Account]:
    """List all agents, the first added first."""
    counted = select(Passkey.agent, func.count()).group_by(Passkey.agent)
    passkeys = {agent: int(count) for agent, count in tx.session.execute(counted)}
    agents = tx.session.scalars(select(Agent).order_by(Agent.added_at, Agent.id))
    return [_account(tx, agent, passkeys.get(agent.id, 0)) for agent in agents]


def find_account(tx: Transaction, agent: str) -> Account | None:
    """Look at one account; None if there is none."""
    found = tx.session.get(Agent, agent)
    if found is None:
        return None
    count = tx.session.scalar(select(func.count()).select_from(Passkey).where(Passkey.agent == agent))
    return _account(tx, found, count or 0)


def disable_agent(tx: Transaction, email: str) -> str:
    """Take an agent's access away, here and in every session that is open; return the agent's id."""
    agent = find_by_email(tx, email)
    close_account(tx, agent.id)
    return agent.id


def close_account(tx: Transaction, agent: str, *, by: str = "") -> None:
    """Take the access of an account away, here and in every session that is open."""
    found = tx.session.get(Agent, agent, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused("there is no such account")
    if found.disabled_at is None:
        found.disabled_at = tx.now
        tx.record("agent.disabled", agent, by=by)
        tell_roles(tx, found)
    end_sessions_of(tx, agent)


def change_password(tx: Transaction, email: str, password: str) -> str:
    """Keep another password (its hash) and end the sessions of the old one; return the agent's id."""
    agent = find_by_email(tx, email)
    agent.password = password
    tx.record("agent.password_changed", agent.id)
    end_sessions_of(tx, agent.id)
    return agent.id


def change_roles(tx: Transaction, email: str, roles: tuple[str, ...]) -> str:
    """Let an agent do other things from now on: their sessions end, since grants say what was true before."""
    agent = find_by_email(tx, email)
    if faults := _faults_of_roles(roles):
        raise Faults(faults)
    agent.roles = sorted(set(roles))
    tx.record("agent.roles_changed", agent.id, roles=agent.roles)
    tell_roles(tx, agent)
    end_sessions_of(tx, agent.id)
    return agent.id


def change_controllers(tx: Transaction, email: str, controllers: tuple[str, ...]) -> str:
    """Let an agent work on the cases of these controllers, of all if none is named; their sessions end."""
    agent = find_by_email(tx, email)
    if faults := _faults_of_controllers(tx, controllers):
        raise Faults(faults)
    agent.controllers = sorted(set(controllers))
    tx.record("agent.controllers_changed", agent.id, controllers=agent.controllers)
    tell_roles(tx, agent)
    end_sessions_of(tx, agent.id)
    return agent.id


def admit_sign_in(tx: Transaction, email: str, address: str) -> Attempt | None:
    """Count a sign-in against its account, there or not, and the address it comes from; None if either had too many."""
    account = blind(tx, "agent", email)
    if not admit_address(tx, address) or not spend(tx.session, SIGN_INS_OF_ACCOUNT, account, tx.now):
        return None
    agent = tx.session.scalars(select(Agent).where(Agent.email_key == account)).one_or_none()
    if agent is None or agent.disabled_at is not None:
        return Attempt(None, None)
    return Attempt(agent.id, agent.password)


def admit_address(tx: Transaction, address: str) -> bool:
    """Count a sign-in against the address it comes from; False if that had too many."""
    return spend(tx.session, SIGN_INS_FROM_ADDRESS, blind(tx, "address", prefix_of(address)), tx.now)


def admit_step_up(tx: Transaction, agent: str) -> Attempt | None:
    """Count one more look at the password of somebody who is signed in; None after too many.

    A password is for accounts that have nothing better: where there is a passkey or a provider, none fits.
    """
    found = tx.session.get_one(Agent, agent)
    if not spend(tx.session, SIGN_INS_OF_ACCOUNT, found.email_key, tx.now):
        return None
    if found.disabled_at is not None or has_better(tx, agent):
        return Attempt(None, None)
    return Attempt(found.id, found.password)


def find_by_email(tx: Transaction, email: str) -> Agent:
    """Find the account of an address, its row locked; raises Refused where there is none."""
    chosen = select(Agent).where(Agent.email_key == blind(tx, "agent", email)).with_for_update()
    agent = tx.session.scalars(chosen).one_or_none()
    if agent is None:
        raise Refused("there is no agent with this address; `habeas agent list` shows them")
    return agent


def tell_roles(tx: Transaction, agent: Agent) -> None:
    """Tell what a person may do by all their accounts, so that colleagues can give them a case, or take it back."""
    tx.session.flush()
    chosen = select(Agent).where(Agent.person == agent.person, Agent.disabled_at.is_(None))
    accounts = tx.session.scalars(chosen).all()
    roles = sorted({role for each in accounts for role in each.roles})
    bound = [each.controllers for each in accounts]
    controllers = sorted({name for names in bound for name in names}) if all(bound) else []
    event = AgentChanged(person=agent.person, roles=roles, controllers=controllers)
    tx.say(event, sealed={"intake": {"name": open_agent(tx, agent).name}})


def _account(tx: Transaction, agent: Agent, passkeys: int) -> Account:
    details = open_agent(tx, agent)
    return Account(
        agent.id,
        agent.person,
        details.name,
        details.email,
        tuple(agent.roles),
        agent.disabled_at is not None,
        tuple(agent.controllers),
        bool(agent.password),
        passkeys,
        agent.issuer or "",
    )


def _faults_of_roles(roles: tuple[str, ...]) -> list[Fault]:
    known = ", ".join(AgentRole)
    if not roles:
        return [Fault("role", "an agent without one may do nothing", f"choose of {known}")]
    return [
        Fault("role", "there is no such role", f"choose of {known}") for role in roles if role not in set(AgentRole)
    ]


def _faults_of_controllers(tx: Transaction, controllers: tuple[str, ...]) -> list[Fault]:
    known = ", ".join(tx.context.profiles)
    unknown = [each for each in controllers if each not in tx.context.profiles]
    return [Fault("controller", "there is no such controller", f"choose of {known}") for _ in unknown]


def _faults_of_details(details: AgentDetails) -> list[Fault]:
    faults = []
    if not details.name.strip():
        faults.append(Fault("name", "is empty", "give the name that colleagues know"))
    local, _, domain = details.email.rpartition("@")
    if not local or not domain or not details.email.isprintable() or " " in details.email:
        faults.append(Fault("email", "is no address", "give one such as anna@example.com"))
    return faults
